"""An encoder without weights: deterministic and quick, for tests and for trying the pipeline. Its vectors are not music
knowledge.

Log energies in bands of each frame's average spectrum, at equal steps of pitch, through a fixed random projection.
"""

import numpy as np

from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing

WINDOW = 640


class PlaceholderEncoder(Encoder):
    """One second a frame, a frame every half second, 16 numbers each."""

    name = "placeholder"
    version = "1"
    dim = 16
    framing = Framing(sample_rate=16000, frame_samples=16000, hop_samples=8000)
    batch_frames = 16

    def __init__(self) -> None:
        self._edges = np.unique(np.geomspace(1, WINDOW // 2, 48).astype(int))
        bands = len(self._edges)
        self._projection = np.random.default_rng(0).normal(0, bands**-0.5, (bands, self.dim)).astype(np.float32)

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        windows = batch.reshape(len(batch), -1, WINDOW) * np.hanning(WINDOW).astype(np.float32)
        power = np.mean(np.abs(np.fft.rfft(windows)) ** 2, axis=1)
        bands = np.add.reduceat(power, self._edges, axis=1)
        return np.log10(10000 * bands + 1).astype(np.float32) @ self._projection


def installed() -> bool:
    """Always: it has no weights."""
    return True
