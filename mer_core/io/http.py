"""Files from a web mirror, in spite of cut connections: resumed where they ended, retried with growing pauses,
verified.

What has arrived of a file is at every moment a prefix of it, so an interrupted program resumes too.
"""

import errno
import logging
import random
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import requests
import tenacity

from mer_core import __version__
from mer_core.errors import DatasetError, MerError
from mer_core.io.checksums import sha256_of
from mer_core.io.disk_space import DiskFull, check_room

Result = TypeVar("Result")
CHUNK = 64 * 1024
HEADERS = {"Accept-Encoding": "identity", "User-Agent": f"music-emotion-recognition/{__version__}"}
GONE_FOR_GOOD = {*range(300, 309), 400, 401, 402, 403, 404, 405, 406, 410, 414, 451, 501, 505}
SWELLING, SWELLING_FREE = 20, 2**20
"""How many times larger than what was sent a file may be that a mirror packs though it was not asked to, and bytes that
do not count: texts are 3 to 8 times larger, sound is not, and what was made to swell a thousand times."""
REPORTED_FROM = 10.0
"""Seconds; longer pauses are reported, so that nobody takes waiting for a program that hangs."""
_NO_ADDRESS = (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)
_FINAL: dict[type[Exception], str] = {  # failures that trying again does not cure: what is said of the address
    **dict.fromkeys(_NO_ADDRESS, "is no web address ({error}); correct {option}, as in https://host/folder/"),
    requests.TooManyRedirects: "leads in a circle of redirects; correct {option}, or try another",
    ValueError: "answers what cannot be understood ({error}); try another {option}",
    requests.exceptions.ContentDecodingError: "comes packed and cannot be unpacked ({error}); try another {option}",
}
LOGGER = logging.getLogger(__name__)


class MirrorError(DatasetError):
    """A file cannot be had from the mirror, or is not the right one."""


class AnotherFile(MirrorError):
    """What arrived is not the file that was published: its SHA-256 differs."""


class TransferStopped(MerError):
    """The transfer was called off by its caller."""


class _Again(Exception):
    """The transfer failed in a way that may pass; `pause` is how many seconds the server asked for."""

    def __init__(self, reason: object, pause: float = 0.0) -> None:
        super().__init__(str(reason))
        self.pause = pause


@dataclass(frozen=True)
class Patience:
    """How long to keep trying: `attempts` in a row that bring nothing new, with pauses that double up to
    `longest_pause` (seconds).

    As it stands it outlasts an outage of four hours.
    """

    attempts: int = 56
    first_pause: float = 1.0
    longest_pause: float = 300.0
    timeout: tuple[float, float] = (15.0, 60.0)
    """Seconds to wait for a connection, and for the next bytes."""


def _ignore(*_: int | None) -> None:
    return None


@dataclass
class Transfer:
    """One file on its way: from `url` to `path`, which holds what has arrived and may exist from an earlier run."""

    url: str
    path: Path
    sha256: str | None = None
    option: str = "mirror"
    """What to change where the address is wrong."""
    largest: int = 1_000_000_000
    """Bytes; a longer file is refused."""
    patience: Patience = field(default_factory=Patience)
    on_bytes: Callable[[int], object] = _ignore
    """Told of every piece that arrives: its length in bytes."""
    on_start: Callable[[int, int | None], object] = _ignore
    """Told at every start how many bytes are there, and how long the whole file is (None where the mirror does not
    say)."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by the caller to call the transfer off."""
    received: int = 0
    _response: requests.Response | None = None
    _fruitless: int = 0
    _longest: int = 0

    def run(self) -> int:
        """Fetch the file; returns how many bytes came over the network.

        Raises MirrorError when the mirror does not have the file, keeps failing, or sends something else; DiskFull;
        TransferStopped.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for fresh in (False, True):
            if fresh:
                self.path.unlink()
            self._persist(self._request)
            if self.sha256 is None or sha256_of(self.path) == self.sha256:
                return self.received
        self.path.unlink()
        raise AnotherFile(
            f"{self.url} was fetched twice and is not the published file (its SHA-256 differs); try another "
            f"{self.option}"
        )

    def call_off(self) -> None:
        """End the transfer, which runs in another thread, even where it waits for the mirror's next bytes."""
        self.stop.set()
        if self._response is not None:
            with suppress(ValueError, RuntimeError, OSError):  # it has ended meanwhile
                self._response.raw.shutdown()

    def length(self) -> int | None:
        """Length in bytes of the file at `url`, or None where the mirror does not say; raises as `run` does."""
        return self._persist(self._ask_length)

    def _persist(self, request: Callable[[], Result]) -> Result:
        """Do `request`, again and again while patience lasts."""
        self._fruitless, self._longest = 0, self._size()
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            wait=self._pause,
            stop=lambda _: self._fruitless >= self.patience.attempts,
            sleep=tenacity.nap.sleep_using_event(self.stop),
            before_sleep=self._report,
            reraise=True,
        )
        try:
            return retrying(self._attempt, request)
        except _Again as error:
            raise MirrorError(
                f"{self.url} cannot be fetched ({error}); check the network, run the same command again later, or try "
                f"another {self.option}"
            ) from error

    def _attempt(self, request: Callable[[], Result]) -> Result:
        self._check_stop()
        try:
            return request()
        except _Again:
            self._count_failure()
            raise
        except tuple(_FINAL) as error:
            reason = next(words for kind, words in _FINAL.items() if isinstance(error, kind))
            raise MirrorError(f"{self.url} {reason.format(error=error, option=self.option)}") from error
        except requests.RequestException as error:
            self._check_stop()
            self._count_failure()
            raise _Again(error) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(
                    f"the disk is full ({self.path}); what has arrived is kept: free some space and run the same "
                    f"command again"
                ) from error
            raise

    def _request(self) -> None:
        have = self._size()
        headers = {**HEADERS, **({"Range": f"bytes={have}-"} if have else {})}
        with requests.get(self.url, headers=headers, stream=True, timeout=self.patience.timeout) as response:
            self._response = response
            self._check_stop()
            if response.status_code == 416 and _stated_total(response) in (have, None if self.sha256 else have):
                return  # it was complete already, or its SHA-256 will show that it is another file
            if response.status_code == 416 or (response.status_code == 206 and _stated_start(response) != have):
                self.path.unlink(missing_ok=True)
                raise _Again("the mirror does not resume where asked to; starting again")
            if response.status_code in GONE_FOR_GOOD:
                raise MirrorError(
                    f"{self.url} is not there (status {response.status_code}); check the name, or try another "
                    f"{self.option}"
                )
            if response.status_code not in (200, 206):
                raise _Again(f"status {response.status_code}", _retry_after(response))
            self._receive(response, have if response.status_code == 206 else 0)

    def _ask_length(self) -> int | None:
        response = requests.head(self.url, headers=HEADERS, timeout=self.patience.timeout, allow_redirects=True)
        if response.status_code == 404:
            raise MirrorError(f"{self.url} is not there (status 404); check the name, or try another {self.option}")
        if response.status_code == 429 or response.status_code >= 500:
            raise _Again(f"status {response.status_code}", _retry_after(response))
        length = response.headers.get("Content-Length", "")
        return int(length) if response.ok and length.isdecimal() else None

    def _receive(self, response: requests.Response, have: int) -> None:
        if packed := response.headers.get("Content-Encoding", "identity").lower() != "identity":
            have = self._restart(response)
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() and not packed else None
        self.on_start(have, total)
        before = self._size()
        if total is not None:
            self._check_size(total)
            check_room(self.path.parent, total - have, self.path.name)
        with self.path.open("ab" if have else "wb") as handle:
            for chunk in response.iter_content(CHUNK):
                self._check_stop()
                handle.write(chunk)
                self.received += len(chunk)
                self.on_bytes(len(chunk))
                self._check_size(handle.tell())
                if packed:
                    self._check_swelling(handle.tell(), response.raw.tell())
            arrived = handle.tell()
        if total is not None and arrived != total:
            raise _Again(f"{arrived} of {total} bytes arrived")
        if total is None and arrived > before and self.sha256 not in (None, sha256_of(self.path)):
            # cut off, or wrong: asked for more, the mirror says it
            raise _Again(f"{arrived} bytes arrived, and the mirror does not say of how many")

    def _restart(self, response: requests.Response) -> int:
        """What comes packed is counted in other bytes than what has arrived: only a whole file can be taken; returns
        0."""
        if response.status_code == 206:
            self.path.unlink(missing_ok=True)
            raise _Again("the mirror packs what it was asked to resume; starting again")
        return 0

    def _check_swelling(self, size: int, packed: int) -> None:
        if size > SWELLING * packed + SWELLING_FREE:
            raise MirrorError(
                f"{self.url} swells to more than {SWELLING} times what was sent, so it is not the right file; "
                f"try another {self.option}"
            )

    def _check_stop(self) -> None:
        if self.stop.is_set():
            raise TransferStopped(f"the download of {self.url} was called off")

    def _check_size(self, size: int) -> None:
        if size > self.largest:
            raise MirrorError(
                f"{self.url} is larger than {self.largest / 1e9:.1f} GB, so it is not the right file; try another "
                f"{self.option}"
            )

    def _count_failure(self) -> None:
        size = self._size()
        self._fruitless = 0 if size > self._longest else self._fruitless + 1
        self._longest = max(self._longest, size)

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _pause(self, state: tenacity.RetryCallState) -> float:
        """Doubles with every fruitless attempt, with some chance in it so that many clients do not return together."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause if isinstance(error, _Again) else 0.0
        doubled = self.patience.first_pause * 2.0 ** (self._fruitless - 1)
        return min(max(asked, doubled * random.uniform(0.75, 1.25)), self.patience.longest_pause)

    def _report(self, state: tenacity.RetryCallState) -> None:
        """Say that the mirror is waited for, and why."""
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        again = f"attempt {self._fruitless + 1} of {self.patience.attempts} in {_of_seconds(pause)}"
        LOGGER.log(
            logging.WARNING if pause >= REPORTED_FROM else logging.INFO,
            "%s does not come (%s); %s, Ctrl-C ends the waiting and keeps what has arrived",
            self.url,
            error,
            again,
        )


def _of_seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _stated_total(response: requests.Response) -> int | None:
    match = re.fullmatch(r"bytes .*/(\d+)", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _stated_start(response: requests.Response) -> int | None:
    match = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(match[1]) if match else None


def _retry_after(response: requests.Response) -> float:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isdecimal() else 0.0
