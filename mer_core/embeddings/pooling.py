"""Pooling: the frame embeddings of a track (n_frames, dim) → one track embedding (dim_out,).

Mean and standard deviation over time is the pooling that the frozen-embedding literature finds hard to beat
(e.g. Castellon et al., "Codified audio language modeling learns useful representations for MIR", ISMIR 2021).
"""

from collections.abc import Callable

import numpy as np

from mer_core.errors import AudioError

STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda frames: frames.mean(
        axis=0, dtype=np.float64
    ),  # summed in double: order of magnitude of n_frames does not cost digits
    "std": lambda frames: frames.std(axis=0, dtype=np.float64),
    "max": lambda frames: frames.max(axis=0),
}

POOLINGS = ("mean", "mean+std", "max", "mean+max", "mean+std+max")
"""Names of the poolings: statistics over time, joined by "+" in this order."""
DEFAULT_POOLING = "mean"
"""What does best with the default head on real and on synthetic music (measured by the benchmark "heads")."""


def pool(frames: np.ndarray, pooling: str = "mean+std") -> np.ndarray:
    """Pool frame embeddings (n_frames ≥ 1, dim) into a track embedding (dim × number of statistics,) float32.

    Raises ValueError for a name not in POOLINGS, AudioError when there is no frame.
    """
    statistics = pooling_statistics(pooling)
    if frames.ndim != 2 or len(frames) == 0:
        raise AudioError(
            f"there is no frame to pool (array of shape {frames.shape}); the audio is shorter than one frame of the "
            f"encoder"
        )
    return np.concatenate([STATISTICS[name](frames) for name in statistics]).astype(np.float32)


def pooling_statistics(pooling: str) -> tuple[str, ...]:
    """The statistics that `pooling` joins, e.g. ("mean", "std"); raises ValueError for a name not in POOLINGS."""
    if pooling not in POOLINGS:
        raise ValueError(f"unknown pooling {pooling!r}; use one of {', '.join(POOLINGS)}")
    return tuple(pooling.split("+"))
