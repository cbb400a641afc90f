"""What one file may cost: a file object that hands out only the part meant, and gives up on a file that takes too long
to read.

FFmpeg and mutagen read by calling back into this object. So one place bounds them both, whatever the file does to them:
floods of boxes, chunks, pages, frames or tags all need bytes. What FFmpeg would spend hours on between two reads is
found before (see layout).
"""

import io
import time
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from mer_core.errors import AudioError

OPENING_SECONDS = 10.0
"""Processor time that a file may take, in the thread that reads it, before its first sound is reached."""
OPENING_BYTES = 96 * 2**20
"""Most that may be read before the first sound; pictures in tags are smaller."""
FIRST_SECONDS, SHARE = 20.0, 0.5
"""Processor time after that: so much, and more for each second of sound. An hour of music takes about 10 s in all."""
WORK_SECONDS = 120.0
"""Most processor time after the first sound, however long a file says it is."""


class Budget:
    """Processor time and bytes that the file called `shown` may still take; its parts share one."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._opening, self._opened = True, 0
        self._heard = 0.0
        self._since = time.thread_time()

    def sound_reached(self) -> None:
        """From now on the larger allowance holds; to be called by the thread that reads on."""
        if self._opening:
            self._opening, self._since = False, time.thread_time()

    def heard(self, seconds: float) -> None:
        """So much sound has come, as its packets say; raises AudioError once reading took too long for it."""
        self._heard += seconds
        self.spend(0)

    def leave_out(self, seconds: float) -> None:
        """The thread did something else than reading for so long."""
        self._since += seconds

    def spend(self, size: int) -> None:
        """`size` bytes are wanted; raises AudioError when the file has had its share of bytes or of time."""
        self._opened += size if self._opening else 0
        allowed = OPENING_SECONDS if self._opening else min(FIRST_SECONDS + SHARE * self._heard, WORK_SECONDS)
        if self._opened > OPENING_BYTES or time.thread_time() - self._since > allowed:
            raise AudioError(
                f"{self._shown} takes too long to read: it is made of too many pieces, or its header is damaged; "
                "convert it with another program"
            )


class ByteRange(NamedTuple):
    """Bytes `start` to `end` of a file, with the bytes at some positions of the file overwritten (position → bytes)."""

    start: int
    end: int
    overlay: Sequence[tuple[int, bytes]] = ()


class GuardedFile(io.RawIOBase):
    """A part of the file `handle` as a file of its own, called `shown` in errors; reading raises AudioError once it has
    cost too much."""

    def __init__(self, handle: BinaryIO, part: ByteRange, shown: str, budget: Budget | None = None) -> None:
        self._handle, self._part, self._shown = handle, part, shown
        self._at = 0
        self.budget = budget or Budget(shown)

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes (-1: all that are left); raises AudioError when the file has had its share."""
        length = self._part.end - self._part.start
        wanted = max(0, length - self._at if size is None or size < 0 else min(size, length - self._at))
        self.budget.spend(wanted)
        start = self._part.start + self._at
        self._handle.seek(start)
        data = self._handle.read(wanted)
        self._at += len(data)
        for position, replacement in self._part.overlay:
            if start < position + len(replacement) and position < start + len(data):
                data = _overlaid(data, position - start, replacement)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to `offset`, counted in the part; returns the new position."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._part.end - self._part.start}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The position in the part."""
        return self._at

    def seekable(self) -> bool:
        """It is, as the file behind it."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True


def _overlaid(data: bytes, at: int, replacement: bytes) -> bytes:
    """`data` with `replacement` at position `at`, which may begin before it or end behind it."""
    first, last = max(at, 0), min(at + len(replacement), len(data))
    return data[:first] + replacement[first - at : last - at] + data[last:]
