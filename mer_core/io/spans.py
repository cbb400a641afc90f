"""A part of a file as a path: `album.flac#t=10.000,20.000` is the audio from 10 to 20 s of `album.flac`, as in W3C's
Media Fragments URI. A file that really has such a name is meant by it."""

import os
import re
from pathlib import Path

_SPAN = re.compile(r"(.+)#t=(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)", re.DOTALL)


def split_span(path: str | os.PathLike[str]) -> tuple[Path, tuple[float, float] | None]:
    """The file, and the (start, end) in seconds that are meant of it; None for all of it."""
    match = _SPAN.fullmatch(os.fspath(path))
    if match is None or os.path.lexists(path):
        return Path(path), None
    return Path(match[1]), (float(match[2]), float(match[3]))


def file_of(path: str | os.PathLike[str]) -> Path:
    """The file that `path` is, or is a part of."""
    return split_span(path)[0]


def spanned(path: str, start: float, end: float) -> str:
    """The part of the file `path` from `start` to `end` seconds, as a path."""
    return f"{path}#t={start:.3f},{end:.3f}"
