"""PR-AUC and ROC-AUC of many score matrices at once, fast enough to be asked for every network after every epoch."""

import numpy as np


def average_precisions(Y: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """PR-AUC (…, n_moods) of scores (n, …, n_moods) against Y (n, n_moods) bool; NaN for a mood without a positive or a
    negative.

    Equal to scikit-learn's where no two scores are equal; equal scores count in the order of the tracks.
    """
    order = np.argsort(-scores, axis=0, kind="stable")
    truth = np.broadcast_to(Y.reshape(len(Y), *[1] * (scores.ndim - 2), Y.shape[1]), scores.shape)
    hits = np.take_along_axis(truth, order, axis=0)
    ranks = np.arange(1, len(Y) + 1).reshape(-1, *[1] * (scores.ndim - 1))
    positives = Y.sum(axis=0)
    precision = (hits * np.cumsum(hits, axis=0) / ranks).sum(axis=0)
    return np.where((positives > 0) & (positives < len(Y)), precision / np.maximum(positives, 1), np.nan)


def roc_aucs(Y: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """ROC-AUC (…, n_moods) of scores (n, …, n_moods) against Y (n, n_moods) bool; NaN for a mood without a positive or
    a negative."""
    from scipy.stats import rankdata  # a second of import, which a song's moods do not need

    truth = Y.reshape(len(Y), *[1] * (scores.ndim - 2), Y.shape[1])
    positives = Y.sum(axis=0)
    negatives = len(Y) - positives
    wins = (rankdata(scores, axis=0) * truth).sum(axis=0) - positives * (positives + 1) / 2
    return np.where((positives > 0) & (negatives > 0), wins / np.maximum(positives * negatives, 1), np.nan)
