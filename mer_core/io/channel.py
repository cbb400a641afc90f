"""Handing values between threads: a bounded queue that can end, fail and be stopped, and an iterator that threads may
share.

`queue.Queue` cannot wake a thread that waits on it when the other side has gone (its `shutdown` came with Python 3.13).
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class ChannelStopped(Exception):
    """The channel was stopped: whoever works for it should end quietly."""


class Channel(Generic[T]):
    """A queue of at most `capacity` values, filled by `producers` threads; iterating over it ends when all have closed
    it."""

    def __init__(self, capacity: int, producers: int) -> None:
        self._capacity, self._open = capacity, producers
        self._values: deque[T] = deque()
        self._error: BaseException | None = None
        self._stopped = False
        self._changed = threading.Condition()

    def put(self, value: T) -> None:
        """Add a value, waiting for room. Raises ChannelStopped after `stop`."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or len(self._values) < self._capacity)
            if self._stopped:
                raise ChannelStopped
            self._values.append(value)
            self._changed.notify_all()

    def exchange(self, value: T) -> T | None:
        """Add a value without waiting: the oldest is handed back where there are now more than `capacity`, else None.
        Raises ChannelStopped after `stop`."""
        with self._changed:
            if self._stopped:
                raise ChannelStopped
            self._values.append(value)
            if len(self._values) > self._capacity:
                return self._values.popleft()
            self._changed.notify_all()
            return None

    def close(self, error: BaseException | None = None) -> None:
        """A producer has ended; with `error`, the reading side raises it at once."""
        with self._changed:
            self._open -= 1
            self._error = self._error or error
            self._changed.notify_all()

    def stop(self) -> None:
        """Nobody wants the rest: waiting and later `put` and reading raise ChannelStopped."""
        with self._changed:
            self._stopped = True
            self._values.clear()
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or self._error or self._values or self._open <= 0)
                if self._error is not None:
                    raise self._error
                if self._stopped:
                    raise ChannelStopped
                if not self._values:
                    return
                value = self._values.popleft()
                self._changed.notify_all()
            yield value


class Shared(Iterator[T]):
    """An iterator over `values` that several threads may advance, one at a time."""

    def __init__(self, values: Iterable[T]) -> None:
        self._values = iter(values)
        self._lock = threading.Lock()

    def __next__(self) -> T:
        with self._lock:
            return next(self._values)
