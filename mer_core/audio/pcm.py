"""FFmpeg's decoded frames of any size → runs of samples (channels, n) of one size, in the number format of the file."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import av
import numpy as np

RUN = 65_536
"""Samples a channel handed on at once: large enough that Python costs little, small beside a song."""


class Pcm(NamedTuple):
    """A run of decoded samples, shape (channels, n), in the number format of the file (unsigned 8 bit already
    centred)."""

    samples: np.ndarray
    sample_rate: int

    def as_float(self) -> np.ndarray:
        """The samples as float, full scale being 1; integers are divided by 2**(bits - 1) as every decoder does."""
        if self.samples.dtype.kind == "f":
            return self.samples
        return self.samples.astype(np.float32) * np.float32(2.0 ** (1 - 8 * self.samples.dtype.itemsize))


def runs(frames: Iterable[Any]) -> Iterator[Pcm]:
    """The samples of `frames` (av.AudioFrame) in runs of RUN; shorter where their format, channels or rate change, and
    at the end."""
    fifo, kind = av.AudioFifo(), None
    for frame in frames:
        frame.pts = None
        new_kind = (frame.format.name, frame.layout.nb_channels, frame.sample_rate)
        if kind not in (None, new_kind):  # a stream may change its rate or channels midway; the queue cannot
            yield from _drain(fifo)
            fifo = av.AudioFifo()
        kind = new_kind
        fifo.write(frame)
        while fifo.samples >= RUN:
            yield _to_pcm(fifo.read(RUN))
    yield from _drain(fifo)


def _drain(fifo: Any) -> Iterator[Pcm]:
    if fifo.samples:
        yield _to_pcm(fifo.read())


def _to_pcm(frame: Any) -> Pcm:
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        samples = (samples.astype(np.int16) - 128).astype(np.int8)
    return Pcm(samples, frame.sample_rate)
