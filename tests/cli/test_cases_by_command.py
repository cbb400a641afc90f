"""Every case of ../shared/cases by the command a person would type, against the right result of its README."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from mutagen.id3 import ID3, TXXX
from prediction_models import make_model
from shared_cases import CASE_SECONDS, SHARED, case

from mer_core.cli import convert, import_dataset, import_library, predict, tag_files, validate_dataset
from mer_core.model.bundle import save_model

Capture = pytest.CaptureFixture[str]

SECONDS = {
    **CASE_SECONDS,
    "level_reference.wav": 5.0,
    "level_plus12_float.wav": 5.0,
    "level_minus20.wav": 5.0,
    "dc_0.2.wav": 5.0,
}
MOODS = {
    "mood_in_txxx_v23.mp3": ["Happy"],
    "mood_in_txxx_v24.mp3": ["Happy", "Dreamy"],
    "mood_in_ape.mp3": ["Happy", "Dreamy"],
    "mood_joined.mp3": ["Sad", "Calm", "Epic"],
}
ELSEWHERE = {"free_format.mp3", "cue", "m3u", "tsv_quoted", "tsv_case_space", "tsv_two", "tsv_top50"}
"""Cases with a test of their own below."""


def call(capsys: Capture, command: Any, *arguments: object, code: int = 0) -> dict[str, Any]:
    """The JSON of a command that ends with `code`."""
    capsys.readouterr()
    assert command.main([*map(str, arguments), "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all audio cases, and a model beside it."""
    folder = tmp_path_factory.mktemp("cases") / "music"
    folder.mkdir()
    for name in (*SECONDS, *MOODS, "free_format.mp3"):
        if name != "mood_in_txxx_v24.mp3":
            shutil.copyfile(case(name), folder / name)
    path = Path(shutil.copyfile(folder / "mood_in_txxx_v23.mp3", folder / "mood_in_txxx_v24.mp3"))  # as its maker does
    tags = ID3(path)
    tags.setall("TXXX:MOOD", [TXXX(encoding=3, desc="MOOD", text=["Happy", "Dreamy"])])
    tags.save(path, v2_version=4)
    save_model(folder.parent / "model", make_model())
    return folder


@pytest.fixture(scope="module")
def library(music: Path) -> dict[str, dict[str, Any]]:
    """The records of a library of them, by name."""
    assert import_library.main([str(music.parent / "ws"), "--audio-dir", str(music), "--files-only"]) == 0
    files = json.loads((music.parent / "ws" / "dataset" / "library.json").read_text())["files"]
    return {file["path"]: file for file in files}


@pytest.fixture(scope="module")
def predicted(music: Path) -> dict[str, dict[str, Any]]:
    """What `predict` says of them, by name."""
    out = music.parent / "out.jsonl"
    assert predict.main([str(music), "--model", str(music.parent / "model"), "--out", str(out), "--json"]) == 0
    return {Path(one["file"]).name: one for one in map(json.loads, out.read_text().splitlines())}


def test_every_case_has_a_test() -> None:
    there = {path.name for path in case("README.md").parent.iterdir()} - {"README.md", "make_cases.py"}
    assert there <= {*SECONDS, *MOODS, *ELSEWHERE}


@pytest.mark.parametrize("name", SECONDS)
def test_library_and_prediction_last_what_is_heard(
    name: str, library: dict[str, dict[str, Any]], predicted: dict[str, dict[str, Any]]
) -> None:
    assert (library[name]["error"], library[name]["damage"]) == ("", "")
    assert library[name]["duration"] == pytest.approx(SECONDS[name], abs=0.02)
    assert predicted[name]["error"] is None and predicted[name]["duration"] == pytest.approx(SECONDS[name], abs=0.02)
    warned = " ".join(predicted[name]["warnings"])
    lies = name in ("xing_garbage.mp3", "xing_double.mp3")
    assert ("its header is wrong" in warned) == lies and "damaged" not in warned
    assert ("scaled" in warned or "lowered" in warned or "raised" in warned) == (
        name in ("level_plus12_float.wav", "level_minus20.wav", "dc_0.2.wav")
    )


def test_free_format_mp3(library: dict[str, dict[str, Any]], predicted: dict[str, dict[str, Any]]) -> None:
    for error in (library["free_format.mp3"]["error"], predicted["free_format.mp3"]["error"]):
        assert "free-format MP3" in error and "re-encode it" in error


@pytest.mark.parametrize("name", MOODS)
def test_moods_that_people_wrote(name: str, library: dict[str, dict[str, Any]], music: Path, capsys: Capture) -> None:
    assert library[name]["moods"] == MOODS[name]
    if name == "mood_in_ape.mp3":
        assert (library[name]["title"], library[name]["artist"]) == ("A title", "An artist")
    planned = call(capsys, tag_files, music / name, "--moods", "sad", "--merge")["results"][0]
    assert planned["before"] == MOODS[name]
    assert planned["after"] == ([*MOODS[name], "sad"] if name != "mood_joined.mp3" else MOODS[name])


def test_rf64_says_that_it_carries_no_tags(music: Path, capsys: Capture) -> None:
    assert tag_files.main([str(music / "rf64.wav"), "--moods", "calm", "--write"]) == 1
    assert "RF64 file, which cannot carry tags" in capsys.readouterr().err


def test_the_time_of_modification_may_stay(music: Path, tmp_path: Path, capsys: Capture) -> None:
    path = Path(shutil.copyfile(music / "mood_joined.mp3", tmp_path / "x.mp3"))
    os.utime(path, (1557014400, 1557014400))
    options = ("--write", "--keep-mtime", "--journal", tmp_path / "journal")
    assert call(capsys, tag_files, path, "--moods", "deep", *options)["written"]
    assert path.stat().st_mtime == 1557014400


def test_lists_are_not_tagged_and_what_is_passed_over_is_counted(tmp_path: Path, capsys: Capture) -> None:
    music = Path(shutil.copytree(case("cue"), tmp_path / "music"))
    (music / "cover.jpg").write_bytes(b"x")
    asked = ("--moods", "deep")
    assert tag_files.main([str(music / "album.cue"), *asked]) == 1
    assert "is a CUE sheet, which is not tagged" in (told := capsys.readouterr().err) and "album.flac" in told
    assert tag_files.main([str(music), *asked, "--field", "txxx:mood", "--json"]) == 0
    out, err = capsys.readouterr()
    counts = json.loads(out)["passed_over"]
    assert counts[".jpg"] == 1 and "1 .jpg" in err
    converted = call(capsys, convert, music, "--out", tmp_path / "wavs")
    assert converted["passed_over"] == counts


def test_a_cue_sheet_makes_three_tracks(tmp_path: Path, capsys: Capture) -> None:
    found = call(capsys, import_library, tmp_path / "ws", "--audio-dir", case("cue"), "--files-only")
    assert found["tracks"] == 3
    files = json.loads((tmp_path / "ws" / "dataset" / "library.json").read_text())["files"]
    assert [(file["title"], file["duration"]) for file in files] == [("T1", 10.0), ("T2", 10.0), ("T3", 10.0)]


@pytest.mark.parametrize("name", ["relative.m3u8", "bom.m3u", "windows_1252.m3u"])
def test_each_playlist_names_both_songs(name: str, music: Path, capsys: Capture) -> None:
    model = music.parent / "model"
    results = call(capsys, predict, case("m3u") / "Playlists" / name, "--model", model)["results"]
    assert [Path(one["file"]).name for one in results] == ["01 One é.mp3", "02 Two.mp3"]
    assert [one["error"] for one in results] == [None, None]


def test_quoted_tags(capsys: Capture) -> None:
    problems = call(capsys, validate_dataset, case("tsv_quoted"), code=1)["problems"]
    assert {problem["kind"] for problem in problems} == {"malformed_line"}
    assert "without: mood/theme---happy" in problems[0]["message"]


def test_tags_that_differ_in_case_or_blanks(capsys: Capture) -> None:
    problems = call(capsys, validate_dataset, case("tsv_case_space"))["problems"]
    assert [problem["kind"] for problem in problems if problem["kind"] == "similar_tags"] == ["similar_tags"] * 2


def test_one_of_two_tracks_files(tmp_path: Path, capsys: Capture) -> None:
    asked = [str(tmp_path / "ws"), "--metadata", str(case("tsv_two"))]
    assert import_dataset.main(asked) == 1
    assert "--name" in capsys.readouterr().err
    assert call(capsys, import_dataset, *asked, "--name", "autotagging_top50tags")["tracks"] == 1


def test_mixed_tags(tmp_path: Path, capsys: Capture) -> None:
    asked = ("--metadata", case("tsv_top50"))
    assert import_dataset.main([str(tmp_path / "a"), *map(str, asked)]) == 0
    assert "3 of 4 tags are no labels" in capsys.readouterr().err
    call(capsys, import_dataset, tmp_path / "b", *asked, "--category", "genre", "instrument", "mood/theme")
    assert call(capsys, validate_dataset, tmp_path / "b")["tags"] == 4


def test_identical_audio_of_mtg_jamendo(capsys: Capture) -> None:
    folder = SHARED / "data/mtg-jamendo"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    found = call(capsys, validate_dataset, folder)["identical_audio"]
    assert (found["groups"], found["tracks"], found["across_parts"]) == (117, 243, 4)
