"""Small inputs after other tools' bug reports, which lie beside the project; a test that needs one skips without it."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MER_SHARED") or Path(__file__).resolve().parent.parent.parent / "shared")


def case(name: str) -> Path:
    """The input `name`, or a skipped test where it is not there."""
    path = SHARED / "cases" / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path
