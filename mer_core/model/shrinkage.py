"""One-dimensional logistic regressions, one a mood, that borrow strength from each other (empirical Bayes).

Log-odds = slope × score + intercept. Few moods have the positives that two parameters of their own need, so each mood's
two
are drawn from a normal distribution that all moods share, whose mean and spread are estimated from all of them by EM
with a Laplace
approximation. A mood with many positives gets nearly its own line, one with none the shared line.
"""

import numpy as np

from mer_core.model.mlp import logit, sigmoid

MIN_SLOPE = 0.05
"""Slopes stay positive, so that no ranking is turned round."""
EM_STEPS = 40


def fit_shrunken_logistic(Y: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes ≥ MIN_SLOPE and intercepts, each (n_moods,), of labels Y (n_tracks ≥ 1, n_moods) bool given scores of the
    same shape."""
    center, scale = (
        scores.mean(),
        max(float(scores.std()), 1e-3),
    )  # numbers near 1 keep the Newton steps well conditioned
    slope, intercept = _empirical_bayes(Y, (scores - center) / scale)
    slope = np.maximum(slope / scale, MIN_SLOPE)
    return slope, intercept - slope * center


def _empirical_bayes(Y: np.ndarray, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps on the posterior, alternating with EM steps on what the moods share."""
    rate = np.clip(Y.mean(), 0.5 / Y.size, 1 - 0.5 / Y.size)
    shared, spread = np.array([1.0, logit(rate)]), np.array([0.25, 1.0])
    theta = np.tile(shared, (Y.shape[1], 1))
    for _ in range(EM_STEPS):
        theta, variance = _posterior_step(Y, Z, theta, shared, spread)
        shared = theta.mean(axis=0)
        spread = np.maximum(np.mean((theta - shared) ** 2 + variance, axis=0), 1e-4)
    return theta[:, 0], theta[:, 1]


def _posterior_step(
    Y: np.ndarray, Z: np.ndarray, theta: np.ndarray, shared: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One damped Newton step from `theta` (n_moods, 2); the new theta and the posterior variances there."""
    P = sigmoid(theta[:, 0] * Z + theta[:, 1])
    error, weight = Y - P, np.maximum(P * (1 - P), 1e-9)
    gradient = np.stack([(error * Z).sum(axis=0), error.sum(axis=0)], axis=1) - (theta - shared) / spread
    off = (weight * Z).sum(axis=0)
    hessian = np.stack([(weight * Z**2).sum(axis=0), off, off, weight.sum(axis=0)], axis=1).reshape(-1, 2, 2) + np.diag(
        1 / spread
    )
    step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
    return theta + np.clip(step, -1.0, 1.0), np.diagonal(np.linalg.inv(hessian), axis1=1, axis2=2)
