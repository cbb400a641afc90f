"""The moods in the tags of a library's own files become answers: shown first, kept when asked for, once."""

import dataclasses
import json
from pathlib import Path

import pytest
from pages_common import assert_sound, environment, make_full, make_library, run_page
from small_dataset import track_line, write_dataset

from mer_core.cli import fold_tags, teach
from mer_core.datasets.dataset import Dataset
from mer_core.io.files import write_json
from mer_core.library.scan import FileRecord
from mer_core.teach.file_tags import SOURCE
from mer_core.teach.journal import Journal
from mer_core.workspace.layout import Workspace

WORDS = ("Fröhlich", "триста", "Mood: zwibble", "Happy", "fröhlich")


@pytest.fixture
def library(tmp_path: Path) -> Workspace:
    """A library whose first tracks have these words in their files' tags."""
    make_full(tmp_path / "plain" / "full")
    workspace = make_library(tmp_path / "plain" / "full", tmp_path / "spaces" / "full")
    tracks = Dataset.load(workspace.dataset_dir).tracks
    paths = dict(zip(tracks["track_id"], tracks["path"], strict=True))
    moods = dict(zip(paths, WORDS, strict=False))
    files = [
        dataclasses.replace(FileRecord(path, 1, 1, sound=track), moods=(moods[track],) if track in moods else ())
        for track, path in paths.items()
    ]
    stored = {"tracks": paths, "files": [record.to_dict() for record in files]}
    write_json(workspace.dataset_dir / "library.json", {"schema_version": 1, "audio_root": "x", **stored})
    return workspace


def test_shown_kept_once_and_taken_back(library: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    command = [str(library.root), "--model", "small", "--from-tags"]
    assert teach.main(command) == 0
    shown = capsys.readouterr().out
    assert "Fröhlich (1 tracks) → happy, by the table of words" in shown and "триста (1 tracks) → sad" in shown
    assert "zwibble (1 tracks) → not known, left out" in shown and "--write" in shown
    assert Journal.of(library).read() == []
    for kept in (4, 0):
        assert teach.main([*command, "--write", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["answers"] == kept
    answers = Journal.of(library).read()
    assert [(answer.mood, answer.value, answer.source) for answer in answers] == [
        (mood, True, SOURCE) for mood in ("happy", "sad", "happy", "happy")
    ]
    assert Journal.of(library).undo(answers[0].id)
    assert teach.main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answers"] == 1


def test_files_without_moods_and_a_lone_write_are_reported(
    library: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert teach.main([str(library.root), "--model", "small", "--write"]) == 1
    assert "--from-tags" in capsys.readouterr().err
    (library.dataset_dir / "library.json").unlink()
    assert teach.main([str(library.root), "--model", "small", "--from-tags"]) == 1
    assert "has a mood in its tags" in capsys.readouterr().err


def test_the_page_shows_the_words_and_takes_them(library: Workspace) -> None:
    app = run_page("pages/7_Teach.py", library.root.parent, workspace="full", model="small")
    assert_sound(app)
    assert "Moods in the tags of 5 files" in [expander.label for expander in app.expander]
    table = next(table.value for table in app.dataframe if "Means" in table.value)
    assert dict(zip(table["Word"], table["Means"], strict=True))["триста"] == "sad"
    with environment(MER_WORKSPACES=str(library.root.parent)):
        next(button for button in app.button if button.label == "Take them as 4 answers").click().run()
    assert_sound(app)
    assert len(Journal.of(library).read()) == 4
    assert "All of it was answered already" in [button.label for button in app.button]


def test_words_of_a_datasets_labels_fold_by_meaning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tags = ("Fröhlich", "melancholic", "traurig", "zwibble")
    write_dataset(tmp_path, [track_line(n, [f"mood/theme---{tag}"]) for n, tag in enumerate(tags, 1)], tags=None)
    assert fold_tags.main([str(tmp_path), "--by-meaning", "--json"]) == 0
    folds = json.loads(capsys.readouterr().out)["folds"]
    assert {fold["tag"].rpartition("-")[2]: fold["word"] for fold in folds} == {"Fröhlich": "happy", "traurig": "sad"}
    assert fold_tags.main([str(tmp_path), "--by-meaning", "--words", "sad", "--only", "--write"]) == 0
    assert Dataset.load(tmp_path).moods == ("sad",)
