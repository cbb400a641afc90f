"""Paths in playlists: absolute, relative to the playlist, or as another machine sees the music folder."""

import os
from pathlib import Path

ABSOLUTE, RELATIVE = "absolute", "relative"


def known_paths(how: str) -> str:
    """`how`, checked: "absolute", "relative" or "FROM=TO"; raises ValueError for anything else."""
    start, equals, _ = how.partition("=")
    if how not in (ABSOLUTE, RELATIVE) and not (equals and start):
        raise ValueError(f"{how} is neither absolute, relative nor FROM=TO")
    return how


def located(file: Path, playlist: Path, how: str = ABSOLUTE) -> str:
    """What `playlist` calls `file` (absolute); a file outside FROM stays as it is."""
    if how == RELATIVE:
        try:
            return Path(os.path.relpath(file, playlist.resolve().parent)).as_posix()
        except ValueError:  # on another drive of Windows
            return str(file)
    start, equals, target = how.partition("=")
    origin = Path(start)
    if not equals or not file.is_relative_to(origin):
        return str(file)
    rest = file.relative_to(origin).as_posix()
    return f"{target.rstrip('/')}/{rest}" if target else rest
