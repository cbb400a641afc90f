"""MoodClassifier: track embeddings (n, n_features) → probabilities (n, n_moods), shaped like a scikit-learn estimator.

Training runs in Keras: all members of the ensemble are one stacked network (mer_core/keras_training.py). Predicting is NumPy alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from mer_core.errors import ArtifactError
from mer_core.keras_training import Examples, TrainingSettings, train_members
from mer_core.linear_start import base_rate_layer, fit_linear_start
from mer_core.networks import DenseEnsemble, Layer, restandardise, sigmoid


@dataclass(frozen=True)
class Context:
    """What else MoodClassifier can learn from."""

    moods: Sequence[str] | None = None
    """Names of the columns of the labels (default "0", "1", …)."""
    groups: np.ndarray | None = None
    """(n,) artists of the training tracks, kept together when the linear map's penalty is chosen."""
    known: Layer | None = None
    """A linear map of the features, (n_features, n_moods) and (n_moods,), believed to rank each mood's tracks: what is learned is
    shrunk towards it instead of towards the base rates. Example: the mean of other models' outputs."""


def _float32(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)


class MoodClassifier(TrainingSettings, BaseEstimator):
    """Log-odds = a linear map, strongly shrunk, + an ensemble of small dense networks that learn what the linear map leaves over.

    The linear map is fitted in closed form (linear_start.py); the networks have a class-weighted loss and early stopping
    (keras_training.py). With few tracks the networks stop at once and the linear map remains.

    The hyper-parameters are those of TrainingSettings. After `fit` (or `from_network`): `network_` (DenseEnsemble), `classes_` (tuple of
    moods); after `fit` also `penalty_` (of the linear map; None without one).
    """

    def fit(self, X: np.ndarray, Y: np.ndarray, X_val: np.ndarray, Y_val: np.ndarray, context: "Context | None" = None) -> "MoodClassifier":
        """Train on X (n, n_features) with multi-hot labels Y (n, n_moods); stop early on X_val, Y_val.

        A mood without positives gets low probabilities; one without positives in validation does not take part in early
        stopping. Same seed, same machine: same result.

        Raises ValueError when shapes disagree, a feature is not finite or there is no training example.
        """
        context = context or Context()
        X, Y, X_val, Y_val = (np.asarray(X, float), np.asarray(Y, bool), np.asarray(X_val, float), np.asarray(Y_val, bool))
        _check(X, Y, X_val, Y_val)
        self.classes_ = tuple(context.moods) if context.moods is not None else tuple(map(str, range(Y.shape[1])))
        if len(self.classes_) != Y.shape[1]:
            raise ValueError(f"{len(self.classes_)} moods named, the labels have {Y.shape[1]} columns")
        center, deviation = X.mean(axis=0), X.std(axis=0)
        scale = np.where(deviation > 1e-6 * (np.abs(center) + 1e-6), deviation, 1.0)
        Z, Z_val = (X - center) / scale, (X_val - center) / scale
        start = self._fit_start(Z, Y, context, (center, scale))
        offset, offset_val = (_float32(values @ start[0] + start[1]) for values in (Z, Z_val))
        members = train_members(self, Examples(_float32(Z), Y, offset), Examples(_float32(Z_val), Y_val, offset_val))
        self.network_ = DenseEnsemble(center, scale, members, start)
        return self

    def _fit_start(self, Z: np.ndarray, Y: np.ndarray, context: "Context", standardisation: tuple[np.ndarray, np.ndarray]) -> Layer:
        self.penalty_: float | None = None
        if not self.linear:
            return base_rate_layer(Z.shape[1], Y)
        known = restandardise(context.known, (np.zeros(Z.shape[1]), np.ones(Z.shape[1])), standardisation) if context.known else None
        layer, self.penalty_ = fit_linear_start(Z, Y, known, context.groups)
        return layer

    @classmethod
    def from_network(cls, network: DenseEnsemble, moods: Sequence[str]) -> "MoodClassifier":
        """A classifier that predicts with `network`; ValueError when its outputs are not as many as `moods`."""
        if network.n_outputs != len(moods):
            raise ValueError(f"the network has {network.n_outputs} outputs, {len(moods)} moods are named")
        classifier = cls()
        classifier.network_, classifier.classes_ = network, tuple(moods)
        return classifier

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_moods) of features X (n, n_features).

        Raises ArtifactError when the width of X is not the one trained on.
        """
        try:
            return self.network_.logits(X)
        except ValueError as error:
            raise ArtifactError(f"the classifier cannot read these embeddings: {error}; use the encoder and pooling it was trained with") from error

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (n, n_moods) in [0, 1], not calibrated, of features X (n, n_features)."""
        return sigmoid(self.decision_function(X))


def _check(X: np.ndarray, Y: np.ndarray, X_val: np.ndarray, Y_val: np.ndarray) -> None:
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y) or not len(X):
        raise ValueError(f"training needs features (n, n_features) and labels (n, n_moods) with n > 0, got {X.shape} and {Y.shape}")
    if X_val.shape != (len(Y_val), X.shape[1]) or Y_val.shape[1:] != Y.shape[1:]:
        raise ValueError(f"validation has shapes {X_val.shape} and {Y_val.shape}, training {X.shape} and {Y.shape}")
    if not (np.isfinite(X).all() and np.isfinite(X_val).all()):
        raise ValueError("a feature is NaN or infinite; rebuild the embeddings")
