"""MoodClassifier: track embeddings (n, n_features) → probabilities (n, n_moods), shaped like a scikit-learn estimator.

Training runs in Keras: all members of the ensemble are one stacked network (mer_core/model/mlp_training.py). Predicting
is NumPy alone (mer_core/model/fitted.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import DenseEnsemble, Layer, restandardise
from mer_core.model.mlp_training import TrainingExamples, TrainingSettings, train_members
from mer_core.model.ridge import base_rate_layer, choose_penalty, fit_linear_start

DEVIATION_FLOOR = 0.1
"""No feature's scale is less than this share of the median feature's."""


@dataclass(frozen=True)
class Context:
    """What else MoodClassifier can learn from."""

    moods: Sequence[str] | None = None
    """Names of the columns of the labels (default "0", "1", …)."""
    groups: np.ndarray | None = None
    """(n,) artists of the training tracks, kept together when the linear map's penalty is chosen."""
    known: Layer | None = None
    """A linear map of the features, (n_features, n_moods) and (n_moods,), believed to rank each mood's tracks: what is
    learned is shrunk towards it instead of towards the base rates. Example: the mean of other models' outputs."""


class MoodClassifier(FittedClassifier, TrainingSettings, BaseEstimator):
    """Log-odds = a linear map, strongly shrunk, + an ensemble of small dense networks that learn what the linear map
    leaves over.

    The linear map is fitted in closed form (ridge.py); the networks have a class-weighted loss and early
    stopping (mlp_training.py). With few tracks the networks stop at once and the linear map remains.

    The hyper-parameters are those of TrainingSettings. After `fit`, `fit_folds` or `from_network`: `network_`
    (DenseEnsemble), `classes_` (tuple of moods).
    """

    def fit(
        self, X: np.ndarray, Y: np.ndarray, X_val: np.ndarray, Y_val: np.ndarray, context: "Context | None" = None
    ) -> "MoodClassifier":
        """Train on X (n, n_features) with multi-hot labels Y (n, n_moods); stop early on X_val, Y_val.

        A mood without positives gets low probabilities; one without positives in validation does not take part in early
        stopping. Same seed, same machine: same result.

        Raises ValueError when shapes disagree, a feature is not finite or there is no training example.
        """
        X, Y, X_val, Y_val = (
            np.asarray(X, float),
            np.asarray(Y, bool),
            np.asarray(X_val, float),
            np.asarray(Y_val, bool),
        )
        if X.ndim != 2 or Y.ndim != 2 or X_val.shape != (len(Y_val), X.shape[1]) or Y_val.shape[1:] != Y.shape[1:]:
            raise ValueError(f"validation has shapes {X_val.shape} and {Y_val.shape}, training {X.shape} and {Y.shape}")
        stops = np.repeat([False, True], [len(X), len(X_val)])[:, None]
        return self._fit(np.vstack([X, X_val]), np.vstack([Y, Y_val]), stops, context or Context())

    def fit_folds(
        self, X: np.ndarray, Y: np.ndarray, folds: np.ndarray, context: "Context | None" = None
    ) -> "MoodClassifier":
        """Train on X (n, n_features) and Y (n, n_moods) without validation tracks: each member is stopped by one fold
        and learns from the others.

        folds (n,): as `folds.deal_folds` gives. Every track teaches most members, and none is stopped by what it
        learned from.
        """
        stops = np.asarray(folds)[:, None] == np.unique(folds)
        return self._fit(np.asarray(X, float), np.asarray(Y, bool), stops, context or Context())

    def _fit(self, X: np.ndarray, Y: np.ndarray, stops: np.ndarray, context: "Context") -> "MoodClassifier":
        """stops (n, n_folds): whether a track stops the members of a fold."""
        _check(X, Y, stops)
        self.classes_ = tuple(context.moods) if context.moods is not None else tuple(map(str, range(Y.shape[1])))
        if len(self.classes_) != Y.shape[1]:
            raise ValueError(f"{len(self.classes_)} moods named, the labels have {Y.shape[1]} columns")
        center, scale = _standardisation(X[~stops.all(axis=1)])
        Z = (X - center) / scale
        known = (
            restandardise(context.known, (np.zeros_like(center), np.ones_like(center)), (center, scale))
            if context.known
            else None
        )
        starts = self._starts(Z, Y, stops, known, context.groups)
        start = (np.mean([weights for weights, _ in starts], axis=0), np.mean([biases for _, biases in starts], axis=0))
        if self.members:
            self.network_ = DenseEnsemble(center, scale, self._networks(Z, Y, stops, starts), start)
        else:
            self.network_ = DenseEnsemble(center, scale, ((start,),))
        return self

    def _networks(
        self, Z: np.ndarray, Y: np.ndarray, stops: np.ndarray, starts: list[Layer]
    ) -> tuple[tuple[Layer, ...], ...]:
        per_fold = -(-self.members // len(starts))
        offsets = np.repeat(np.stack([Z @ weights + biases for weights, biases in starts], axis=1), per_fold, axis=1)
        return train_members(
            self,
            TrainingExamples(Z.astype(np.float32), Y, offsets.astype(np.float32), np.repeat(stops, per_fold, axis=1)),
        )

    def _starts(
        self, Z: np.ndarray, Y: np.ndarray, stops: np.ndarray, known: Layer | None, groups: np.ndarray | None
    ) -> list[Layer]:
        """Where the members of each fold start, fitted to the tracks they learn from."""
        learned = ~stops.all(axis=1)
        if not self.linear:
            return [base_rate_layer(Z.shape[1], Y[~stop]) for stop in stops.T]
        penalty = choose_penalty(
            Z[learned], Y[learned], known, None if groups is None else np.asarray(groups)[: learned.sum()]
        )
        return [fit_linear_start(Z[~stop], Y[~stop], penalty, known) for stop in stops.T]

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_moods) of features X (n, n_features).

        Raises ArtifactError when the width of X is not the one trained on, NotFittedError before any training.
        """
        check_is_fitted(self, "network_")
        return super().decision_function(X)


def _standardisation(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and scale (n_features,): the deviation, floored so that a unit silent in training cannot shout over all
    others later."""
    deviation = X.std(axis=0)
    floor = DEVIATION_FLOOR * np.median(deviation)
    return X.mean(axis=0), np.maximum(deviation, floor) if floor > 0 else np.where(deviation > 0, deviation, 1.0)


def _check(X: np.ndarray, Y: np.ndarray, stops: np.ndarray) -> None:
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y) or len(X) != len(stops) or not (~stops).any(axis=0).all():
        raise ValueError(
            f"training needs features (n, n_features) and labels (n, n_moods) with n > 0, got {X.shape} and {Y.shape}"
        )
    if not stops.any(axis=0).all():
        raise ValueError("no validation track was given; training is stopped by validation tracks")
    if not np.isfinite(X).all():
        raise ValueError("a feature is NaN or infinite; rebuild the embeddings")
