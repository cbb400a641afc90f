"""A classifier that has been trained: track embeddings (n, n_features) → probabilities (n, n_moods), with NumPy alone.

Apart from classifier.py, which trains, so that hearing a song imports neither scikit-learn nor TensorFlow.
"""

from collections.abc import Sequence

import numpy as np

from mer_core.errors import ArtifactError
from mer_core.model.mlp import DenseEnsemble, sigmoid


class FittedClassifier:
    """What a model folder holds: `network_`, and `classes_`, the moods its outputs stand for."""

    network_: DenseEnsemble
    classes_: tuple[str, ...]

    @classmethod
    def from_network(cls, network: DenseEnsemble, moods: Sequence[str]) -> "FittedClassifier":
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
            raise ArtifactError(
                f"the classifier cannot read these embeddings: {error}; use the encoder and pooling it was trained with"
            ) from error

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (n, n_moods) in [0, 1], not calibrated, of features X (n, n_features)."""
        return sigmoid(self.decision_function(X))
