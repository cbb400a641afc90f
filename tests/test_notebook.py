"""The notebook runs from top to bottom, on made-up sound and on a real piece."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "moods_of_a_song.ipynb"


def execute(monkeypatch: pytest.MonkeyPatch, **values: str) -> nbformat.NotebookNode:
    """The notebook after running it in this Python, with these environment variables."""
    for name, value in {"MER_PROJECT": str(ROOT), "PLOTLY_RENDERER": "json", **values}.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    return NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()


def words(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(str(output.get("text", "") or output.get("data", {}).get("text/plain", "")) for output in outputs)


def plots(notebook: nbformat.NotebookNode) -> int:
    return sum("application/json" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", []))


@pytest.fixture(autouse=True)
def this_python_as_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel called python3 that is this very interpreter, whatever else the machine has registered."""
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "this Python", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))


def test_made_up_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    done = execute(monkeypatch)
    assert "made-up chords (synthetic): 20.0 s" in words(done)
    assert "musicnn: 6 frames" in words(done) and "not calibrated on labels" in words(done)
    assert plots(done) == 5


def test_a_real_piece(monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    song = next((shared / "data" / "incompetech" / "audio").glob("01/*.mp3"))
    done = execute(monkeypatch, MER_AUDIO=str(song))
    assert "45.0 s" in words(done) and "decided:" in words(done)


def test_a_bad_file_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.mp3").write_bytes(b"no music")
    with pytest.raises(Exception, match=r"x\.mp3"):
        execute(monkeypatch, MER_AUDIO=str(tmp_path / "x.mp3"))
