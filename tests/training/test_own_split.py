"""A dataset without splits: it gets one of its own, by artist and stratified; folds need none."""

from pathlib import Path

import numpy as np
import pytest
from small_dataset import TAGS, track_line, write_dataset

from mer_core.cli import train_classifier
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.datasets.validation import validate
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.errors import DatasetError
from mer_core.model.bundle import load_model
from mer_core.training.data import load_training_data
from mer_core.training.own_split import ensure_split, few_positives, parts_of, training_plan


def dataset_of(folder: Path, tracks: int = 60) -> Path:
    lines = [track_line(n, [TAGS[n % 3]] if n % 10 else [], artist=n // 2) for n in range(1, tracks + 1)]
    return write_dataset(folder, lines)


def test_the_split_keeps_artists_together_and_is_kept(tmp_path: Path) -> None:
    folder = dataset_of(tmp_path)
    assert training_plan(Dataset.load(folder)).startswith("by a split of its own, made when training starts (")
    reported = ensure_split(folder)
    dataset = Dataset.load(folder)
    parts = dataset.tracks["split"]
    labelled = dataset.labels.any(axis=1)
    assert ((parts == "") == ~labelled).all(), "tracks without labels are in no part"
    assert dataset.tracks[labelled].groupby("artist_id")["split"].nunique().max() == 1
    sizes = parts[labelled].value_counts(normalize=True)
    assert 0.5 < sizes["train"] < 0.7 and sizes["validation"] > 0.1 and sizes["test"] > 0.1
    for part in ("train", "validation", "test"):
        share = dataset.labels[(parts == part).to_numpy()].mean(axis=0)
        assert np.all(share > 0.15), "every mood is in every part"
    assert "the split that the dataset brings" in training_plan(dataset)
    assert "the split that an earlier training made" in training_plan(dataset, folder)
    assert reported and reported["grouped_by"] == "artist or album" and reported["few"] == {}
    assert ensure_split(folder) == reported
    assert not [problem for problem in validate(folder) if problem.kind == "artist_overlap"]
    assert list(parts_of(dataset)) == list(parts)


def test_one_artists_albums_stay_together(tmp_path: Path) -> None:
    lines = [track_line(n, [TAGS[n % 3]], artist=1, album=n // 4) for n in range(60)]
    folder = write_dataset(tmp_path, lines)
    assert "dealt by album" in training_plan(Dataset.load(folder))
    reported = ensure_split(folder)
    tracks = Dataset.load(folder).tracks
    assert reported and reported["grouped_by"] == "album"
    assert tracks.groupby("album_id")["split"].nunique().max() == 1 and tracks["split"].nunique() == 3


def test_another_split_is_dealt_otherwise(tmp_path: Path) -> None:
    folder = dataset_of(tmp_path)
    ensure_split(folder)
    assert ensure_split(folder, 1)["seed"] == 1  # type: ignore[index]
    assert list(Dataset.load(folder, 1).tracks["split"]) != list(Dataset.load(folder, 0).tracks["split"])


def test_an_import_of_the_same_dataset_keeps_it(tmp_path: Path) -> None:
    folder = dataset_of(tmp_path / "data")
    workspace = import_dataset(tmp_path / "w", folder)
    ensure_split(workspace.dataset_dir)
    before = list(Dataset.load(workspace.dataset_dir).tracks["split"])
    import_dataset(tmp_path / "w", folder)
    assert list(Dataset.load(workspace.dataset_dir).tracks["split"]) == before and "test" in before
    assert ensure_split(workspace.dataset_dir) is not None


def test_splits_that_are_there_stay(tmp_path: Path) -> None:
    line = track_line(1)
    write_dataset(tmp_path, [line], {"train": [line]})
    assert ensure_split(tmp_path) is None


def test_too_little_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="9 labelled tracks, too few"):
        ensure_split(dataset_of(tmp_path, 10))
    dataset = Dataset.load(dataset_of(tmp_path / "more", 20))
    assert set(few_positives(dataset, parts_of(dataset))) == {"calm", "dark", "happy"}


def test_training_reads_it_and_folds_need_none(tmp_path: Path) -> None:
    workspace = import_dataset(tmp_path / "w", dataset_of(tmp_path / "data"))
    identity = load_encoder("placeholder").identity()
    store = EmbeddingStore.create(workspace.embeddings_dir("placeholder"), identity)
    store_tracks(store, Dataset.load(workspace.dataset_dir), identity["dim"])
    in_folds = load_training_data(workspace, "placeholder", by_split=False)
    assert len(in_folds.X) == 54 and in_folds.own_split is None
    assert not (workspace.dataset_dir / "splits").exists()
    by_split = load_training_data(workspace, "placeholder")
    assert by_split.own_split is not None and len(by_split.X) == 54
    assert all(by_split.rows(part).any() for part in ("train", "validation", "test"))


def test_the_card_says_whose_split_it_is(tmp_path: Path) -> None:
    workspace = import_dataset(tmp_path / "w", dataset_of(tmp_path / "data"))
    identity = load_encoder("placeholder").identity()
    store = EmbeddingStore.create(workspace.embeddings_dir("placeholder"), identity)
    store_tracks(store, Dataset.load(workspace.dataset_dir), identity["dim"])
    assert train_classifier.main([str(workspace.root), "--encoder", "placeholder", "--name", "own", "--json"]) == 0
    card = " ".join(load_model(workspace.model_dir("own")).card.split())
    assert "came without a split; this one is the workspace's own, dealt by artist or album (seed 0" in card


def store_tracks(store: EmbeddingStore, dataset: Dataset, dim: int) -> None:
    random = np.random.default_rng(0)
    shards: dict[str, list[TrackEmbedding]] = {}
    for track_id, path in zip(dataset.tracks["track_id"], dataset.tracks["path"], strict=True):
        frames = random.normal(size=(3, dim)).astype(np.float32)
        shards.setdefault(shard_name(track_id, path), []).append(TrackEmbedding(track_id, 30.0, frames))
    for name, rows in shards.items():
        store.write_shard(name, rows)
