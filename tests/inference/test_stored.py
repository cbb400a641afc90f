"""The moods a model predicts for a workspace's tracks: kept, read back whole or refused, and put where labels would
be."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_dataset
from benchmarks import made_up_sounds as sounds
from reported import reported

from mer_core.audio.content import Excerpts
from mer_core.cli import predict_library
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.pooling import pool
from mer_core.embeddings.store import EmbeddingStore, TrackEmbedding
from mer_core.errors import ArtifactError
from mer_core.inference.predictor import Predictor, Sound
from mer_core.inference.stored import load_predictions, predict_store, save_predictions, with_predicted_labels
from mer_core.model.bundle import STARTER_DIR, load_model
from mer_core.recommend.catalogue import load_catalogue
from mer_core.workspace.layout import Workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four tracks, three with embeddings of the starter's encoder: two near its training music, one far from it."""
    root = tmp_path_factory.mktemp("workspace")
    small_dataset.healthy(root / "dataset")
    model = load_model(STARTER_DIR)
    workspace = Workspace.create(root, title="four", kind="library")
    store = EmbeddingStore.create(workspace.embeddings_dir(model.encoder["name"]), model.encoder)
    dim = model.encoder["dim"]
    center = model.distribution["center"][:dim]
    noise = np.random.default_rng(0).normal(0, 0.02, (3, 5, dim))
    frames = (center + noise).astype(np.float32)
    frames[2] = 1000 * np.random.default_rng(1).normal(size=(5, dim))
    store.write_shard(
        "00", [TrackEmbedding(f"track_{number:07d}", 15.0, frames[row]) for row, number in enumerate([1, 2, 3])]
    )
    return workspace


def test_predictions_are_those_of_the_model(workspace: Workspace) -> None:
    model = load_model(STARTER_DIR)
    store = EmbeddingStore.open(workspace.embeddings_dir(model.encoder["name"]))
    predicted = predict_store(store, model)
    X = np.stack([pool(store.read_frames(track_id), model.pooling) for track_id in predicted.track_ids])
    np.testing.assert_allclose(predicted.probabilities, model.probabilities(X), rtol=1e-5)
    near = [not reason for reason in predicted.out_of_domain]
    assert not near[2] and "unlike all music" in predicted.out_of_domain[2]
    against, distance = model.contradictions(X), model.distances(X)
    decided = model.decide(model.probabilities(X), music=np.array(near), contradicted=against, distance=distance)
    np.testing.assert_array_equal(predicted.decided, decided)
    assert predict_store(store, model, ["track_0000002", "unknown"]).track_ids == ("track_0000002",)
    with pytest.raises(ArtifactError, match="version"):
        model.encoder = {**model.encoder, "version": "none"}
        predict_store(store, model)


def test_silence_and_noise_in_a_library_are_what_they_are_as_files(workspace: Workspace, tmp_path: Path) -> None:
    """Their embeddings lie amid the training's: only the sound gives them away."""
    copy = Workspace.open(Path(shutil.copytree(workspace.root, tmp_path / "workspace")))
    model = load_model(STARTER_DIR)
    store = EmbeddingStore.open(copy.embeddings_dir(model.encoder["name"]))
    listened = []
    for sound in (np.zeros(160000, np.float32), sounds.song(), sounds.noise()):
        listened.append(Excerpts())
        listened[-1].add(sound)
    frames = store.read_rows("00")[0].frames
    store.write_shard(
        "00",
        [TrackEmbedding(f"track_000000{i}", 15.0, frames, heard.measures()) for i, heard in enumerate(listened, 1)],
    )
    predicted = predict_store(store, model)
    assert (
        "silence" in predicted.out_of_domain[0]
        and predicted.out_of_domain[1] == ""
        and "steady" in predicted.out_of_domain[2]
    )
    assert not predicted.decided[[0, 2]].any()
    files = [Predictor(model).from_embedding(frames, Sound(excerpts=heard.measures())) for heard in listened]
    assert [file.out_of_domain or "" for file in files] == list(predicted.out_of_domain)
    assert load_catalogue(copy, model).not_music.tolist() == [True, False, True]


def test_what_is_saved_is_read_back_or_refused(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with reported(ArtifactError, r"predicted\.json is missing.*predict_library\.py"):
        load_predictions(Workspace.create(tmp_path, title="empty", kind="library"), "starter")
    assert predict_library.main([str(workspace.root), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["model"], result["tracks"], result["out_of_domain"]) == ("starter", 3, 1)
    model = load_model(STARTER_DIR)
    predicted = predict_store(EmbeddingStore.open(workspace.embeddings_dir(model.encoder["name"])), model)
    loaded = load_predictions(workspace, "starter")
    assert (loaded.moods, loaded.track_ids, loaded.out_of_domain) == (
        predicted.moods,
        predicted.track_ids,
        predicted.out_of_domain,
    )
    np.testing.assert_array_equal(loaded.probabilities, predicted.probabilities)
    np.testing.assert_array_equal(loaded.decided, predicted.decided)
    for value in (np.nan, 1.5):
        save_predictions(workspace, replace(predicted, probabilities=np.full_like(predicted.probabilities, value)))
        with pytest.raises(ArtifactError, match=r"something else than probabilities"):
            load_predictions(workspace, "starter")
    folder = save_predictions(workspace, predicted)
    table = next(folder.glob("predictions-*.parquet"))
    table.write_bytes(table.read_bytes()[:-1])
    with reported(ArtifactError, r"is damaged.*predict_library\.py"):
        load_predictions(workspace, "starter")
    with pytest.raises(ArtifactError, match="no name of a model"):
        load_predictions(workspace, "../models")


def test_decided_moods_take_the_place_of_labels(workspace: Workspace) -> None:
    dataset = Dataset.load(workspace.dataset_dir)
    model = load_model(STARTER_DIR)
    predicted = predict_store(EmbeddingStore.open(workspace.embeddings_dir(model.encoder["name"])), model)
    predicted.decided[1, 5] = True
    labelled = with_predicted_labels(dataset, predicted)
    assert labelled.moods == model.moods and labelled.labels.shape == (4, len(model.moods))
    by_id = dict(zip(labelled.tracks["track_id"], labelled.labels, strict=True))
    np.testing.assert_array_equal(by_id["track_0000002"], predicted.decided[1])
    assert not by_id["track_0000104"].any() and dataset.moods != labelled.moods


def test_the_script_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_dataset.healthy(tmp_path / "dataset")
    Workspace.create(tmp_path, title="no embeddings", kind="library")
    assert predict_library.main([str(tmp_path)]) == 1
    assert "build_embeddings.py" in capsys.readouterr().err
    assert predict_library.main([str(tmp_path), "--model", "nobody"]) == 1
    assert "nobody" in capsys.readouterr().err
