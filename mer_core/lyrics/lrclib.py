"""Lyrics from LRCLIB, a public collection, asked only when a person wants it: title, artist and length leave the
machine.

What comes back is held in memory while the program runs and written nowhere.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import requests
import tenacity

from mer_core.errors import LyricsError
from mer_core.lyrics.sources import LARGEST, parse_lyrics
from mer_core.lyrics.text import Lyrics
from mer_core.tags.safety import open_tags

SERVER = "https://lrclib.net"
AGENT = "music-emotion-recognition"
TIMEOUT = (5.0, 15.0)
"""Seconds to wait for a connection, and for the next bytes."""


class TaggedSong(NamedTuple):
    """What LRCLIB is asked by."""

    artist: str
    title: str
    album: str
    seconds: int | None


class _Busy(Exception):
    """The server asks to come again later; `pause` seconds, where it says."""

    def __init__(self, reason: object, pause: float = 0.0) -> None:
        super().__init__(str(reason))
        self.pause = pause


@dataclass
class LrcLib:
    """A client; one for all files of a run, for it keeps the pace and remembers answers. May be shared by threads."""

    server: str = SERVER
    pause: float = 1.0
    """Seconds between two questions."""
    attempts: int = 4
    longest_pause: float = 30.0
    _answers: dict[TaggedSong, Lyrics | None] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _next: float = 0.0

    def find(self, path: Path) -> Lyrics | None:
        """The lyrics of an audio file by the title and artist in its tags; None where those are missing or LRCLIB
        knows none.

        Raises LyricsError when the server cannot be reached or keeps failing.
        """
        song = song_of(path)
        return self.ask(song) if song else None

    def ask(self, song: TaggedSong) -> Lyrics | None:
        """The lyrics of `song`, synced ones first; None where LRCLIB knows none. Raises LyricsError as `find` does."""
        with self._lock:  # one question at a time
            if song not in self._answers:
                self._answers[song] = _parsed(self._persist(song))
            return self._answers[song]

    def _persist(self, song: TaggedSong) -> dict[str, Any] | None:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Busy),
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=self._wait,
            reraise=True,
        )
        try:
            return retrying(self._get, song)
        except _Busy as error:
            raise LyricsError(
                f"{self.server} did not answer {self.attempts} times ({error}); do without it, or try again later"
            ) from error

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause if isinstance(error, _Busy) else 0.0
        return float(min(max(asked, self.pause * 2**state.attempt_number), self.longest_pause))

    def _get(self, song: TaggedSong) -> dict[str, Any] | None:
        time.sleep(max(0.0, self._next - time.monotonic()))
        self._next = time.monotonic() + self.pause
        asked = {
            "artist_name": song.artist,
            "track_name": song.title,
            "album_name": song.album,
            "duration": song.seconds,
        }
        try:
            with requests.get(
                f"{self.server}/api/get",
                params={key: value for key, value in asked.items() if value},
                headers={"User-Agent": AGENT},
                timeout=TIMEOUT,
                stream=True,
            ) as response:
                return _answer(response, self.server)
        except requests.RequestException as error:
            raise _Busy(type(error).__name__) from error


def song_of(path: Path | BinaryIO) -> TaggedSong | None:
    """Artist, title, album and length from the tags of a file; None without artist or title."""
    try:
        audio = open_tags(path, easy=True)
    except (
        Exception
    ):  # mutagen meets damage its parsers were not made for with errors of any kind; the decoder will report it
        return None
    tags = getattr(audio, "tags", None) or {}
    artist, title, album = (str((tags.get(key) or [""])[0]).strip() for key in ("artist", "title", "album"))
    length = getattr(getattr(audio, "info", None), "length", 0) or 0
    return TaggedSong(artist, title, album, round(length) or None) if artist and title else None


def _answer(response: requests.Response, server: str) -> dict[str, Any] | None:
    if response.status_code == 404:
        return None
    if response.status_code == 429 or response.status_code >= 500:
        retry_after = response.headers.get("Retry-After", "")
        raise _Busy(f"status {response.status_code}", float(retry_after) if retry_after.isdecimal() else 0.0)
    if response.status_code != 200:
        raise LyricsError(
            f"{server} refused the question for lyrics (status {response.status_code}); do without it, "
            f"or name another server"
        )
    body = response.raw.read(2 * LARGEST + 1, decode_content=True)
    try:
        found = json.loads(body) if len(body) <= 2 * LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise LyricsError(
            f"{server} did not answer with lyrics in JSON; is it another kind of server? Do without it, or name another"
        )
    return found


def _parsed(answer: dict[str, Any] | None) -> Lyrics | None:
    if answer is None:
        return None
    if answer.get("instrumental") is True:
        return Lyrics((), "LRCLIB", instrumental=True)
    texts = [
        text for key in ("syncedLyrics", "plainLyrics") if isinstance(text := answer.get(key), str) and text.strip()
    ]
    return parse_lyrics(texts[0], "LRCLIB") if texts else None
