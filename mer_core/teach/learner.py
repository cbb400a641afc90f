"""A mood from a handful of examples: shrunk logistic regression on embeddings, the other tracks as background.

    space = Space.fit(embeddings, log_odds)            # once a library
    features = space.features(embeddings, log_odds)
    taught = learn(features, rows, liked)              # milliseconds
    taught.scores(features)                            # (n_tracks,) to rank by

The tracks nobody was asked about count as weak "no": together as much as BACKGROUND_WEIGHT answers (learning from
positive and unlabelled data: Elkan and Noto 2008, Learning classifiers from only positive and unlabeled data, KDD).
Where a model knows the mood, its log-odds are the starting point and answers move the score away from them, so that
few answers do little harm; a mood nobody knows is learned from sound and predicted moods together. What the constants
are worth is measured by the benchmark "teach".
"""

from dataclasses import dataclass, replace

import numpy as np

from mer_core.embeddings.nearest import Scaling
from mer_core.model.mlp import sigmoid

COMPONENTS = 64
"""Principal components that tracks are compared by."""
BACKGROUND, BACKGROUND_WEIGHT = 300, 3.0
"""How many unasked tracks are taken as background, and how many answers they weigh together."""
NO_SHARE, NO_SHARE_KNOWN = 0.25, 0.6
"""All "no" together weigh at most so many times what the "yes" do: those asked about lie close to "yes" and would turn
the direction round. Where a model knows the mood it holds the direction."""
SPREAD, SPREAD_KNOWN = 0.02, 0.005
"""Variance of the prior of each coefficient: of a mood nobody knows, and of one that a model knows already."""
KNOWN_PRECISION = 30.0
"""How firmly the weight of the model's own log-odds is held at 1 (precision of its normal prior)."""
NEWTON_STEPS = 25
CALIBRATION_LEAST = 4
"""Answers of each kind from which probabilities are fitted to the answers, in as many folds."""
LEAST_SLOPE = 0.05
"""Probabilities never fall where scores rise. Where those of the answers left out fall or do not rise, what was learned
tells no track: all are then below 0.5, by NOT_YET log-odds at least."""
NOT_YET = 0.01


@dataclass(frozen=True, eq=False)
class Features:
    """What tracks are distinguished by; row i of both is the same track."""

    sound: np.ndarray
    """(n_tracks, k ≤ COMPONENTS): principal components of the standardised embeddings."""
    blend: np.ndarray
    """The same of embeddings and mood log-odds together, each kind weighing the same."""


@dataclass(frozen=True, eq=False)
class Space:
    """The maps from embeddings and mood log-odds to Features, fitted to a library."""

    embeddings: Scaling
    log_odds: Scaling
    sound: np.ndarray
    """(dim, k) directions of the principal components."""
    blend: np.ndarray
    """(dim + n_moods, k)"""

    @classmethod
    def fit(cls, embeddings: np.ndarray, log_odds: np.ndarray) -> "Space":
        """Fit to a library's track embeddings (n_tracks ≥ 1, dim) and a model's mood log-odds (n_tracks, n_moods)."""
        scalings = Scaling.of(embeddings), Scaling.of(log_odds)
        sound = _rows(embeddings, scalings[0])
        blend = np.hstack([sound, _rows(log_odds, scalings[1])])
        return cls(*scalings, _directions(sound), _directions(blend))

    def features(self, embeddings: np.ndarray, log_odds: np.ndarray) -> Features:
        """Features of any tracks, of the library or not."""
        sound = _rows(embeddings, self.embeddings)
        return Features(sound @ self.sound, np.hstack([sound, _rows(log_odds, self.log_odds)]) @ self.blend)


@dataclass(frozen=True, eq=False)
class Taught:
    """A learned mood: a line through Features and, where a model knows the mood, its log-odds."""

    weights: np.ndarray
    """(k,)"""
    bias: float
    known: tuple[float, float, float] | None = None
    """Mean, deviation and weight of the model's log-odds; None where the mood is learned from `blend` alone."""
    slope: float = 1.0
    shift: float = 0.0
    """Log-odds of an answer "yes" = slope × score + shift."""

    def scores(self, features: Features, known: np.ndarray | None = None) -> np.ndarray:
        """(n_tracks,), higher is more of the mood; known: (n_tracks,) the model's log-odds, where learned with them."""
        if self.known is None:
            return np.asarray(features.blend @ self.weights + self.bias)
        mean, deviation, weight = self.known
        assert known is not None
        return np.asarray(features.sound @ self.weights + self.bias + weight * (known - mean) / deviation)

    def probabilities(self, features: Features, known: np.ndarray | None = None) -> np.ndarray:
        """(n_tracks,) in [0, 1]; 0.5 is where the answers "yes" and "no" part."""
        return sigmoid(self.slope * self.scores(features, known) + self.shift)


def learn(features: Features, rows: np.ndarray, liked: np.ndarray, known: np.ndarray | None = None) -> Taught:
    """Learn a mood from answers: `rows` (n ≥ 1,) of tracks, all different; `liked` (n,) bool, whether each has it.

    known: (n_tracks,) log-odds of the mood by a model that knows it, None for a mood nobody knows.

    Raises ValueError without a track that has the mood.
    """
    taught = learn_ranking(features, rows, liked, known)
    slope, shift = _scale(features, rows, liked, known, taught.scores(features, known))
    return replace(taught, slope=slope, shift=shift)


def learn_ranking(features: Features, rows: np.ndarray, liked: np.ndarray, known: np.ndarray | None = None) -> Taught:
    """`learn` without fitting what the probabilities mean, which takes four times as long."""
    if not liked.any():
        raise ValueError("a mood is learned from tracks that have it; give at least one")
    X = features.blend if known is None else features.sound
    used = np.concatenate([rows, _background(len(X), rows)])
    y = np.concatenate([liked, np.zeros(len(used) - len(rows), bool)])
    weights = _weights(liked, len(used), NO_SHARE if known is None else NO_SHARE_KNOWN)
    if known is None:
        fitted = _fit(X[used], y, weights, None)
        return Taught(fitted[:-1], float(fitted[-1]))
    mean, deviation = float(known.mean()), max(float(known.std()), 1e-9)
    fitted = _fit(X[used], y, weights, (known[used] - mean) / deviation)
    return Taught(fitted[:-2], float(fitted[-2]), (mean, deviation, float(fitted[-1])))


def _background(n_tracks: int, rows: np.ndarray) -> np.ndarray:
    unasked = np.delete(np.arange(n_tracks), rows)
    return np.random.default_rng(0).permutation(unasked)[:BACKGROUND]


def _weights(liked: np.ndarray, n_used: int, no_share: float) -> np.ndarray:
    """The weight of each answer, then of each background track; the "yes" weigh more where they are few."""
    n_background = n_used - len(liked)
    weights = np.full(n_used, BACKGROUND_WEIGHT / max(n_background, 1))
    weights[: len(liked)] = 1.0
    others = (~liked).sum() + BACKGROUND_WEIGHT
    if not liked.all():
        weights[: len(liked)][~liked] = min(1.0, no_share * liked.sum() / (~liked).sum())
    weights[: len(liked)][liked] = max(1.0, others / liked.sum()) ** 0.5
    return weights


def _fit(X: np.ndarray, y: np.ndarray, weights: np.ndarray, start: np.ndarray | None) -> np.ndarray:
    """Coefficients of the columns of X, the intercept and the weight of `start` where there is one: the maximum a
    posteriori, by Newton steps."""
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


def _scale(
    features: Features, rows: np.ndarray, liked: np.ndarray, known: np.ndarray | None, scores: np.ndarray
) -> tuple[float, float]:
    """Slope and shift that put 0.5 where "yes" and "no" part: a line through cross-fitted scores of the answers (Platt
    1999, with his targets), halfway between the two kinds where there are too few of one; see LEAST_SLOPE."""
    if min(liked.sum(), (~liked).sum()) < CALIBRATION_LEAST:
        low = float(scores[rows[~liked]].mean() if (~liked).any() else scores.mean())
        high = float(scores[rows[liked]].mean())
        slope = 4 / max(high - low, 1e-6)
        return slope, -slope * (low + high) / 2
    held_out, fold = np.empty(len(rows)), _folds(liked)
    for k in range(CALIBRATION_LEAST):
        kept = fold != k
        out = rows[~kept]
        others = learn_ranking(features, rows[kept], liked[kept], known)
        outside = Features(features.sound[out], features.blend[out])
        held_out[~kept] = others.scores(outside, None if known is None else known[out])
    targets = np.where(liked, (liked.sum() + 1) / (liked.sum() + 2), 1 / ((~liked).sum() + 2))
    centre, deviation = held_out.mean(), max(float(held_out.std()), 1e-6)
    slope, shift = _line((held_out - centre) / deviation, targets)
    if slope < LEAST_SLOPE:
        slope = LEAST_SLOPE / deviation
        return slope, -slope * float(scores.max()) - NOT_YET
    slope /= deviation
    return float(slope), float(shift - slope * centre)


def _folds(liked: np.ndarray) -> np.ndarray:
    """Four folds with as many of each kind."""
    fold = np.empty(len(liked), dtype=int)
    for kind in (liked, ~liked):
        fold[kind] = np.arange(kind.sum()) % CALIBRATION_LEAST
    return fold


def _line(z: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Slope and intercept of a logistic regression of soft targets on z, with a weak pull to slope 1."""
    A, theta, precision = np.column_stack([z, np.ones(len(z))]), np.array([1.0, 0.0]), np.array([1.0, 0.01])
    for _ in range(NEWTON_STEPS):
        p = sigmoid(A @ theta)
        gradient = A.T @ (p - targets) + precision * (theta - [1.0, 0.0])
        curvature = (A * np.maximum(p * (1 - p), 1e-6)[:, None]).T @ A + np.diag(precision)
        theta -= np.clip(np.linalg.solve(curvature, gradient), -1, 1)
    return theta


def _rows(values: np.ndarray, scaling: Scaling) -> np.ndarray:
    """Rows of length about 1, whatever their width."""
    return np.asarray(scaling.apply(np.asarray(values, dtype=np.float64)) / np.sqrt(values.shape[1]), dtype=np.float64)


def _directions(rows: np.ndarray) -> np.ndarray:
    """The first principal components of centred rows; projected rows have length about 10, which the priors are for."""
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return 10 * vectors[:, ::-1][:, :COMPONENTS]
