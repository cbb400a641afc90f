"""Training end to end on made-up embeddings: it learns what is there, nothing from permuted labels, and writes what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
import train_classifier
from pages_common import MOODS, make_metadata

from mer_core.classifier import MoodClassifier
from mer_core.dataset import Dataset
from mer_core.embedding_store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.errors import ArtifactError, DatasetError
from mer_core.model_folder import load_model
from mer_core.shard_format import TrackEmbedding
from mer_core.training import compare, cross_validate, fit_baseline, folds, load_training_data, train_model
from mer_core.workspace import Workspace

QUICK = {"members": 2, "hidden": (), "max_epochs": 30, "batch_size": 8, "learning_rate": 0.03}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """48 tracks whose embeddings are their labels turned into other axes, in noise; one track has no embedding."""
    made = make_metadata(tmp_path_factory.mktemp("training") / "w", synthetic=True)
    identity = load_encoder("placeholder").identity()
    store = EmbeddingStore.create(made.embeddings_dir("placeholder"), identity)
    dataset = Dataset.load(made.dataset_dir)
    random = np.random.default_rng(0)
    axes = random.normal(size=(len(MOODS), identity["dim"]))
    shards: dict[str, list[TrackEmbedding]] = {}
    for row, (track_id, path) in enumerate(zip(dataset.tracks["track_id"], dataset.tracks["path"], strict=True)):
        if row:
            frames = random.normal(0, 0.3, (6, identity["dim"])).astype(np.float32)
            frames += dataset.labels[row].astype(np.float32) @ axes
            shards.setdefault(shard_name(track_id, path), []).append(TrackEmbedding(track_id, 30.0, frames))
    for name, rows in shards.items():
        store.write_shard(name, rows)
    return made


def test_what_is_in_the_embeddings_is_learned_and_nothing_from_permuted_labels(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    assert len(data.dataset) == 47 and data.synthetic
    model = train_model("small", data, MoodClassifier(**QUICK))
    assert model.metrics["test"]["ROC-AUC-macro"] > 0.9 and model.metrics["judged_on"] == "test"
    compared = compare(data, MoodClassifier(**QUICK))
    assert compared["baseline"]["ROC-AUC-macro"] > 0.9
    assert compared["permuted_control"]["ROC-AUC-macro"] < 0.75
    assert set(model.predictions["track_id"]) == set(data.dataset.tracks["track_id"])  # type: ignore[index]
    assert model.predictions is not None and model.predictions["c:happy"].between(0, 1).all()


def test_the_same_seed_gives_the_same_model(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    first, second = (train_model("m", data, MoodClassifier(**QUICK, seed=3)).probabilities(data.X) for _ in range(2))
    assert np.array_equal(first, second)


def test_moods_nobody_has_do_not_stop_training() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(40, 4)).astype(np.float32)
    Y = np.stack([X[:, 0] > 0, np.zeros(40, bool), np.arange(40) == 0, np.ones(40, bool)], axis=1)
    P = MoodClassifier(**QUICK).fit(X, Y, X[:10], Y[:10]).predict_proba(X)
    assert np.isfinite(P).all() and P[:, 1].max() < P[:, 3].min()
    assert np.isfinite(fit_baseline(X, Y)(X)).all()


def test_cross_validation_keeps_artists_apart_and_the_control_scores_chance(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    for inside, outside in folds(data.artists, 4, 0):
        assert not set(data.artists[inside]) & set(data.artists[outside])
    result = cross_validate(data, 3, MoodClassifier(**QUICK))
    assert result["classifier"]["ROC-AUC"]["value"] > 0.85 and result["baseline"]["ROC-AUC"]["value"] > 0.85
    assert result["permuted_control"]["ROC-AUC"]["low"] < 0.6


def test_the_script_writes_a_model_with_its_card(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_classifier.main([str(workspace.root), "--encoder", "placeholder", "--name", "mine", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"model", "metrics", "baseline", "permuted_control", "seconds"} <= set(result) and set(result["metrics"]) == {"validation", "test"}
    model = load_model(workspace.model_dir("mine"), load_encoder("placeholder").identity(), MOODS)
    assert "permuted labels (chance)" in model.card and "Synthetic" in model.card
    assert model.calibrated_on == "labels" and model.domain is not None


@pytest.mark.parametrize(
    ("arguments", "told"), [(["--encoder", "musicnn"], "build_embeddings.py"), (["--encoder", "placeholder", "--name", "../x"], "cannot name a model")]
)
def test_the_script_says_what_is_missing(workspace: Workspace, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str) -> None:
    assert train_classifier.main([str(workspace.root), *arguments]) == 1
    assert told in capsys.readouterr().err


def test_nothing_to_train_on(tmp_path: Path) -> None:
    made = make_metadata(tmp_path / "w")
    with pytest.raises(ArtifactError, match="has no embeddings"):
        load_training_data(made, "placeholder")
    EmbeddingStore.create(made.embeddings_dir("placeholder"), load_encoder("placeholder").identity())
    with pytest.raises(DatasetError, match="no track of the train part"):
        load_training_data(made, "placeholder")
