"""An album in one file with its CUE sheet is its tracks, in libraries and in their embeddings."""

import shutil
from pathlib import Path

import pytest
from shared_cases import case

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.extract import audio_items, extract
from mer_core.embeddings.store import EmbeddingStore
from mer_core.encoders import load_encoder
from mer_core.library.workspace import import_library


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for name in ("album.cue", "album.flac"):
        shutil.copyfile(case("cue") / name, folder / name)
    (folder / "cover.jpg").write_bytes(b"x")
    return folder


def test_three_tracks_with_names_lengths_and_embeddings(music: Path, tmp_path: Path) -> None:
    done = import_library(tmp_path / "w", music)
    tracks = sorted(done.library.tracks.values(), key=lambda record: record.path)
    assert [(record.title, record.artist, record.album, record.duration) for record in tracks] == [
        (f"T{number}", "Some Artist", "Some Album", 10.0) for number in (1, 2, 3)
    ]
    assert done.passed_over == {".jpg": 1}, "the sheet is read"
    encoder = load_encoder("placeholder")
    store = EmbeddingStore.create(done.workspace.embeddings_dir("placeholder"), encoder.identity())
    dataset = Dataset.load(done.workspace.dataset_dir)
    assert list(dataset.tracks["duration"]) == [10.0] * 3
    assert extract(audio_items(done.workspace, dataset.tracks), encoder, store).embedded == 3
    again = import_library(tmp_path / "w", music)
    assert (again.added, again.removed, again.unchanged) == (0, 0, 3)


def test_without_its_sheet_it_is_one_track_and_a_bad_sheet_is_reported(music: Path, tmp_path: Path) -> None:
    import_library(tmp_path / "w", music)
    (music / "album.cue").write_text("no sheet")
    (damaged,) = import_library(tmp_path / "w", music).library.damaged
    assert damaged.path == "album.flac" and "CUE sheet" in damaged.damage
    assert import_library(tmp_path / "w", music).library.damaged == [damaged]
    (music / "album.cue").unlink()
    done = import_library(tmp_path / "w", music)
    assert [record.path for record in done.library.tracks.values()] == ["album.flac"]
