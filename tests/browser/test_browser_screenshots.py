"""The screenshot script takes a picture of each page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.browser


def test_pictures_of_one_page(workspaces: Path, chromium: str, tmp_path: Path) -> None:
    """In a process of its own: Playwright's loop runs once a process, and here it is already running for the other
    tests."""
    where = ["full", "--root", str(workspaces), "--out", str(tmp_path / "shots"), "--chromium", chromium]
    what = ["--pages", "Overview", "--themes", "dark", "--sizes", "wide", "narrow"]
    done = subprocess.run(
        [sys.executable, "scripts/screenshots.py", "--json", *where, *what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["pictures"] == 2 and result["too_wide"] == []
    assert sorted(path.name for path in (tmp_path / "shots").iterdir()) == [
        "full-Overview-dark-narrow.png",
        "full-Overview-dark-wide.png",
    ]
    assert all(
        path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 10_000
        for path in (tmp_path / "shots").iterdir()
    )
