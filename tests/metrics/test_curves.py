"""Diagnostics against scikit-learn and against the law, on random and on real predictions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest
from sklearn.metrics import f1_score, precision_score, recall_score

from mer_core.datasets.dataset import Dataset
from mer_core.errors import DatasetError
from mer_core.figures import diagnostics as figures
from mer_core.metrics import curves as diagnostics
from mer_core.metrics.mediaeval import evaluate
from mer_core.model import scored as evaluated

ONE_MOOD = st.integers(2, 60).flatmap(
    lambda n: st.tuples(arrays(bool, n), arrays(np.float64, n, elements=st.floats(0, 1, width=16)))
)


@given(ONE_MOOD, st.floats(0, 1))
def test_an_operating_point_is_what_scikit_learn_says(data: tuple[np.ndarray, np.ndarray], threshold: float) -> None:
    truth, probabilities = data
    decided = probabilities >= threshold
    point = diagnostics.operating_point(truth, decided)
    assert point["tracks"] == decided.sum()
    if truth.any():
        assert point["F-score"] == pytest.approx(f1_score(truth, decided, zero_division=0))
        assert point["recall"] == pytest.approx(recall_score(truth, decided))
    if decided.any():
        assert point["precision"] == pytest.approx(precision_score(truth, decided))


@given(ONE_MOOD)
def test_no_threshold_beats_the_best_one(data: tuple[np.ndarray, np.ndarray]) -> None:
    truth, probabilities = data
    best = diagnostics.operating_point(truth, probabilities >= diagnostics.best_f_threshold(truth, probabilities))
    others = [diagnostics.operating_point(truth, probabilities >= t)["F-score"] for t in np.unique(probabilities)]
    assert not truth.any() or best["F-score"] == pytest.approx(max(others))


@given(ONE_MOOD)
def test_reliability_counts_every_track_once(data: tuple[np.ndarray, np.ndarray]) -> None:
    truth, probabilities = data
    table = diagnostics.reliability(truth, probabilities)
    for row in table.itertuples():
        expected = binomtest(round(row.observed * row.tracks), row.tracks).proportion_ci(method="wilson")
        np.testing.assert_allclose((row.low, row.high), (expected.low, expected.high), atol=1e-12)
    assert table["tracks"].sum() == len(truth)
    assert (table["observed"] * table["tracks"]).sum() == pytest.approx(truth.sum())
    assert ((table["low"] <= table["observed"] + 1e-9) & (table["observed"] <= table["high"] + 1e-9)).all()


def test_the_worst_errors_come_first() -> None:
    truth = np.array([True, False, True, False])
    table = diagnostics.most_wrong(truth, np.array([0.01, 0.9, 0.95, 0.05]), n=2)
    assert list(table["error"]) == ["missed", "wrongly found"] or list(table["error"]) == ["wrongly found", "missed"]
    assert set(table["row"]) == {0, 1}


def test_confusions_name_the_mood_that_is_added_too_often() -> None:
    truth = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1]], bool)
    decided = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]], bool)
    table = diagnostics.confusions(truth, decided, ["happy", "fun", "sad"], "happy")
    assert table.index[0] == "fun" and table.loc["fun", "excess"] == 1.0 and table.loc["sad", "excess"] == 0.0


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(DatasetError, match="do not fit together"):
        evaluated.evaluate_arrays("x", ["a", "b"], np.zeros((3, 2)), np.zeros((4, 2)))
    with pytest.raises(DatasetError, match="NaN"):
        evaluated.evaluate_arrays("x", ["a"], np.zeros((3, 1)), np.full((3, 1), np.nan))


@pytest.fixture(scope="module")
def baseline(shared: Path) -> evaluated.Evaluated:
    folder = shared / "data" / "mtg-jamendo"
    test = Dataset.load(folder).split_view().in_split("test")
    results = folder / "results" / "mediaeval"
    truth, scores = (
        np.load(results / name, allow_pickle=False) for name in ("groundtruth.npy", "baseline_vggish_predictions.npy")
    )
    return evaluated.evaluate_arrays("baseline", test.moods, truth, scores, test)


def test_the_published_baseline_can_be_evaluated(baseline: evaluated.Evaluated) -> None:
    assert baseline.tracks is not None and np.array_equal(baseline.tracks.labels, baseline.truth)
    truth, scores = baseline.mood("happy")
    curve = diagnostics.pr_points(truth, scores)
    assert len(curve) <= diagnostics.CURVE_POINTS
    exact = evaluate(baseline.truth, baseline.probabilities, baseline.moods).per_mood.loc["happy", "PR-AUC"]
    assert np.trapezoid(curve["precision"][::-1], curve["recall"][::-1]) == pytest.approx(exact, abs=0.01)


def test_every_figure_shows_what_it_was_given(baseline: evaluated.Evaluated) -> None:
    truth, scores = baseline.mood("deep")
    point = diagnostics.operating_point(truth, scores >= 0.3)
    pr = figures.pr_figure(diagnostics.pr_points(truth, scores), "deep", truth.mean(), point)
    assert pr.data[1].y[0] == truth.mean() and pr.data[2].x[0] == point["recall"]
    roc = figures.roc_figure(diagnostics.roc_points(truth, scores), "deep")
    assert list(roc.data[1].x) == [0, 1]
    bars = figures.histogram_figure(truth, scores, "deep", 0.3).data
    assert [sum(bar.y) for bar in bars] == pytest.approx([1.0, 1.0])
    table = diagnostics.reliability(truth, scores)
    assert list(figures.reliability_figure(table, table, "deep").data[-1].y) == list(table["observed"])
    confused = diagnostics.confusions(
        baseline.truth, baseline.probabilities >= baseline.thresholds, baseline.moods, "deep"
    )
    assert figures.confusion_figure(confused, "deep").data[0].z.shape == (12, 2)


def test_bars_and_comparison_keep_every_mood() -> None:
    table = pd.DataFrame(
        {"pr_auc": [0.2, 0.6], "pr_auc_low": [0.1, 0.5], "pr_auc_high": [0.3, 0.7], "prevalence": [0.1, 0.2]},
        index=["sad", "happy"],
    )
    assert list(figures.mood_bars_figure(table).data[0].y) == ["sad", "happy"]
    compared = pd.DataFrame(
        {"difference": [0.1, -0.1], "low": [0.05, -0.3], "high": [0.2, 0.1]}, index=["sad", "happy"]
    )
    assert list(figures.comparison_figure(compared, "PR-AUC", ("a", "b")).data[0].y) == ["happy", "sad"]


def test_what_two_models_have_in_common_is_compared(baseline: evaluated.Evaluated) -> None:
    """Another order of moods, other tracks: only what both were evaluated on is left, in one order."""
    assert baseline.tracks is not None
    rows = [7, 5, 900, 4000]
    moods = ("sad", "happy")
    columns = [baseline.moods.index(mood) for mood in moods]
    part = [matrix[rows][:, columns] for matrix in (baseline.truth, baseline.probabilities)]
    other = evaluated.evaluate_arrays("other", moods, *part, baseline.tracks.subset(rows))
    left, right = evaluated.in_common(baseline, other)
    assert left.moods == right.moods == ("happy", "sad") and len(left.truth) == 4
    assert np.array_equal(left.probabilities, right.probabilities) and np.array_equal(left.truth, right.truth)
    with pytest.raises(DatasetError, match="other tracks or moods"):
        evaluated.in_common(
            evaluated.evaluate_arrays("a", ["x"], np.eye(2)[:, :1], np.eye(2)[:, :1]),
            evaluated.evaluate_arrays("b", ["y"], *[np.eye(2)[:, :1]] * 2),
        )


def test_a_thinned_curve_keeps_its_ends_and_its_shape() -> None:
    random = np.random.default_rng(0)
    truth = random.random(20_000) < 0.02
    probabilities = np.clip(truth * 0.2 + random.random(20_000) * 0.8, 0, 1)
    curve = diagnostics.pr_points(truth, probabilities)
    assert len(curve) <= diagnostics.CURVE_POINTS
    assert curve["recall"].iloc[0] == 1 and curve["recall"].iloc[-1] == 0
    assert np.abs(np.diff(curve["recall"])).max() < 0.1
