"""A mood from a handful of examples: shrunk logistic regression on track embeddings, the library's other tracks as background.

    features = features_of(embeddings, log_odds)       # once a library
    taught = learn(features, rows, liked)              # milliseconds
    taught.scores                                      # (n_tracks,) log-odds, to rank by

The tracks nobody was asked about count as weak "no": together as much as BACKGROUND_WEIGHT answers (positive and unlabelled learning,
Elkan and Noto 2008, Learning classifiers from only positive and unlabeled data, KDD). Where a model knows a mood of that
name its log-odds are the starting point and the answers move the score away from them, so that few answers cannot do
worse than the model by much; a mood nobody knows is learned from sound and predicted moods together. What the constants are worth is measured by
`scripts/benchmark.py teach`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mer_core.model.mlp import sigmoid

COMPONENTS = 64
"""Principal components that tracks are compared by."""
BACKGROUND, BACKGROUND_WEIGHT = 300, 3.0
"""How many unasked tracks are taken as background, and how many answers they weigh together."""
NO_SHARE = 0.5
"""All "no" together weigh at most so many times what the "yes" do: those asked about lie close to "yes" and would turn the direction round."""
SPREAD, SPREAD_KNOWN = 0.02, 0.002
"""Variance of the prior of each coefficient: of a mood nobody knows, and of one that a model knows already."""
KNOWN_PRECISION = 30.0
"""How firmly the weight of the model's own log-odds is held at 1 (precision of its normal prior)."""
NEWTON_STEPS = 25
CALIBRATION_LEAST = 4
"""Answers of each kind from which probabilities are fitted to the answers."""


@dataclass(frozen=True, eq=False)
class Features:
    """What a library's tracks are told apart by; row i of both is the same track."""

    sound: np.ndarray
    """(n_tracks, k ≤ COMPONENTS): principal components of the standardised embeddings."""
    blend: np.ndarray
    """The same of embeddings and mood log-odds together, each kind weighing the same."""


@dataclass(frozen=True, eq=False)
class Taught:
    """A learned mood over all tracks of a library."""

    scores: np.ndarray
    """(n_tracks,) log-odds up to a shift; higher is more of the mood."""
    probabilities: np.ndarray
    """(n_tracks,) in [0, 1]; 0.5 is where the answers "yes" and "no" part."""


def features_of(embeddings: np.ndarray, log_odds: np.ndarray | None = None) -> Features:
    """Features of a library's track embeddings (n_tracks, dim) and of a model's mood log-odds (n_tracks, n_moods) for them."""
    sound = _standardised(embeddings)
    blend = sound if log_odds is None else np.hstack([sound, _standardised(log_odds)])
    return Features(_components(sound), _components(blend))


def learn(features: Features, rows: np.ndarray, liked: np.ndarray, known: np.ndarray | None = None) -> Taught:
    """Learn a mood from answers: `rows` (n ≥ 1,) of tracks, all different, and whether each has the mood, `liked` (n,) bool.

    known: (n_tracks,) log-odds of the mood by a model that knows it, None for a mood nobody knows.

    Raises ValueError without a track that has the mood.
    """
    scores = score_tracks(features, rows, liked, known)
    return Taught(scores, _probabilities(features, rows, liked, known, scores))


def score_tracks(
    features: Features, rows: np.ndarray, liked: np.ndarray, known: np.ndarray | None = None
) -> np.ndarray:
    """The scores (n_tracks,) of `learn` without the probabilities, which take five times as long."""
    if not liked.any():
        raise ValueError("a mood is learned from tracks that have it; give at least one")
    X = features.blend if known is None else features.sound
    start = None if known is None else _unit(known)
    used = np.concatenate([rows, _background(len(X), rows)])
    y = np.concatenate([liked, np.zeros(len(used) - len(rows), bool)])
    coefficients = _fit(X[used], y, _weights(liked, len(used)), None if start is None else start[used])
    width = X.shape[1]
    scores = X @ coefficients[:width] + coefficients[width]
    return np.asarray(scores if start is None else scores + coefficients[width + 1] * start)


def _background(n_tracks: int, rows: np.ndarray) -> np.ndarray:
    unasked = np.setdiff1d(np.arange(n_tracks), rows)
    return np.random.default_rng(0).permutation(unasked)[:BACKGROUND]


def _weights(liked: np.ndarray, n_used: int) -> np.ndarray:
    """The weight of each answer, then of each background track; tracks that have the mood weigh more where they are few."""
    n_background = n_used - len(liked)
    weights = np.full(n_used, BACKGROUND_WEIGHT / max(n_background, 1))
    weights[: len(liked)] = 1.0
    others = (~liked).sum() + BACKGROUND_WEIGHT
    if not liked.all():
        weights[: len(liked)][~liked] = min(1.0, NO_SHARE * liked.sum() / (~liked).sum())
    weights[: len(liked)][liked] = max(1.0, others / liked.sum()) ** 0.5
    return weights


def _fit(X: np.ndarray, y: np.ndarray, weights: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Coefficients of the columns of X, the intercept and, where there is a `start`, its weight: maximum a posteriori by Newton steps."""
    n, width = X.shape
    columns, centre = [X, np.ones((n, 1))], np.zeros(width + 1)
    precision = np.append(np.full(width, 1 / (SPREAD if start is None else SPREAD_KNOWN)), 1e-3)
    if start is not None:
        columns.append(start[:, None])
        centre, precision = np.append(centre, 1.0), np.append(precision, KNOWN_PRECISION)
    A, theta = np.hstack(columns), centre.copy()
    for _ in range(NEWTON_STEPS):
        p = sigmoid(A @ theta)
        gradient = A.T @ (weights * (p - y)) + precision * (theta - centre)
        curvature = (A * (weights * np.maximum(p * (1 - p), 1e-6))[:, None]).T @ A + np.diag(precision)
        step = np.linalg.solve(curvature, gradient)
        theta -= step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-4:
            break
    return theta


def _probabilities(
    features: Features, rows: np.ndarray, liked: np.ndarray, known: np.ndarray | None, scores: np.ndarray
) -> np.ndarray:
    """Scores on a scale where 0.5 parts "yes" from "no": a line through cross-fitted scores of the answers (Platt 1999, with his targets),
    halfway between the two kinds where there are too few of one."""
    if min(liked.sum(), (~liked).sum()) < CALIBRATION_LEAST:
        low = scores[rows[~liked]].mean() if (~liked).any() else scores.mean()
        return sigmoid(2 * _gap_scaled(scores, float(low), float(scores[rows[liked]].mean())))
    held_out = np.empty(len(rows))
    fold = _folds(liked)
    for k in range(fold.max() + 1):
        kept = fold != k
        others = score_tracks(features, rows[kept], liked[kept], known)
        held_out[~kept] = others[rows[~kept]]
    return sigmoid(_platt(held_out, liked)(scores))


def _gap_scaled(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """-1 at `low`, 1 at `high`, clipped far outside."""
    return np.clip((scores - (low + high) / 2) / max((high - low) / 2, 1e-6), -4, 4)


def _folds(liked: np.ndarray) -> np.ndarray:
    """Four folds with as many of each kind."""
    fold = np.empty(len(liked), dtype=int)
    for kind in (liked, ~liked):
        fold[kind] = np.arange(kind.sum()) % CALIBRATION_LEAST
    return fold


def _platt(scores: np.ndarray, liked: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The log-odds that fit `liked` as a line through `scores`, never falling."""
    centre, scale = scores.mean(), max(float(scores.std()), 1e-6)
    targets = np.where(liked, (liked.sum() + 1) / (liked.sum() + 2), 1 / ((~liked).sum() + 2))
    line = _line((scores - centre) / scale, targets)
    return lambda values: max(line[0], 0.05) * (values - centre) / scale + line[1]


def _line(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Slope and intercept of a logistic regression of soft targets on z, with a weak pull to slope 1."""
    A, theta, precision = np.column_stack([z, np.ones(len(z))]), np.array([1.0, 0.0]), np.array([1.0, 0.01])
    for _ in range(NEWTON_STEPS):
        p = sigmoid(A @ theta)
        gradient = A.T @ (p - targets) + precision * (theta - [1.0, 0.0])
        curvature = (A * np.maximum(p * (1 - p), 1e-6)[:, None]).T @ A + np.diag(precision)
        theta -= np.clip(np.linalg.solve(curvature, gradient), -1, 1)
    return theta


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and equal variance, rows of length about 1, whatever their width."""
    values = np.asarray(values, dtype=np.float64)
    return (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-9) / np.sqrt(values.shape[1])


def _components(values: np.ndarray) -> np.ndarray:
    """The first principal components of centred rows, rows of length about 10: the scale that the priors are for."""
    _, vectors = np.linalg.eigh(values.T @ values)
    return 10 * values @ vectors[:, ::-1][:, :COMPONENTS]


def _unit(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=np.float64)
    return (values - values.mean()) / max(float(values.std()), 1e-9)
