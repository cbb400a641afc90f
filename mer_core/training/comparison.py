"""What a trained model is worth, beside the baseline and the control, in the form that goes into its metrics and its
card."""

from typing import Any

import numpy as np

from mer_core.metrics.bootstrap import MIN_SUPPORT, macro_intervals
from mer_core.metrics.mediaeval import evaluate
from mer_core.model.classifier import MoodClassifier
from mer_core.model.decision import decide_by_folds, fit_rule
from mer_core.model.mlp import sigmoid
from mer_core.training.baseline import LogisticBaseline
from mer_core.training.data import TrainingData
from mer_core.training.folds import cross_fit

Figures = dict[str, Any]


def part_figures(data: TrainingData, P: np.ndarray, decisions: np.ndarray | None, rows: np.ndarray) -> Figures:
    """The ten MediaEval figures of P and decisions (n_tracks, n_moods) on the tracks that `rows` marks, and what is
    sure of them:

    "tracks"; "undefined" and "undecided", as `Evaluation` has them; "supported_moods" (with at least MIN_SUPPORT
    positives); "ROC-AUC-supported" and "PR-AUC-supported", their mean with its 95 % interval as {"value", "low",
    "high"}.
    """
    Y, P = data.labels[rows], P[rows]
    evaluation = evaluate(Y, P, data.moods, None if decisions is None else decisions[rows])
    supported = macro_intervals(Y, P, data.artists[rows], MIN_SUPPORT)
    named: Figures = {
        f"{metric}-supported": dict(zip(("value", "low", "high"), interval, strict=True))
        for metric, interval in supported.items()
    }
    named |= {"undefined": evaluation.undefined, "undecided": evaluation.undecided}
    return {
        **evaluation.figures,
        "tracks": int(rows.sum()),
        "supported_moods": int((Y.sum(axis=0) >= MIN_SUPPORT).sum()),
        **named,
    }


def compare(
    data: TrainingData, classifier: MoodClassifier, evaluated: str, threshold_method: str
) -> dict[str, Figures]:
    """`part_figures` on the part `evaluated` of two others trained on the train part: "baseline" is logistic
    regression, calibrated and given thresholds on validation as the classifier is, "permuted_control" the classifier on
    labels dealt to other tracks, mood by mood, which must score chance and decides nothing.
    """
    X, Y = data.part("train")
    X_val, Y_val = data.part("validation")
    rng = np.random.default_rng(classifier.seed)
    control = untrained(classifier).fit(
        X, rng.permuted(Y, axis=0), X_val, rng.permuted(Y_val, axis=0), data.context("train")
    )
    raw = LogisticBaseline().fit(X, Y).predict_proba(data.X)
    baseline = fit_rule(Y_val, raw[data.rows("validation")], threshold_method).apply(raw)
    rows = data.rows(evaluated)
    return {
        "baseline": part_figures(data, baseline.calibrated, baseline.decisions, rows),
        "permuted_control": part_figures(data, control.predict_proba(data.X), None, rows),
    }


def compare_folds(
    data: TrainingData, classifier: MoodClassifier, folds: np.ndarray, threshold_method: str
) -> dict[str, Figures]:
    """The same two over all tracks, each predicted by models that did not see its fold (n_tracks,), and decided by the
    other folds' thresholds."""
    permuted = np.random.default_rng(classifier.seed).permuted(data.labels, axis=0)
    raw = sigmoid(cross_fit(LogisticBaseline, data.X, data.labels, folds, data.context()))
    baseline = decide_by_folds(data.labels, raw, folds, threshold_method)
    control = cross_fit(lambda: untrained(classifier), data.X, permuted, folds, data.context())
    every = np.ones(len(folds), bool)
    return {
        "baseline": part_figures(data, baseline.calibrated, baseline.decisions, every),
        "permuted_control": part_figures(data, sigmoid(control), None, every),
    }


def untrained(classifier: MoodClassifier) -> MoodClassifier:
    """A new classifier with the same hyper-parameters."""
    return MoodClassifier(**classifier.get_params())
