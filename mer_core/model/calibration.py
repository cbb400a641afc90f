"""Calibration: probabilities that mean what they say, one map a mood on the logit scale.

Calibrated log-odds = slope × log-odds + intercept (Platt, "Probabilistic outputs for support vector machines", 1999).
Few moods have the
positives that two parameters of their own need, and isotonic regression needs far more; so each mood's map is shrunk
towards one that all moods share, the more the fewer positives it has (see shrinkage.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mer_core.model.mlp import logit, sigmoid
from mer_core.model.shrinkage import fit_shrunken_logistic

N_BINS = 10
LIKELIHOOD = ("likelihood_slope", "likelihood_intercept")
"""Columns of a table of trust, see `likelihoods`; NaN where nobody said anything of the mood."""


@dataclass(frozen=True)
class Calibration:
    """One increasing map a mood."""

    slope: np.ndarray
    """(n_moods,), positive, so that the order of tracks within a mood never changes."""
    intercept: np.ndarray
    """(n_moods,)"""
    reliability: dict[str, Any] = field(default_factory=dict)
    """What `reliability_table` says before and after, where it was fitted: {"before": {...}, "after": {...}}."""

    def __post_init__(self) -> None:
        """Raise ValueError unless both are finite vectors of one length and slopes are positive."""
        if self.slope.ndim != 1 or self.slope.shape != self.intercept.shape:
            raise ValueError(
                f"slopes {self.slope.shape} and intercepts {self.intercept.shape} must be vectors of one length"
            )
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
        """Plain values, fit for JSON."""
        return {"slope": self.slope.tolist(), "intercept": self.intercept.tolist(), "reliability": self.reliability}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "Calibration":
        """The calibration of `to_dict`; KeyError, TypeError or ValueError when it is malformed."""
        return cls(
            np.array(value["slope"], dtype=float),
            np.array(value["intercept"], dtype=float),
            dict(value.get("reliability", {})),
        )


def fit_calibration(Y: np.ndarray, P: np.ndarray) -> Calibration:
    """The calibration of probabilities P (n_tracks, n_moods) to labels Y of the same shape, on tracks not trained on.

    Raises ValueError when shapes differ or there is no track.
    """
    Y, P = np.asarray(Y, bool), np.asarray(P, float)
    if Y.shape != P.shape or Y.ndim != 2 or not len(Y):
        raise ValueError(
            f"labels {Y.shape} and probabilities {P.shape} must be matrices (n_tracks, n_moods) of one shape with "
            f"n_tracks > 0"
        )
    fitted = Calibration(*fit_shrunken_logistic(Y, logit(P)))
    return Calibration(
        fitted.slope,
        fitted.intercept,
        {"before": reliability_table(Y, P), "after": reliability_table(Y, fitted.apply(P))},
    )


def likelihoods(P: np.ndarray, trust: pd.DataFrame) -> np.ndarray:
    """How likely people say a mood (n, n_moods) where a model gives it probability P, by the calibration in the columns
    LIKELIHOOD of its `trust` (index mood): one beside the model's, by which nothing is decided. NaN where there is
    none."""
    slope, intercept = (trust.get(name, pd.Series(np.nan, trust.index)).to_numpy(float) for name in LIKELIHOOD)
    return np.asarray(sigmoid(slope * logit(P) + intercept))


def reliability_table(Y: np.ndarray, P: np.ndarray) -> dict[str, Any]:
    """Over all pairs of track and mood: bins of equally many pairs with their mean "predicted" and "observed" share and
    "pairs", and

    "calibration_error" (mean distance of the two, weighted by pairs), "log_loss" (nats a pair) and "brier" (mean
    squared error).
    """
    y, p = np.asarray(Y, bool).ravel(), np.asarray(P, float).ravel()
    bins = [part for part in np.array_split(np.argsort(p, kind="stable"), N_BINS) if len(part)]
    predicted, observed = (np.array([values[part].mean() for part in bins]) for values in (p, y))
    pairs = np.array([len(part) for part in bins])
    likely = np.clip(np.where(y, p, 1 - p), 1e-12, 1)
    return {
        "predicted": predicted.tolist(),
        "observed": observed.tolist(),
        "pairs": pairs.tolist(),
        "calibration_error": float(np.average(np.abs(predicted - observed), weights=pairs)),
        "log_loss": float(-np.log(likely).mean()),
        "brier": float(np.mean((p - y) ** 2)),
    }
