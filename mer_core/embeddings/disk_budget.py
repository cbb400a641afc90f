"""A bound on what a download keeps on the disk: whoever wants room for one more part waits until another is deleted."""

import math
import re
import threading
from collections.abc import Callable

from mer_core.io.disk_space import DiskFull
from mer_core.io.http import TransferStopped

_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
PARTS_HELD = 2


class DiskBudget:
    """At most `limit` bytes of parts at once; without a limit, two parts of any size. Setting `stop` ends all waiting
    (TransferStopped).

    Beginnings of parts (`keep`), which a later run would complete, count too. Where there is no room even when no part
    is held, `throw_away` is called with their numbers.
    """

    def __init__(self, limit: int | None, stop: threading.Event, throw_away: Callable[[int], object]) -> None:
        self._limit = limit
        self._stop = stop
        self._throw_away = throw_away
        self._held: dict[int, int] = {}
        self._beginnings: dict[int, int] = {}
        self._changed = threading.Condition()

    def acquire(self, part: int, size: Callable[[], int | None]) -> None:
        """Wait until there is room for `part`; `size` gives its length in bytes and is asked only where there is a
        limit.

        Raises DiskFull when the part alone is too large, or its length is not known.
        """
        needed = 0 if self._limit is None else size()
        if needed is None:
            raise DiskFull(
                "the mirror does not say how large its files are, so no limit of the disk can be kept; set none, or "
                "try another mirror"
            )
        if self._limit is not None and needed > self._limit:
            raise DiskFull(
                f"part {part:02d} alone needs {needed / 1e9:.2f} GB, more than the {self._limit / 1e9:.2f} GB that are "
                f"allowed; allow more"
            )
        with self._changed:
            self._beginnings.pop(part, None)  # it is in what is needed
            while not self._has_room(needed):
                self._make_room(part)
            self._held[part] = needed

    def others(self, part: int) -> set[int]:
        """The parts besides `part` of which there is anything."""
        with self._changed:
            return {*self._held, *self._beginnings} - {part}

    def make_room(self, part: int, others: set[int]) -> None:
        """The disk is full while `part` is fetched: wait until one of the `others` is deleted, or throw a beginning
        away."""
        with self._changed:
            while others <= {*self._held, *self._beginnings}:
                self._make_room(part)

    def keep(self, part: int, size: int) -> None:
        """The part is not held any more, but `size` bytes of it lie there that a later run would complete."""
        self.release(part)
        with self._changed:
            if size:
                self._beginnings[part] = size

    def release(self, part: int) -> None:
        """The part has been deleted."""
        with self._changed:
            self._held.pop(part, None)
            self._changed.notify_all()

    def _make_room(self, part: int) -> None:
        if self._stop.is_set():
            raise TransferStopped(f"the download of part {part:02d} was called off")
        if set(self._held) - {part}:
            self._changed.wait(0.2)
        else:
            self._throw_away(self._beginnings.popitem()[0])

    def _has_room(self, needed: int) -> bool:
        there = [*self._held.values(), *self._beginnings.values()]
        return len(there) < PARTS_HELD if self._limit is None else sum(there) + needed <= self._limit


def parse_size(text: str) -> int:
    """Bytes from a text like "3GB", "500 MB", "2GiB" or "1e9". Raises ValueError for anything else."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?(?:e[0-9]+)?)\s*([kMGT]|[KMGT]i)?B?\s*", text)
    size = float(match[1]) * _UNITS[match[2] or ""] if match else 0.0
    if not 1 <= size < math.inf:
        raise ValueError(f"{text!r} is no size; write it as in 3GB, 500MB or 2GiB")
    return int(size)
