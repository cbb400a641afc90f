"""Valence and arousal as a model measures them: a linear map of the track embedding, with conformal intervals.

The scale is relative: 0 is the mean and ±1 are two standard deviations of what people said of the music the map was
trained on, so that half of all music lies on each side. Values are cut at ±1.

Intervals are split-conformal (Vovk et al., "Algorithmic learning in a random world", 2005): as wide as the errors that
a share `level` of tracks had when their artist was left out of training. Far from the training music nothing
guarantees that width, so it grows with the distance.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

DIMENSIONS = ("valence", "arousal")
RATED_SONGS = (
    "what 701 people heard in 356 songs of 17 genres (MUSIFEAST-17, van der Walle, Wu, Margulis & Jakubowski 2025, "
    "Behavior Research Methods 57(7), CC0)"
)
"""What the starter's map was trained on."""


@dataclass(frozen=True)
class ValenceArousal:
    """A linear map from pooled embeddings, and how far it errs."""

    weights: np.ndarray
    """(n_features, 2)"""
    bias: np.ndarray
    """(2,)"""
    half_width: np.ndarray
    """(2,): half the width of an interval for music like the training's."""
    error: np.ndarray
    """(2,): standard deviation of the error where the artist was left out of training."""
    level: float
    """Share of tracks whose value lies in its interval."""

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Valence and arousal (n, 2) in [-1, 1] of pooled embeddings X (n, n_features)."""
        return np.clip(np.asarray(X, float) @ self.weights + self.bias, -1, 1)

    def intervals(self, places: np.ndarray, far: np.ndarray) -> np.ndarray:
        """Lower and upper ends (n, 2, 2) in [-1, 1], the ends last, of `places` (n, 2).

        far: (n,) distance from the training music as a multiple of its limit; beyond 1 the interval is wider by that.
        """
        half = self.half_width * np.maximum(np.asarray(far, float), 1.0)[:, None]
        return np.clip(np.stack([places - half, places + half], axis=-1), -1, 1)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Arrays for an NPZ file."""
        return {
            "weights": self.weights.astype(np.float32),
            "bias": self.bias.astype(np.float32),
            "half_width": self.half_width.astype(np.float32),
            "error": self.error.astype(np.float32),
            "level": np.array(self.level),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "ValenceArousal":
        """The map of `to_arrays`; KeyError or ValueError when the arrays do not make one."""
        weights, bias, half_width, error = (
            arrays[key].astype(float) for key in ("weights", "bias", "half_width", "error")
        )
        if weights.ndim != 2 or weights.shape[1:] != (2,) or not bias.shape == half_width.shape == error.shape == (2,):
            raise ValueError("the parts of the map to valence and arousal do not belong together")
        return cls(weights, bias, half_width, error, float(arrays["level"]))
