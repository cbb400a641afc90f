"""Which files of a folder count as music: one rule for libraries, predictions and tagging.

A file counts when its name ends as audio does, or has no ending and its first bytes are those of an audio format. Links
to files and folders are followed, each folder once; what is hidden (its name begins with a dot) is left out. What does
not count is passed over and counted by its ending.
"""

import logging
import os
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mer_core.audio.formats import begins_as_audio, is_audio_name

LOGGER = logging.getLogger(__name__)
NO_ENDING = "without ending"
NO_FILE = "pipe or device"
READ_BESIDE = (".cue", ".lrc")
"""Endings of what is read beside a song, and so is not passed over."""


def walk_audio(root: Path, passed_over: Counter[str] | None = None) -> Iterator[Path]:
    """The audio files below `root`, folder by folder in the order of names; how many others there are, by ending, is
    added to `passed_over`."""
    seen: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(
        root, followlinks=True, onerror=lambda error: LOGGER.warning("%s; it is left out", error)
    ):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder, name)
            if counts_as_audio(path):
                yield path
            elif passed_over is not None and path.suffix.lower() not in READ_BESIDE:
                passed_over[_kind(path)] += 1


def _kind(path: Path) -> str:
    """How something that was passed over is counted."""
    try:
        named = is_audio_name(path.name) and not path.is_file()
    except (OSError, RuntimeError):
        named = False
    return NO_FILE if named else path.suffix.lower() or NO_ENDING


def counts_as_audio(path: Path) -> bool:
    """Whether a file that was found in a folder is taken for music; a broken link with an audio name is, so that it is
    reported when it is read."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
    except (OSError, RuntimeError):  # RuntimeError: links in a circle, in Python 3.11
        return path.is_symlink() and is_audio_name(path.name)
    return is_audio_name(path.name) or (not path.suffix and begins_as_audio(path))


def passed_over_line(passed_over: Counter[str], most: int = 6) -> str:
    """How many files were passed over, in words; "" for none."""
    if not passed_over:
        return ""
    kinds = [f"{count} {ending}" for ending, count in passed_over.most_common(most)]
    more = ", …" if len(passed_over) > most else ""
    files = "1 file" if passed_over.total() == 1 else f"{passed_over.total()} files"
    return f"passed over, because they are not named as audio: {files} ({', '.join(kinds)}{more})"
