"""The outline of a waveform, gathered block by block while it is decoded."""

import numpy as np


class Peaks:
    """Lowest and highest sample of every 50 ms of the blocks added so far."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate, self._width = sample_rate, sample_rate // 20
        self._rest = np.empty(0, np.float32)
        self._rows: list[np.ndarray] = []
        self._samples = 0

    @property
    def seconds(self) -> float:
        """Length of what was added."""
        return self._samples / self._sample_rate

    def add(self, block: np.ndarray) -> None:
        """Take in the next samples (n,) of the waveform."""
        self._samples += len(block)
        joined = np.concatenate([self._rest, block])
        whole = len(joined) // self._width * self._width
        pieces = joined[:whole].reshape(-1, self._width)
        self._rows.append(np.stack([pieces.min(axis=1), pieces.max(axis=1)], axis=1))
        self._rest = joined[whole:]

    def thinned(self, most: int = 900) -> np.ndarray:
        """At most `most` rows (n, 2) of lowest and highest sample that together cover the whole waveform."""
        rest = [np.array([[self._rest.min(), self._rest.max()]])] if len(self._rest) else []
        rows = np.concatenate([np.empty((0, 2), np.float32), *self._rows, *rest])
        pieces = np.array_split(rows, min(most, len(rows))) if len(rows) else []
        return np.array([(piece[:, 0].min(), piece[:, 1].max()) for piece in pieces], dtype=np.float32).reshape(-1, 2)
