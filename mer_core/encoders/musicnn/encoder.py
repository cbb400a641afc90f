"""The offline encoder: MusiCNN's 200 numbers for every 3 seconds of music, and its 50 Last.fm tags.

Framing follows the original: spectrogram frames centred on every 256th sample (so half a window of silence before the
first and after the last sample), patches of 187 of them that do not overlap, the last incomplete patch dropped.

Patches go through the network one by one: it is small enough that a batch would gain nothing, and so no patch can
depend on another.
"""

import os
from functools import cached_property
from typing import Any

import numpy as np

from mer_core.encoders import onnx_graph, openvino_engine, pruning
from mer_core.encoders.base import Encoder
from mer_core.encoders.cache import code_digest
from mer_core.encoders.framing import Framing
from mer_core.encoders.musicnn import log_mel, network
from mer_core.encoders.musicnn.log_mel import HOP, N_FFT, SAMPLE_RATE, squares
from mer_core.encoders.musicnn.network import PATCH, NetworkBuilder
from mer_core.encoders.musicnn.weights import checkpoint_folder, read_weights, tag_names
from mer_core.encoders.onnx_engine import OnnxNetwork, load_or_build
from mer_core.errors import EncoderError
from mer_core.tensorflow_runtime import OPENVINO, asked_precision


class MusicnnEncoder(Encoder):
    """MusiCNN trained on the Million Song Dataset, its penultimate layer.

    precision: "float32" (also what "auto" means); "openvino", bfloat16 by OpenVINO in less than half of the time; or
    "bfloat16", which rounds as TensorFlow does in that precision and is no faster: it continues stores that were begun
    so. None: what MER_PRECISION says.

    Raises EncoderError for "openvino" where that cannot be used.
    """

    name = "musicnn"
    version = "1"
    dim = 200
    framing = Framing(SAMPLE_RATE, (PATCH - 1) * HOP + N_FFT, PATCH * HOP, N_FFT // 2, N_FFT // 2)
    batch_frames = 1
    threads = os.cpu_count() or 1

    def __init__(self, precision: str | None = None) -> None:
        asked = asked_precision(precision)
        self._network: OnnxNetwork | openvino_engine.OpenvinoNetwork
        self._precision = "float32" if asked == "auto" else asked
        if self._precision == OPENVINO:
            self._network = openvino_engine.OpenvinoNetwork(NetworkBuilder(read_weights()).build())
            return
        key = f"musicnn-{self._precision}-{code_digest(network, log_mel, onnx_graph, pruning)}"
        self._network = load_or_build(key, lambda: NetworkBuilder(read_weights(), self._precision).build())

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
            self._in_batches(
                self._cut(waveform), lambda patch: self._network("tags", squares=squares(patch[0])), len(self.tags)
            )
        )

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        return self._network("penultimate", squares=squares(batch[0]))


def installed() -> bool:
    """Whether the weights are on this machine and sound."""
    try:
        checkpoint_folder()
    except EncoderError:
        return False
    return True
