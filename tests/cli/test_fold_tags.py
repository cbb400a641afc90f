"""Folding tags from the command line: shown, done, taken back."""

import json
from pathlib import Path

import pytest
from small_dataset import track_line, write_dataset

from mer_core.cli.fold_tags import main
from mer_core.datasets.dataset import Dataset


def test_shown_written_and_taken_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tags = ("Happy", "happy", "happy", "glad")
    write_dataset(tmp_path, [track_line(n, [f"mood/theme---{tag}"]) for n, tag in enumerate(tags, 1)], tags=None)
    (tmp_path / "synonyms").write_text("glad\thappy\n")
    command = [str(tmp_path), "--synonyms", str(tmp_path / "synonyms")]
    assert main(command) == 0
    assert "mood/theme---Happy (1 tracks) → happy" in capsys.readouterr().out
    assert len(Dataset.load(tmp_path).moods) == 3
    assert main([*command, "--write", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["folds"]) == 2
    assert Dataset.load(tmp_path).moods == ("happy",)
    assert main([str(tmp_path), "--undo"]) == 0
    assert len(Dataset.load(tmp_path).moods) == 3


def test_a_dataset_without_labels_says_where_tags_may_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_dataset(tmp_path, [track_line(1, [])], tags=None)
    assert main([str(tmp_path), "--words", "calm"]) == 1
    assert "to fold the mood tags of music files, name their folder" in capsys.readouterr().err
