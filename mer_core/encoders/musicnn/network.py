"""MusiCNN rebuilt in plain TensorFlow for inference: samples in, penultimate vector and tag activations out.

Front end: Hann windows of 512 samples every 256, power spectrum, 96 Slaney mel bands, log10(10000 S + 1).
Body: timbral (7 x 38, 7 x 67) and temporal (128, 64, 32 x 1) convolutions, each with its maximum over frequency; three
residual convolutions over time; maximum and mean over time; a dense layer of 200 (the embedding); 50 tags.

Rearranged for speed, with the same result but for rounding. A batch norm follows each ReLU, so the maximum over
frequency of `scale * relu(y) + shift` is wanted. That is `scale * relu(max(y)) + shift` where the scale is positive
and,
as min(y) = -max(-y), `scale * relu(-max(-y)) + shift` where it is negative. So kernels with a negative scale are
negated
once, and bias, ReLU and batch norm happen after the maximum, on 59, 30 or 96 times fewer numbers. The three temporal
convolutions are one of length 128 (the shorter kernels padded), and the batch norm before the dense layer is folded
into it.

Reference: the wheel's models.py; for the mel bands M. Slaney, Auditory Toolbox, 1998, as librosa implements them.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

Weights = dict[str, np.ndarray]

SAMPLE_RATE, N_FFT, HOP, N_MELS, PATCH = 16000, 512, 256, 96, 187
BATCH_NORM_EPSILON = 1e-3
LONGEST_KERNEL = 128


class Affine(NamedTuple):
    """A batch norm at inference: x * scale + shift."""

    scale: np.ndarray
    shift: np.ndarray


def batch_norm(weights: Weights, index: int) -> Affine:
    """The batch norm of the checkpoint's scope `batch_normalization_<index>` as scale and shift."""
    scope = f"batch_normalization_{index}" if index else "batch_normalization"
    scale = weights[f"{scope}/gamma"] / np.sqrt(weights[f"{scope}/moving_variance"] + BATCH_NORM_EPSILON)
    return Affine(scale, weights[f"{scope}/beta"] - weights[f"{scope}/moving_mean"] * scale)


def log_mel(samples: "tf.Tensor") -> "tf.Tensor":
    """Log-mel spectrogram (batch, frames, 96) of samples (batch, n); always in float32, which the logarithm needs."""
    import librosa
    import tensorflow as tf

    bands = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS).T.astype(np.float32)
    spectrum = tf.signal.stft(samples, N_FFT, HOP)
    power = tf.square(tf.math.real(spectrum)) + tf.square(tf.math.imag(spectrum))
    return tf.math.log(10000.0 * tf.matmul(power, tf.constant(bands)) + 1.0) * np.float32(1 / np.log(10))


class Network:
    """The network over numpy weights; `dtype` ("float32" or "bfloat16") is what the convolutions compute in."""

    def __init__(self, weights: Weights, dtype: str = "float32") -> None:
        self.weights = weights
        self.dtype = dtype

    def __call__(self, samples: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        """(batch, 48128) samples of whole patches → penultimate (batch, 200) and tag activations (batch, 50) in [0,
        1]."""
        import tensorflow as tf

        norm = batch_norm(self.weights, 0)
        spectrogram = self._cast(log_mel(samples) * norm.scale + norm.shift)[..., tf.newaxis]
        timbral = [self._max_over_frequency(spectrogram, *self._convolution(index, index + 1)) for index in (0, 1)]
        front = [*timbral, self._temporal(spectrogram)]
        return self._back_end(self._mid_end(tf.concat(front, -1)))

    def _temporal(self, image: "tf.Tensor") -> "tf.Tensor":
        kernels, biases, affines = zip(*(self._convolution(index, index + 1) for index in (2, 3, 4)), strict=True)
        padded = [
            np.pad(kernel, [((LONGEST_KERNEL - len(kernel)) // 2,) * 2, (0, 0), (0, 0), (0, 0)]) for kernel in kernels
        ]
        affine = Affine(*(np.concatenate(parts) for parts in zip(*affines, strict=True)))
        return self._max_over_frequency(image, np.concatenate(padded, axis=-1), np.concatenate(biases), affine)

    def _max_over_frequency(
        self, image: "tf.Tensor", kernel: np.ndarray, bias: np.ndarray, affine: Affine
    ) -> "tf.Tensor":
        import tensorflow as tf

        sign = np.sign(affine.scale)
        # Silence is put around by hand: convolutions that pad make oneDNN keep 1.3 GB of code for the borders (and
        # tf.pad is fused into them).
        borders = [tf.zeros_like(image[:, :width]) for width in ((len(kernel) - 1) // 2, len(kernel) // 2)]
        padded, kernel = tf.concat([borders[0], image, borders[1]], 1), kernel * sign
        if (
            kernel.shape[1] < N_MELS // 2
        ):  # narrow kernels run up to twice as fast along the rows, so that time becomes the width
            padded, kernel = tf.transpose(padded, [0, 2, 1, 3]), kernel.transpose(1, 0, 2, 3)
        response = tf.nn.conv2d(padded, self._cast(kernel), 1, "VALID")
        axis = 1 if response.shape[2] == PATCH else 2
        window = [response.shape[1], 1] if axis == 1 else [1, response.shape[2]]
        highest = tf.cast(tf.squeeze(tf.nn.max_pool2d(response, window, 1, "VALID"), [axis]), tf.float32)
        return tf.nn.relu(highest * sign + bias) * affine.scale + affine.shift

    def _mid_end(self, front: "tf.Tensor") -> "tf.Tensor":
        import tensorflow as tf

        layers = [front]
        for conv, norm in ((5, 6), (6, 7), (7, 8)):
            kernel, bias, affine = self._convolution(conv, norm)
            kernel = kernel[:, :, 0] if kernel.ndim == 4 else kernel
            response = tf.nn.conv1d(self._cast(layers[-1]), self._cast(kernel), 1, "SAME")
            layer = tf.nn.relu(tf.cast(response, tf.float32) + bias) * affine.scale + affine.shift
            layers.append(layer + layers[-1] if conv > 5 else layer)
        return tf.concat(layers, -1)

    def _back_end(self, features: "tf.Tensor") -> tuple["tf.Tensor", "tf.Tensor"]:
        import tensorflow as tf

        mean = tf.nn.avg_pool1d(features, features.shape[1], features.shape[1], "VALID")[
            :, 0
        ]  # tf.reduce_mean rounds differently at each place in the batch
        pooled = tf.stack([tf.reduce_max(features, 1), mean], axis=-1)
        flat = tf.reshape(pooled, [-1, 2 * features.shape[-1]])
        before, after = batch_norm(self.weights, 9), batch_norm(self.weights, 10)
        kernel, bias = self.weights["dense/kernel"], self.weights["dense/bias"]
        hidden = tf.nn.relu(
            tf.matmul(flat, tf.constant(kernel * before.scale[:, None])) + (bias + before.shift @ kernel)
        )
        penultimate = hidden * after.scale + after.shift
        logits = tf.matmul(penultimate, tf.constant(self.weights["dense_1/kernel"])) + self.weights["dense_1/bias"]
        return penultimate, tf.sigmoid(logits)

    def _convolution(self, conv: int, norm: int) -> tuple[np.ndarray, np.ndarray, Affine]:
        scope = f"conv2d_{conv}" if conv else "conv2d"
        return self.weights[f"{scope}/kernel"], self.weights[f"{scope}/bias"], batch_norm(self.weights, norm)

    def _cast(self, value: Any) -> "tf.Tensor":
        import tensorflow as tf

        return tf.cast(tf.constant(value) if isinstance(value, np.ndarray) else value, self.dtype)
