"""The linear part of MoodClassifier: ridge regression for all moods at once, in closed form, from log-odds already known.

One Newton step of the penalised logistic likelihood from those log-odds, with each mood's mean curvature. All moods and all
penalties share one eigendecomposition, so that choosing the penalty by cross-validation costs little. The penalty is one for
all moods: a rare mood has less curvature, so it stays closer to what was known before.
"""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import GroupKFold, KFold

from mer_core.average_precision import average_precisions
from mer_core.networks import Layer, logit, sigmoid
from mer_core.shrunken_logistic import fit_shrunken_logistic

PENALTIES = 10.0 ** np.arange(-1, 4.1, 0.5)
"""Tried in units of the mean curvature summed over tracks."""
N_FOLDS = 5


class LinearStart(NamedTuple):
    """A linear map of standardised features to log-odds, and the penalty that cross-validation chose for it."""

    layer: Layer
    penalty: float


def fit_linear_start(Z: np.ndarray, Y: np.ndarray, known: Layer | None = None, groups: np.ndarray | None = None) -> LinearStart:
    """Fit to standardised features Z (n, n_features) float64 and labels Y (n, n_moods) bool.

    `known` is a linear map to scores (n, n_moods) that are believed to rank each mood's tracks; they are calibrated and refined.
    Without it the base rates are refined. Tracks of one group (n,) never stand on both sides of a fold.
    """
    before = base_rate_layer(Z.shape[1], Y) if known is None else _calibrated(known, Z, Y)
    folds = _folds(len(Z), groups)
    scores = np.zeros(len(PENALTIES))
    for fitted, held_out in folds:
        paths = _ridge_path(Z[fitted], Y[fitted], before)
        logits = np.stack([Z[held_out] @ weights for weights in paths], axis=1) + (Z[held_out] @ before[0])[:, None]
        scores += np.nan_to_num(average_precisions(Y[held_out], logits)).mean(axis=1)
    chosen = int(scores.argmax()) if folds else len(PENALTIES) - 1
    weights = _ridge_path(Z, Y, before)[chosen]
    return LinearStart((before[0] + weights, before[1]), float(PENALTIES[chosen]))


def base_rate_layer(n_features: int, Y: np.ndarray) -> Layer:
    """The map that gives every track the moods' base rates, half an example added on each side."""
    return np.zeros((n_features, Y.shape[1])), logit((Y.sum(axis=0) + 0.5) / (len(Y) + 1))


def _calibrated(known: Layer, Z: np.ndarray, Y: np.ndarray) -> Layer:
    slope, intercept = fit_shrunken_logistic(Y, Z @ known[0] + known[1])
    return known[0] * slope, known[1] * slope + intercept


def _folds(n_tracks: int, groups: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    if groups is not None and len(np.unique(groups)) >= 2 * N_FOLDS:
        return list(GroupKFold(N_FOLDS, shuffle=True, random_state=0).split(np.zeros(n_tracks), groups=groups))
    return list(KFold(N_FOLDS, shuffle=True, random_state=0).split(np.zeros(n_tracks))) if n_tracks >= 2 * N_FOLDS else []


def _ridge_path(Z: np.ndarray, Y: np.ndarray, before: Layer) -> list[np.ndarray]:
    """Weights (n_features, n_moods) to add to `before` for each of PENALTIES."""
    P = sigmoid(Z @ before[0] + before[1])
    curvature = np.maximum((P * (1 - P)).mean(axis=0), 1e-6)
    eigenvalues, vectors = np.linalg.eigh(Z.T @ Z)
    gradient = vectors.T @ (Z.T @ (Y - P))
    spread = np.maximum(eigenvalues, 0)[:, None] * curvature
    return [vectors @ (gradient / (spread + penalty * len(Z) * curvature.mean())) for penalty in PENALTIES]
