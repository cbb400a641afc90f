"""Small inputs after other tools' bug reports, which lie beside the project; a test that needs one skips without it."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("MER_SHARED") or Path(__file__).resolve().parent.parent.parent / "shared")

CASE_SECONDS = {
    "healthy_vorbis.ogg": 30.0,
    "xing_garbage.mp3": 10.006,
    "xing_zero.mp3": 10.006,
    "xing_double.mp3": 10.006,
    "joined_same_rate.mp3": 20.063,
    "chained_vorbis_same_rate.ogg": 20.0,
    "chained_vorbis_rate_change.ogg": 20.0,
    "rf64.wav": 5.0,
}
"""Cases of lengths: seconds that are heard."""


def case(name: str) -> Path:
    """The input `name`, or a skipped test where it is not there."""
    path = SHARED / "cases" / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path
