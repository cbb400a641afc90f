"""MusiCNN for inference, as an ONNX network: spectra of a patch in, penultimate vector and tag activations out.

Timbral (7 x 38, 7 x 67) and temporal (128, 64, 32 x 1) convolutions, each with its maximum over frequency; three
residual convolutions over time; maximum and mean over time; a dense layer of 200 (the embedding); 50 tags.

Rearranged for speed, with the same result but for rounding:

* 497 of the 561 front-end kernels are zero (see pruning.py). What they give does not depend on the sound; it is added
  to later layers' biases, which thus depend on the time at the edges of a patch, where convolutions reach into silence.
* A batch norm follows each ReLU, so the maximum over frequency of `scale * relu(y) + shift` is wanted. That is
  `scale * relu(max(y)) + shift` where the scale is positive and, as min(y) = -max(-y), `scale * relu(-max(-y)) + shift`
  where it is negative. So kernels with a negative scale are negated once, and bias, ReLU and batch norm happen after
  the maximum.
* A processor computes 16 outputs of a convolution at a time, and best several times 16, for each weight and each number
  of the image is then read for more of them. So several steps of time are outputs, too ("phases"): copies of the
  kernel, each one step later, in a convolution that strides over them.

Reference: the wheel's models.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mer_core.encoders.musicnn.log_mel import GAIN, N_BINS, N_MELS, bands_of_squares
from mer_core.encoders.onnx_graph import Graph
from mer_core.encoders.pruning import living

Weights = dict[str, np.ndarray]

PATCH = 187
DIM = 200
BATCH_NORM_EPSILON = 1e-3
LANES = 16
"""Outputs of a convolution that are computed at a time (AVX-512; half as many with AVX2)."""
LANES_A_PASS, READING = 4, 0.7
"""How many times LANES are computed in one pass over the image, and what a pass costs for reading it, relative to
computing one time LANES (fitted to what the five front-end convolutions took with 1 to 43 phases)."""


class Affine(NamedTuple):
    """A batch norm at inference: x * scale + shift."""

    scale: np.ndarray
    shift: np.ndarray


class Channels(NamedTuple):
    """A layer's outputs: the result (1, n_live, PATCH) of the living ones, which ones those are (n,), and what the
    others are (n, PATCH)."""

    result: str
    live: np.ndarray
    constant: np.ndarray


def batch_norm(weights: Weights, index: int) -> Affine:
    """The batch norm of the checkpoint's scope `batch_normalization_<index>` as scale and shift."""
    scope = _scope("batch_normalization", index)
    scale = weights[f"{scope}/gamma"] / np.sqrt(weights[f"{scope}/moving_variance"] + BATCH_NORM_EPSILON)
    return Affine(scale, weights[f"{scope}/beta"] - weights[f"{scope}/moving_mean"] * scale)


def round_to_bfloat16(values: np.ndarray) -> np.ndarray:
    """`values` float32 with 8 bits of mantissa, to the nearest, ties to even."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)


@dataclass
class NetworkBuilder:
    """Writes the network. `precision` "bfloat16" rounds where TensorFlow's bfloat16 did: inputs, weights and sums of
    convolutions."""

    weights: Weights
    precision: str = "float32"

    def build(self) -> bytes:
        """The ONNX model: `squares` (187, 514) of a patch, see log_mel.py → `penultimate` (1, 200) and `tags` (1, 50),
        in [0, 1]."""
        self.graph = Graph()
        image = self._image()
        layers = [self._joined([self._over_frequency(image, index) for index in range(5)])]
        for index in (5, 6, 7):
            layers.append(self._over_time(layers[-1], index, residual=index > 5))
        penultimate, tags = self._dense(self._joined(layers))
        return self.graph.to_bytes({"squares": (PATCH, 2 * N_BINS)}, {"penultimate": penultimate, "tags": tags})

    def _image(self) -> str:
        """The normalised log-mel patch (1, 1, PATCH, N_MELS)."""
        # The product with the bands is a part of the network, for NumPy's would spread over all cores and
        # wait for them.
        energies = self.graph.add("MatMul", "squares", bands_of_squares())
        logarithm = self.graph.add(
            "Log", self.graph.add("Add", self.graph.add("Mul", energies, np.array(GAIN)), np.ones(1))
        )
        norm = batch_norm(self.weights, 0)
        patch = self.graph.add("Add", self.graph.add("Mul", logarithm, norm.scale / np.log(10)), norm.shift)
        return self._round(self.graph.add("Reshape", patch, np.array([1, 1, PATCH, N_MELS])))

    def _over_frequency(self, image: str, index: int) -> Channels:
        """A front-end convolution over the image (1, 1, PATCH, N_MELS) and its maximum over frequency."""
        kernel, bias, affine = self._convolution(index)
        live = living(kernel)
        sign = np.sign(affine.scale[live])
        signed = self.graph.add("Mul", self._highest(image, kernel[..., live] * sign), sign[:, None])
        silent = np.repeat(np.maximum(bias, 0) * affine.scale + affine.shift, PATCH).reshape(-1, PATCH)
        return Channels(
            self._activated(signed, bias[live, None], Affine(*(part[live] for part in affine))), live, silent
        )

    def _highest(self, image: str, kernel: np.ndarray) -> str:
        """The maximum over frequency (1, n, PATCH) of what a kernel (time, frequency, 1, n) makes of the image."""
        count = kernel.shape[-1]
        phases = best_phases(count, len(kernel))
        steps = -(-PATCH // phases)
        before = (len(kernel) - 1) // 2
        after = (steps - 1) * phases + len(kernel) + phases - 1 - PATCH - before
        phased = self._rounded(_phased(kernel, phases)).transpose(3, 2, 0, 1)  # to (outputs, 1, time, frequency)
        response = self.graph.add("Conv", image, phased, pads=[before, 0, after, 0], strides=[phases, 1])
        # a pooling, for it reads whole lanes as convolutions write them; for ReduceMax they would be sorted first
        highest = self.graph.add("MaxPool", response, kernel_shape=[1, N_MELS - kernel.shape[1] + 1])
        used = self.graph.add("Slice", highest, np.array([0]), np.array([count * phases]), np.array([1]))
        apart = self.graph.add("Reshape", used, np.array([1, count, phases, steps]))
        in_turn = self.graph.add("Transpose", apart, perm=[0, 1, 3, 2])
        joined = self.graph.add("Reshape", in_turn, np.array([1, count, phases * steps]))
        return self._round(self.graph.add("Slice", joined, np.array([0]), np.array([PATCH]), np.array([2])))

    def _over_time(self, inputs: Channels, index: int, *, residual: bool) -> Channels:
        """A mid-end convolution (7 steps) of all channels, to which its inputs are added where it is residual."""
        kernel, bias, affine = self._convolution(index)
        kernel = self._rounded(kernel[:, :, 0])  # (7, inputs, outputs)
        steady = _convolved(self._rounded(inputs.constant) * ~inputs.live[:, None], kernel)
        from_live = kernel[:, inputs.live]
        reads = living(from_live)
        live = reads | inputs.live if residual else reads
        constant = (
            np.maximum(steady + bias[:, None], 0) * affine.scale[:, None]
            + affine.shift[:, None]
            + (inputs.constant if residual else 0)
        )
        reach = len(kernel) // 2
        response = self.graph.add(
            "Conv", self._round(inputs.result), from_live[..., live].transpose(2, 1, 0), pads=[reach, reach]
        )
        total = self._round(self.graph.add("Add", response, steady[live]))
        result = self._activated(total, bias[live, None], Affine(affine.scale[live], affine.shift[live]))
        if residual:
            result = self.graph.add("Add", result, self._widened(inputs, live))
        return Channels(result, live, constant)

    def _widened(self, channels: Channels, live: np.ndarray) -> str:
        """The channels (1, n, PATCH) that `live` wants, also such as are constant."""
        if (channels.live == live).all():
            return channels.result
        both = self.graph.add("Concat", channels.result, channels.constant[~channels.live & live][None], axis=1)
        order = np.argsort(np.concatenate([np.flatnonzero(channels.live), np.flatnonzero(~channels.live & live)]))
        return self.graph.add("Gather", both, order, axis=1)

    def _joined(self, parts: list[Channels]) -> Channels:
        result = self.graph.add("Concat", *(part.result for part in parts), axis=1)
        return Channels(
            result, np.concatenate([part.live for part in parts]), np.concatenate([part.constant for part in parts])
        )

    def _dense(self, features: Channels) -> tuple[str, str]:
        """Maximum and mean over time, the dense layer and the tags; a channel's two numbers are neighbours in its
        input."""
        before, after = batch_norm(self.weights, 9), batch_norm(self.weights, 10)
        kernel = self.weights["dense/kernel"] * before.scale[:, None]
        steady = np.stack([features.constant.max(axis=1), features.constant.mean(axis=1)], axis=1).ravel()
        live = np.repeat(features.live, 2)
        bias = self.weights["dense/bias"] + before.shift @ self.weights["dense/kernel"] + steady[~live] @ kernel[~live]
        pooled = [self.graph.add(f"Reduce{name}", features.result, axes=[2], keepdims=0) for name in ("Max", "Mean")]
        kernel = np.concatenate([kernel[live][::2], kernel[live][1::2]])
        hidden = self.graph.add("Relu", self.graph.add("Gemm", self.graph.add("Concat", *pooled, axis=1), kernel, bias))
        penultimate = self.graph.add("Add", self.graph.add("Mul", hidden, after.scale), after.shift)
        logits = self.graph.add("Gemm", penultimate, self.weights["dense_1/kernel"], self.weights["dense_1/bias"])
        return penultimate, self.graph.add("Sigmoid", logits)

    def _activated(self, values: str, bias: np.ndarray, affine: Affine) -> str:
        """scale * relu(values + bias) + shift of values (1, n, PATCH)."""
        positive = self.graph.add("Relu", self.graph.add("Add", values, bias))
        return self.graph.add("Add", self.graph.add("Mul", positive, affine.scale[:, None]), affine.shift[:, None])

    def _convolution(self, index: int) -> tuple[np.ndarray, np.ndarray, Affine]:
        scope = _scope("conv2d", index)
        return self.weights[f"{scope}/kernel"], self.weights[f"{scope}/bias"], batch_norm(self.weights, index + 1)

    def _round(self, values: str) -> str:
        if self.precision == "float32":
            return values
        return self.graph.add(
            "Cast", self.graph.add("Cast", values, to=16), to=1
        )  # ONNX's numbers of bfloat16 and float32

    def _rounded(self, values: np.ndarray) -> np.ndarray:
        return values if self.precision == "float32" else round_to_bfloat16(values)


def best_phases(count: int, taps: int) -> int:
    """At how many steps of time at once a convolution of `count` kernels of `taps` steps costs least."""

    def cost(phases: int) -> float:
        blocks = -(-count * phases // LANES)
        return -(-PATCH // phases) * (taps + phases - 1) * (blocks + READING * -(-blocks // LANES_A_PASS))

    return min(range(1, LANES * LANES_A_PASS), key=cost)


def _phased(kernel: np.ndarray, phases: int) -> np.ndarray:
    """A kernel (time, frequency, 1, n) as one (time + phases - 1, frequency, 1, n * phases): each output is followed by
    its later steps, and the last by silent ones up to the next multiple of LANES."""
    later = [np.pad(kernel, [(phase, phases - 1 - phase), (0, 0), (0, 0), (0, 0)]) for phase in range(phases)]
    phased = np.stack(later, axis=-1).reshape(len(kernel) + phases - 1, *kernel.shape[1:3], -1)
    return np.pad(phased, [(0, 0)] * 3 + [(0, -phased.shape[-1] % LANES)])


def _convolved(channels: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What a kernel (time, n, n_outputs) makes of channels (n, PATCH) between silence: (n_outputs, PATCH)."""
    reach = len(kernel) // 2
    padded = np.pad(channels, [(0, 0), (reach, reach)])
    return sum(step.T @ padded[:, at : at + PATCH] for at, step in enumerate(kernel))


def _scope(kind: str, index: int) -> str:
    return f"{kind}_{index}" if index else kind
