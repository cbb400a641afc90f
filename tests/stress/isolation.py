"""A function run in a process of its own that may be killed, crash or hang. Processes are forked from a server that has
imported
the project already, so that one costs milliseconds."""

import multiprocessing
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any
from unittest import mock

CONTEXT = multiprocessing.get_context("forkserver")
_READY = ("endings", "artifacts", "mutations", "strangers")
CONTEXT.set_forkserver_preload([f"tests.stress.{name}" for name in _READY])
_starting = threading.Lock()


@dataclass(frozen=True)
class Ended:
    """How a process ended: what the function returned, or what it raised; neither when it was killed."""

    result: Any = None
    raised: str = ""
    exit_code: int | None = None
    """Negative: the signal that ended it; None: it had to be stopped because its time was over."""


def isolated(
    function: Callable[..., Any], *args: Any, timeout: float = 120.0, kill_after: float | None = None
) -> Ended:
    """Run `function(*args)` in a process of its own; it is killed (SIGKILL) `kill_after` seconds after it began, or
    after `timeout`."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=_child, args=(theirs, function, args))
    with (
        _starting,
        mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}),
    ):  # or the child would run this program's main file, too
        process.start()
    theirs.close()
    result, raised = None, ""
    try:  # the first message says that it begins
        if ours.poll(timeout) and ours.recv() and ours.poll(timeout if kill_after is None else kill_after):
            result, raised = ours.recv()
            process.join(10)
    except EOFError:  # it died
        process.join(10)
    late = process.is_alive()
    process.kill()
    process.join()
    return Ended(result, raised, None if late and kill_after is None else process.exitcode)


def _child(pipe: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    pipe.send("begins")
    try:
        answer = (function(*args), "")
    except BaseException:
        answer = (None, traceback.format_exc())
    pipe.send(answer)
