"""Decoded channels → one, as people hear them: their mean, or one alone where they cancel each other out."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mer_core.audio.container import OpenAudio, Pcm
from mer_core.audio.levels import ANY_SCALE
from mer_core.errors import AudioError

MAX_SAMPLES = 6_000_000_000
"""Most samples, all channels together, that are decoded of one file: 3 hours of stereo at 192 kHz are 4.1e9. It bounds
the time to about a minute."""
RATES = (1000, 1_000_000)
"""Hertz; a lower rate would swell a small file to gigabytes, a higher one is a damaged header."""

# of the channels' power is left in their mean: coders leave less of opposite phases, real music never below a tenth
_CANCELLED = 1e-3


class Mono(NamedTuple):
    """A run of samples (n,) float32, finite, at their own rate in hertz, and the extremes of the channels they were
    mixed of."""

    samples: np.ndarray
    sample_rate: int
    lowest: float
    highest: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.samples.size / self.sample_rate


class Mixdown:
    """Mixes the channels of one file; `alone` counts the seconds where one was heard alone, `not_finite` the samples
    that were no numbers of sound."""

    def __init__(self) -> None:
        self.alone = 0.0
        self.not_finite = 0

    def parts(self, audio: OpenAudio) -> Iterator[Mono]:
        """All of `audio`; raises AudioError when there are too many samples, or their rate is none of sound's."""
        decoded = 0
        for pcm in audio.pcm():
            decoded += len(pcm.channels) * pcm.channels[0].size
            if decoded > MAX_SAMPLES:
                raise AudioError(
                    f"{audio.name} holds more than {MAX_SAMPLES:.0e} samples, too many to decode; convert it to "
                    "stereo at 44.1 kHz"
                )
            if not RATES[0] <= pcm.sample_rate <= RATES[1]:
                raise AudioError(
                    f"{audio.name} claims a sample rate of {pcm.sample_rate} Hz; its header is damaged, convert or "
                    "fetch it again"
                )
            yield self._mixed(pcm)

    def _mixed(self, pcm: Pcm) -> Mono:
        channels = pcm.as_float()
        lowest, highest = _extremes(channels)
        if not max(-lowest, highest) <= ANY_SCALE:  # NaN, too, which the extremes pass on
            channels = self._without_faults(channels)
            lowest, highest = _extremes(channels)
        mean = channels[0].copy() if len(channels) == 1 else channels[0] + channels[1]
        for channel in channels[2:]:  # six times faster than the mean of one array, which matters at this speed
            mean += channel
        mean /= len(channels)
        mean = mean.astype(np.float32, copy=False)
        powers = [float(np.dot(channel, channel)) for channel in channels]
        if len(powers) * float(np.dot(mean, mean)) < _CANCELLED * sum(powers):
            self.alone += mean.size / pcm.sample_rate
            mean = channels[next(i for i, power in enumerate(powers) if 2 * power >= max(powers))].astype(np.float32)
        return Mono(mean, pcm.sample_rate, lowest, highest)

    def _without_faults(self, channels: list[np.ndarray]) -> list[np.ndarray]:
        """Silence in all channels where one is no finite number."""
        faults = ~np.all([np.abs(channel) <= ANY_SCALE for channel in channels], axis=0)
        self.not_finite += int(np.count_nonzero(faults))
        return [np.where(faults, channel.dtype.type(0), channel) for channel in channels]


def _extremes(channels: list[np.ndarray]) -> tuple[float, float]:
    """The lowest and highest sample; NaN where one is."""
    lowest, highest = (
        np.min([channel.min(initial=0) for channel in channels]),
        np.max([channel.max(initial=0) for channel in channels]),
    )
    return float(lowest), float(highest)
