"""What every encoder is: a waveform at its sample rate goes in, one vector a frame comes out.

A new encoder derives from `Encoder`, gives the attributes below and `_embed_batch`; everything else follows. Networks
see batches of one fixed size, the last one padded with silence, so a frame's vector does not depend on which frames
share its batch: bit for bit the same, however a track is cut and whatever is computed beside it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from mer_core.encoders.framing import Framing, iter_chunks
from mer_core.errors import AudioError


class Encoder(ABC):
    """Base of the encoders. One loaded encoder may be used by several threads at once."""

    name: str
    version: str
    """Changes whenever the vectors do; a store made by another version is refused."""
    dim: int
    """Length of a frame's vector."""
    framing: Framing
    batch_frames: int
    """Frames the network takes at once; calls of `embed` with multiples of it waste nothing."""
    threads: int = 1
    """Threads that may usefully call `embed` side by side; 1 where the network spreads a batch over the cores
    itself."""

    @property
    def sample_rate(self) -> int:
        """Rate of the waveforms it takes, in hertz."""
        return self.framing.sample_rate

    @property
    def frame_seconds(self) -> float:
        """Length of a frame in seconds."""
        return self.framing.frame_seconds

    @property
    def hop_seconds(self) -> float:
        """From one frame's start to the next one's, in seconds."""
        return self.framing.hop_seconds

    def identity(self) -> dict[str, Any]:
        """What a store or a model records of the encoder that made it (plain values, fit for JSON)."""
        keys = ("name", "version", "sample_rate", "frame_seconds", "hop_seconds", "dim")
        return {key: getattr(self, key) for key in keys}

    def encode(self, waveform: np.ndarray) -> np.ndarray:
        """Frame embeddings, float32 (n_frames, dim), of a whole mono waveform, float (n_samples,) in [-1, 1].

        Raises AudioError when the waveform is shorter than one frame, not one-dimensional, or holds NaN or infinity.
        """
        return np.concatenate(list(self.vectors_of([_checked(waveform)])))

    def vectors_of(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Frame embeddings of a waveform that comes in blocks (n,), float32, in order: arrays (k_i, dim) as they are
        ready. Memory does not grow with its length.

        Raises AudioError when the whole waveform is shorter than one frame.
        """
        for chunk in iter_chunks(blocks, self.framing, self.batch_frames):
            yield self.embed([chunk])[0]

    def embed(self, chunks: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Frame embeddings of several chunks (see framing.py), also of different tracks, in shared batches.

        chunks: float32 arrays, each holding k_i whole frames. Returns for each a float32 array (k_i, dim).

        Raises AudioError when a chunk does not hold a whole number of frames.
        """
        return self._in_batches(chunks, self._embed_batch, self.dim)

    def _cut(self, waveform: np.ndarray) -> list[np.ndarray]:
        return list(iter_chunks([_checked(waveform)], self.framing, self.batch_frames))

    def _in_batches(
        self, chunks: Sequence[np.ndarray], network: Callable[[np.ndarray], np.ndarray], width: int
    ) -> list[np.ndarray]:
        counts = [self.framing.frames_in(len(chunk)) for chunk in chunks]
        vectors = np.empty((sum(counts), width), dtype=np.float32)
        done = 0
        for batch, used in self._batches(chunks):
            vectors[done : done + used] = network(batch)[:used]
            done += used
        return np.split(vectors, np.cumsum(counts)[:-1]) if chunks else []

    def _batches(self, chunks: Sequence[np.ndarray]) -> Iterator[tuple[np.ndarray, int]]:
        """Batches (batch_frames, frame_samples) of the frames of all chunks, and how many rows of each are used."""
        rows = (row for chunk in chunks for row in self.framing.frames(chunk))
        while batch_rows := list(islice(rows, self.batch_frames)):
            used = len(batch_rows)
            if used == 1 == self.batch_frames:
                yield batch_rows[0][None], 1
                continue
            batch = np.zeros((self.batch_frames, self.framing.frame_samples), dtype=np.float32)
            np.stack(batch_rows, out=batch[:used])
            yield batch, used

    @abstractmethod
    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        """Vectors (batch_frames, dim) of a full batch (batch_frames, frame_samples); must be thread-safe."""


def _checked(waveform: np.ndarray) -> np.ndarray:
    samples = np.asarray(waveform, dtype=np.float32)
    if samples.ndim != 1:
        raise AudioError(
            f"a waveform has one dimension (mono), this one has the shape {samples.shape}; average its channels first"
        )
    if not np.isfinite(samples).all():
        raise AudioError("the waveform holds NaN or infinite samples; the recording is damaged, decode it again")
    return samples
