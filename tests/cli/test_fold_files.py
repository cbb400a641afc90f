"""Mood tags in a library's own files folded onto chosen words: shown, written, taken back byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest
from audio_files import tones, vorbis, write

from mer_core.cli import fold_tags, import_library, tag_files
from mer_core.tags import write as tagging

MOODS = {"a.mp3": ("Feel Good", "sad"), "b.flac": ("feel-good", "xyz"), "c.ogg": ("Melancholy",), "d.m4a": ("xyz",)}


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Four tagged songs and one without moods."""
    folder = tmp_path / "music"
    folder.mkdir()
    for name in (*MOODS, "e.mp3"):
        kind = name.rpartition(".")[2]
        data = vorbis(tones(2.0)) if kind == "ogg" else write(tones(2.0 + len(name)), kind)
        (folder / name).write_bytes(data)
        if name in MOODS:
            tagging.write(folder / name, MOODS[name], tmp_path / "another journal")
    (tmp_path / "synonyms").write_text("melancholy\tsad\n")
    return folder


def call(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> dict[str, Any]:
    journal = str(folder.parent / "journal")
    capsys.readouterr()
    assert fold_tags.main([str(folder), "--journal", journal, *options, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def moods_of(music: Path) -> dict[str, tuple[str, ...]]:
    return {name: tagging.read_moods(music / name) for name in (*MOODS, "e.mp3")}


def test_shown_written_and_taken_back(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in music.iterdir()}
    chosen = ("--words", "feel good", "sad", "--synonyms", str(music.parent / "synonyms"), "--only")
    shown = call(capsys, music, *chosen)
    assert {fold["tag"]: fold["word"] for fold in shown["folds"]} == {
        "Feel Good": "feel good",
        "feel-good": "feel good",
        "Melancholy": "sad",
        "xyz": "",
    }
    assert {path.name: path.read_bytes() for path in music.iterdir()} == before
    assert len(call(capsys, music, *chosen, "--write")["files"]) == 4
    assert moods_of(music) == {
        "a.mp3": ("feel good", "sad"),
        "b.flac": ("feel good",),
        "c.ogg": ("sad",),
        "d.m4a": (),
        "e.mp3": (),
    }
    call(capsys, music, "--undo")
    assert {path.name: path.read_bytes() for path in music.iterdir()} == before


def test_of_a_library_and_in_words(music: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = tmp_path / "library"
    assert import_library.main([str(root), "--audio-dir", str(music), "--files-only"]) == 0
    capsys.readouterr()
    assert fold_tags.main([str(root), "--words", "feel good", "--journal", str(tmp_path / "journal")]) == 0
    out = capsys.readouterr().out
    assert "Feel Good (1 tracks) → feel good" in out and "would change 2 files" in out and "add --write" in out


def test_a_file_that_was_tagged_before_gets_its_moods_back(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = ("--journal", str(music.parent / "journal"))
    first = (music / "e.mp3").read_bytes()
    assert tag_files.main([str(music / "e.mp3"), "--moods", "SAD", "--write", *journal]) == 0
    call(capsys, music, "--words", "sad", "--write")
    assert tagging.read_moods(music / "e.mp3") == ("sad",)
    call(capsys, music, "--undo")
    assert tagging.read_moods(music / "e.mp3") == ("SAD",)
    assert tag_files.main([str(music / "e.mp3"), "--undo", *journal]) == 0
    assert (music / "e.mp3").read_bytes() == first


def test_moods_changed_since_are_kept(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, music, "--words", "feel good", "--write")
    tagging.write(music / "a.mp3", ("epic",), music.parent / "another journal")
    files = {Path(file["file"]).name: file["error"] for file in call(capsys, music, "--undo")["files"]}
    assert "were changed since they were folded" in files["a.mp3"] and files["b.flac"] is None
    assert moods_of(music)["a.mp3"] == ("epic",) and moods_of(music)["b.flac"] == MOODS["b.flac"]


def test_nothing_to_fold_or_to_take_back_is_told(music: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = ["--journal", str(music.parent / "journal")]
    for name in MOODS:
        (music / name).unlink()
    assert fold_tags.main([str(music), "--words", "calm", *journal]) == 1
    assert "no file of" in capsys.readouterr().err
    assert fold_tags.main([str(music), "--undo", *journal]) == 1
    assert "nothing to take back" in capsys.readouterr().err
