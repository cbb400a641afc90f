"""Training of MoodClassifier in Keras: every member of the ensemble is a slice of one stacked network, trained in the same steps.

Stacking (einsum over a member axis) makes eight members cost little more than one: the small products of one network leave
the processor idle most of the time. Each member keeps the weights of its own best epoch.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mer_core.average_precision import average_precisions
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
    linear: bool = True
    """Whether the networks start from a linear map fitted in closed form, or from the base rates."""
    seed: int = 0


class Examples(NamedTuple):
    """What networks learn from or are stopped by."""

    X: np.ndarray
    """(n, n_features) float32, standardised."""
    Y: np.ndarray
    """(n, n_moods) bool."""
    offset: np.ndarray
    """(n, n_moods) float32: log-odds that the network's output is added to."""


def train_members(settings: TrainingSettings, train: Examples, validation: Examples) -> tuple[tuple[Layer, ...], ...]:
    """Train `settings.members` networks whose output is added to the offset; returns each member's layers.

    In training the logarithm of the class weights is added, too: so the loss's optimum is the log-odds without weights.
    """
    import keras

    keras.utils.set_random_seed(settings.seed)
    weights = positive_weights(train.Y, settings.balance)
    model = _network(settings, train.X.shape[1], train.Y.shape[1])
    model.compile(
        optimizer=keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay),
        loss=_weighted_loss(weights),
        steps_per_execution=math.ceil(len(train.X) / settings.batch_size),
    )
    keeper = _best_epochs(settings, validation)
    labels = train.Y[:, None, :].astype(np.float32)
    model.fit((train.X, train.offset + np.log(weights)), labels, batch_size=settings.batch_size, epochs=settings.max_epochs, verbose=0, callbacks=[keeper])
    return keeper.members()


def positive_weights(Y: np.ndarray, balance: float) -> np.ndarray:
    """Weight (n_moods,) of a positive example in the loss: (negatives / positives) ** balance, at most MAX_POSITIVE_WEIGHT."""
    positives = np.maximum(Y.sum(axis=0), 1)
    return np.minimum((np.maximum(len(Y) - positives, 1) / positives) ** balance, MAX_POSITIVE_WEIGHT).astype(np.float32)


def _network(settings: TrainingSettings, n_features: int, n_moods: int) -> Any:
    """Inputs (batch, n_features) and offsets (batch, n_moods) → log-odds (batch, members, n_moods); it starts at the offset."""
    import keras

    features, offset = keras.Input((n_features,)), keras.Input((n_moods,))
    hidden = keras.layers.RepeatVector(settings.members)(features)
    for width in settings.hidden:
        hidden = keras.layers.EinsumDense("bki,kio->bko", (settings.members, width), bias_axes="ko", activation="relu")(hidden)
        hidden = keras.layers.Dropout(settings.dropout)(hidden)
    output = keras.layers.EinsumDense("bki,kio->bko", (settings.members, n_moods), bias_axes="ko", kernel_initializer="zeros")(hidden)
    return keras.Model((features, offset), keras.layers.Add()([output, keras.layers.Reshape((1, n_moods))(offset)]))


def _weighted_loss(weights: np.ndarray) -> Any:
    import keras

    def loss(labels: Any, logits: Any) -> Any:
        """Class-weighted cross-entropy, summed over members so that each member's gradient is as if it were alone."""
        example_weights = 1.0 + (weights - 1.0) * labels
        cross_entropy = keras.ops.softplus(logits) - labels * logits
        return keras.ops.mean(keras.ops.sum(example_weights * cross_entropy, axis=1), axis=-1)

    return loss


def _best_epochs(settings: TrainingSettings, validation: Examples) -> Any:
    import keras

    class BestEpochs(keras.callbacks.Callback):
        """Keeps each member's weights of its best epoch by validation PR-AUC; ends training when none has improved for `patience`."""

        def on_train_begin(self, logs: Any = None) -> None:
            self.weights = [weight.copy() for weight in self.model.get_weights()]
            self.best = self.scores()
            self.epoch = np.full(settings.members, -1)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            scores = self.scores()
            better = scores > self.best
            self.best[better], self.epoch[better] = scores[better], epoch
            for kept, current in zip(self.weights, self.model.get_weights(), strict=True):
                kept[better] = current[better]
            self.model.stop_training = epoch - self.epoch.max() >= settings.patience

        def scores(self) -> np.ndarray:
            logits = self.model.predict_on_batch((validation.X, validation.offset))
            scored = average_precisions(validation.Y, np.asarray(logits))
            return scored[:, np.isfinite(scored[0])].sum(axis=1)

        def members(self) -> tuple[tuple[Layer, ...], ...]:
            pairs = list(zip(self.weights[::2], self.weights[1::2], strict=True))
            return tuple(tuple((kernels[k], biases[k]) for kernels, biases in pairs) for k in range(settings.members))

    return BestEpochs()
