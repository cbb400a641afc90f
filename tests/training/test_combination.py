"""Models combined: the mean of their calibrated log-odds by weights from validation, used wherever a model is."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pages_common import MOODS, assert_sound, make_metadata, run_page, texts

from mer_core.cli import build_embeddings, predict, predict_library, train_classifier
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.joint import join_stores
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.errors import ArtifactError
from mer_core.maps.umap import MoodMap, save_map
from mer_core.model.bundle import load_model, save_model
from mer_core.model.calibration import fit_calibration
from mer_core.model.classifier import MoodClassifier
from mer_core.model.mlp import sigmoid
from mer_core.training.combination import best_weights, combine, shared_input
from mer_core.training.data import load_training_data
from mer_core.training.train import TrainingRecipe, train_model
from mer_core.workspace.layout import Workspace

JOINT = "musicnn+placeholder"
QUICK = {"members": 0}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """48 tracks in a store of each of two encoders, which hear half of the moods each; a model on each."""
    made = make_metadata(tmp_path_factory.mktemp("combined") / "w", synthetic=True)
    dataset = Dataset.load(made.dataset_dir)
    for encoder, heard in (("placeholder", slice(0, 3)), ("musicnn", slice(3, 6))):
        random, identity = np.random.default_rng(len(encoder)), load_encoder(encoder).identity()
        axes = random.normal(size=(3, identity["dim"]))
        store = EmbeddingStore.create(made.embeddings_dir(encoder), identity)
        for row, (track_id, path) in enumerate(zip(dataset.tracks["track_id"], dataset.tracks["path"], strict=True)):
            count = max(1, int(30 / identity["hop_seconds"]))
            frames = random.normal(0, 0.5, (count, identity["dim"])) + dataset.labels[row, heard] @ axes
            kept = [*store.read_rows(shard_name(track_id, path)), TrackEmbedding(track_id, 30.0, frames)]
            store.write_shard(shard_name(track_id, path), [replace(r, frames=np.float32(r.frames)) for r in kept])
        data = load_training_data(made, encoder, "mean" if encoder == "musicnn" else "mean+std")
        model = train_model(encoder, data, TrainingRecipe(MoodClassifier(**QUICK)))
        model.metrics["split"] = 0
        save_model(made.model_dir(encoder), model)
    with pytest.MonkeyPatch.context() as patch:  # for its control: how well that learns is tested elsewhere
        patch.setattr(train_classifier, "MoodClassifier", lambda seed: MoodClassifier(**QUICK, seed=seed))
        assert train_classifier.main([str(made.root), "--combine", "placeholder,musicnn", "--name", "both"]) == 0
    return made


def test_it_is_the_weighted_mean_of_what_its_members_say(workspace: Workspace) -> None:
    members = [load_model(workspace.model_dir(name)) for name in ("placeholder", "musicnn")]
    assert shared_input(members) == (JOINT, "mean+std")
    data = load_training_data(workspace, *shared_input(members))
    combined = combine(members, data)
    weights = [member["weight"] for member in combined.members]
    assert sum(weights) == pytest.approx(1) and min(weights) > 0.1
    means, spreads = np.split(data.X, 2, axis=1)
    inputs = [np.hstack([means[:, 200:], spreads[:, 200:]]), means[:, :200]]
    validation = data.rows("validation")
    raw = [member.classifier.predict_proba(X) for member, X in zip(members, inputs, strict=True)]
    maps = [fit_calibration(data.labels[validation], P[validation]) for P in raw]
    said = [
        own.slope * member.classifier.decision_function(X) + own.intercept
        for own, member, X in zip(maps, members, inputs, strict=True)
    ]
    expected = sum(weight * log_odds for weight, log_odds in zip(weights, said, strict=True))
    assert np.allclose(combined.classifier.decision_function(data.X), expected, atol=1e-4)


def test_the_card_says_members_weights_and_figures(workspace: Workspace) -> None:
    model = load_model(workspace.model_dir("both"))
    assert model.encoder["name"] == JOINT and model.moods == MOODS
    alone = {member["name"]: member for member in model.metrics["members"]}
    assert set(alone) == {"placeholder", "musicnn"} and {"validation", "test", "weight"} <= set(alone["musicnn"])
    assert model.metrics["test"]["ROC-AUC-macro"] > max(of["test"]["ROC-AUC-macro"] for of in alone.values())
    for word in ("calibrated log-odds of 2 models", "| placeholder | placeholder (mean+std) |", "| **together** |"):
        assert word in model.card


def test_weights_follow_what_members_know() -> None:
    random = np.random.default_rng(0)
    labels = random.random((400, 3)) < 0.4
    signal = np.where(labels, 1.0, -1.0)
    knows, guesses = signal + random.normal(0, 1, labels.shape), random.normal(0, 1, labels.shape)
    weights = best_weights(np.stack([knows, guesses]), labels)
    assert weights[0] > 0.9 and weights.sum() == pytest.approx(1)
    alike = best_weights(np.stack([knows, signal + random.normal(0, 1, labels.shape)]), labels)
    assert 0.35 < alike[0] < 0.65
    assert sigmoid(np.array([0.0])) == 0.5


def test_what_cannot_be_combined_is_said(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: str) -> str:
        assert train_classifier.main([str(workspace.root), *arguments]) == 1
        return capsys.readouterr().err

    assert "two or more models" in said("--combine", "musicnn")
    assert "there is no model 'nonesuch'" in said("--combine", "musicnn,nonesuch")
    assert "cannot be made of itself" in said("--combine", "musicnn,both", "--name", "both")
    assert "was trained on split 0, not 1" in said("--combine", "musicnn,placeholder", "--split", "1")
    with pytest.raises(SystemExit):
        train_classifier.main([str(workspace.root), "--combine", "musicnn,placeholder", "--folds", "3"])
    with pytest.raises(SystemExit):
        train_classifier.main([str(workspace.root), "--name", "x"])


def test_a_store_that_is_missing_is_named_with_the_command_that_makes_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_metadata(tmp_path / "other")
    save_model(other.model_dir("both"), load_model(workspace.model_dir("both")))
    assert predict_library.main([str(other.root), "--model", "both"]) == 1
    assert f"build_embeddings.py {other.root} --encoder {JOINT}" in capsys.readouterr().err
    with pytest.raises(ArtifactError, match="holds no embeddings"):
        join_stores(other, JOINT)


def test_the_joint_store_is_brought_up_to_date_from_its_members(workspace: Workspace) -> None:
    again = join_stores(workspace, JOINT)
    assert (again.embedded, again.reused) == (0, 48)
    placeholder = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    name = placeholder.shards()[0]
    rows = placeholder.read_rows(name)
    placeholder.write_shard(name, rows)
    assert join_stores(workspace, JOINT).embedded == len(rows)
    assert EmbeddingStore.open(workspace.embeddings_dir(JOINT)).read_track(rows[0].track_id).duration == 30.0


def test_it_predicts_a_file_a_library_and_on_pages(
    workspace: Workspace, tone_mp3: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert predict.main([str(tone_mp3), "--model", str(workspace.model_dir("both")), "--timeline", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["results"][0]
    assert set(found["moods"]) == set(MOODS) and found["error"] is None
    assert predict_library.main([str(workspace.root), "--model", "both", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tracks"] == 48
    assert build_embeddings.main([str(workspace.root), "--encoder", "placeholder+musicnn", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tracks"] == 48
    for page in ("3_Diagnostics", "4_Predict", "5_Recommend"):
        assert_sound(run_page(f"pages/{page}.py", workspace.root.parent, workspace="w", model="both"))


def test_a_map_of_one_of_its_encoders_shows_its_predictions(workspace: Workspace) -> None:
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    places = np.random.default_rng(0).normal(size=(48, 2)).astype(np.float32)
    drawn = MoodMap(tuple(store.track_ids), places, 0.9, store.identity, "mean+std")
    save_map(workspace.map_dir("placeholder"), drawn)
    asked = {"workspace": "w", "model": "both", "colour": "probability of the mood", "mood": "calm"}
    app = run_page("pages/2_Mood_map.py", workspace.root.parent, **asked)
    assert_sound(app)
    assert "Predicted by the model “both”" in texts(app)
