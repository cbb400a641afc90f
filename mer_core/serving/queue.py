"""A queue for work that only a few may do at once: first come, first served, and everybody can see their place."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class FairQueue:
    """At most `limit` threads at a time hold a turn; the others wait in the order they came."""

    def __init__(self, limit: int = 1) -> None:
        """Raises ValueError unless `limit` is at least 1."""
        if limit < 1:
            raise ValueError(f"a queue must let at least one in at a time, not {limit}")
        self.limit = limit
        self._line: list[object] = []
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """How many hold a turn or wait for one."""
        return len(self._line)

    @contextmanager
    def turn(self, on_wait: Callable[[int], object] | None = None, every: float = 0.5) -> Iterator[None]:
        """Wait for a turn and hold it during the body.

        `on_wait(place)` is called at once and every `every` seconds while waiting, with how many are before (1: next).
        What
        it raises ends the waiting and gives up the place, so a person who leaves holds nobody up.
        """
        ticket = object()
        with self._changed:
            self._line.append(ticket)
        try:
            while (place := self._place(ticket)) > 0:
                if on_wait is not None:
                    on_wait(place)
                with self._changed:
                    self._changed.wait_for(lambda: self._line.index(ticket) < self.limit, timeout=every)
            yield
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def _place(self, ticket: object) -> int:
        with self._changed:
            return max(0, self._line.index(ticket) - self.limit + 1)
