"""The offline encoder: MusiCNN's 200 numbers for every 3 seconds of music, and its 50 Last.fm tags.

Framing follows the original: spectrogram frames centred on every 256th sample (so half a window of silence before the
first and after the last sample), patches of 187 of them that do not overlap, the last incomplete patch dropped.
"""

from functools import cached_property
from typing import Any

import numpy as np

from mer_core import tensorflow_runtime as runtime
from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing
from mer_core.encoders.musicnn import network as musicnn_network
from mer_core.encoders.musicnn.network import HOP, N_FFT, PATCH, SAMPLE_RATE, Network
from mer_core.encoders.musicnn.weights import read_weights, tag_names
from mer_core.encoders.saved_model import code_digest, load_or_export


class MusicnnEncoder(Encoder):
    """MusiCNN trained on the Million Song Dataset, its penultimate layer. `precision`: see runtime.precision."""

    name = "musicnn"
    version = "1"
    dim = 200
    framing = Framing(SAMPLE_RATE, (PATCH - 1) * HOP + N_FFT, PATCH * HOP, N_FFT // 2, N_FFT // 2)
    batch_frames = 16

    def __init__(self, precision: str | None = None) -> None:
        self._precision = runtime.precision(precision)
        tf = runtime.import_tensorflow()
        signature = tf.TensorSpec((self.batch_frames, self.framing.frame_samples), tf.float32)
        key = f"musicnn-{self._precision}-{code_digest(musicnn_network)}"
        self._network = load_or_export(key, lambda: Network(read_weights(), self._precision), signature)

    def identity(self) -> dict[str, Any]:
        """See Encoder.identity; adds the precision, which does not make stores incompatible."""
        return {**super().identity(), "precision": self._precision}

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Names of the 50 tags of `tag_activations`."""
        return tag_names()

    def tag_activations(self, waveform: np.ndarray) -> np.ndarray:
        """Activations, float32 (n_frames, 50) in [0, 1], of the tags in every patch of a mono 16 kHz waveform
        (n_samples,).

        Raises AudioError as `encode` does.
        """
        return np.concatenate(
            self._in_batches(self._cut(waveform), lambda batch: self._network(batch)[1].numpy(), len(self.tags))
        )

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        vectors: np.ndarray = self._network(batch)[0].numpy()
        return vectors
