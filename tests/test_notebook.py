"""The notebook runs from top to bottom, on made-up sound and on a real piece."""

import json
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "moods_of_a_song.ipynb"


def execute(
    monkeypatch: pytest.MonkeyPatch,
    *cells: str,
    folder: Path = NOTEBOOK.parent,
    first: str = "",
    last: str = "",
    **values: str,
) -> nbformat.NotebookNode:
    """The notebook, or its `cells`, after running it in this Python in `folder`, with these environment variables,
    between `first` and `last`."""
    for name, value in {"PLOTLY_RENDERER": "json", **values}.items():
        monkeypatch.setenv(name, value)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    wanted = [cell for cell in notebook.cells if cell["id"] in cells or not cells]
    notebook.cells = [nbformat.v4.new_code_cell(first), *wanted, nbformat.v4.new_code_cell(last)]
    return NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()


def words(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(str(output.get("text", "") or output.get("data", {}).get("text/plain", "")) for output in outputs)


def plots(notebook: nbformat.NotebookNode) -> int:
    return sum(
        "application/json" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])
    )


@pytest.fixture(autouse=True)
def this_python_as_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel called python3 that is this very interpreter, whatever else the machine has registered, and no settings
    but the tests'."""
    for name in ("PROJECT", "REPOSITORY", "AUDIO", "ENCODER", "MODEL"):
        monkeypatch.delenv(f"MER_{name}", raising=False)
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


def test_moods_by_a_model_of_another_encoder_are_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    done = execute(monkeypatch, "cell-2", "cell-4", "cell-5", "cell-7", MER_ENCODER="placeholder")
    reported = str([output.get("data") for cell in done.cells for output in cell.get("outputs", [])])
    assert "not by placeholder: the model starter was trained on musicnn" in reported and "set MODEL" in reported


def test_far_from_the_project_it_says_what_to_do_or_clones_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="fill in REPOSITORY above"):
        execute(monkeypatch, "cell-2", folder=tmp_path)
    origin = tmp_path / "origin"
    (origin / "mer_core").mkdir(parents=True)
    (origin / "mer_core" / "__init__.py").touch()
    as_anyone = ["-c", "user.name=A", "-c", "user.email=a@b"]
    for command in (["init", "--quiet"], ["add", "."], [*as_anyone, "commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *command], cwd=origin, check=True)
    done = execute(monkeypatch, "cell-2", folder=tmp_path, MER_REPOSITORY=origin.as_uri())
    assert f"project: {tmp_path / 'music-emotion-recognition'}" in words(done)


def test_on_colab_a_file_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    colab = "import sys, types; colab = sys.modules['google.colab'] = types.ModuleType('google.colab')\n"
    colab += "colab.files = types.SimpleNamespace(upload=lambda: {'chosen.mp3': b''})"
    for named, heard in (("", "chosen.mp3"), ("named.mp3", "named.mp3")):
        done = execute(monkeypatch, "cell-2", "cell-4", first=colab, last="print('file:', AUDIO_FILE)", MER_AUDIO=named)
        assert f"file: {heard}" in words(done)


def test_a_real_piece(monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
    song = next((shared / "data" / "incompetech" / "audio").glob("01/*.mp3"))
    done = execute(monkeypatch, MER_AUDIO=str(song))
    assert "45.0 s" in words(done) and "decided:" in words(done)


def test_a_bad_file_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "x.mp3").write_bytes(b"no music")
    with pytest.raises(Exception, match=r"x\.mp3"):
        execute(monkeypatch, MER_AUDIO=str(tmp_path / "x.mp3"))


def test_a_repository_that_cannot_be_reached_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"file://{tmp_path / 'nowhere.git'}"
    with pytest.raises(Exception, match=r"could not be fetched from file://.*check REPOSITORY and the network"):
        execute(monkeypatch, "cell-2", folder=tmp_path, MER_REPOSITORY=address)


def test_on_colab_it_fetches_the_repository_it_was_opened_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such repository the sentence names it; nothing outside this machine is asked."""
    opened = urllib.parse.quote("https://github.com/somebody/music-emotion-recognition/blob/main/notebooks/x.ipynb")

    class Sessions(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps([{"path": f"fileId={opened}"}]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Sessions) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        colab = {"COLAB_JUPYTER_IP": "127.0.0.1", "KMP_TARGET_PORT": str(server.server_port)}
        nowhere = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{tmp_path}/.insteadOf"}
        nowhere["GIT_CONFIG_VALUE_0"] = "https://github.com/"
        with pytest.raises(
            Exception, match=r"fetched from https://github\.com/somebody/music-emotion-recognition\.git"
        ):
            execute(monkeypatch, "cell-2", folder=tmp_path, **colab, **nowhere)
        server.shutdown()
