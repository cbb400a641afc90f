"""The linear part of MoodClassifier: ridge regression for all moods at once, in closed form, from log-odds already
known.

One Newton step of the penalised logistic likelihood from those log-odds, with each mood's mean curvature. All moods and
all penalties share one eigendecomposition, so that choosing the penalty by cross-validation costs little. The penalty
is one for all moods: a rare mood has less curvature, so it stays closer to what was known before.
"""

from collections.abc import Iterable

import numpy as np
from sklearn.model_selection import GroupKFold, KFold

from mer_core.metrics.ranking import average_precisions
from mer_core.model.mlp import Layer, logit, sigmoid
from mer_core.model.shrinkage import fit_shrunken_logistic

PENALTIES = 10.0 ** np.arange(-1, 4.1, 0.5)
"""Tried, in units of the mean curvature summed over tracks."""
N_FOLDS = 4


def fit_linear_start(Z: np.ndarray, Y: np.ndarray, penalty: float, known: Layer | None = None) -> Layer:
    """A linear map to log-odds, fitted to standardised features Z (n, n_features) float64 and labels Y (n, n_moods)
    bool.

    `known` is a linear map to scores (n, n_moods) that are believed to rank each mood's tracks; they are calibrated and
    refined. Without it the base rates are refined. `penalty` is in units of the mean curvature summed over tracks.
    """
    before = base_rate_layer(Z.shape[1], Y) if known is None else _calibrated(known, Z, Y)
    return before[0] + _ridge_path(Z, Y, before, [penalty])[0], before[1]


def choose_penalty(Z: np.ndarray, Y: np.ndarray, known: Layer | None = None, groups: np.ndarray | None = None) -> float:
    """The one of PENALTIES with the best PR-AUC in cross-validation; tracks of one group (n,) never stand on both sides
    of a fold."""
    scores = np.zeros(len(PENALTIES))
    for fitted, evaluated in _folds(len(Z), groups):
        before = base_rate_layer(Z.shape[1], Y[fitted]) if known is None else _calibrated(known, Z[fitted], Y[fitted])
        paths = _ridge_path(Z[fitted], Y[fitted], before, PENALTIES)
        logits = np.stack([Z[evaluated] @ weights for weights in paths], axis=1) + (Z[evaluated] @ before[0])[:, None]
        scores += np.nan_to_num(average_precisions(Y[evaluated], logits)).mean(axis=1)
    return float(PENALTIES[scores.argmax()] if scores.any() else PENALTIES[-1])


def base_rate_layer(n_features: int, Y: np.ndarray) -> Layer:
    """The map that gives every track the moods' base rates, half an example added on each side."""
    return np.zeros((n_features, Y.shape[1])), logit((Y.sum(axis=0) + 0.5) / (len(Y) + 1))


def _calibrated(known: Layer, Z: np.ndarray, Y: np.ndarray) -> Layer:
    slope, intercept = fit_shrunken_logistic(Y, Z @ known[0] + known[1])
    return known[0] * slope, known[1] * slope + intercept


def _folds(n_tracks: int, groups: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    if groups is not None and len(np.unique(groups)) >= 2 * N_FOLDS:
        return list(GroupKFold(N_FOLDS, shuffle=True, random_state=0).split(np.zeros(n_tracks), groups=groups))
    return (
        list(KFold(N_FOLDS, shuffle=True, random_state=0).split(np.zeros(n_tracks))) if n_tracks >= 2 * N_FOLDS else []
    )


def _ridge_path(Z: np.ndarray, Y: np.ndarray, before: Layer, penalties: Iterable[float]) -> list[np.ndarray]:
    """Weights (n_features, n_moods) to add to `before`, for each penalty."""
    P = sigmoid(Z @ before[0] + before[1])
    curvature = np.maximum((P * (1 - P)).mean(axis=0), 1e-6)
    eigenvalues, vectors = np.linalg.eigh(Z.T @ Z)
    gradient = vectors.T @ (Z.T @ (Y - P))
    spread = np.maximum(eigenvalues, 0)[:, None] * curvature
    return [vectors @ (gradient / (spread + penalty * len(Z) * curvature.mean())) for penalty in penalties]
