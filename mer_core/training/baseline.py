"""The baseline every trained model is compared with: scikit-learn's logistic regression, one a mood, class-balanced."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from mer_core.model.classifier import Context
from mer_core.model.mlp import sigmoid
from mer_core.model.ridge import base_rate_layer

STRENGTH = 0.003
"""Inverse strength C of the L2 penalty on standardised features; 0.001 to 0.01 differ by less than noise on hundreds of
tracks."""


class LogisticBaseline:
    """Trained like MoodClassifier, but on all tracks: nothing is stopped early. A mood whose labels are all alike keeps
    its base rate."""

    def fit(self, X: np.ndarray, Y: np.ndarray) -> "LogisticBaseline":
        """Fit to features X (n, n_features) and labels Y (n, n_moods) bool."""
        self.scaler = StandardScaler().fit(X)
        Z = self.scaler.transform(X)
        self.weights, self.biases = base_rate_layer(X.shape[1], Y)
        for mood in np.flatnonzero(Y.any(axis=0) & ~Y.all(axis=0)):
            fitted = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=300).fit(Z, Y[:, mood])
            self.weights[:, mood], self.biases[mood] = fitted.coef_[0], fitted.intercept_[0]
        return self

    def fit_folds(
        self, X: np.ndarray, Y: np.ndarray, folds: np.ndarray, context: Context | None = None
    ) -> "LogisticBaseline":
        """The same as `fit`; the folds are not needed."""
        return self.fit(X, Y)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_moods) of features X (n, n_features)."""
        return self.scaler.transform(X) @ self.weights + self.biases

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Probabilities (n, n_moods) of features X (n, n_features)."""
        return sigmoid(self.decision_function(X))
