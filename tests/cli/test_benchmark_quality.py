"""The measurements of quality: stacking on real labels, and pooling × head on a workspace."""

import json
from importlib.util import find_spec
from pathlib import Path

import benchmark
import numpy as np
import pytest
from benchmarks import heads, sounds, stacking
from benchmarks import stacking_ways as ways
from pages_common import make_workspaces

from mer_core.model.mlp import sigmoid


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One candidate without networks and two ways to set thresholds, so that a test is quick."""
    monkeypatch.setattr(stacking, "CANDIDATES", stacking.CANDIDATES[:1])
    monkeypatch.setattr(stacking, "WAYS", dict(list(stacking.WAYS.items())[:1]))
    monkeypatch.setattr(stacking, "METHODS", dict(list(stacking.METHODS.items())[:2]))


def test_stacking_on_the_real_labels(shared: Path, quick: None, capsys: pytest.CaptureFixture[str]) -> None:
    """The plain mean scores what its authors' outputs are known to, the control scores chance, and each way to set
    thresholds is reported."""
    assert benchmark.main(["stacking", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    plain = result["mean_of_models"]
    assert plain["roc_auc"] == pytest.approx(0.7752, abs=1e-4) and plain["pr_auc"] == pytest.approx(0.1506, abs=1e-4)
    assert result["permuted_control"]["roc_auc"] == pytest.approx(0.5, abs=0.02)
    assert result["chosen"] in {candidate.name for candidate in stacking.CANDIDATES} and len(result["candidates"]) == 4
    assert (
        result["roc_auc_interval"][0] < result["roc_auc"] < result["roc_auc_interval"][1] and result["roc_auc"] > 0.75
    )
    seen = {(row["candidate"], row["albums"]): row["pr_auc"] for row in result["test"]}
    assert (
        len(seen) == 4
        and seen[stacking.PLAIN, False] == plain["pr_auc"]
        and seen[result["chosen"], result["with_albums"]] == result["pr_auc"]
    )
    assert seen[stacking.PLAIN, True] > seen[stacking.PLAIN, False]
    assert {row["thresholds"] for row in result["thresholds"]} == set(stacking.METHODS)
    assert result["ways"][0]["roc_auc"] == pytest.approx(0.7448, abs=1e-3)
    assert result["way_on_test"]["roc_auc"] == pytest.approx(plain["roc_auc"], abs=2e-3), (
        "the one way is the plain mean"
    )
    alone = {key: result[key] for key in ("ways", "chosen_way", "way_on_test")}
    assert "was chosen on validation" in stacking.text(alone) and "permuted" not in stacking.text(alone)


def test_a_model_that_knows_a_mood_counts_more_for_it() -> None:
    rng = np.random.default_rng(0)
    labels = rng.random((600, 2)) < 0.4
    noise = rng.uniform(0.2, 0.8, (2, 600, 2))
    told = noise.copy()
    told[0, :, 0] = np.where(labels[:, 0], 0.7, 0.3)
    told[1, :, 1] = np.where(labels[:, 1], 0.7, 0.3)
    learned = ways.Learned(told, labels, ways.correlation(labels))
    for way in (ways.weights_to_the_mean, ways.weights_to_the_model):
        scores = sigmoid(way(learned, told))
        apart = [scores[labels[:, j], j].mean() - scores[~labels[:, j], j].mean() for j in (0, 1)]
        assert min(apart) > 0.35, "each mood by the model that knows it, not by both (0.2)"
    alike = np.repeat(labels[:, :1], 2, axis=1)
    assert ways.correlation(alike) == pytest.approx(np.array([[0, 1], [1, 0]]))


def test_stacking_says_what_is_missing(
    tmp_path: Path, shared: Path, quick: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["stacking", "--outputs", str(tmp_path)]) == 1
    assert "--outputs" in capsys.readouterr().err


def test_the_known_map_is_the_mean_of_the_groups() -> None:
    rng = np.random.default_rng(0)
    part = stacking.Part(
        np.ones((5, 3), bool),
        np.arange(5),
        np.arange(5),
        rng.uniform(0.1, 0.9, (4, 5, 3)),
        np.array(["a", "b", "a", "b"]),
        ("x", "y", "z"),
    )
    weights, bias = part.known("loss")
    logits = part.features("loss") @ weights + bias
    assert part.features("none").shape == (5, 12) and logits.shape == (5, 3)
    np.testing.assert_allclose(logits, (part.features("loss")[:, :3] + part.features("loss")[:, 3:]) / 2)
    np.testing.assert_allclose(sigmoid(part.mean), part.probabilities.mean(axis=0))


@pytest.mark.skipif(find_spec("musicnn") is None, reason="needs the weights of the musicnn wheel")
def test_sounds_that_are_no_music_are_counted_and_real_music_is_not(
    shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    every = sounds.made_up()
    monkeypatch.setattr(sounds, "made_up", lambda: {name: every[name][:1] for name in ("silence", "sines")})
    monkeypatch.setattr(sounds, "_collections", lambda pairs, predictor: [])
    monkeypatch.setattr(sounds.shutil, "which", lambda program: None)
    assert benchmark.main(["sounds", "--every", "70", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [row["no music"] for row in result["sounds"]] == [1, 1]
    assert result["music"][0]["heard"] == 2 and all(row["no music"] == 0 for row in result["music"])
    assert "no speech was heard" in sounds.text(result)


def test_heads_has_a_row_for_each_pooling_and_head(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(heads, "MIN_SUPPORT", 2)
    workspace = make_workspaces(tmp_path) / "full"
    encoder = next((workspace / "embeddings").iterdir()).name
    few = ["logistic regression", "linear start alone"]
    assert (
        benchmark.main(
            [
                "heads",
                str(workspace),
                "--encoder",
                encoder,
                "--folds",
                "3",
                "--poolings",
                "mean",
                "windows",
                "--heads",
                *few,
                "--json",
            ]
        )
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert [(row["pooling"], row["head"]) for row in result["results"]] == [
        (pooling, head) for pooling in ("mean", "windows") for head in few
    ]
    assert all(row["roc_low"] <= row["roc_auc"] <= row["roc_high"] for row in result["results"])
    assert result["best"]["roc_auc"] == max(row["roc_auc"] for row in result["results"])
