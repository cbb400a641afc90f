"""Decision thresholds: one a mood, chosen on validation, at or above which a probability becomes a decision.

Five ways, from naive to careful; P are calibrated probabilities (n_tracks, n_moods), Y labels of the same shape:

- "half": 0.5 for all. With rare moods hardly anything is ever decided.
- "f-max": the threshold with the best F on validation. With few positives it follows the noise.
- "smoothed-f-max": the best F when a track counts half by its label and half by its probability, averaged over
  resampled tracks.
- "shrunk-f-max": the same on the logit scale, pulled towards the moods' common relation to prevalence, more so the
  fewer the positives.
- "expected-f": the threshold with the best *expected* F if the probabilities are right; labels are not looked at again.
  Half of the best F is the optimal threshold (Lipton et al., "Optimal thresholding of classifiers to maximize F1
  measure", 2014).
"""

from collections.abc import Callable

import numpy as np

from mer_core.model.mlp import logit, sigmoid

SHRINK_POSITIVES = 50.0
"""With this many positives a mood's own best threshold and the common relation count the same ("shrunk-f-max")."""
RESAMPLES = 30
"""How often tracks are drawn with replacement ("smoothed-f-max")."""
DEFAULT_METHOD = "expected-f"


def choose_thresholds(Y: np.ndarray, P: np.ndarray, method: str = DEFAULT_METHOD) -> np.ndarray:
    """Thresholds (n_moods,) in [0, 1] for calibrated probabilities P (n_tracks, n_moods), given labels Y of the same
    shape.

    Raises ValueError when shapes differ, there is no track, or `method` is not in METHODS.
    """
    Y, P = np.asarray(Y, bool), np.asarray(P, float)
    if Y.shape != P.shape or Y.ndim != 2 or not len(Y):
        raise ValueError(
            f"labels {Y.shape} and probabilities {P.shape} must be matrices (n_tracks, n_moods) of one shape with "
            f"n_tracks > 0"
        )
    if method not in METHODS:
        raise ValueError(f"unknown threshold method {method!r}; use one of {', '.join(METHODS)}")
    return np.clip(METHODS[method](Y, P), 0.0, 1.0)


def decide(P: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Decisions (n_tracks, n_moods) bool: probabilities at or above their mood's threshold."""
    return np.asarray(P) >= thresholds


def _half(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    return np.full(P.shape[1], 0.5)


def _f_max(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    """Midway between the last track decided and the first that is not; 1 for a mood without positives."""
    return np.where(Y.any(axis=0), _best_cut(Y.astype(float), P), 1.0)


def _smoothed_f_max(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(P), len(P)) for _ in range(RESAMPLES)]
    gain = (Y + P) / 2
    return sigmoid(np.mean([logit(_best_cut(gain[rows], P[rows])) for rows in draws], axis=0))


def _shrunk_f_max(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    positives = Y.sum(axis=0)
    prevalence = logit((positives + 0.5) / (len(Y) + 1))
    own = logit(_best_cut(Y.astype(float), P))
    weights = np.where(positives > 0, positives, 1e-9)
    slope, intercept = 0.0, float(np.average(own, weights=weights))
    if len(own) > 2 and np.ptp(prevalence) > 0:
        slope, intercept = np.polyfit(prevalence, own, 1, w=np.sqrt(weights))
    common = slope * prevalence + intercept
    share = positives / (positives + SHRINK_POSITIVES)
    return sigmoid(share * own + (1 - share) * common)


def _expected_f(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    return _best_f(P, P) / 2


def _f_curve(gain: np.ndarray, P: np.ndarray) -> np.ndarray:
    """F when the k + 1 tracks of highest P are decided (row k, column mood); `gain` is what deciding a track is worth:
    label or probability."""
    ranked = np.take_along_axis(gain, np.argsort(-P, axis=0, kind="stable"), axis=0)
    decided = np.arange(1, len(P) + 1)[:, None]
    return 2 * np.cumsum(ranked, axis=0) / (decided + np.maximum(gain.sum(axis=0), 1e-12))


def _best_f(gain: np.ndarray, P: np.ndarray) -> np.ndarray:
    return _f_curve(gain, P).max(axis=0)


def _best_cut(gain: np.ndarray, P: np.ndarray) -> np.ndarray:
    ranked = -np.sort(-P, axis=0)
    following = np.vstack([ranked[1:], -np.ones(P.shape[1])])
    curve = np.where(ranked > following, _f_curve(gain, P), -1.0)  # equal probabilities cannot be cut apart
    cut = curve.argmax(axis=0)[None]
    return ((np.take_along_axis(ranked, cut, 0) + np.maximum(np.take_along_axis(following, cut, 0), 0)) / 2)[0]


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "half": _half,
    "f-max": _f_max,
    "smoothed-f-max": _smoothed_f_max,
    "shrunk-f-max": _shrunk_f_max,
    "expected-f": _expected_f,
}
