"""Deployment: the files parse and name what exists, and the app answers behind a proxy that asks for a password."""

import asyncio
import base64
import contextlib
import os
import re
import shlex
import socket
import subprocess
import tomllib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp import web

from mer_core.cli.app import main, server

ROOT = Path(__file__).resolve().parent.parent
NAME = "music.example.org"
AUTH = {"Authorization": "Basic " + base64.b64encode(b"me:secret").decode()}


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, with continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_is_made_of_what_exists() -> None:
    copied = [word for kind, rest in steps() if kind == "COPY" for word in shlex.split(rest)[:-1]]
    assert {"mer_core", "pages", ".streamlit", "streamlit_app.py", "requirements.lock"} <= set(copied)
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for name in copied:
        assert (ROOT / name).exists() and any(fnmatch(name, pattern) for pattern in kept), name
    commands = " ".join(rest for _, rest in steps())
    assert all((ROOT / script).exists() for script in re.findall(r"scripts/\w+\.py", commands))


def test_the_image_does_not_run_as_root_and_says_how_it_is() -> None:
    kinds = [kind for kind, _ in steps()]
    assert kinds[0] == "FROM" and set(kinds) <= {
        *("FROM", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "CMD")
    }
    assert kinds.index("USER") < kinds.index("HEALTHCHECK") < kinds.index("CMD") and dict(steps())["USER"] == "mer"
    port = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["server"]["port"]
    assert dict(steps())["EXPOSE"] == str(port) and str(port) in dict(steps())["HEALTHCHECK"]


def test_the_proxy_is_all_that_is_published() -> None:
    text = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert (ROOT / "deploy" / services["app"]["build"] / "Dockerfile").exists()
    assert services["proxy"]["depends_on"]["app"]["condition"] == "service_healthy"
    assert any(volume.startswith("./Caddyfile:") for volume in services["proxy"]["volumes"])
    caddy = (ROOT / "deploy/Caddyfile").read_text(encoding="utf-8")
    assert caddy.count("{") == caddy.count("}") and "basic_auth" in caddy and "reverse_proxy app:8501" in caddy
    for header in ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options"):
        assert header in caddy
    example = (ROOT / "deploy/env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{?(MER_\w+)", text + caddy.replace("{$", "${")))
    assert asked == set(re.findall(r"^(MER_\w+)=", example, re.MULTILINE))


@pytest.fixture(params=[NAME, None], ids=["public", "not told"])
def app(request: pytest.FixtureRequest) -> Iterator[tuple[int, str | None]]:
    """The real app: its port, and the name it was told that a proxy has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = server(port, headless=True, public=request.param)
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield port, request.param
    running.terminate()
    running.wait(timeout=30)


@contextlib.asynccontextmanager
async def proxy(port: int) -> AsyncIterator[str]:
    """A reverse proxy in front of `port` that wants a password and passes the host's name and the WebSocket on."""

    async def passed_on(request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != AUTH["Authorization"]:
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        headers = {name: request.headers[name] for name in ("Host", "Origin") if name in request.headers}
        target = f"http://127.0.0.1:{port}{request.path_qs}"
        async with aiohttp.ClientSession() as session:
            if request.headers.get("Upgrade", "").lower() == "websocket":
                try:
                    async with session.ws_connect(target, headers=headers):
                        opened = web.WebSocketResponse()
                        await opened.prepare(request)
                        return opened
                except aiohttp.WSServerHandshakeError as refused:
                    return web.Response(status=refused.status)
            async with session.request(request.method, target, headers=headers) as answer:
                return web.Response(status=answer.status, body=await answer.read())

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", passed_on)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def test_the_public_name_is_a_host_name_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--public", "https://music.example.org/"])
    assert "write it alone, as music.example.org" in capsys.readouterr().err


async def _ready(session: aiohttp.ClientSession, url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"{url}/_stcore/health", headers=AUTH) as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.1)
    raise AssertionError("the app does not answer")


async def _channel(session: aiohttp.ClientSession, url: str, host: str, origin: str) -> int:
    """The status of opening the app's WebSocket through the proxy: 101 where it opens."""
    try:
        async with session.ws_connect(f"{url}/_stcore/stream", headers={**AUTH, "Host": host, "Origin": origin}):
            return 101
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


def test_the_app_answers_behind_a_proxy_whose_name_it_was_told(app: tuple[int, str | None]) -> None:
    port, public = app

    async def asked() -> None:
        async with proxy(port) as url, aiohttp.ClientSession() as session:
            await _ready(session, url)
            async with session.get(url) as stranger:
                assert stranger.status == 401
            async with session.get(url, headers={**AUTH, "Host": NAME}) as page:
                assert page.status == 200 and "<div id=" in await page.text()
            assert await _channel(session, url, NAME, f"https://{NAME}") == (101 if public else 403)
            assert await _channel(session, url, NAME, "https://evil.example") == 403
            assert await _channel(session, url, "evil.example", "https://evil.example") == 403
            assert await _channel(session, url, "localhost", "http://localhost") == 101

    with ThreadPoolExecutor(1) as apart:  # Playwright's loop may run in this thread
        apart.submit(asyncio.run, asked()).result()
