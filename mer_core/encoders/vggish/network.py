"""VGGish in plain TensorFlow over the variables of a SavedModel: samples in, 128-d embedding (before PCA) out.

Front end: Hann windows of 25 ms every 10 ms, magnitude spectrum of 512 points, 64 HTK mel bands from 125 to 7500 Hz,
log(mel + 0.01); 96 such columns are a frame of 0.96 s. Body: the VGG-A variant with 64 to 512 filters, two dense layers
of 4096 and one of 128 without activation.

Reference: S. Hershey et al., "CNN architectures for large-scale audio classification", ICASSP 2017; vggish_slim.py and
vggish_export_tfhub.py of tensorflow/models, which made the SavedModel on TensorFlow Hub.
"""

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

SAMPLE_RATE, WINDOW, HOP, N_FFT, N_MELS, COLUMNS = 16000, 400, 160, 512, 64, 96
LOWEST_HERTZ, HIGHEST_HERTZ, LOG_OFFSET = 125.0, 7500.0, 0.01
DIM = 128
KERNEL_SHAPES = (
    *(
        (3, 3, inputs, outputs)
        for inputs, outputs in ((1, 64), (64, 128), (128, 256), (256, 256), (256, 512), (512, 512))
    ),
    *((12288, 4096), (4096, 4096), (4096, DIM)),
)
POOLED = (0, 1, 3, 5)
"""Convolutions that a 2 x 2 maximum follows."""


class Layer(NamedTuple):
    """A layer's kernel and bias, float32."""

    kernel: np.ndarray
    bias: np.ndarray


def read_layers(folder: Path) -> list[Layer] | None:
    """The layers in a VGGish SavedModel's variables, in order; None when its variables are not those of VGGish.

    Kernels are distinguished by their shapes, biases of the same length by their names' order, which numbers or scopes
    give; whether that was right shows when the network is compared with the SavedModel's own function.

    Raises OSError or ValueError when the variables cannot be read.
    """
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
        names: dict[tuple[int, ...], list[str]] = {}
        for name, shape in sorted(
            reader.get_variable_to_shape_map().items(), key=lambda item: _natural(item[0]), reverse=True
        ):
            names.setdefault(tuple(shape), []).append(name)
        names.pop((), None)  # scalars are the checkpoint's bookkeeping
        wanted = [shape for kernel in KERNEL_SHAPES for shape in (kernel, kernel[-1:])]
        if Counter({shape: len(group) for shape, group in names.items()}) != Counter(wanted):
            return None
        values = [reader.get_tensor(names[shape].pop()) for shape in wanted]
    except tf.errors.OpError as error:
        raise OSError(error.message) from error
    return [Layer(*pair) for pair in zip(values[::2], values[1::2], strict=True)]


def log_mel(samples: "tf.Tensor") -> "tf.Tensor":
    """Log-mel frames (batch, 96, 64) of samples (batch, 15600); always in float32, which the logarithm needs."""
    import tensorflow as tf

    spectrum = tf.signal.stft(samples, WINDOW, HOP, N_FFT)
    magnitude = tf.sqrt(
        tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
    )  # twice as fast as tf.abs
    bands = tf.signal.linear_to_mel_weight_matrix(N_MELS, N_FFT // 2 + 1, SAMPLE_RATE, LOWEST_HERTZ, HIGHEST_HERTZ)
    return tf.math.log(tf.matmul(magnitude, bands) + LOG_OFFSET)


class Network:
    """The network over numpy layers; `dtype` ("float32" or "bfloat16") is what it computes in after the front end."""

    def __init__(self, layers: list[Layer], dtype: str = "float32") -> None:
        import tensorflow as tf

        self.dtype = tf.as_dtype(dtype)
        # tensors outside the graph, not constants in it: TensorFlow would spend a minute on optimising those
        self.layers = [
            Layer(*(tf.constant(value.astype(self.dtype.as_numpy_dtype)) for value in layer)) for layer in layers
        ]

    def __call__(self, samples: "tf.Tensor") -> "tf.Tensor":
        """(batch, 15600) samples → embeddings float32 (batch, 128)."""
        return self.body(log_mel(samples))

    def body(self, frames: "tf.Tensor") -> "tf.Tensor":
        """(batch, 96, 64) log-mel frames → embeddings float32 (batch, 128)."""
        import tensorflow as tf

        image = tf.cast(frames, self.dtype)[..., tf.newaxis]
        for index, (kernel, bias) in enumerate(self.layers[:6]):
            image = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(image, kernel, 1, "SAME"), bias))
            if index in POOLED:
                image = tf.nn.max_pool2d(image, 2, 2, "VALID")
        vector = tf.reshape(image, [-1, self.layers[6].kernel.shape[0]])
        for kernel, bias in self.layers[6:8]:
            vector = tf.nn.relu(tf.nn.bias_add(tf.matmul(vector, kernel), bias))
        last = self.layers[8]
        return tf.cast(tf.matmul(vector, last.kernel), tf.float32) + tf.cast(last.bias, tf.float32)


def _natural(name: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
