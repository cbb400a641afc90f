"""Ways a run can end before its time, set up inside its process: killed at the n-th change of a file, or out of disk
from there on.

Python tells an audit hook of every file that is opened, renamed or removed before it happens; so the points that matter
(between two steps on the disk) are all met, and the same number gives the same point.
"""

import errno
import os
import resource
import signal
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .jobs import JOBS

CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
GROWING = {"open", "os.mkdir"}


@dataclass(frozen=True)
class Ending:
    """`kill_at`, `full_at`: the number of a change; `file_limit`: bytes no file may grow beyond (a disk that fills up
    in the middle of a file)."""

    kill_at: int = 0
    full_at: int = 0
    file_limit: int = 0


def run_job(name: str, folder: Path, ending: Ending = Ending()) -> tuple[int, int]:
    """Run a job in this process, which must be one of its own: exit code, and how many changes it made on the disk
    below `folder`."""
    changes = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if not is_change(event, arguments, str(folder)):
            return
        changes += 1
        if changes == ending.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if ending.full_at and changes >= ending.full_at and event in GROWING:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))

    if ending.file_limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (ending.file_limit, resource.RLIM_INFINITY)
        )  # soft, so that what was printed can be kept
    tqdm.set_lock(
        threading.RLock()
    )  # its own one is a semaphore of the system, which a killed process would leave behind
    sys.addaudithook(hook)
    try:
        return JOBS[name].run(folder), changes
    finally:
        ending = Ending()


def is_change(event: str, arguments: tuple[Any, ...], below: str) -> bool:
    """Whether an audit event is a change of the disk below the folder `below` that is about to happen."""
    if event == "open":
        return _lies_below(arguments[0], below) and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in CHANGES and any(_lies_below(argument, below) for argument in arguments)


def _lies_below(argument: Any, folder: str) -> bool:
    return isinstance(argument, str | bytes | os.PathLike) and os.fsdecode(argument).startswith(folder + "/")
