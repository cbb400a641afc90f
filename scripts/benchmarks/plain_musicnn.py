"""MusiCNN layer by layer as its authors describe it, without the rearrangements of mer_core: what those are measured
and tested against."""

from collections.abc import Callable
from typing import Any

import numpy as np

from mer_core.encoders.musicnn.log_mel import HOP, N_FFT, N_MELS, SAMPLE_RATE
from mer_core.encoders.musicnn.network import BATCH_NORM_EPSILON

Weights = dict[str, np.ndarray]


def plain_network(weights: Weights) -> Callable[[Any], tuple[Any, Any]]:
    """A function of samples (batch, 48128) giving penultimate (batch, 200) and tag activations (batch, 50), in
    float32."""
    body = plain_body(weights)
    return lambda samples: body(log_mel(samples))


def log_mel(samples: Any) -> Any:
    """Log-mel spectrogram (batch, frames, 96) of samples (batch, n), by TensorFlow and librosa."""
    import librosa
    import tensorflow as tf

    bands = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS).T.astype(np.float32)
    power = tf.square(tf.abs(tf.signal.stft(samples, N_FFT, HOP)))
    return tf.math.log(10000.0 * tf.matmul(power, bands) + 1.0) * np.float32(1 / np.log(10))


def plain_body(weights: Weights) -> Callable[[Any], tuple[Any, Any]]:
    """The same as a function of log-mel spectrograms (batch, 187, 96)."""
    import tensorflow as tf

    def scope(kind: str, index: int) -> str:
        return f"{kind}_{index}" if index else kind

    def normalise(values: Any, index: int) -> Any:
        gamma, beta, mean, variance = (
            weights[f"{scope('batch_normalization', index)}/{name}"]
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        if len(values.shape) == 2:
            return tf.nn.batch_normalization(values, mean, variance, beta, gamma, BATCH_NORM_EPSILON)
        return tf.compat.v1.nn.fused_batch_norm(
            values, gamma, beta, mean, variance, BATCH_NORM_EPSILON, is_training=False
        )[0]

    def convolve(image: Any, index: int, padding: str) -> Any:
        response = tf.nn.conv2d(image, weights[f"{scope('conv2d', index)}/kernel"], 1, padding)
        return normalise(tf.nn.relu(tf.nn.bias_add(response, weights[f"{scope('conv2d', index)}/bias"])), index + 1)

    def pool_frequency(image: Any) -> Any:
        window = [1, image.shape[2]]
        return tf.squeeze(tf.nn.max_pool2d(image, window, window, "VALID"), [2])

    def pad_time(image: Any) -> Any:
        return tf.pad(image, [[0, 0], [3, 3], [0, 0], [0, 0]])

    def mid_end(front: Any) -> Any:
        layers = [front]
        for index in (5, 6, 7):
            response = tf.transpose(convolve(pad_time(layers[-1]), index, "VALID"), [0, 1, 3, 2])
            layers.append(response if index == 5 else response + layers[-1])
        return tf.concat(layers, 2)

    def body(spectrogram: Any) -> tuple[Any, Any]:
        image = normalise(spectrogram[..., tf.newaxis], 0)
        timbral = [pool_frequency(convolve(pad_time(image), index, "VALID")) for index in (0, 1)]
        temporal = [pool_frequency(convolve(image, index, "SAME")) for index in (2, 3, 4)]
        features = mid_end(tf.concat(timbral + temporal, 2)[..., tf.newaxis])
        pooled = tf.concat([tf.reduce_max(features, 1), tf.reduce_mean(features, 1)], 2)
        flat = normalise(tf.reshape(pooled, [-1, 2 * features.shape[2]]), 9)
        penultimate = normalise(tf.nn.relu(flat @ weights["dense/kernel"] + weights["dense/bias"]), 10)
        return penultimate, tf.sigmoid(penultimate @ weights["dense_1/kernel"] + weights["dense_1/bias"])

    return body
