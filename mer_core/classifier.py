"""MoodClassifier: track embeddings (n, n_features) → probabilities (n, n_moods), shaped like a scikit-learn estimator.

Training runs in Keras: all members of the ensemble are one stacked network (mer_core/keras_training.py). Predicting is NumPy alone.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.base import BaseEstimator

from mer_core.errors import ArtifactError
from mer_core.keras_training import Examples, TrainingSettings, positive_weights, train_members
from mer_core.networks import DenseEnsemble, Layer, sigmoid


class MoodClassifier(TrainingSettings, BaseEstimator):
    """Ensemble of small dense networks on standardised features with a class-weighted loss and early stopping.

    The hyper-parameters are those of TrainingSettings. After `fit` (or `from_network`): `network_` (DenseEnsemble), `classes_` (tuple of moods).
    """

    def fit(
        self,
        X: np.ndarray,
        Y: np.ndarray,
        X_val: np.ndarray,
        Y_val: np.ndarray,
        moods: Sequence[str] | None = None,
        start: Layer | None = None,
    ) -> "MoodClassifier":
        """Train on X (n, n_features) with multi-hot labels Y (n, n_moods); stop early on X_val, Y_val.

        `moods` names the columns of Y (default "0", "1", …). `start` is a linear map of X, weights (n_features, n_moods) and biases
        (n_moods,), whose log-odds the networks begin at and only correct: a prior where features already tell something
        (default: the base rates). A mood without positives gets low probabilities; one without positives in validation
        does not take part in early stopping. Same seed, same machine: same result.

        Raises ValueError when shapes disagree, a feature is not finite or there is no training example.
        """
        X, Y, X_val, Y_val = (np.asarray(X, np.float32), np.asarray(Y, bool), np.asarray(X_val, np.float32), np.asarray(Y_val, bool))
        _check(X, Y, X_val, Y_val)
        self.classes_ = tuple(moods) if moods is not None else tuple(map(str, range(Y.shape[1])))
        if len(self.classes_) != Y.shape[1]:
            raise ValueError(f"{len(self.classes_)} moods named, the labels have {Y.shape[1]} columns")
        center = X.mean(axis=0)
        deviation = X.std(axis=0)
        scale = np.where(deviation > 1e-6 * (np.abs(center) + 1e-6), deviation, 1.0).astype(np.float32)
        begin = _base_rates(X, Y, self.balance) if start is None else (start[0] * scale[:, None], start[1] + center @ start[0])
        examples = [
            Examples(Z, labels, (Z @ begin[0] + begin[1]).astype(np.float32)) for Z, labels in (((X - center) / scale, Y), ((X_val - center) / scale, Y_val))
        ]
        self.network_ = DenseEnsemble(center, scale, train_members(self, *examples), begin)
        return self

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


def _base_rates(X: np.ndarray, Y: np.ndarray, balance: float) -> Layer:
    """A map that gives every track the log-odds of each mood's class-weighted share, half an example added on each side."""
    positives = Y.sum(axis=0)
    bias = np.log(positive_weights(Y, balance) * (positives + 0.5) / (len(Y) - positives + 0.5))
    return np.zeros((X.shape[1], Y.shape[1]), np.float32), bias.astype(np.float32)


def _check(X: np.ndarray, Y: np.ndarray, X_val: np.ndarray, Y_val: np.ndarray) -> None:
    if X.ndim != 2 or Y.ndim != 2 or len(X) != len(Y) or not len(X):
        raise ValueError(f"training needs features (n, n_features) and labels (n, n_moods) with n > 0, got {X.shape} and {Y.shape}")
    if X_val.shape != (len(Y_val), X.shape[1]) or Y_val.shape[1:] != Y.shape[1:]:
        raise ValueError(f"validation has shapes {X_val.shape} and {Y_val.shape}, training {X.shape} and {Y.shape}")
    if not (np.isfinite(X).all() and np.isfinite(X_val).all()):
        raise ValueError("a feature is NaN or infinite; rebuild the embeddings")
