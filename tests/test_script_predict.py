"""scripts/predict.py: what it finds, prints, appends, resumes and survives."""

import io
import json
import os
from pathlib import Path

import predict as script
import pytest
from audio_files import pcm, tones, write
from prediction_models import MOODS, make_model

from mer_core.model_folder import save_model

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A messy folder: three good files (one in a sub-folder), a broken one, a hidden one, a text; and a model folder beside it."""
    folder = tmp_path / "music"
    (folder / "b album").mkdir(parents=True)
    (folder / "a.mp3").write_bytes(write(tones(4.0), "mp3"))
    (folder / "b album" / "c.WAV").write_bytes(pcm(tones(4.0)))
    (folder / "d.flac").write_bytes(pcm(tones(4.0), container="FLAC"))
    (folder / "bad.mp3").write_bytes(b"junk" * 500)
    (folder / ".hidden.mp3").write_bytes(b"")
    (folder / "notes.txt").write_text("no music")
    save_model(tmp_path / "model", make_model())
    return folder


def call(*args: object) -> int:
    return script.main([*map(str, args)])


def test_json_has_one_object_with_a_result_for_each_file(music: Path, capsys: Capture) -> None:
    assert call(music, "--model", music.parent / "model", "--json") == 0
    out = capsys.readouterr().out
    told = json.loads(out)
    assert told["model"] == "small"
    results = {Path(result["file"]).name: result for result in told["results"]}
    assert list(results) == ["a.mp3", "bad.mp3", "d.flac", "c.WAV"]
    for result in results.values():
        assert {"file", "duration", "moods", "decided", "nothing_fits", "out_of_domain", "error"} <= set(result)
    assert "is not audio" in results["bad.mp3"]["error"]
    assert set(results["a.mp3"]["moods"]) == set(MOODS)
    assert results["a.mp3"]["error"] is None
    assert "timeline" not in results["a.mp3"]


def test_the_timeline_on_request(music: Path, capsys: Capture) -> None:
    assert call(music / "a.mp3", "--model", music.parent / "model", "--json", "--timeline") == 0
    result = json.loads(capsys.readouterr().out)["results"][0]
    assert result["timeline"]["starts"] == [0.0, 3.0]
    assert result["why"]


def test_one_file_is_told_in_full_and_many_in_a_line_each(music: Path, capsys: Capture) -> None:
    assert call(music / "a.mp3", "--model", music.parent / "model") == 0
    out = capsys.readouterr().out
    assert all(mood in out for mood in MOODS)
    assert "relaxing" in out and "not reliable" in out
    assert call(music, "--model", music.parent / "model") == 0
    out, err = capsys.readouterr()
    assert [line.split(":")[0].rpartition(os.sep)[2] for line in out.splitlines()] == ["a.mp3", "d.flac", "c.WAV"]
    assert "bad.mp3 is not audio" in err


def test_jsonl_prints_a_line_a_file(music: Path, capsys: Capture) -> None:
    assert call(music, "--model", music.parent / "model", "--jsonl") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 4
    assert sum(line["error"] is not None for line in lines) == 1


def test_patterns_and_names_on_standard_input(music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(music / "**" / "*.WAV", "--model", music.parent / "model", "--json") == 0
    assert [Path(result["file"]).name for result in json.loads(capsys.readouterr().out)["results"]] == ["c.WAV"]
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{music / 'd.flac'}\n\n{music / 'a.mp3'}\n{music / 'd.flac'}\n"))
    assert call("-", "--model", music.parent / "model", "--json") == 0
    assert [Path(result["file"]).name for result in json.loads(capsys.readouterr().out)["results"]] == ["d.flac", "a.mp3"]


def test_resuming_does_what_is_left_and_mends_a_torn_line(music: Path, capsys: Capture) -> None:
    out = music.parent / "moods.jsonl"
    assert call(music / "a.mp3", music / "bad.mp3", "--model", music.parent / "model", "--out", out) == 0
    whole = out.read_bytes()
    out.write_bytes(whole + b'{"file": "cut o')
    capsys.readouterr()
    assert call(music, "--model", music.parent / "model", "--out", out, "--resume", "--json") == 0
    told = [Path(result["file"]).name for result in json.loads(capsys.readouterr().out)["results"]]
    assert told == ["bad.mp3", "d.flac", "c.WAV"], "what failed is tried again, what is done is not"
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert out.read_bytes().startswith(whole)
    assert [Path(line["file"]).name for line in lines] == ["a.mp3", "bad.mp3", *told]
    assert call(music / "a.mp3", "--model", music.parent / "model", "--out", out, "--resume") == 0, "nothing left is no failure"


def test_a_file_of_results_is_never_overwritten(music: Path, capsys: Capture) -> None:
    out = music.parent / "kept.txt"
    out.write_text("precious\n")
    assert call(music, "--model", music.parent / "model", "--out", out) == 1
    assert call(music, "--model", music.parent / "model", "--out", out, "--resume") == 1
    assert out.read_text() == "precious\n"
    assert "does not hold results" in capsys.readouterr().err


def test_exit_codes(music: Path, capsys: Capture) -> None:
    model = music.parent / "model"
    assert call(music / "bad.mp3", music / "missing.mp3", "--model", model, "--json") == 1, "all failed"
    assert [bool(result["error"]) for result in json.loads(capsys.readouterr().out)["results"]] == [True, True]
    assert call(music / "a.mp3", "--model", "no-such-model") == 1
    assert "there is no model" in capsys.readouterr().err
    (music.parent / "empty").mkdir()
    assert call(music.parent / "empty", "--model", model) == 1
    assert "there is no audio file in" in capsys.readouterr().err
    for wrong in (["--json", "--jsonl"], ["--resume"], ["--jobs", "0"]):
        with pytest.raises(SystemExit) as caught:
            call(music, *wrong)
        assert caught.value.code == 2


def test_neighbours_need_embeddings(music: Path, tmp_path: Path, capsys: Capture) -> None:
    from mer_core.workspace import Workspace

    Workspace.create(tmp_path / "ws", title="t", kind="library")
    assert call(music / "a.mp3", "--model", tmp_path / "model", "--workspace", tmp_path / "ws", "--nearest") == 1
    assert "build_embeddings.py" in capsys.readouterr().err
