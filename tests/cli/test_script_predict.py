"""scripts/predict.py: what it finds, prints, appends, resumes and survives."""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audio_files import pcm, tones, write
from prediction_models import MOODS, make_model

from mer_core.cli import predict as script
from mer_core.cli import predict_text
from mer_core.errors import ArtifactError
from mer_core.inference.batch import predict_files
from mer_core.inference.predict import Predictor
from mer_core.model.bundle import save_model

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A messy folder: three good files (one in a sub-folder), a broken one, a hidden one, a text; and a model folder
    beside it."""
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
    reported = json.loads(out)
    assert reported["model"] == "small"
    results = {Path(result["file"]).name: result for result in reported["results"]}
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


def test_one_file_is_reported_in_full_and_many_in_a_line_each(music: Path, capsys: Capture) -> None:
    assert call(music / "a.mp3", "--model", music.parent / "model") == 0
    out = capsys.readouterr().out
    assert all(mood in out for mood in MOODS)
    assert "relaxing" in out and "not reliable" in out
    assert out.splitlines()[1] == "Not music"
    assert call(music, "--model", music.parent / "model") == 0
    out, err = capsys.readouterr()
    assert [line.split(":")[0].rpartition(os.sep)[2] for line in out.splitlines()] == ["a.mp3", "d.flac", "c.WAV"]
    assert "bad.mp3 is not audio" in err


def test_a_person_reads_the_headline_first_then_feelings_themes_and_the_place() -> None:
    result = {
        **{"file": "a.mp3", "duration": 9.0, "model": "starter", "moods": {"sad": 0.2, "film": 0.1}, "lyrics": None},
        **{"decided": ["sad", "film"], "feelings": ["sad"], "themes": ["film"], "headline": "perhaps sad"},
        **{"out_of_domain": None, "nothing_fits": False, "warnings": [], "published_places": []},
        **{"valence": -0.31, "arousal": 0.02, "valence_interval": [-0.9, 0.2], "arousal_interval": [None, None]},
    }
    trust = {"reliable": True, "pr_auc": 0.3, "lift": 1.5, "percentile": 0.93, "likelihood": None}
    result["trust"] = {"sad": {**trust, "likelihood": 0.31}, "film": {**trust, "reliable": False, "measured": False}}
    text = predict_text.in_full(result)
    assert text.splitlines()[1:6] == [
        "Perhaps sad",
        "feelings: sad (31 % likely, stronger than in 93 % of music)",
        "made for: film (stronger than in 93 % of music)",
        "valence -0.31, likely -0.90 to +0.20",
        "arousal +0.02",
    ]
    rows = [line.split() for line in text.splitlines() if line.startswith(("sad", "film"))]
    assert rows[0][:4] == ["sad", "31%", "93%", "yes"] and rows[1][:4] == ["film", "–", "93%", "yes"]
    assert predict_text.summary(result) == "a.mp3: perhaps sad (sad; made for film; valence -0.31, arousal +0.02)"
    silent = {**result, "out_of_domain": "It is silence.", "headline": "not music", "decided": []}
    assert predict_text.in_full(silent).splitlines()[1:3] == [
        "Not music",
        "nothing is decided, however probable it looks. It is silence.",
    ]


def test_jsonl_prints_a_line_a_file(music: Path, capsys: Capture) -> None:
    assert call(music, "--model", music.parent / "model", "--jsonl") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 4
    [failed] = [line for line in lines if line["error"] is not None]
    assert (failed["moods"], failed["trust"], failed["warnings"]) == ({}, {}, [])


def test_patterns_and_names_on_standard_input(music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(music / "**" / "*.WAV", "--model", music.parent / "model", "--json") == 0
    assert [Path(result["file"]).name for result in json.loads(capsys.readouterr().out)["results"]] == ["c.WAV"]
    latin = os.fsdecode(os.fsencode(music) + b"/caf\xe9.flac")
    (music / "d.flac").rename(latin)
    (music / "names").write_bytes(os.fsencode(f"{latin}\n\n{music / 'a.mp3'}\n{latin}\n"))
    with (music / "names").open() as names:
        monkeypatch.setattr("sys.stdin", names)
        assert call("-", "--model", music.parent / "model", "--json") == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [(Path(result["file"]).name, result["error"]) for result in results] == [
        ("caf�.flac", None),
        ("a.mp3", None),
    ]
    with (music / "notes.txt").open("r+") as names:
        names.truncate(0)
        monkeypatch.setattr("sys.stdin", names)
        assert call("-", "--model", music.parent / "model") == 1
    assert "there is no audio file in -" in capsys.readouterr().err


def test_a_result_does_not_wait_for_names_that_come_later(music: Path) -> None:
    reported = threading.Event()

    def slowly() -> Iterator[Path]:
        yield music / "a.mp3"
        assert reported.wait(60)
        yield music / "bad.mp3"
        raise ArtifactError("the list ends in a fault")

    results = predict_files(Predictor(make_model()), slowly(), jobs=4)
    assert Path(next(results)["file"]).name == "a.mp3"
    reported.set()
    assert Path(next(results)["file"]).name == "bad.mp3"
    with pytest.raises(ArtifactError, match="ends in a fault"):
        next(results)


@pytest.mark.parametrize("jobs", [1, 3])
def test_leaving_early_ends_the_thread_that_reads_the_names(music: Path, jobs: int) -> None:
    before = set(threading.enumerate())
    results = predict_files(Predictor(make_model()), itertools.repeat(music / "bad.mp3"), jobs=jobs)
    next(results)
    results.close()  # type: ignore[attr-defined]
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
        assert not thread.is_alive()


def test_resuming_does_what_is_left_and_mends_a_torn_line(music: Path, capsys: Capture) -> None:
    out, model = music.parent / "moods.jsonl", music.parent / "model"
    assert call(music / "a.mp3", music / "bad.mp3", "--model", model, "--out", out) == 0
    whole = out.read_bytes()
    out.write_bytes(whole + b'{"file": "cut o')
    capsys.readouterr()
    assert call(music, "--model", model, "--out", out, "--resume", "--json") == 0
    printed = capsys.readouterr()
    reported = [Path(result["file"]).name for result in json.loads(printed.out)["results"]]
    assert reported == ["d.flac", "c.WAV"] and "says: 1; add --retry-failed" in printed.err
    assert out.read_bytes().startswith(whole)
    finished = out.read_bytes()
    assert call(music, "--model", model, "--out", out, "--resume") == 0, "what failed before is no new failure"
    assert out.read_bytes() == finished
    assert [Path(json.loads(line)["file"]).name for line in finished.splitlines()] == ["a.mp3", "bad.mp3", *reported]


def test_failed_files_are_tried_again_on_request_and_have_one_line_each(music: Path) -> None:
    out, arguments = (
        music.parent / "moods.jsonl",
        ("--model", music.parent / "model", "--out", music.parent / "moods.jsonl"),
    )
    assert call(music, *arguments) == 0
    assert call(music, *arguments, "--resume", "--retry-failed") == 1, "the only one tried failed again"
    assert sorted(Path(json.loads(line)["file"]).name for line in out.read_text().splitlines()) == [
        "a.mp3",
        "bad.mp3",
        "c.WAV",
        "d.flac",
    ]
    (music / "bad.mp3").write_bytes((music / "a.mp3").read_bytes())
    assert call(music, *arguments, "--resume", "--retry-failed") == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 4 and not any(line["error"] for line in lines)


def test_moods_by_two_models_are_never_mixed_in_one_file(music: Path, capsys: Capture) -> None:
    out, other = music.parent / "moods.jsonl", music.parent / "other"
    save_model(other, replace(make_model(), name="other"))
    assert call(music / "a.mp3", "--model", music.parent / "model", "--out", out) == 0
    before = out.read_bytes() + b'{"file": "cut o'
    out.write_bytes(before)
    capsys.readouterr()
    assert call(music / "a.mp3", "--model", other, "--out", out, "--resume") == 1
    reported = capsys.readouterr().err
    assert "by the model 'small', not by 'other'" in reported and "name another file" in reported
    assert out.read_bytes() == before


@pytest.mark.parametrize("content", ["precious\n", "precious", '{"file": 1}\n', "{}\nprecious"])
def test_a_file_of_something_else_is_never_changed(music: Path, capsys: Capture, content: str) -> None:
    out = music.parent / "kept.txt"
    out.write_text(content)
    assert call(music, "--model", music.parent / "model", "--out", out) == 1
    assert call(music, "--model", music.parent / "model", "--out", out, "--resume") == 1
    assert out.read_text() == content
    assert "does not hold results" in capsys.readouterr().err


def test_a_reader_that_has_enough_ends_it_without_a_word(music: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r}); import predict; "
        "sys.exit(predict.main(sys.argv[1:]))"
    )
    command = [
        sys.executable,
        "-c",
        program,
        str(music),
        "--model",
        str(music.parent / "model"),
        "--jsonl",
        "--jobs",
        "1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().splitlines()
    assert [line for line in said if not line.startswith(b"passed over")] == []
    assert process.returncode == 141


def test_exit_codes(music: Path, capsys: Capture) -> None:
    model = music.parent / "model"
    assert call(music / "bad.mp3", music / "missing.mp3", "--model", model, "--json") == 1, "all failed"
    assert [bool(result["error"]) for result in json.loads(capsys.readouterr().out)["results"]] == [True, True]
    assert call(music / "a.mp3", "--model", "no-such-model") == 1
    assert "there is no model" in capsys.readouterr().err
    (music.parent / "empty").mkdir()
    assert call(music.parent / "empty", "--model", model) == 1
    assert "there is no audio file in" in capsys.readouterr().err
    for wrong in (["--json", "--jsonl"], ["--resume"], ["--out", "x", "--retry-failed"], ["--jobs", "0"]):
        with pytest.raises(SystemExit) as caught:
            call(music, *wrong)
        assert caught.value.code == 2


def test_neighbours_need_embeddings(music: Path, tmp_path: Path, capsys: Capture) -> None:
    from mer_core.workspace.layout import Workspace

    Workspace.create(tmp_path / "ws", title="t", kind="library")
    assert call(music / "a.mp3", "--model", tmp_path / "model", "--workspace", tmp_path / "ws", "--nearest") == 1
    assert "build_embeddings.py" in capsys.readouterr().err


def test_whatever_one_file_raises_is_its_own_result(
    music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Predictor.from_embedding

    def broken(self: Predictor, frames: object, sound: object, **options: bool) -> object:
        if "d.flac" in sound.file:  # type: ignore[attr-defined]
            raise ZeroDivisionError("division by zero")
        return whole(self, frames, sound, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Predictor, "from_embedding", broken)
    out = music.parent / "moods.jsonl"
    assert call(music, "--model", music.parent / "model", "--out", out) == 0
    results = {Path(result["file"]).name: result for result in map(json.loads, out.read_text().splitlines())}
    assert results["d.flac"]["error"].endswith(
        "could not be predicted (ZeroDivisionError: division by zero); convert it with another program"
    )
    assert results["a.mp3"]["error"] is None and results["c.WAV"]["error"] is None


def test_near_maximum_floats_keep_nobody_from_their_moods(music: Path, capsys: Capture) -> None:
    samples = np.frombuffer(np.random.default_rng(1).bytes(4 * 128_000), ">f4").astype(np.float32)[None]
    (music / "noise.wav").write_bytes(pcm(samples, 16000, "FLOAT"))
    assert call(music, "--model", music.parent / "model", "--json") == 0
    results = {Path(result["file"]).name: result for result in json.loads(capsys.readouterr().out)["results"]}
    assert results["noise.wav"]["error"] is None and results["a.mp3"]["error"] is None
    assert "were no finite numbers and were read as silence" in " ".join(results["noise.wav"]["warnings"])
