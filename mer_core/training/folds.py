"""Cross-validation folds of tracks, and predictions of tracks by models that have not seen them.

Tracks of one artist stay together where at least two artists a fold are known; else tracks are dealt singly.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from mer_core.datasets.groups import joined
from mer_core.model.classifier import Context

TRIES = 40


class Fitted(Protocol):
    """What can be cross-fitted: MoodClassifier and the baseline."""

    def fit_folds(self, X: np.ndarray, Y: np.ndarray, folds: np.ndarray, context: Context | None = None) -> Any:
        """Train on all rows; the folds may be used to stop by."""

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_moods)."""


def deal_folds(
    Y: np.ndarray, artists: np.ndarray, n_folds: int = 5, seed: int = 0, recordings: np.ndarray | None = None
) -> np.ndarray:
    """Fold (n_tracks,) of each track, 0 … n_folds - 1: of TRIES random deals, the one whose folds have the most alike
    numbers of tracks and of positives of each mood in Y (n_tracks, n_moods).

    recordings: (n_tracks,) names of the same audio ("" for a track that is alone), whose tracks stay in one fold.

    Raises ValueError with fewer tracks than folds or fewer than three folds (one to train on, one to stop by, one to
    evaluate).
    """
    if n_folds < 3 or len(Y) < n_folds:
        raise ValueError(
            f"{len(Y)} tracks cannot be dealt into {n_folds} folds; use at least 3 folds and as many tracks"
        )
    return deal_groups(Y, _groups(artists, n_folds, recordings), n_folds, seed)


def deal_groups(Y: np.ndarray, groups: np.ndarray, n_folds: int, seed: int = 0) -> np.ndarray:
    """The same for groups (n_tracks,) of int, 0 …, that are known already."""
    counted = np.column_stack([Y, np.ones(len(Y))]) / np.sqrt(np.maximum(np.append(Y.sum(axis=0), len(Y)), 1))
    per_group = np.zeros((groups.max() + 1, counted.shape[1]))
    np.add.at(per_group, groups, counted)
    rng = np.random.default_rng(seed)
    deals = [rng.permutation(len(per_group)) % n_folds for _ in range(TRIES)]
    spreads = [np.var([per_group[deal == fold].sum(axis=0) for fold in range(n_folds)], axis=0).sum() for deal in deals]
    return deals[int(np.argmin(spreads))][groups]


def grouped_by_artist(artists: np.ndarray, n_folds: int = 5) -> bool:
    """Whether `deal_folds` keeps artists together: at least two artists a fold are known."""
    return len(np.unique(artists)) >= 2 * n_folds


def cross_fit(
    make: Callable[[], Fitted], X: np.ndarray, Y: np.ndarray, folds: np.ndarray, context: Context
) -> np.ndarray:
    """Log-odds (n_tracks, n_moods) of every track by a classifier that `fit_folds` trained on the other folds alone.

    make: gives an untrained classifier with `fit_folds` and `decision_function`. X is (n_tracks, n_features), Y
    (n_tracks, n_moods). The folds' log-odds are brought to one mean and deviation over all tracks: a fold that happens
    to be rich in a mood leaves training poor in it, and would otherwise rank below the other folds (labels are not used
    for this).
    """
    logits, moments = np.zeros(Y.shape), []
    for fold in np.unique(folds):
        evaluated = folds == fold
        groups = None if context.groups is None else np.asarray(context.groups)[~evaluated]
        every = (
            make()
            .fit_folds(X[~evaluated], Y[~evaluated], folds[~evaluated], replace(context, groups=groups))
            .decision_function(X)
        )
        mean, deviation = every.mean(axis=0), every.std(axis=0)
        logits[evaluated] = (every[evaluated] - mean) / np.maximum(deviation, 1e-9)
        moments.append((mean, deviation))
    mean, deviation = np.mean(moments, axis=0)
    return logits * deviation + mean


def _groups(artists: np.ndarray, n_folds: int, recordings: np.ndarray | None) -> np.ndarray:
    apart = grouped_by_artist(artists, n_folds)
    if recordings is None or not (recordings != "").any():
        return np.unique(artists, return_inverse=True)[1] if apart else np.arange(len(artists))
    named = np.char.add("artist ", artists.astype(str)) if apart else np.full(len(artists), "")
    return joined(named, recordings)
