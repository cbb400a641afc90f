"""FFmpeg's decoded frames of any size → runs of samples (channels, n) of one size, in the number format of the file."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import av
import numpy as np

RUN = 65_536
"""Samples a channel handed on at once: large enough that Python costs little, small beside a song."""


class Pcm(NamedTuple):
    """A run of decoded samples: an array (n,) for each channel, in the number format of the file (unsigned 8 bit
    already centred)."""

    channels: list[np.ndarray]
    sample_rate: int

    @property
    def samples(self) -> np.ndarray:
        """All channels as one array (channels, n)."""
        return np.stack(self.channels)

    def as_float(self) -> list[np.ndarray]:
        """The channels as float, full scale being 1; integers are divided by 2**(bits - 1) as every decoder does."""
        if self.channels[0].dtype.kind == "f":
            return self.channels
        scale = np.float32(2.0 ** (1 - 8 * self.channels[0].dtype.itemsize))
        return [channel.astype(np.float32) * scale for channel in self.channels]


def runs(frames: Iterable[Any]) -> Iterator[Pcm]:
    """The samples of `frames` (av.AudioFrame) in runs of RUN; shorter where their format, channels or rate change, and
    at the end."""
    fifo, channels, held = av.AudioFifo(), 0, 0
    for frame in frames:
        frame.pts = None
        now = frame.layout.nb_channels
        if now != channels or not _written(fifo, frame):  # a stream may change midway; the queue cannot
            yield from _drain(fifo)
            fifo, channels, held = av.AudioFifo(), now, 0
            fifo.write(frame)
        held += frame.samples
        while held >= RUN:
            held -= RUN
            yield _to_pcm(fifo.read(RUN))
    yield from _drain(fifo)


def _written(fifo: Any, frame: Any) -> bool:
    """Whether the queue took the frame; it refuses one of another format or rate than the first (but sees no change of
    the channels)."""
    try:
        fifo.write(frame)
    except ValueError:
        return False
    return True


def _drain(fifo: Any) -> Iterator[Pcm]:
    if fifo.samples:
        yield _to_pcm(fifo.read())


def _to_pcm(frame: Any) -> Pcm:
    count = frame.layout.nb_channels
    kind = {"f": "f", "d": "f", "s": "i", "u": "u"}[frame.format.name[0]]  # flt, dbl, s16, s32, u8
    planes = [np.frombuffer(plane, f"{kind}{frame.format.bytes}") for plane in frame.planes]
    if frame.format.is_planar:
        channels = [plane[: frame.samples] for plane in planes]
    else:
        channels = list(planes[0][: frame.samples * count].reshape(-1, count).T)
    if kind == "u":
        channels = [(channel.astype(np.int16) - 128).astype(np.int8) for channel in channels]
    return Pcm(channels, frame.sample_rate)
