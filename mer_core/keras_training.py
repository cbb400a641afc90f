"""Training of MoodClassifier in Keras: every member of the ensemble is a slice of one stacked network, trained in the same steps.

Stacking (einsum over a member axis) makes eight members cost little more than one: the small products of one network leave
the processor idle most of the time. Each member keeps the weights of its own best epoch.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from mer_core.networks import Layer

MAX_POSITIVE_WEIGHT = 100.0
"""A mood with one positive in ten thousand tracks would otherwise drown the others."""


@dataclass
class TrainingSettings:
    """Hyper-parameters of the ensemble and its training."""

    hidden: tuple[int, ...] = (64,)
    """Widths of the hidden layers; () is a linear model."""
    members: int = 8
    """Networks with different seeds whose logits are averaged."""
    dropout: float = 0.3
    """Share of hidden units left out at each training step."""
    weight_decay: float = 1e-2
    """AdamW's decoupled decay per step, relative to the learning rate."""
    learning_rate: float = 2e-3
    batch_size: int = 128
    max_epochs: int = 100
    patience: int = 10
    """Epochs without a better validation PR-AUC before training stops."""
    balance: float = 0.5
    """Weight of a positive example: (negatives / positives) ** balance; 0 is the plain loss, 1 the balanced one."""
    seed: int = 0


def train_members(settings: TrainingSettings, X: np.ndarray, Y: np.ndarray, X_val: np.ndarray, Y_val: np.ndarray) -> tuple[tuple[Layer, ...], ...]:
    """Train `settings.members` networks on standardised X (n, d) float32 and Y (n, m) bool; returns each member's layers."""
    import keras

    keras.utils.set_random_seed(settings.seed)
    weights = positive_weights(Y, settings.balance)
    model = _network(settings, X.shape[1], _starting_bias(Y, weights))
    model.compile(
        optimizer=keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay),
        loss=_weighted_loss(weights),
        steps_per_execution=math.ceil(len(X) / settings.batch_size),
    )
    keeper = _best_epochs(settings, X_val, Y_val)
    model.fit(X, Y[:, None, :].astype(np.float32), batch_size=settings.batch_size, epochs=settings.max_epochs, verbose=0, callbacks=[keeper])
    return keeper.members()


def positive_weights(Y: np.ndarray, balance: float) -> np.ndarray:
    """Weight (n_moods,) of a positive example in the loss: (negatives / positives) ** balance, at most MAX_POSITIVE_WEIGHT."""
    positives = np.maximum(Y.sum(axis=0), 1)
    return np.minimum((np.maximum(len(Y) - positives, 1) / positives) ** balance, MAX_POSITIVE_WEIGHT).astype(np.float32)


def mean_average_precision(Y: np.ndarray, scores: np.ndarray) -> float:
    """PR-AUC averaged over the moods that have both a positive and a negative track; NaN where there is none."""
    scored = Y.any(axis=0) & ~Y.all(axis=0)
    return float(average_precision_score(Y[:, scored], scores[:, scored])) if scored.any() else float("nan")


def _starting_bias(Y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Log-odds of the weighted base rates, half an example added on each side: the output of a network that knows nothing."""
    positives = Y.sum(axis=0)
    return np.log(weights * (positives + 0.5) / (len(Y) - positives + 0.5))


def _network(settings: TrainingSettings, n_features: int, bias: np.ndarray) -> Any:
    import keras

    shared = keras.Input((n_features,))
    hidden = keras.layers.RepeatVector(settings.members)(shared)
    for width in settings.hidden:
        hidden = keras.layers.EinsumDense("bki,kio->bko", (settings.members, width), bias_axes="ko", activation="relu")(hidden)
        hidden = keras.layers.Dropout(settings.dropout)(hidden)
    output = keras.layers.EinsumDense("bki,kio->bko", (settings.members, len(bias)), bias_axes="ko", bias_initializer=_constant(bias))
    return keras.Model(shared, output(hidden))


def _constant(value: np.ndarray) -> Any:
    import keras

    return lambda shape, dtype=None: keras.ops.cast(keras.ops.broadcast_to(value, shape), dtype)


def _weighted_loss(weights: np.ndarray) -> Any:
    import keras

    def loss(labels: Any, logits: Any) -> Any:
        """Class-weighted cross-entropy, summed over members so that each member's gradient is as if it were alone."""
        example_weights = 1.0 + (weights - 1.0) * labels
        cross_entropy = keras.ops.softplus(logits) - labels * logits
        return keras.ops.mean(keras.ops.sum(example_weights * cross_entropy, axis=1), axis=-1)

    return loss


def _best_epochs(settings: TrainingSettings, X_val: np.ndarray, Y_val: np.ndarray) -> Any:
    import keras

    class BestEpochs(keras.callbacks.Callback):
        """Keeps each member's weights of its best epoch by validation PR-AUC; ends training when none has improved for `patience`."""

        def on_train_begin(self, logs: Any = None) -> None:
            self.best = np.full(settings.members, -np.inf)
            self.epoch = np.zeros(settings.members, dtype=int)
            self.weights = self.model.get_weights()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logits = keras.ops.convert_to_numpy(self.model(X_val, training=False))
            scores = [np.nan_to_num(mean_average_precision(Y_val, logits[:, k])) for k in range(settings.members)]
            better = np.array(scores) > self.best + 1e-6
            self.best[better], self.epoch[better] = np.array(scores)[better], epoch
            for kept, current in zip(self.weights, self.model.get_weights(), strict=True):
                kept[better] = current[better]
            self.model.stop_training = epoch - self.epoch.max() >= settings.patience

        def members(self) -> tuple[tuple[Layer, ...], ...]:
            pairs = list(zip(self.weights[::2], self.weights[1::2], strict=True))
            return tuple(tuple((kernels[k], biases[k]) for kernels, biases in pairs) for k in range(settings.members))

    return BestEpochs()
