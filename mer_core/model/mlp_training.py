"""Training of MoodClassifier in Keras: every member of the ensemble is a slice of one stacked network, trained in the
same steps.

Stacking (einsum over a member axis) makes eight members cost little more than one: the small products of one network
leave the processor idle most of the time. Each member keeps the weights of its own best epoch.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mer_core.metrics.ranking import average_precisions
from mer_core.model.mlp import Layer
from mer_core.tensorflow_runtime import import_tensorflow

MAX_POSITIVE_WEIGHT = 100.0
"""A mood with one positive in ten thousand tracks would otherwise drown the others."""


@dataclass
class TrainingSettings:
    """Hyper-parameters of the ensemble and its training."""

    hidden: tuple[int, ...] = (64,)
    """Widths of the hidden layers; () is a linear model."""
    members: int = 8
    """Networks with different seeds whose logits are averaged (with folds: rounded up to a multiple of their number); 0
    is the linear map alone."""
    dropout: float = 0.3
    """Share of hidden units left out at each training step."""
    weight_decay: float = 1e-2
    """AdamW's decoupled decay per step, relative to the learning rate."""
    learning_rate: float = 1e-3
    batch_size: int = 128
    max_epochs: int = 100
    patience: int = 10
    """Epochs without a better validation PR-AUC before training stops."""
    balance: float = 0.5
    """Weight of a positive example: (negatives / positives) ** balance; 0 is the plain loss, 1 the balanced one."""
    linear: bool = True
    """Whether the networks start from a linear map fitted in closed form, or from the base rates."""
    seed: int = 0


class TrainingExamples(NamedTuple):
    """What the networks learn from and are stopped by: n tracks, k members."""

    X: np.ndarray
    """(n, n_features) float32, standardised."""
    Y: np.ndarray
    """(n, n_moods) bool."""
    offsets: np.ndarray
    """(n, k, n_moods) float32: log-odds that a member's output is added to."""
    stops: np.ndarray
    """(n, k) bool: whether the track stops the member; otherwise the member learns from it."""


def train_members(settings: TrainingSettings, examples: TrainingExamples) -> tuple[tuple[Layer, ...], ...]:
    """Train k networks whose output is added to the offsets; returns each member's layers.

    In training the logarithm of the class weights is added, too: so the loss's optimum is the log-odds without weights.
    """
    import_tensorflow()  # before Keras does: quietly
    import keras

    keras.utils.set_random_seed(settings.seed)
    learned = ~examples.stops.all(axis=1)
    X, Y, offsets, used = (values[learned] for values in (examples.X, examples.Y, examples.offsets, ~examples.stops))
    weights = positive_weights(Y, settings.balance)
    model = _network(settings, offsets.shape[1:], X.shape[1])
    model.compile(
        optimizer=keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay),
        loss=_weighted_loss(weights),
        steps_per_execution=math.ceil(len(X) / settings.batch_size),
    )
    keeper = _best_epochs(settings, examples)
    inputs, labels = (X, offsets + np.log(weights)), Y[:, None, :].astype(np.float32)
    model.fit(
        inputs,
        labels,
        sample_weight=used,
        batch_size=settings.batch_size,
        epochs=settings.max_epochs,
        verbose=0,
        callbacks=[keeper],
    )
    return keeper.members()


def positive_weights(Y: np.ndarray, balance: float) -> np.ndarray:
    """Weight (n_moods,) of a positive example in the loss: (negatives / positives) ** balance, at most
    MAX_POSITIVE_WEIGHT."""
    positives = np.maximum(Y.sum(axis=0), 1)
    return np.minimum((np.maximum(len(Y) - positives, 1) / positives) ** balance, MAX_POSITIVE_WEIGHT).astype(
        np.float32
    )


def _network(settings: TrainingSettings, output_shape: tuple[int, int], n_features: int) -> Any:
    """Inputs (batch, n_features) and offsets (batch, k, n_moods) → log-odds (batch, k, n_moods); it starts at the
    offsets."""
    import keras

    members, n_moods = output_shape
    features, offsets = keras.Input((n_features,)), keras.Input((members, n_moods))
    hidden = keras.layers.RepeatVector(members)(features)
    for width in settings.hidden:
        hidden = keras.layers.EinsumDense("bki,kio->bko", (members, width), bias_axes="ko", activation="relu")(hidden)
        hidden = keras.layers.Dropout(settings.dropout)(hidden)
    output = keras.layers.EinsumDense("bki,kio->bko", (members, n_moods), bias_axes="ko", kernel_initializer="zeros")(
        hidden
    )
    return keras.Model((features, offsets), keras.layers.Add()([output, offsets]))


def _weighted_loss(weights: np.ndarray) -> Any:
    import keras

    def loss(labels: Any, logits: Any) -> Any:
        """Class-weighted cross-entropy (batch, k): the mean over moods."""
        example_weights = 1.0 + (weights - 1.0) * labels
        return keras.ops.mean(example_weights * (keras.ops.softplus(logits) - labels * logits), axis=-1)

    return loss


def _best_epochs(settings: TrainingSettings, examples: TrainingExamples) -> Any:
    """A callback that keeps each member's weights of its best epoch by the PR-AUC of its stopping tracks, and ends
    training when none has improved for `patience`; its `members()` gives their layers.
    """
    import keras

    score = _stopping_scores(examples)

    class BestEpochs(keras.callbacks.Callback):
        """Keeps each member's weights of its best epoch."""

        def on_train_begin(self, logs: Any = None) -> None:
            """Begin with the first weights: training may make no member better."""
            self.weights = [weight.copy() for weight in self.model.get_weights()]
            self.best = score(self.model)
            self.epoch = np.full(len(self.best), -1)

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            """Keep the members that got better; end once none has for `patience` epochs."""
            scores = score(self.model)
            better = scores > self.best
            self.best[better], self.epoch[better] = scores[better], epoch
            for kept, current in zip(self.weights, self.model.get_weights(), strict=True):
                kept[better] = current[better]
            self.model.stop_training = epoch - self.epoch.max() >= settings.patience

        def members(self) -> tuple[tuple[Layer, ...], ...]:
            """The layers of each member at its best epoch."""
            pairs = list(zip(self.weights[::2], self.weights[1::2], strict=True))
            return tuple(tuple((kernels[k], biases[k]) for kernels, biases in pairs) for k in range(len(self.best)))

    return BestEpochs()


def _stopping_scores(examples: TrainingExamples) -> Callable[[Any], np.ndarray]:
    """A function of a network: the PR-AUC (k,) of each member on the tracks that stop it, summed over moods."""
    watched = examples.stops.any(axis=1)
    X, Y, offsets, stops = (values[watched] for values in examples)
    juries = {tuple(column): np.flatnonzero((stops == column[:, None]).all(axis=0)) for column in stops.T}
    """Which members the same tracks stop, by these tracks' mask."""

    def scores(model: Any) -> np.ndarray:
        """(k,), as the function above says."""
        logits = np.asarray(model.predict_on_batch((X, offsets)))
        result = np.zeros(stops.shape[1])
        for mask, members in juries.items():
            rows = np.array(mask)
            result[members] = np.nan_to_num(average_precisions(Y[rows], logits[rows][:, members])).sum(axis=1)
        return result

    return scores
