"""Ensembles of small dense networks, applied with NumPy alone, so that a page that predicts needs no TensorFlow.

A member is a list of layers (weights (n_in, n_out), biases (n_out,)) with ReLU between them; a linear model is a member
with
one layer. Members are averaged on the logit scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Layer = tuple[np.ndarray, np.ndarray]


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Probabilities in [0, 1] of `logits`, any shape; never overflows."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64)))


def logit(probabilities: np.ndarray, floor: float = 1e-6) -> np.ndarray:
    """Log-odds of `probabilities`, any shape, after clipping them to [floor, 1 - floor]."""
    clipped = np.clip(np.asarray(probabilities, dtype=np.float64), floor, 1 - floor)
    return np.log(clipped) - np.log1p(-clipped)


@dataclass(frozen=True)
class DenseEnsemble:
    """`members` networks over standardised features: inputs (n, n_features) → logits (n, n_outputs)."""

    center: np.ndarray
    """(n_features,), subtracted from the input."""
    scale: np.ndarray
    """(n_features,), positive; the input is divided by it after centring."""
    members: tuple[tuple[Layer, ...], ...]
    start: Layer | None = None
    """Linear map of the standardised input, (n_features, n_outputs) and (n_outputs,), that the members' mean is added
    to."""

    def __post_init__(self) -> None:
        """Raise ValueError where shapes do not chain, a scale is not positive or a value is not finite."""
        if not self.members or not all(self.members):
            raise ValueError("an ensemble needs at least one member with at least one layer")
        if (
            self.center.shape != (self.n_features,)
            or self.scale.shape != (self.n_features,)
            or not (self.scale > 0).all()
        ):
            raise ValueError(
                f"center {self.center.shape} and scale {self.scale.shape} must be vectors of one length, scale positive"
            )
        for layers in (*self.members, *([(self.start,)] if self.start else [])):
            _check_chain(layers, self.n_features, self.n_outputs)
        if not all(np.isfinite(array).all() for array in self.to_arrays().values()):
            raise ValueError("a weight is not finite")

    @property
    def n_features(self) -> int:
        """Length of an input vector."""
        return len(self.center)

    @property
    def n_outputs(self) -> int:
        """Number of outputs (moods)."""
        return len(self.members[0][-1][1])

    def logits(self, X: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_outputs) float64 of features X (n, n_features); ValueError when the width of X differs."""
        X = np.asarray(X, dtype=np.float64)
        if X.ndim != 2 or X.shape[1] != self.n_features:
            raise ValueError(f"features of shape {X.shape} given, this network reads (n, {self.n_features})")
        standardised = (X - self.center) / self.scale
        total = np.mean([_forward(standardised, layers) for layers in self.members], axis=0)
        return total if self.start is None else total + _forward(standardised, (self.start,))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """All weights by name ("member_0_layer_1_weights" …), fit for np.savez."""
        arrays = {"center": self.center, "scale": self.scale}
        for m, layers in enumerate(self.members):
            for k, (weights, biases) in enumerate(layers):
                arrays |= {f"member_{m}_layer_{k}_weights": weights, f"member_{m}_layer_{k}_biases": biases}
        if self.start is not None:
            arrays |= {"start_weights": self.start[0], "start_biases": self.start[1]}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "DenseEnsemble":
        """The ensemble of `to_arrays`; ValueError or KeyError when arrays are missing or do not fit together."""
        members: list[tuple[Layer, ...]] = []
        while f"member_{len(members)}_layer_0_weights" in arrays:
            layers: list[Layer] = []
            while (name := f"member_{len(members)}_layer_{len(layers)}") + "_weights" in arrays:
                layers.append((arrays[f"{name}_weights"], arrays[f"{name}_biases"]))
            members.append(tuple(layers))
        start = (arrays["start_weights"], arrays["start_biases"]) if "start_weights" in arrays else None
        ensemble = cls(arrays["center"], arrays["scale"], tuple(members), start)
        if set(ensemble.to_arrays()) != set(arrays):
            raise ValueError(f"unexpected or missing arrays: {sorted(set(ensemble.to_arrays()) ^ set(arrays))}")
        return ensemble


def restandardise(layer: Layer, old: tuple[np.ndarray, np.ndarray], new: tuple[np.ndarray, np.ndarray]) -> Layer:
    """`layer` over features standardised by `old` (center, scale) as the same map of features standardised by `new`."""
    weights, biases = layer
    return weights * (new[1] / old[1])[:, None], biases + ((new[0] - old[0]) / old[1]) @ weights


def _forward(hidden: np.ndarray, layers: tuple[Layer, ...]) -> np.ndarray:
    for k, (weights, biases) in enumerate(layers):
        hidden = hidden @ weights.astype(np.float64) + biases
        if k < len(layers) - 1:
            hidden = np.maximum(hidden, 0.0)
    return hidden


def _check_chain(layers: tuple[Layer, ...], n_features: int, n_outputs: int) -> None:
    width = n_features
    for weights, biases in layers:
        if weights.ndim != 2 or weights.shape[0] != width or biases.shape != (weights.shape[1],):
            raise ValueError(f"a layer of shape {weights.shape} with biases {biases.shape} follows a width of {width}")
        width = weights.shape[1]
    if width != n_outputs:
        raise ValueError(f"a network ends in {width} outputs, another in {n_outputs}")
