"""Calibration, thresholds and trust: laws they obey, and that they do what they are for on data whose truth is
known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from mer_core.metrics.bootstrap import (
    MIN_SUPPORT,
    compare_moods,
    macro_intervals,
    mood_trust,
    weighted_pr_auc,
    weighted_roc_auc,
)
from mer_core.metrics.ranking import average_precisions
from mer_core.model.calibration import Calibration, fit_calibration, reliability_table
from mer_core.model.mlp import sigmoid
from mer_core.model.thresholds import METHODS, choose_thresholds, decide

matrices = st.integers(0, 10**6).map(lambda seed: random_case(np.random.default_rng(seed)))


def random_case(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of one shape, with ties, extreme values and moods without positives or negatives."""
    shape = (int(rng.integers(1, 40)), int(rng.integers(1, 6)))
    P = rng.choice([0.0, 1e-9, 0.2, 0.5, 0.9, 1.0], shape) if rng.random() < 0.3 else rng.random(shape) ** 4
    return rng.random(shape) < rng.choice([0.0, 0.1, 0.5, 1.0], shape[1]), P


def miscalibrated(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities that are wrong in slope and level, and the true probabilities, of 12 moods from common to
    rare."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(np.linspace(-1, -5, 12), 1.0, (n, 12))
    return rng.random((n, 12)) < sigmoid(truth), sigmoid(0.5 * truth + 1.0), sigmoid(truth)


@settings(deadline=None, max_examples=60)
@given(matrices)
def test_calibration_keeps_the_order_and_stays_a_probability(case: tuple[np.ndarray, np.ndarray]) -> None:
    Y, P = case
    calibration = fit_calibration(Y, P)
    C = calibration.apply(P)
    assert np.isfinite(C).all() and (C >= 0).all() and (C <= 1).all()
    for before, after in zip(P.T, C.T, strict=True):
        order = np.argsort(before, kind="stable")
        assert (np.diff(after[order]) >= 0).all()
    restored = Calibration.from_dict(calibration.to_dict())
    assert np.array_equal(restored.apply(P), C)


def test_calibration_mends_slope_and_level_on_new_tracks() -> None:
    Y, P, _ = miscalibrated()
    calibration = fit_calibration(Y, P)
    Y_new, P_new, truth = miscalibrated(seed=1)
    after = reliability_table(Y_new, calibration.apply(P_new))
    assert reliability_table(Y_new, P_new)["calibration_error"] > 0.2
    assert after["calibration_error"] < 0.01
    assert after["log_loss"] < reliability_table(Y_new, truth)["log_loss"] * 1.02
    assert (
        calibration.reliability["before"]["calibration_error"] > calibration.reliability["after"]["calibration_error"]
    )


def test_a_mood_without_positives_gets_the_shared_map() -> None:
    Y, P, _ = miscalibrated(400)
    Y[:, 11] = False
    calibration = fit_calibration(Y, P)
    assert calibration.slope[11] == pytest.approx(calibration.slope[:11].mean(), abs=0.3)
    assert np.isfinite(calibration.intercept[11]) and calibration.apply(P)[:, 11].max() < 0.5


def test_shrinkage_beats_two_parameters_a_mood_when_positives_are_few() -> None:
    losses = []
    for seed in range(5):
        Y, P, _ = miscalibrated(150, seed)
        Y_new, P_new, _ = miscalibrated(4000, seed + 100)
        own = np.column_stack([fit_calibration(Y[:, [j]], P[:, [j]]).apply(P_new[:, [j]])[:, 0] for j in range(12)])
        losses.append(
            (
                reliability_table(Y_new, fit_calibration(Y, P).apply(P_new))["log_loss"],
                reliability_table(Y_new, own)["log_loss"],
            )
        )
    together, alone = np.mean(losses, axis=0)
    assert together < alone


@pytest.mark.parametrize(
    "value",
    [
        {"slope": [1.0], "intercept": [0.0, 1.0]},
        {"slope": [-1.0], "intercept": [0.0]},
        {"slope": ["x"], "intercept": [0.0]},
    ],
)
def test_malformed_calibration_is_refused(value: dict) -> None:
    with pytest.raises((ValueError, TypeError)):
        Calibration.from_dict(value)


@settings(deadline=None, max_examples=60)
@given(matrices, st.sampled_from(sorted(METHODS)))
def test_thresholds_are_thresholds(case: tuple[np.ndarray, np.ndarray], method: str) -> None:
    Y, P = case
    thresholds = choose_thresholds(Y, P, method)
    assert (
        thresholds.shape == (Y.shape[1],)
        and np.isfinite(thresholds).all()
        and (thresholds >= 0).all()
        and (thresholds <= 1).all()
    )
    assert np.array_equal(thresholds, choose_thresholds(Y, P, method))
    assert decide(P, thresholds).shape == P.shape


@settings(deadline=None, max_examples=25)
@given(matrices)
def test_f_max_is_the_best_f_there_is(case: tuple[np.ndarray, np.ndarray]) -> None:
    Y, P = case
    decisions = decide(P, choose_thresholds(Y, P, "f-max"))
    for y, p, decided in zip(Y.T, P.T, decisions.T, strict=True):
        if y.any():
            best = max(f1_score(y, p >= cut) for cut in np.unique(p))
            assert f1_score(y, decided) == pytest.approx(best)


def test_careful_thresholds_beat_naive_ones_on_new_tracks() -> None:
    scores: dict[str, list[float]] = {method: [] for method in METHODS}
    for seed in range(6):
        Y, _, P = miscalibrated(300, seed)
        Y_new, _, P_new = miscalibrated(4000, seed + 100)
        for method in METHODS:
            scores[method].append(
                float(f1_score(Y_new, decide(P_new, choose_thresholds(Y, P, method)), average="macro", zero_division=0))
            )
    means = {method: np.mean(values) for method, values in scores.items()}
    assert means["expected-f"] > means["f-max"] > means["half"]
    assert means["smoothed-f-max"] > means["f-max"]


def test_wrong_input_to_thresholds_is_reported() -> None:
    with pytest.raises(ValueError, match="one shape"):
        choose_thresholds(np.zeros((3, 2), bool), np.zeros((3, 1)))
    with pytest.raises(ValueError, match="use one of"):
        choose_thresholds(np.zeros((3, 2), bool), np.zeros((3, 2)), "best")
    with pytest.raises(ValueError, match="one shape"):
        fit_calibration(np.zeros((0, 2), bool), np.zeros((0, 2)))


@settings(deadline=None, max_examples=60)
@given(matrices, st.integers(0, 1000))
def test_weighted_figures_are_those_of_scikit_learn(case: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    Y, P = case
    weights = np.random.default_rng(seed).integers(0, 3, (2, len(Y))).astype(np.float32)
    for y, p in zip(Y.T, P.T, strict=True):
        roc, pr = weighted_roc_auc(y, p, weights), weighted_pr_auc(y, p, weights)
        for k, w in enumerate(weights):
            if (w * y).sum() and (w * ~y).sum():
                assert roc[k] == pytest.approx(roc_auc_score(y, p, sample_weight=w))
                assert pr[k] == pytest.approx(average_precision_score(y, p, sample_weight=w))
            else:
                assert np.isnan(roc[k]) and np.isnan(pr[k])


def test_average_precisions_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    Y, scores = rng.random((50, 4)) < 0.2, rng.normal(size=(50, 3, 4))
    Y[:, 3] = False
    result = average_precisions(Y, scores)
    for member in range(3):
        for mood in range(3):
            assert result[member, mood] == pytest.approx(average_precision_score(Y[:, mood], scores[:, member, mood]))
    assert np.isnan(result[:, 3]).all()


def test_trust_separates_signal_from_chance() -> None:
    rng = np.random.default_rng(0)
    Y = rng.random((400, 4)) < [0.1, 0.1, 0.01, 0.1]
    P = rng.random((400, 4))
    P[:, 0] += Y[:, 0]
    P[:, 2] += 2 * Y[:, 2]
    Y[:, 3] = False
    table = mood_trust(Y, P, ("good", "chance", "rare", "none"))
    assert table["reliable"].tolist() == [True, False, False, False]
    assert table.loc["rare", "support"] < MIN_SUPPORT and table.loc["rare", "roc_auc"] == 1.0
    assert table.loc["good", "lift"] == pytest.approx(table.loc["good", "pr_auc"] / table.loc["good", "prevalence"])
    assert table.loc["none"].drop(["support", "prevalence", "reliable"]).isna().all()
    figures = table.loc[["good", "chance"]]
    for name in ("roc_auc", "pr_auc"):
        assert (figures[f"{name}_low"] <= figures[name]).all() and (figures[name] <= figures[f"{name}_high"]).all()


def test_few_artists_make_wide_intervals() -> None:
    rng = np.random.default_rng(0)
    artists = np.repeat([f"artist {k}" for k in range(20)], 20)
    effect = np.repeat(rng.random(20) < 0.3, 20)
    Y, P = effect[:, None], (np.repeat(rng.normal(effect[::20], 1.0), 20) + rng.normal(0, 0.1, 400))[:, None]
    by_artist, by_track = mood_trust(Y, P, ["m"], artists).iloc[0], mood_trust(Y, P, ["m"]).iloc[0]
    assert by_artist["roc_auc_high"] - by_artist["roc_auc_low"] > 2 * (
        by_track["roc_auc_high"] - by_track["roc_auc_low"]
    )
    assert by_artist["roc_auc"] == by_track["roc_auc"]


def test_comparison_and_macro_intervals() -> None:
    rng = np.random.default_rng(0)
    Y = rng.random((300, 2)) < 0.2
    good, bad = Y + rng.normal(0, 0.7, Y.shape), rng.random(Y.shape)
    table = compare_moods(Y, good, bad, ("a", "b"), "ROC-AUC")
    assert (table["low"] > 0).all() and (table["difference"] <= table["high"]).all()
    assert (compare_moods(Y, good, good, ("a", "b")) == 0).to_numpy().all()
    value, low, high = macro_intervals(Y, good)["ROC-AUC"]
    assert value == pytest.approx(roc_auc_score(Y, good)) and low < value < high
    assert np.isnan(macro_intervals(Y, good, min_support=1000)["PR-AUC"][0])
