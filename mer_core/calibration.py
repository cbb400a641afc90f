"""Calibration: probabilities that mean what they say, one map a mood on the logit scale.

Calibrated log-odds = slope × log-odds + intercept (Platt, "Probabilistic outputs for support vector machines", 1999). Moods with few
positives cannot carry two parameters of their own, so both are shrunk towards one map shared by all moods.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mer_core.networks import logit, sigmoid


@dataclass(frozen=True)
class Calibration:
    """One increasing map a mood."""

    slope: np.ndarray
    """(n_moods,), positive, so that the order of tracks within a mood never changes."""
    intercept: np.ndarray
    """(n_moods,)"""

    def __post_init__(self) -> None:
        """Raise ValueError unless both are finite vectors of one length and slopes are positive."""
        if self.slope.ndim != 1 or self.slope.shape != self.intercept.shape:
            raise ValueError(f"slopes {self.slope.shape} and intercepts {self.intercept.shape} must be vectors of one length")
        if not (np.isfinite(self.slope).all() and np.isfinite(self.intercept).all() and (self.slope > 0).all()):
            raise ValueError("calibration needs finite intercepts and finite positive slopes")

    @classmethod
    def identity(cls, n_moods: int) -> "Calibration":
        """The map that changes nothing, for models that were calibrated on no labels."""
        return cls(np.ones(n_moods), np.zeros(n_moods))

    def apply(self, P: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, n_moods) of P (n, n_moods) in [0, 1]."""
        return sigmoid(self.slope * logit(P) + self.intercept)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists, fit for JSON."""
        return {"slope": self.slope.tolist(), "intercept": self.intercept.tolist()}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "Calibration":
        """The calibration of `to_dict`; KeyError, TypeError or ValueError when it is malformed."""
        return cls(np.array(value["slope"], dtype=float), np.array(value["intercept"], dtype=float))
