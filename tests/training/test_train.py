"""Training end to end on made-up embeddings: it learns what is there, nothing from permuted labels, and writes what it
says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pages_common import MOODS, make_metadata

from mer_core.cli import train_classifier
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.errors import ArtifactError, DatasetError
from mer_core.model.bundle import load_model
from mer_core.model.classifier import MoodClassifier
from mer_core.training.card import write_card
from mer_core.training.data import load_training_data
from mer_core.training.train import TrainingRecipe, train_model
from mer_core.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parents[2]
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
    model = train_model("small", data, TrainingRecipe(MoodClassifier(**QUICK)), looks_before=2)
    assert model.metrics["test"]["ROC-AUC-macro"] > 0.9 and model.metrics["judged_on"] == "test"
    assert model.metrics["baseline"]["ROC-AUC-macro"] > 0.9
    assert model.metrics["permuted_control"]["ROC-AUC-macro"] < 0.75
    assert 0 <= model.metrics["F-score-macro-as-decided"] <= model.metrics["test"]["F-score-macro"]
    assert 0.5 < model.metrics["baseline"]["F-score-macro"] <= 1 and "| logistic regression | 0.9" in model.card
    assert model.metrics["test_looks"] == 3 and "looked at 3 times" in model.card
    assert model.predictions is not None and set(model.predictions["track_id"]) == set(data.dataset.tracks["track_id"])
    assert model.predictions["c:happy"].between(0, 1).all()


def test_trained_by_folds_every_track_is_evaluated_by_models_that_have_not_seen_it(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    model = train_model("folds", data, TrainingRecipe(MoodClassifier(**QUICK), n_folds=3))
    assert model.metrics["cross_validation"]["tracks"] == 47 and model.metrics["artists_apart"] is True
    assert (
        model.metrics["cross_validation"]["ROC-AUC-supported"]["value"] > 0.85
        and model.metrics["baseline"]["ROC-AUC-macro"] > 0.85
    )
    assert model.metrics["permuted_control"]["ROC-AUC-macro"] < 0.7
    assert model.metrics["cross_validation"]["F-score-macro"] > 0.5 and model.metrics["baseline"]["F-score-macro"] > 0.5
    assert model.predictions is not None
    seen = model.probabilities(data.X)
    assert not np.allclose(seen, model.predictions[[f"c:{mood}" for mood in model.moods]])


def test_moods_that_the_macro_means_do_not_count_are_named(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    model = train_model("small", data, TrainingRecipe(MoodClassifier(**QUICK)))
    absent = [mood for mood, known in zip(data.moods, data.part("test")[1].any(axis=0), strict=True) if not known]
    assert absent and model.metrics["test"]["undefined"] == dict.fromkeys(absent, "no positive example")
    assert f"Left out of the macro means: {absent[0]} (no positive example)." in model.card
    model.metrics["test"]["undecided"] = {"happy": "never decided"}
    assert "counted with 0 in F macro: happy." in write_card(model)


def test_the_same_seed_gives_the_same_model(workspace: Workspace) -> None:
    data = load_training_data(workspace, "placeholder")
    first, second = (
        train_model("m", data, TrainingRecipe(MoodClassifier(**QUICK, seed=3))).probabilities(data.X) for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_the_script_writes_a_model_with_its_card(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert train_classifier.main([str(workspace.root), "--encoder", "placeholder", "--name", "mine", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"model", "metrics", "baseline", "permuted_control", "seconds"} <= set(result) and set(
        result["metrics"]
    ) == {"validation", "test"}
    model = load_model(workspace.model_dir("mine"), load_encoder("placeholder").identity(), MOODS)
    assert "permuted labels (chance)" in model.card and "Synthetic" in model.card
    assert model.calibrated_on == "labels" and model.distribution is not None
    assert train_classifier.main([str(workspace.root), "--encoder", "placeholder", "--name", "mine"]) == 0
    assert "reliable moods; evaluated on test" in capsys.readouterr().out
    assert load_model(workspace.model_dir("mine")).metrics["test_looks"] == 2
    next(workspace.model_dir("mine").glob("weights-*.npz")).write_bytes(b"cut")
    assert train_classifier.main([str(workspace.root), "--encoder", "placeholder", "--name", "mine"]) == 0
    assert load_model(workspace.model_dir("mine")).metrics["test_looks"] == 3


def test_moods_with_too_few_tracks_are_not_spoken_of() -> None:
    figures = {
        "ROC-AUC-macro": 0.5,
        "PR-AUC-macro": 0.5,
        "supported_moods": 0,
        "ROC-AUC-supported": dict.fromkeys(("value", "low", "high"), float("nan")),
    }
    result = {"model": "m", "seconds": 1, "reliable_moods": 0, "judged_on": "test", "metrics": {"test": figures}}
    assert train_classifier.text(result).splitlines()[1] == "test: ROC-AUC 0.500, PR-AUC 0.500 (macro)"


def test_a_run_that_succeeds_says_nothing_on_standard_error(workspace: Workspace) -> None:
    command = [
        sys.executable,
        "scripts/train_classifier.py",
        str(workspace.root),
        "--encoder",
        "placeholder",
        "--name",
        "quiet",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "quiet" in done.stdout and done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        (["--encoder", "musicnn"], "build_embeddings.py"),
        (["--encoder", "placeholder", "--name", "../x"], "cannot name a model"),
        (["--encoder", "placeholder", "--folds", "2"], "folds; choose 3"),
    ],
)
def test_the_script_says_what_is_missing(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], arguments: list[str], reported: str
) -> None:
    assert train_classifier.main([str(workspace.root), *arguments]) == 1
    assert reported in capsys.readouterr().err


def test_nothing_to_train_on(tmp_path: Path) -> None:
    made = make_metadata(tmp_path / "w")
    with pytest.raises(ArtifactError, match="holds no embeddings"):
        load_training_data(made, "placeholder")
    EmbeddingStore.create(made.embeddings_dir("placeholder"), load_encoder("placeholder").identity())
    with pytest.raises(DatasetError, match="no track of the train part"):
        load_training_data(made, "placeholder")
