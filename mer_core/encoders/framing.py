"""Cutting a waveform into an encoder's frames, whole or in blocks, with no seam between blocks.

Conventions
-----------
Frame i of a track reads the samples [i * hop, i * hop + frame) of the waveform with `lead_samples` zeros put before it
and `tail_samples` zeros after it (an analysis window centred on the first sample needs them; most encoders have none).
Only whole frames count: what is left after the last whole frame is dropped, and a track with no whole frame is refused.
A *chunk* is a contiguous run of samples that holds exactly k frames: (k - 1) * hop + frame samples.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from mer_core.errors import AudioError


@dataclass(frozen=True)
class Framing:
    """How an encoder cuts a waveform: sample rate in hertz, the rest in samples at that rate."""

    sample_rate: int
    frame_samples: int
    hop_samples: int
    lead_samples: int = 0
    tail_samples: int = 0

    @property
    def frame_seconds(self) -> float:
        """Length of a frame in seconds."""
        return self.frame_samples / self.sample_rate

    @property
    def hop_seconds(self) -> float:
        """From the start of one frame to the start of the next, in seconds."""
        return self.hop_samples / self.sample_rate

    @property
    def shortest_samples(self) -> int:
        """Fewest samples of a waveform that give a frame."""
        return self.frame_samples - self.lead_samples - self.tail_samples

    def chunk_samples(self, n_frames: int) -> int:
        """Samples of a chunk of `n_frames` (at least 1) frames."""
        return (n_frames - 1) * self.hop_samples + self.frame_samples

    def frames_in(self, n_samples: int) -> int:
        """Whole frames in a run of `n_samples` samples (padding, where wanted, already in it)."""
        return 0 if n_samples < self.frame_samples else 1 + (n_samples - self.frame_samples) // self.hop_samples

    def n_frames(self, waveform_samples: int) -> int:
        """Frames of a whole waveform of `waveform_samples` samples."""
        return self.frames_in(waveform_samples + self.lead_samples + self.tail_samples)

    def frames(self, chunk: np.ndarray) -> np.ndarray:
        """The frames of a chunk as a read-only view, (k, frame_samples); raises AudioError when it holds no whole
        number of them."""
        n_frames = self.frames_in(len(chunk))
        if chunk.ndim != 1 or n_frames == 0 or self.chunk_samples(n_frames) != len(chunk):
            raise AudioError(
                f"a chunk of shape {chunk.shape} does not hold whole frames of {self.frame_samples} samples; cut "
                f"chunks with iter_chunks"
            )
        return np.lib.stride_tricks.sliding_window_view(chunk, self.frame_samples)[:: self.hop_samples]


def iter_chunks(blocks: Iterable[np.ndarray], framing: Framing, chunk_frames: int) -> Iterator[np.ndarray]:
    """Cut a waveform that comes in blocks of any sizes into chunks of `chunk_frames` frames (the last may hold fewer).

    The frames of all chunks in order are the frames of the whole waveform. Holds one chunk and one block in memory.

    blocks: float32 arrays (n,), the waveform in order. Yields float32 arrays (n,).

    Raises AudioError when the whole waveform is shorter than one frame.
    """
    full, step = framing.chunk_samples(chunk_frames), chunk_frames * framing.hop_samples
    enough = max(full, step)  # a hop longer than a frame leaves samples between frames that nobody reads
    pending: list[np.ndarray] = []
    held = total = 0
    for block in chain([_silence(framing.lead_samples)], blocks, [_silence(framing.tail_samples)]):
        pending.append(block)
        held += len(block)
        total += len(block)
        if held >= enough:
            run = np.concatenate(pending)
            while len(run) >= enough:
                yield run[:full]
                run = run[step:]
            pending, held = [run], len(run)
    if last := framing.frames_in(held):
        yield np.concatenate(pending)[: framing.chunk_samples(last)]
    elif framing.frames_in(total) == 0:
        seconds = (total - framing.lead_samples - framing.tail_samples) / framing.sample_rate
        needed = framing.shortest_samples / framing.sample_rate
        raise AudioError(
            f"the audio lasts {seconds:.2f} s, shorter than one frame of the encoder ({needed:.2f} s); give a longer "
            f"recording"
        )


def _silence(n_samples: int) -> np.ndarray:
    return np.zeros(n_samples, dtype=np.float32)
