"""discogs-effnet: an EfficientNet trained on the tags of Discogs releases, its embedding of 1280 numbers a patch.

Reads the log-mel spectrogram that it shares with MusiCNN: patches of 128 frames (2.06 s), one every 62 frames (0.99 s),
from the first sample on; the last incomplete patch is dropped. Patches go through the network one by one, so none
depends on another.

Reference: P. Alonso-Jiménez, X. Serra, D. Bogdanov, "Music representation learning based on editorial metadata from
Discogs", ISMIR 2022; the network is published by the Essentia project.
"""

import os

import numpy as np

from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing
from mer_core.encoders.musicnn.log_mel import HOP, N_FFT, N_MELS, SAMPLE_RATE, log_mel
from mer_core.encoders.onnx_engine import OnnxNetwork
from mer_core.encoders.registry import EFFNET_FILE
from mer_core.errors import EncoderError

PATCH, PATCH_HOP, DIM = 128, 62, 1280


class EffnetEncoder(Encoder):
    """The published network, run by ONNX Runtime; EncoderError where it is not here or is not what is expected."""

    name = "discogs-effnet"
    version = "1"
    dim = DIM
    framing = Framing(SAMPLE_RATE, (PATCH - 1) * HOP + N_FFT, PATCH_HOP * HOP)
    batch_frames = 1
    threads = os.cpu_count() or 1

    def __init__(self) -> None:
        try:
            self._network = OnnxNetwork(EFFNET_FILE.read())
        except ValueError as error:
            raise EncoderError(f"{EFFNET_FILE.path} is {error}; delete it and fetch it again") from error
        self._input, self._output = _names(self._network)

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        return self._network(self._output, **{self._input: log_mel(batch[0])[None]})


def installed() -> bool:
    """Whether the network is on this machine."""
    return EFFNET_FILE.installed


def _names(network: OnnxNetwork) -> tuple[str, str]:
    """Which input takes patches (n, 128, 96), and which output gives embeddings (n, 1280)."""
    inputs = [name for name, shape in network.inputs.items() if shape[1:] == [PATCH, N_MELS]]
    outputs = [name for name, shape in network.outputs.items() if shape[-1:] == [DIM]]
    if len(network.inputs) != 1 or len(inputs) != 1 or len(outputs) != 1:
        raise EncoderError(
            f"{EFFNET_FILE.name} is not the network this encoder was written for: patches (n, {PATCH}, {N_MELS}) in "
            f"and "
            f"embeddings (n, {DIM}) out were expected; it has the inputs {network.inputs} and outputs {network.outputs}"
        )
    return inputs[0], outputs[0]
