"""What separates music from silence, tones, noise and speech: a few numbers for each of some excerpts spread
over it.

Excerpts last SECONDS and begin EVERY seconds apart. Once there are more than MOST, every second one is forgotten and
they begin twice as far apart, so that a sound of any length, even an unknown one, is covered evenly and memory stays
bounded. They follow from the samples alone, however these are cut into blocks.

Measures of an excerpt, in the order of MEASURES:

* level: of its loudest frame, in dB relative to full scale; in older stores of its loudest twentieth of frames, where
  short sounds far apart thus count as silence;
* steadiness: the geometric over the arithmetic mean, over time, of the power in a frequency bin, averaged over bins: 1
  for a steady tone, e^-γ = .561 for steady noise of any colour, seldom above .35 for music (the idea of spectral
  flatness, Gray & Markel 1974, taken along time instead of frequency);
* sameness: the same of the loud frames' spectra, each divided by its power: about 1 also for a tone that swells or is
  interrupted;
* syllables: how strongly the envelopes of four bands change at the rate of syllables (the 4 Hz modulation of Scheirer &
  Slaney, "Construction and evaluation of a robust multifeature speech/music discriminator", ICASSP 1997);
* beat: the highest autocorrelation of the onset curve at the distance of a beat.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from scipy.fft import rfft

SECONDS, EVERY, MOST = 10, 20, 12
MEASURES = ("level", "steadiness", "sameness", "syllables", "beat")
RATE = 16000
"""Samples a second: the rate of every encoder here."""
FRAME = 512
HOP = FRAME // 2
SHORTEST = 20 * FRAME
"""Samples; of fewer there is nothing to say."""
LOUD_DB = -20.0
"""From the loudest twentieth of frames down to here, frames are loud."""
AT_ONCE = 64
"""Frames that are transformed at once, so that they stay in the processor's memory; a multiple of SciPy's vectors."""
BANDS = (0, 11, 30, 62)
"""First bin of each band, which begin at 47, 400, 1000 and 2000 Hz."""
BANDS_END = 126
"""4000 Hz; above, hiss and cymbals change as quickly as consonants do."""
SYLLABLE_HERTZ = (2.5, 6.5)
BEAT_SECONDS = (0.25, 2.0)
_HANN = np.hanning(FRAME + 1)[:-1]  # periodic
_WINDOW = (_HANN / _HANN.sum()).astype(np.float32)
_FRAMES_A_SECOND = RATE / HOP
_DIGITS = 3  # beyond, processors round differently, and a store's bytes must not depend on the machine


class Excerpts:
    """The excerpts of one waveform, mono at RATE in [-1, 1], that passes by in blocks of any sizes."""

    def __init__(self) -> None:
        self._measured: list[np.ndarray] = []
        self._held: list[np.ndarray] = []
        self._every = EVERY * RATE
        self._start = self._seen = 0

    def add(self, block: np.ndarray) -> None:
        """Take in the next samples (n,). Holds at most one excerpt of them."""
        done = self._seen
        self._seen += len(block)
        while (end := self._start + SECONDS * RATE) <= self._seen:
            self._hold(block, done, end)
            self._measured.append(measure(np.concatenate(self._held)))
            self._held = []
            if len(self._measured) > MOST:
                self._measured, self._every = self._measured[::2], 2 * self._every
            self._start = self._every * len(self._measured)
        self._hold(block, done, end)

    def measures(self) -> np.ndarray:
        """Float32 (n_excerpts, len(MEASURES)) of what has passed by.

        A last excerpt that is not whole counts where it has half its length; one that is the only one, from SHORTEST
        on.
        """
        rest = sum(map(len, self._held))
        counts = rest >= (SECONDS * RATE / 2 if self._measured else SHORTEST)
        rows = [*self._measured, *([measure(np.concatenate(self._held))] if counts else [])]
        return np.array(rows, dtype=np.float32).reshape(-1, len(MEASURES))

    def _hold(self, block: np.ndarray, done: int, end: int) -> None:
        """Keep what of `block`, before which `done` samples passed by, lies in the excerpt that ends at `end`; a copy,
        for a view would keep all of it."""
        part = block[max(self._start - done, 0) : max(end - done, 0)]
        if len(part):
            self._held.append(part.astype(np.float32))


def listened(blocks: Iterable[np.ndarray], excerpts: Excerpts) -> Iterator[np.ndarray]:
    """Pass `blocks` through, and show each to `excerpts`."""
    for block in blocks:
        excerpts.add(block)
        yield block


def measure(waveform: np.ndarray) -> np.ndarray:
    """The MEASURES (n,) of one excerpt (n_samples ≥ SHORTEST,)."""
    power = spectrogram(waveform)
    values = [
        level(power),
        *([f(power) for f in (steadiness, sameness, syllables, beat_strength)] if power.any() else [0.0] * 4),
    ]
    return np.round(values, _DIGITS)


def spectrogram(waveform: np.ndarray) -> np.ndarray:
    """Power float32 (n_bins, n_frames) without the two lowest bins (below 47 Hz: hum and offset)."""
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(waveform, dtype=np.float32), FRAME)[::HOP]
    power = np.empty((FRAME // 2 - 1, len(frames)), np.float32)
    for at in range(0, len(frames), AT_ONCE):
        parts = rfft(frames[at : at + AT_ONCE] * _WINDOW, axis=1).view(np.float32)  # real and imaginary in turn
        np.square(parts, out=parts)
        power[:, at : at + AT_ONCE] = (parts[:, 4::2] + parts[:, 5::2]).T
    return power


def level(power: np.ndarray) -> float:
    """Level of the loudest frame in dB; -120 for digital silence."""
    return float(10 * np.log10(power.sum(axis=0).max() + 1e-12))


def steadiness(power: np.ndarray) -> float:
    """How little the spectrum (n_bins, n_frames) changes over time, in [0, 1]; see the module's docstring."""
    mean = power.mean(axis=1)
    kept = mean > 1e-7 * mean.max()
    geometric = np.exp(_log(power[kept], 1e-12 * mean.max()).mean(axis=1))
    return float(np.average(geometric / mean[kept], weights=np.sqrt(mean[kept])))


def sameness(power: np.ndarray) -> float:
    """Steadiness of the loud frames' spectra, each divided by its power; without beginnings and ends, which blur the
    spectrum, where enough is left."""
    total = power.sum(axis=0)
    loud = total > np.quantile(total, 0.95) * 10 ** (LOUD_DB / 10)
    between = loud & np.append(loud[1:], True) & np.append(True, loud[:-1])
    chosen = between if between.sum() >= SHORTEST // FRAME else loud
    shapes = power[:, chosen]
    shapes /= total[chosen]
    return steadiness(shapes)


def syllables(power: np.ndarray) -> float:
    """Power of the changes of a band's amplitude at SYLLABLE_HERTZ, the mean amplitude being 1; averaged over bands by
    their amplitude."""
    amplitudes = np.sqrt(np.add.reduceat(power[:BANDS_END], BANDS, axis=0))
    means = amplitudes.mean(axis=1)
    window = np.hanning(amplitudes.shape[1])
    changes = np.abs(np.fft.rfft((amplitudes / np.maximum(means, 1e-12)[:, None] - 1) * window, axis=1)) ** 2
    hertz = np.fft.rfftfreq(len(window), 1 / _FRAMES_A_SECOND)
    slow, quick = SYLLABLE_HERTZ
    shares = changes[:, (hertz >= slow) & (hertz <= quick)].sum(axis=1) / ((window**2).sum() * len(window) / 2)
    return float(np.average(shares, weights=means + 1e-12))


def beat_strength(power: np.ndarray) -> float:
    """Highest autocorrelation of the onset curve at the distance of a beat (BEAT_SECONDS), in [-1, 1]."""
    rises = np.diff(_log(power.copy(), 1e-6 * power.max()), axis=1)
    rises = np.maximum(rises, 0, out=rises).mean(axis=0)
    rises = rises - rises.mean()
    spectrum = np.fft.rfft(rises, 2 * len(rises))
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: len(rises)]
    first, last = (int(seconds * _FRAMES_A_SECOND) for seconds in BEAT_SECONDS)
    return float(correlation[first:last].max(initial=0.0) / correlation[0]) if correlation[0] > 0 else 0.0


def _log(power: np.ndarray, floor: np.floating) -> np.ndarray:
    """log(power + floor), in place: the time goes into new memory."""
    power += floor
    logarithm: np.ndarray = np.log(power, out=power)
    return logarithm
