"""The measurements of quality: stacking on real labels, and pooling × head on a workspace."""

import json
from pathlib import Path

import benchmark
import numpy as np
import pytest
from benchmarks import heads, stacking
from pages_common import make_workspaces

from mer_core.model.mlp import sigmoid


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One candidate without networks, so that a test is quick."""
    monkeypatch.setattr(stacking, "CANDIDATES", stacking.CANDIDATES[:1])


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
    assert len({row["thresholds"] for row in result["thresholds"]}) >= 3


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
