"""Whatever a single file raises, of whatever type, is that file's result, in every command that takes many."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audio_files import pcm, tones
from prediction_models import make_model

from mer_core.audio import container
from mer_core.audio.layout import parts_of
from mer_core.cli import (
    build_embeddings,
    convert,
    export_moods,
    fold_tags,
    import_labels,
    import_library,
    measure_music,
    predict,
    read_words,
    tag_files,
)
from mer_core.lyrics import sources
from mer_core.model.bundle import save_model
from mer_core.tags import journal as tag_journal
from mer_core.tags import safety

KINDS = (ZeroDivisionError, MemoryError, RecursionError)
GOOD = ("a.wav", "c.wav")


@pytest.fixture(params=KINDS, ids=lambda kind: str(kind.__name__))
def music(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two good songs, and between them one whose reading raises what nobody expects."""
    folder = tmp_path / "music"
    folder.mkdir()
    for number, name in enumerate((*GOOD, "bad.wav")):
        (folder / name).write_bytes(pcm(tones(3.0 + number, 16000), 16000))
    save_model(tmp_path / "model", make_model())

    def strange(handle: Any, shown: str) -> Any:
        if "bad.wav" in shown:
            raise request.param("strange")
        return parts_of(handle, shown)

    for module in (container, safety):
        monkeypatch.setattr(module, "parts_of", strange)
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs a command that must end well; returns its JSON."""

    def call(command: Any, *arguments: object) -> dict[str, Any]:
        capsys.readouterr()
        assert command.main([*map(str, arguments), "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return call


def assert_alone(results: list[dict[str, Any]]) -> None:
    """Only the bad file failed, and its error names it."""
    assert {Path(result["file"]).name: result["error"] is None for result in results} == {
        "a.wav": True,
        "bad.wav": False,
        "c.wav": True,
    }
    assert all("bad.wav" in result["error"] for result in results if result["error"])


def test_predict(music: Path, run: Callable[..., dict[str, Any]]) -> None:
    model = ("--model", music.parent / "model", "--jobs", 1)
    assert_alone(run(predict, music, *model)["results"])
    out = music.parent / "out.jsonl"
    run(predict, music, *model, "--out", out)
    assert len(out.read_text().splitlines()) == 3
    assert run(predict, music, *model, "--out", out, "--resume")["results"] == []


def test_export_moods(music: Path, run: Callable[..., dict[str, Any]]) -> None:
    model = ("--model", music.parent / "model")
    assert_alone(run(export_moods, music, *model, "--out", music.parent / "out")["results"])


def test_convert(music: Path, run: Callable[..., dict[str, Any]]) -> None:
    assert_alone(run(convert, music, "--out", music.parent / "out")["results"])


def test_tag_files(music: Path, run: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--journal", music.parent / "journal")
    before = {path.name: path.read_bytes() for path in music.iterdir()}
    assert_alone(run(tag_files, music, "--moods", "calm", "--write", *options)["results"])
    find = tag_journal.find

    def strange(path: Path, journal: Path) -> Any:
        if path.name == "bad.wav":
            raise ZeroDivisionError("strange")
        return find(path, journal)

    monkeypatch.setattr(tag_journal, "find", strange)
    assert_alone(run(tag_files, music, "--undo", *options)["results"])
    assert {path.name: path.read_bytes() for path in music.iterdir()} == before


def test_fold_tags_of_files(music: Path, run: Callable[..., dict[str, Any]]) -> None:
    options = ("--journal", music.parent / "journal")
    run(tag_files, music, "--moods", "Calm", "--write", *options)
    assert_alone(run(fold_tags, music, "--words", "calm", "--write", *options)["files"])
    undone = run(fold_tags, music, "--undo", *options)["files"]
    assert [Path(file["file"]).name for file in undone if not file["error"]] == list(GOOD)


def test_library_embeddings_and_what_is_measured(
    music: Path, run: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = music.parent / "library"
    found = run(import_library, root, "--audio-dir", music, "--files-only")
    assert (found["tracks"], [file["path"] for file in found["broken_files"]]) == (2, ["bad.wav"])
    (music / "bad.wav").rename(music / "b.wav")
    assert run(import_library, root, "--audio-dir", music, "--files-only")["tracks"] == 3
    good = container.parts_of

    def strange(handle: Any, shown: str) -> Any:
        if "b.wav" in shown:
            raise ZeroDivisionError("strange")
        return good(handle, shown)

    monkeypatch.setattr(container, "parts_of", strange)
    made = run(build_embeddings, root, "--encoder", "placeholder")
    assert (made["embedded"], made["failures"]) == (2, 1)
    measured = run(measure_music, root, "--workers", 1)
    assert (measured["measured"], measured["failed"]) == (2, 1)


def test_words(music: Path, run: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    root = music.parent / "library"
    (music / "bad.wav").rename(music / "b.wav")
    run(import_library, root, "--audio-dir", music, "--files-only")
    from_tags = sources.from_tags

    def strange(song: Any) -> Any:
        if Path(song).name == "b.wav":
            raise ZeroDivisionError("strange")
        return from_tags(song)

    monkeypatch.setattr(sources, "from_tags", strange)
    read = run(read_words, root)
    assert (read["tracks"], read["read"], read["with_lyrics"]) == (3, 3, 1)
    assert "ZeroDivisionError: strange" in str(read["reasons"])


def test_labels(music: Path, run: Callable[..., dict[str, Any]]) -> None:
    table = music / "labels.csv"
    table.write_text("path,label\n" + "".join(f"{name},calm\n" for name in ("a.wav", "bad.wav", "c.wav")))
    made = run(import_labels, music.parent / "ws", "--labels", table)
    assert made["tracks"] == 2 and "bad.wav" in made["left_out"][0]


def test_a_list_of_files_that_cannot_be_read_fails_alone(music: Path, run: Callable[..., dict[str, Any]]) -> None:
    (music / "none.m3u8").write_text("#EXTM3U\n")
    (music / "odd.cue").write_text("no sheet")
    given = [music / name for name in ("a.wav", "none.m3u8", "odd.cue")]
    results = run(predict, *given, "--model", music.parent / "model")["results"]
    assert [result["error"] is None for result in results] == [True, False, False]
    assert "names no file" in results[1]["error"] and "names no track" in results[2]["error"]
