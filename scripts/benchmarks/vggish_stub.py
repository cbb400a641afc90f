"""A SavedModel with VGGish's signature, architecture and size but random weights, where TensorFlow Hub looks for the
real one.

It is exported as the real one was (variables created in order and kept in a list, one wrapped function of a waveform),
from an implementation of its own: what the encoder's rebuilt network is compared with.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from mer_core.tensorflow_runtime import import_tensorflow

HANDLE = "https://tfhub.dev/google/vggish/1"


def hub_folder(hub_cache: Path, handle: str = HANDLE) -> Path:
    """Where TensorFlow Hub keeps the module of `handle` below TFHUB_CACHE_DIR."""
    return hub_cache / hashlib.sha1(handle.encode()).hexdigest()


def write_stub(folder: Path, seed: int = 0, shuffled: bool = False) -> Path:
    """Write the SavedModel (288 MB). `shuffled` creates its variables in an order of its own, the network being the
    same."""
    tf = import_tensorflow()
    tf.saved_model.save(_module(tf, seed, shuffled), str(folder))
    return folder


def _module(tf: Any, seed: int, shuffled: bool) -> Any:
    class Stub(tf.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            rng = np.random.default_rng(seed)
            convolutions = [
                (3, 3, 1, 64),
                (3, 3, 64, 128),
                (3, 3, 128, 256),
                (3, 3, 256, 256),
                (3, 3, 256, 512),
                (3, 3, 512, 512),
            ]
            shapes = [*convolutions, (12288, 4096), (4096, 4096), (4096, 128)]
            values = []
            for shape in shapes:
                scale = np.sqrt(2 / np.prod(shape[:-1]))
                values += [
                    rng.standard_normal(shape, dtype=np.float32) * np.float32(scale),
                    rng.normal(0, 0.05, shape[-1]).astype(np.float32),
                ]
            order = list(range(len(values)))[:: -1 if shuffled else 1]
            self._variables = [tf.Variable(values[index]) for index in order]
            self._parameters_of = [order.index(index) for index in range(len(values))]

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def __call__(self, waveform: Any) -> Any:
            parameters = [self._variables[index] for index in self._parameters_of]
            magnitude = tf.abs(tf.signal.stft(waveform, frame_length=400, frame_step=160, fft_length=512))
            mel = tf.tensordot(magnitude, tf.signal.linear_to_mel_weight_matrix(64, 257, 16000, 125.0, 7500.0), 1)
            patches = tf.signal.frame(tf.math.log(mel + 0.01), frame_length=96, frame_step=96, axis=0)
            net = patches[..., tf.newaxis]
            for index in range(6):
                net = tf.nn.relu(tf.nn.conv2d(net, parameters[2 * index], 1, "SAME") + parameters[2 * index + 1])
                if index in (0, 1, 3, 5):
                    net = tf.nn.max_pool2d(net, 2, 2, "SAME")
            net = tf.reshape(net, [-1, 12288])
            net = tf.nn.relu(net @ parameters[12] + parameters[13])
            net = tf.nn.relu(net @ parameters[14] + parameters[15])
            return net @ parameters[16] + parameters[17]

    return Stub()
