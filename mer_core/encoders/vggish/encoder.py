"""The encoder of the published baseline: VGGish's 128 numbers for every 0.96 seconds, from TensorFlow Hub.

Framing follows the original: frames of 15,600 samples every 15,360 (the last analysis window reaches 240 samples beyond
the frame), the last incomplete frame dropped.

The SavedModel's variables run in a network of our own, which takes batches of frames from many tracks and computes in
bfloat16 where the processor can. At each load it is compared with the SavedModel's own function on a tone; should they
differ, or the variables be laid out in another way, the SavedModel's own function is used, which is slower.
"""

import gc
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mer_core import tensorflow_runtime as runtime
from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing
from mer_core.encoders.pruning import count_dead
from mer_core.encoders.vggish.network import COLUMNS, DIM, HOP, SAMPLE_RATE, WINDOW, Network, read_layers
from mer_core.encoders.vggish.source import digest, find_model
from mer_core.encoders.vggish.source import installed as installed
from mer_core.errors import EncoderError

FORMAT_ERRORS = (OSError, ValueError, KeyError, AttributeError)  # what tf.saved_model.load raises for a damaged folder
NetworkFunction = Callable[[Any], Any]
LOGGER = logging.getLogger(__name__)
REAL_MEAN, REAL_SD, REAL_TOLERANCE = -0.0333, 0.380, 0.10
"""What the real weights make of a 1 kHz tone of 3 s: mean and standard deviation of its embedding (the exporter's own
test)."""
TONE_FRAMES = 3
AGREEMENT = 0.02
"""Largest relative difference between our network and the SavedModel's function: three times what bfloat16 costs."""


class VggishEncoder(Encoder):
    """VGGish, its 128-d embedding before PCA. `source`: a folder or hub handle, see find_model; `precision`: see
    runtime.precision."""

    name = "vggish"
    dim = DIM
    framing = Framing(SAMPLE_RATE, (COLUMNS - 1) * HOP + WINDOW, COLUMNS * HOP)
    batch_frames = 64
    dead_kernels: str | None = None
    """As "0 of 1600"; None where the SavedModel's variables cannot be distinguished."""

    def __init__(self, source: str | Path | None = None, precision: str | None = None) -> None:
        self._precision = runtime.precision(precision)
        folder = find_model(source)
        self.version = f"1+{digest(folder)}"  # other weights are another version
        self._network, self.network = self._load(folder)
        gc.collect()  # the published graph and its 288 MB of variables refer to each other
        self.weights_check = _check(self.encode(_tone()))
        if self.weights_check != "passed":
            LOGGER.warning("VGGish from %s: weights check %s", folder, self.weights_check)

    def identity(self) -> dict[str, Any]:
        """See Encoder.identity; adds the result of the weights check, the precision, whether the network is the rebuilt
        or the published one, and how many of its kernels training has brought to zero."""
        return {
            **super().identity(),
            "weights_check": self.weights_check,
            "precision": self._precision,
            "network": self.network,
            "dead_kernels": self.dead_kernels,
        }

    def _load(self, folder: Path) -> tuple[NetworkFunction, str]:
        """The rebuilt network where it agrees with the published function, else that function."""
        tf = runtime.import_tensorflow()
        try:
            published = tf.saved_model.load(str(folder))
            expected = published(tf.constant(_tone())).numpy()
            layers = read_layers(folder)
        except (*FORMAT_ERRORS, TypeError, tf.errors.OpError) as error:
            raise EncoderError(
                f"{folder} is no VGGish, or a damaged one ({error}); remove it to download it again, or name another "
                f"folder in MER_VGGISH"
            ) from error
        if layers:
            self.dead_kernels = count_dead([layer.kernel for layer in layers])
            rebuilt = tf.function(
                Network(layers, self._precision),
                input_signature=[tf.TensorSpec((self.batch_frames, self.framing.frame_samples), tf.float32)],
            )
            if _agree(self._on_tone(rebuilt), expected):
                return rebuilt, "rebuilt"
        LOGGER.warning(
            "VGGish from %s is not laid out as the one published in 2020: its own function is used, which is slower",
            folder,
        )
        self._precision = "float32"
        return tf.function(_frame_by_frame(published)), "published"

    def _on_tone(self, network: NetworkFunction) -> np.ndarray:
        frames = self.framing.frames(_tone()[: self.framing.chunk_samples(TONE_FRAMES)])
        batch = np.zeros((self.batch_frames, self.framing.frame_samples), dtype=np.float32)
        batch[:TONE_FRAMES] = frames
        result: np.ndarray = network(batch).numpy()[:TONE_FRAMES]
        return result

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        vectors: np.ndarray = self._network(batch).numpy()
        return vectors


def _frame_by_frame(published: NetworkFunction) -> NetworkFunction:
    """A function of a waveform as one of frames (batch, 15600): laid two hops apart, every second result is a frame's
    own."""
    import tensorflow as tf

    gap = 2 * COLUMNS * HOP - VggishEncoder.framing.frame_samples
    return lambda batch: published(tf.reshape(tf.pad(batch, [[0, 0], [0, gap]]), [-1]))[::2]


def _tone() -> np.ndarray:
    return np.sin(2 * np.pi * 1000 * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)


def _agree(vectors: np.ndarray, expected: np.ndarray) -> bool:
    return vectors.shape == expected.shape and np.linalg.norm(vectors - expected) < AGREEMENT * np.linalg.norm(expected)


def _check(vectors: np.ndarray) -> str:
    mean, deviation = float(vectors.mean()), float(vectors.std())
    if np.allclose([mean, deviation], [REAL_MEAN, REAL_SD], rtol=REAL_TOLERANCE, atol=0):
        return "passed"
    return f"failed: random or other weights (mean {mean:.4f}, sd {deviation:.3f})"
