"""Is there room on the disk? Asked before a download, so that it does not fail after an hour."""

import shutil
from pathlib import Path

from mer_core.errors import MerError

RESERVE = 200_000_000
"""Bytes of a disk that are left free."""


class DiskFull(MerError):
    """The disk has no room for a download; going on with another file makes no sense."""


def check_room(folder: Path, needed: int, what: str) -> None:
    """Raise DiskFull unless the disk of `folder` has `needed` bytes and RESERVE more."""
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE:
        wanted = f"{needed / 1e9:.2f} GB and {RESERVE / 1e9:.2f} GB in reserve"
        raise DiskFull(
            f"{what} needs {wanted}, and the disk of {folder} has {free / 1e9:.2f} GB free; free some, or name a "
            f"workspace on another disk"
        )
