"""EfficientNet-B0 over patches (n, 128, 96) with random weights: the form of discogs-effnet, whose weights cannot be
had everywhere; the same for TensorFlow and as ONNX.

Reference: M. Tan, Q. V. Le, "EfficientNet: rethinking model scaling for convolutional neural networks", ICML 2019.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np

from mer_core.encoders.onnx_graph import Graph

STAGES = (
    *((1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3)),
    *((6, 5, 2, 192, 4), (6, 3, 1, 320, 1)),
)
"""Widening, kernel, stride, outputs and blocks of each stage."""
STEM, DIM, SHAPE = 32, 1280, (128, 96)


class Conv(NamedTuple):
    """A convolution with its batch norm folded in: kernel (height, width, inputs a group, outputs) and bias."""

    kernel: np.ndarray
    bias: np.ndarray
    stride: int = 1
    groups: int = 1


class Engine(Protocol):
    """The operations that the network is made of, on values of an engine's own kind."""

    def conv(self, value: Any, conv: Conv) -> Any: ...
    def swish(self, value: Any) -> Any: ...
    def sigmoid(self, value: Any) -> Any: ...
    def mean(self, value: Any) -> Any: ...
    def multiply(self, one: Any, other: Any) -> Any: ...
    def add(self, one: Any, other: Any) -> Any: ...


def body(engine: Engine, image: Any) -> Any:
    """The mean over the image of the 1280 last channels, in the layout of `engine`."""
    rng = np.random.default_rng(0)

    def conv(inputs: int, outputs: int, size: int = 1, stride: int = 1, *, apart: bool = False) -> Conv:
        """Random weights that keep the scale of what goes through; `apart`: each channel by itself."""
        shape = (size, size, 1 if apart else inputs, outputs)
        kernel = rng.standard_normal(shape, dtype=np.float32) * np.float32(np.sqrt(1.6 / np.prod(shape[:-1])))
        return Conv(kernel, np.zeros(outputs, np.float32), stride, inputs if apart else 1)

    value, width = engine.swish(engine.conv(image, conv(1, STEM, 3, 2))), STEM
    for widening, size, stride, outputs, blocks in STAGES:
        for block in range(blocks):
            inner, step = width * widening, stride if block == 0 else 1
            wide = engine.swish(engine.conv(value, conv(width, inner))) if widening > 1 else value
            deep = engine.swish(engine.conv(wide, conv(inner, inner, size, step, apart=True)))
            squeezed = max(1, width // 4)
            excited = engine.swish(engine.conv(engine.mean(deep), conv(inner, squeezed)))
            gate = engine.sigmoid(engine.conv(excited, conv(squeezed, inner)))
            narrow = engine.conv(engine.multiply(deep, gate), conv(inner, outputs))
            value = engine.add(narrow, value) if block else narrow
            width = outputs
    return engine.mean(engine.swish(engine.conv(value, conv(width, DIM))))


class OnnxEngine:
    """Writes the operations into a graph; values are names, images (n, channels, height, width)."""

    def __init__(self) -> None:
        self.graph = Graph()

    def conv(self, value: str, conv: Conv) -> str:
        """A convolution that keeps the size but for its stride."""
        kernel = conv.kernel.transpose(3, 2, 0, 1)
        return self.graph.add(
            "Conv", value, kernel, conv.bias, strides=[conv.stride] * 2, group=conv.groups, auto_pad="SAME_UPPER"
        )

    def swish(self, value: str) -> str:
        """x · sigmoid(x)."""
        return self.graph.add("Mul", value, self.graph.add("Sigmoid", value))

    def sigmoid(self, value: str) -> str:
        """1 / (1 + e⁻ˣ)."""
        return self.graph.add("Sigmoid", value)

    def mean(self, value: str) -> str:
        """Over the image."""
        return self.graph.add("GlobalAveragePool", value)

    def multiply(self, one: str, other: str) -> str:
        """Channel by channel."""
        return self.graph.add("Mul", one, other)

    def add(self, one: str, other: str) -> str:
        """Number by number."""
        return self.graph.add("Add", one, other)


class TensorFlowEngine:
    """The operations in TensorFlow; images (n, height, width, channels)."""

    def __init__(self, tf: Any) -> None:
        self._tf = tf

    def conv(self, value: Any, conv: Conv) -> Any:
        """A convolution that keeps the size but for its stride."""
        if conv.groups == 1:
            response = self._tf.nn.conv2d(value, conv.kernel, conv.stride, "SAME")
        else:
            kernel, strides = conv.kernel.transpose(0, 1, 3, 2), [1, conv.stride, conv.stride, 1]
            response = self._tf.nn.depthwise_conv2d(value, kernel, strides, "SAME")
        return self._tf.nn.bias_add(response, conv.bias)

    def swish(self, value: Any) -> Any:
        """x · sigmoid(x)."""
        return self._tf.nn.silu(value)

    def sigmoid(self, value: Any) -> Any:
        """1 / (1 + e⁻ˣ)."""
        return self._tf.sigmoid(value)

    def mean(self, value: Any) -> Any:
        """Over the image."""
        return self._tf.reduce_mean(value, [1, 2], keepdims=True)

    def multiply(self, one: Any, other: Any) -> Any:
        """Channel by channel."""
        return one * other

    def add(self, one: Any, other: Any) -> Any:
        """Number by number."""
        return one + other


def effnet_onnx(batch: int) -> bytes:
    """The network as ONNX: `patches` (batch, 128, 96) → `embedding` (batch, 1280)."""
    engine = OnnxEngine()
    image = engine.graph.add("Reshape", "patches", np.array([batch, 1, *SHAPE]))
    vectors = engine.graph.add("Reshape", body(engine, image), np.array([batch, DIM]))
    return engine.graph.to_bytes({"patches": (batch, *SHAPE)}, {"embedding": vectors})


def effnet_tensorflow(tf: Any) -> Callable[[Any], Any]:
    """The network as a function of patches (n, 128, 96) in TensorFlow, giving (n, 1280)."""
    engine = TensorFlowEngine(tf)
    return lambda patches: tf.reshape(body(engine, patches[..., tf.newaxis]), [-1, DIM])
