"""The screenshot script takes a picture of each page."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pages_common import make_full

from mer_core.datasets.dataset import Dataset

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.browser


def take(root: Path, name: str, out: Path, chromium: str, *what: str) -> dict[str, Any]:
    """What the script says about its pictures of a workspace; in a process of its own: Playwright's loop runs once a
    process, and here it is already running for the other tests."""
    where = [name, "--root", str(root), "--out", str(out), "--chromium", chromium]
    done = subprocess.run(
        [sys.executable, "scripts/screenshots.py", "--json", *where, *what],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 10_000 for path in out.iterdir())
    return result


def test_pictures_of_one_page(workspaces: Path, chromium: str, tmp_path: Path) -> None:
    what = ["--pages", "Overview", "--themes", "dark", "--sizes", "wide", "narrow"]
    result = take(workspaces, "full", tmp_path / "shots", chromium, *what)
    assert result["pictures"] == 2 and result["too_wide"] == []
    assert sorted(path.name for path in (tmp_path / "shots").iterdir()) == [
        "full-Overview-dark-narrow.png",
        "full-Overview-dark-wide.png",
    ]


def test_pictures_of_files_that_were_heard(chromium: str, tmp_path: Path) -> None:
    """The script drops files and waits for what they feel like; one of them is no music."""
    workspace = make_full(tmp_path / "spaces" / "full")
    tracks = Dataset.load(workspace.dataset_dir).tracks
    heard, pictured = (workspace.audio_path(tracks["path"].iloc[row]) for row in (0, len(tracks) // 2))
    pictured.parent.mkdir(parents=True)
    shutil.copy(heard, pictured)
    what = ["--pages", "Predict", "--themes", "light", "--sizes", "wide"]
    result = take(tmp_path / "spaces", "full", tmp_path / "shots", chromium, *what)
    assert result["too_wide"] == []
    assert sorted(path.name for path in (tmp_path / "shots").iterdir()) == [
        "full-Predict-downloads-light-wide.png",
        "full-Predict-file-light-wide.png",
        "full-Predict-files-light-wide.png",
        "full-Predict-light-wide.png",
        "full-Predict-on-the-map-light-wide.png",
        "full-Predict-over-time-light-wide.png",
        "full-Predict-why-light-wide.png",
    ]
