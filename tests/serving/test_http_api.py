"""The HTTP API, asked as a program asks it: the real server on 127.0.0.1."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from audio_files import pcm, tones
from pages_common import ROOT, make_full

from mer_core.cli import predict_library, serve
from mer_core.serving.limits import MAX_BYTES

TOKEN = "a-long-enough-token-for-tests"
AUTH = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = make_full(tmp_path_factory.mktemp("served") / "full").root
    assert predict_library.main([str(root), "--model", "small"]) == 0
    command = [sys.executable, str(ROOT / "scripts/serve.py"), str(root), "--model", "small", "--port", "0", "--json"]
    environment = {**os.environ, "MER_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stderr is not None and server.stdout is not None
    line = server.stderr.readline()
    assert line.startswith("listening on http://127.0.0.1:"), line + server.stderr.read()
    address = line.split()[2].rstrip(",")
    _wait(address)
    yield address
    server.send_signal(signal.SIGINT)
    out, err = server.communicate(timeout=30)
    assert server.returncode == 0 and "Traceback" not in err
    assert json.loads(out)["url"] == address


def _wait(address: str) -> None:
    for _ in range(600):
        try:
            requests.get(f"{address}/health", timeout=1)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def ask(url: str, path: str, **asked: Any) -> Any:
    answer = requests.get(url + path, params=asked, headers=AUTH, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_the_library_holds(url: str) -> None:
    assert ask(url, "/health")["model"] == "small"
    moods = ask(url, "/moods")
    assert moods["tracks"] == 48 and {row["mood"] for row in moods["moods"]} >= {"calm", "epic"}
    most = moods["moods"][0]
    found = ask(url, "/tracks", mood=most["mood"], limit=3)
    assert found["count"] == most["tracks"] and len(found["tracks"]) == min(3, most["tracks"])
    track_id = found["tracks"][0]["track_id"]
    every = ask(url, "/tracks", limit=3, offset=46)
    assert every["count"] == 48 and len(every["tracks"]) == 2 and all(row["path"] for row in every["tracks"])
    track = ask(url, f"/tracks/{track_id}")
    assert most["mood"] in track["decided"] and track["moods"][most["mood"]] == found["tracks"][0]["probability"]
    near = ask(url, f"/tracks/{track_id}/neighbours", limit=5)["tracks"]
    assert len(near) == 5 and track_id not in [row["track_id"] for row in near]
    assert [row["score"] for row in near] == sorted((row["score"] for row in near), reverse=True)


def test_music_by_a_description(url: str) -> None:
    found = ask(url, "/describe", text="calm, not epic", limit=4)
    assert found["understood"]["moods"].get("calm", 0) > 0 and 0 < len(found["tracks"]) <= 4


def test_a_file_is_predicted_as_by_the_script(url: str) -> None:
    song = pcm(tones(5.0, 16000), 16000)
    answer = requests.post(f"{url}/predict?name=a%20song.wav&timeline=true", data=song, headers=AUTH, timeout=120)
    content = answer.json()
    assert answer.status_code == 200, content
    assert (
        content["file"] == "a song.wav" and set(content["moods"]) >= {"calm", "epic"} and content["timeline"]["starts"]
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/tracks/nothing", 404, "there is no track 'nothing'"),
        ("/tracks/nothing/neighbours", 404, "there is no track"),
        ("/tracks?mood=purple", 400, "there is no mood 'purple'"),
        ("/tracks?mood=calm&limit=0", 422, "limit: "),
        ("/describe?text=" + "x" * 1001, 422, "text: "),
        ("/elsewhere", 404, "/docs lists what there is"),
    ],
)
def test_what_cannot_be_answered_is_said(url: str, path: str, status: int, says: str) -> None:
    answer = requests.get(url + path, headers=AUTH, timeout=60)
    assert answer.status_code == status and says in answer.json()["error"], answer.text
    assert "Traceback" not in answer.text


def test_what_is_no_audio_and_what_is_too_large(url: str) -> None:
    answer = requests.post(f"{url}/predict?name=x.mp3", data=b"junk" * 1000, headers=AUTH, timeout=60)
    assert answer.status_code == 400 and "x.mp3 is not audio" in answer.json()["error"]
    large = (b"\0" * 2**20 for _ in range(MAX_BYTES // 2**20 + 2))  # in pieces, so that no header tells the size
    answer = requests.post(f"{url}/predict", data=large, headers=AUTH, timeout=120)
    assert answer.status_code == 413 and "larger than 200 MB" in answer.json()["error"]


def test_a_file_inside_a_form_is_not_taken_for_sound(url: str) -> None:
    song = pcm(tones(5.0, 16000), 16000)
    answer = requests.post(f"{url}/predict", files={"file": ("song.wav", song)}, headers=AUTH, timeout=60)
    assert answer.status_code == 415 and "as the body of the request" in answer.json()["error"]


def test_strangers_are_refused(url: str) -> None:
    assert requests.head(f"{url}/health", headers={"Authorization": f"bearer {TOKEN}"}, timeout=60).status_code == 200
    assert requests.get(f"{url}/health", headers={"Authorization": TOKEN}, timeout=60).status_code == 401
    assert requests.get(f"{url}/moods", timeout=60).status_code == 401
    wrong = requests.get(f"{url}/moods", headers={"Authorization": "Bearer guess"}, timeout=60)
    assert wrong.status_code == 401 and wrong.headers["WWW-Authenticate"] == "Bearer"
    rebound = requests.get(f"{url}/moods", headers={**AUTH, "Host": "evil.example"}, timeout=60)
    assert rebound.status_code == 403 and "does not answer under the name" in rebound.json()["error"]
    page = requests.post(f"{url}/predict", headers={**AUTH, "Origin": "http://evil.example"}, data=b"x", timeout=60)
    assert page.status_code == 403 and "other web pages" in page.json()["error"]


def test_the_documentation_loads_nothing_from_elsewhere(url: str) -> None:
    page = requests.get(f"{url}/docs", headers=AUTH, timeout=60)
    assert page.status_code == 200 and "default-src 'none'" in page.headers["Content-Security-Policy"]
    paths = ask(url, "/openapi.json")["paths"]
    assert {"/predict", "/describe", "/moods", "/tracks"} <= set(paths)
    assert all(path in page.text for path in paths) and "<script" not in page.text and "https://" not in page.text


def test_another_address_needs_a_token(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("MER_TOKEN", raising=False)
    assert serve.main(["nowhere", "--host", "0.0.0.0", "--port", "0"]) == 1
    assert "a token is needed" in capsys.readouterr().err
    monkeypatch.setenv("MER_TOKEN", "short")
    assert serve.main(["nowhere", "--port", "0"]) == 1
    assert "could be guessed" in capsys.readouterr().err


def test_a_workspace_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main([str(tmp_path / "typo"), "--port", "0"]) == 1
    assert "typo" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main([str(tmp_path), "--port", url.rpartition(":")[2]]) == 1
    assert "choose another with --port" in capsys.readouterr().err
