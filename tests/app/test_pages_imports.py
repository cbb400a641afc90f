"""No page loads a heavy library by being opened."""

import json
import subprocess
import sys
from pathlib import Path

from pages_common import ROOT, make_workspaces

from mer_core.app.shell import NAVIGATION

OPEN_ALL = """
import json, sys
from mer_core.app.timing import HEAVY, measure
root, files = json.loads(sys.argv[1])
errors = {file: measure(root, file, {"workspace": "full", "mood": "happy"}, runs=1)["errors"] for file in files}
print(json.dumps({"errors": errors, "heavy": [name for name in HEAVY if name in sys.modules]}))
"""


def test_opening_every_page_loads_no_heavy_library(tmp_path: Path) -> None:
    make_workspaces(tmp_path)
    files = [file if file.startswith("pages/") else "" for file, _, _ in NAVIGATION if (ROOT / file).exists()]
    done = subprocess.run(
        [sys.executable, "-c", OPEN_ALL, json.dumps([str(tmp_path), files])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["heavy"] == []
    assert len(result["errors"]) == len(files) >= 2


def test_every_page_is_in_the_navigation() -> None:
    assert {f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py")} <= {file for file, _, _ in NAVIGATION}
