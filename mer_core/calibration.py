"""Calibration: probabilities that mean what they say, one map a mood on the logit scale.

Calibrated log-odds = slope × log-odds + intercept (Platt, "Probabilistic outputs for support vector machines", 1999). Few moods have the
positives that two parameters of their own need, and isotonic regression needs far more; so a mood's two parameters are
drawn from a normal distribution that all moods share, whose mean and spread are estimated from all of them (empirical Bayes by
EM with a Laplace approximation). A mood with many positives gets nearly its own map, one with none the shared map.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mer_core.networks import logit, sigmoid

MIN_SLOPE = 0.05
"""Slopes stay positive, so that calibrating never turns a ranking round."""
EM_STEPS = 40
N_BINS = 10


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
        """Plain values, fit for JSON."""
        return {"slope": self.slope.tolist(), "intercept": self.intercept.tolist(), "reliability": self.reliability}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "Calibration":
        """The calibration of `to_dict`; KeyError, TypeError or ValueError when it is malformed."""
        return cls(np.array(value["slope"], dtype=float), np.array(value["intercept"], dtype=float), dict(value.get("reliability", {})))


def fit_calibration(Y: np.ndarray, P: np.ndarray) -> Calibration:
    """The calibration of probabilities P (n_tracks, n_moods) to labels Y of the same shape, on tracks not trained on.

    Raises ValueError when shapes differ or there is no track.
    """
    Y, P = np.asarray(Y, bool), np.asarray(P, float)
    if Y.shape != P.shape or Y.ndim != 2 or not len(Y):
        raise ValueError(f"labels {Y.shape} and probabilities {P.shape} must be matrices (n_tracks, n_moods) of one shape with n_tracks > 0")
    Z = logit(P)
    center, scale = Z.mean(), max(float(Z.std()), 1e-3)  # numbers near 1 keep the Newton steps well conditioned
    slope, intercept = _empirical_bayes(Y, (Z - center) / scale)
    slope = np.maximum(slope / scale, MIN_SLOPE)
    fitted = Calibration(slope, intercept - slope * center)
    return Calibration(fitted.slope, fitted.intercept, {"before": reliability_table(Y, P), "after": reliability_table(Y, fitted.apply(P))})


def reliability_table(Y: np.ndarray, P: np.ndarray) -> dict[str, Any]:
    """Over all pairs of track and mood: bins of equally many pairs with their mean "predicted" and "observed" share and "pairs", and

    "calibration_error" (mean distance of the two, weighted by pairs), "log_loss" (nats a pair) and "brier" (mean squared error).
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


def _empirical_bayes(Y: np.ndarray, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and intercepts (n_moods,) of log-odds Z: Newton steps on the posterior, and EM steps on what the moods share."""
    rate = np.clip(Y.mean(), 0.5 / Y.size, 1 - 0.5 / Y.size)
    shared = np.array([1.0, logit(rate)])
    spread = np.array([0.25, 1.0])
    theta = np.tile(shared, (Y.shape[1], 1))
    for _ in range(EM_STEPS):
        theta, variance = _posterior(Y, Z, theta, shared, spread)
        shared = theta.mean(axis=0)
        spread = np.maximum(np.mean((theta - shared) ** 2 + variance, axis=0), 1e-4)
    return theta[:, 0], theta[:, 1]


def _posterior(Y: np.ndarray, Z: np.ndarray, theta: np.ndarray, shared: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One damped Newton step from `theta` (n_moods, 2); the new theta and the posterior variances there."""
    P = sigmoid(theta[:, 0] * Z + theta[:, 1])
    error, weight = Y - P, np.maximum(P * (1 - P), 1e-9)
    gradient = np.stack([(error * Z).sum(axis=0), error.sum(axis=0)], axis=1) - (theta - shared) / spread
    off = (weight * Z).sum(axis=0)
    hessian = np.stack([(weight * Z**2).sum(axis=0), off, off, weight.sum(axis=0)], axis=1).reshape(-1, 2, 2) + np.diag(1 / spread)
    step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    covariance = np.linalg.inv(hessian)
    return theta + np.clip(step, -1.0, 1.0), np.diagonal(covariance, axis1=1, axis2=2)
