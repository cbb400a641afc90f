"""The HTTP API: predict a file, describe music, neighbours, moods of a library; JSON in the words of the scripts.

It is for programs on this machine. Requests name a host that it is served under (DNS rebinding), come from no other
web page (`Origin`), and carry a token where one is set. Errors are {"error": a sentence} with a status of 4xx or 5xx.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.exceptions import StarletteHTTPException as HTTPException
from fastapi.responses import HTMLResponse, JSONResponse, Response

from mer_core import __version__
from mer_core.audio.measure import measure
from mer_core.errors import ArtifactError, AudioError, MerError
from mer_core.inference.predictor import Predictor
from mer_core.serving.library import ServedLibrary, UnknownTrackError
from mer_core.serving.limits import MAX_BYTES, MAX_SECONDS, Allowance
from mer_core.serving.manual import manual
from mer_core.serving.queue import FairQueue

LOGGER = logging.getLogger(__name__)
LOCAL = ("127.0.0.1", "localhost", "::1")
FAULT = "It could not be done. That is a fault of this program; its log has the details."
Limit = Annotated[int, Query(ge=1, le=500, description="tracks at most")]
Call = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Service:
    """What the API serves."""

    predictor: Predictor
    library: ServedLibrary | None
    """None without a workspace: files can be predicted, and that is all."""
    token: str | None = None
    hosts: tuple[str, ...] = LOCAL
    """Names that requests may ask for, without port."""
    sentence: Callable[[MerError], str] = str
    """An error as a sentence."""
    queue: FairQueue = field(default_factory=lambda: FairQueue(1))


class _TooLargeError(AudioError):
    """More bytes than are taken."""


class _FormError(AudioError):
    """A file that is wrapped in a form."""


def make_api(service: Service) -> FastAPI:
    """The application that an ASGI server runs."""
    api = FastAPI(title="Music Emotion Recognition", version=__version__, docs_url=None, redoc_url=None)
    _guard(api, service)
    _errors(api, service)
    _about(api, service)
    _predict(api, service)
    _library(api, service)
    return api


def _guard(api: FastAPI, service: Service) -> None:
    @api.middleware("http")
    async def guard(request: Request, call: Call) -> Response:
        if refused := _refusal(request, service):
            return refused
        response = await call(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        )
        return response


def _refusal(request: Request, service: Service) -> Response | None:
    """Why a request is not answered."""
    if (request.url.hostname or "") not in service.hosts:
        name = request.url.hostname
        return _error(403, f"this server does not answer under the name {name!r}; name it where the server is started")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        return _error(403, "requests of other web pages are not answered")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    given = given.strip() if scheme.lower() == "bearer" else ""
    if service.token and not secrets.compare_digest(given.encode(), service.token.encode()):
        answer = _error(401, "the token is missing or wrong; send the header Authorization: Bearer TOKEN")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    return None


def _errors(api: FastAPI, service: Service) -> None:
    @api.exception_handler(MerError)
    async def mer_error(request: Request, error: MerError) -> Response:
        return _error(_status(error), service.sentence(error))

    @api.exception_handler(RequestValidationError)
    async def wrong_arguments(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return _error(422, f"{first['loc'][-1]}: {first['msg']}; /docs says what may be asked")

    @api.exception_handler(HTTPException)
    async def no_such_path(request: Request, error: HTTPException) -> Response:
        return _error(
            error.status_code, f"{request.method} {request.url.path}: {error.detail}; /docs lists what there is"
        )

    @api.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        LOGGER.exception("%s %s failed", request.method, request.url.path, exc_info=error)
        return _error(500, FAULT)


def _about(api: FastAPI, service: Service) -> None:
    @api.head("/health", include_in_schema=False)
    @api.get("/health", summary="Whether it works, and with what")
    def health() -> dict[str, Any]:
        library = service.library
        return {
            "status": "ok",
            "version": __version__,
            "model": service.predictor.model.name,
            "workspace": library.workspace.title if library else None,
            "waiting": len(service.queue),
        }

    @api.get("/docs", include_in_schema=False)
    def docs() -> HTMLResponse:
        return HTMLResponse(manual(api.openapi(), with_token=service.token is not None))


def _predict(api: FastAPI, service: Service) -> None:
    body = {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "required": True,
    }

    @api.post(
        "/predict",
        summary="The moods of an audio file, which is the body of the request",
        openapi_extra={"requestBody": body},
    )
    async def predict(
        request: Request,
        name: Annotated[str, Query(max_length=255, description="what to call the file")] = "audio",
        timeline: Annotated[bool, Query(description="also moods over time")] = False,
    ) -> dict[str, Any]:
        data = await _body(request, name)
        return await run_in_threadpool(_heard, service, data, name, timeline)


async def _body(request: Request, name: str) -> bytes:
    """The file, in memory; refused as soon as it is known to be too large, or packed into a form."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise _FormError("the file came inside a form; send it as the body of the request, as curl -T FILE does")
    declared = request.headers.get("content-length", "0")
    parts, size = [], int(declared) if declared.isdecimal() else 0
    if size <= MAX_BYTES:
        size = 0
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > MAX_BYTES:
                break
    if size > MAX_BYTES:
        raise _TooLargeError(
            f"{name} is larger than {MAX_BYTES // 2**20} MB, the most that is taken; cut it, or predict it by script"
        )
    return b"".join(parts)


def _heard(service: Service, data: bytes, name: str, timeline: bool) -> dict[str, Any]:
    with service.queue.turn():
        allowance = Allowance(name)
        allowance.check_length(measure(data, enough=MAX_SECONDS, name=name) or 0.0)
        rate, heard = service.predictor.ready_encoder().sample_rate, 0

        def follow(block: Any) -> None:
            nonlocal heard
            heard += len(block)
            allowance.check(heard / rate)

        prediction = service.predictor.from_file(data, name=name, timeline=timeline, on_block=follow)
        return prediction.to_dict()


def _library(api: FastAPI, service: Service) -> None:
    @api.get("/moods", summary="How many tracks of the library have each mood")
    def moods() -> dict[str, Any]:
        return _of(service).moods()

    @api.get("/tracks", summary="The tracks that have a mood, the most probable first; without a mood all, in order")
    def tracks(
        mood: Annotated[str | None, Query(max_length=100)] = None,
        limit: Limit = 20,
        offset: Annotated[int, Query(ge=0, description="tracks to pass over first")] = 0,
    ) -> dict[str, Any]:
        return _of(service).with_mood(mood, limit, offset) if mood else _of(service).all_tracks(limit, offset)

    @api.get("/tracks/{track_id:path}/neighbours", summary="The tracks most like one, in sound and mood")
    def neighbours(
        track_id: str, limit: Limit = 20, mood_weight: Annotated[float, Query(ge=0, le=1)] = 0.5
    ) -> dict[str, Any]:
        with service.queue.turn():
            return _of(service).neighbours(track_id, limit, mood_weight)

    @api.get("/tracks/{track_id:path}", summary="The moods of one track")
    def track(track_id: str) -> dict[str, Any]:
        return _of(service).track(track_id)

    @api.get("/describe", summary="Music by a description: calm piano, not sad")
    def describe(text: Annotated[str, Query(min_length=1, max_length=1000)], limit: Limit = 20) -> dict[str, Any]:
        with service.queue.turn():
            return _of(service).describe(text, limit)


def _of(service: Service) -> ServedLibrary:
    if service.library is None:
        raise ArtifactError("no workspace is served, so there is no library to ask; serve one")
    return service.library


def _status(error: MerError) -> int:
    if isinstance(error, _TooLargeError):
        return 413
    if isinstance(error, _FormError):
        return 415
    if isinstance(error, UnknownTrackError):
        return 404
    return 503 if isinstance(error, ArtifactError) else 400


def _error(status: int, reason: str) -> JSONResponse:
    return JSONResponse({"error": reason}, status)
