"""What a workspace holds, what is damaged, and what to make next."""

from pathlib import Path

import numpy as np
import pytest
from pages_common import make_workspaces

from mer_core.app.next_steps import Artifact, best_model, comparable, inventory, next_steps, score
from mer_core.inference.stored import PredictedMoods, save_predictions
from mer_core.workspace.layout import Workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


def model(name: str, **parts: float) -> Artifact:
    return Artifact(
        "model", name, "", "", metrics={part: {"PR-AUC-macro": value} for part, value in parts.items()}, n_moods=56
    )


def test_full_workspace(root: Path) -> None:
    found = inventory(Workspace.open(root / "full"))
    assert [(artifact.kind, artifact.name) for artifact in found] == [
        ("embeddings", "placeholder"),
        ("model", "small"),
        ("map", "placeholder"),
    ]
    assert all(artifact.made and artifact.detail and not artifact.problem for artifact in found)
    assert score(found[1], "ROC-AUC-macro") == 0.71 and found[1].n_moods == 6
    assert next_steps(Workspace.open(root / "full"), has_audio=True) == []


def test_predictions_are_listed(tmp_path: Path) -> None:
    workspace = Workspace.open(make_workspaces(tmp_path) / "metadata")
    save_predictions(
        workspace,
        PredictedMoods(
            "starter", ("calm",), ("a", "b"), np.zeros((2, 1), np.float32), np.zeros((2, 1), bool), ("", "")
        ),
    )
    (found,) = inventory(workspace)
    assert (found.kind, found.name, found.detail) == ("predictions", "starter", "1 moods of 2 tracks") and found.made
    next(workspace.predictions_dir("starter").glob("*.parquet")).unlink()
    assert f"python scripts/predict_library.py {workspace.root} --model starter" in inventory(workspace)[0].problem


def test_damaged_artifacts_name_the_command(root: Path) -> None:
    found = inventory(Workspace.open(root / "broken"))
    for artifact, script in zip(found, ("build_embeddings.py", "train_classifier.py", "build_map.py"), strict=True):
        assert f"python scripts/{script} {root / 'broken'}" in artifact.problem
    assert best_model(found) is None


def test_next_steps_of_metadata_alone(root: Path) -> None:
    workspace = Workspace.open(root / "metadata")
    assert [step.title for step in next_steps(workspace, has_audio=False)] == [
        "Audio",
        "Embeddings",
        "A model",
        "A map",
    ]
    assert [step.title for step in next_steps(workspace, has_audio=True)] == ["Embeddings", "A model", "A map"]


def test_best_model_is_evaluated_on_test_first() -> None:
    assert best_model([model("a", test=0.1, validation=0.9), model("b", test=0.2), model("c")]) == model("b", test=0.2)
    assert score(model("d", validation=0.3), "PR-AUC-macro") == 0.3
    assert best_model([]) is None


def test_comparable_only_on_the_published_test_set() -> None:
    assert comparable(model("a", test=0.1), "autotagging_moodtheme")
    assert not comparable(model("a", validation=0.1), "autotagging_moodtheme")
    assert not comparable(model("a", test=0.1), "incompetech_moodtheme")


def test_what_a_manifest_names_is_verified(tmp_path: Path) -> None:
    """A whole manifest is not enough to be called ready: the files it names must be there and unchanged."""
    workspace = Workspace.open(make_workspaces(tmp_path) / "full")
    next(workspace.model_dir("small").glob("weights-*.npz")).write_bytes(b"cut")
    next(workspace.map_dir("placeholder").glob("coordinates-*.parquet")).unlink()
    next(workspace.embeddings_dir("placeholder").glob("shard-*.parquet")).unlink()
    embeddings, model, map_ = inventory(workspace)
    assert "is missing" in embeddings.problem and "build_embeddings.py" in embeddings.problem
    assert "weights-" in model.problem and "--encoder placeholder --name small" in model.problem
    assert "coordinates-" in map_.problem and "build_map.py" in map_.problem
