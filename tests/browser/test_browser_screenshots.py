"""The screenshot script takes a picture of each page."""

import json
from pathlib import Path

import pytest
import screenshots

pytestmark = pytest.mark.browser


def test_pictures_of_one_page(workspaces: Path, chromium: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["full", "--root", str(workspaces), "--out", str(tmp_path / "shots"), "--chromium", chromium]
    code = screenshots.main(["--json", *where, "--pages", "Overview", "--themes", "dark", "--sizes", "wide", "narrow"])
    result = json.loads(capsys.readouterr().out)
    assert code == 0 and result["pictures"] == 2 and result["too_wide"] == []
    assert sorted(path.name for path in (tmp_path / "shots").iterdir()) == ["full-Overview-dark-narrow.png", "full-Overview-dark-wide.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 10_000 for path in (tmp_path / "shots").iterdir())
