"""Any audio file or upload → waveform: float32 mono in [-1, 1] at the sample rate asked for, whole or in blocks.

Channels are averaged, the mean is resampled by soxr at its HQ setting (linear phase, aliases below -120 dB), and what
is
beyond full scale after that is clipped. Where the channels cancel each other out (opposite phase), one is heard alone.
Samples
that are no finite number become silence. The length of the result is that of the input, rounded to a whole sample. An
encoder's delay is removed where MP3 (LAME header), Opus and Vorbis state it, as libsndfile does; AAC, WMA and MP3
inside AVI
keep theirs, a silence of 20 to 50 ms at the beginning.

Reference for the resampler: soxr (https://sourceforge.net/projects/soxr), through python-soxr.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from mer_core.audio.container import OpenAudio, Pcm, Source, open_audio
from mer_core.errors import AudioError

MAX_SECONDS = 3 * 3600.0
"""Longest audio that is read unless a caller sets `max_seconds`: 3 hours, 691 MB as one 16 kHz waveform."""

MAX_SAMPLES = 6_000_000_000
"""Most samples, all channels together, that are decoded of one file: 3 hours of stereo at 192 kHz are 4.1e9. It bounds
the time to about a minute."""

_RATES = (
    1000,
    1_000_000,
)  # hertz; a lower rate would swell a small file to gigabytes, a higher one is a damaged header
_TOLERANCE = (0.1, 0.002)  # seconds, and share of the declared duration, that coders may leave out of a whole file
_CLIPPED = 0.01  # share of samples beyond full scale above which a warning is due; mastered music stays far below

# of the channels' power is left in their mean: coders leave less of opposite phases, real music never below a tenth
_CANCELLED = 1e-3


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says: duration in seconds (None when unknown), sample rate in Hz, channels, codec, container
    format."""

    duration: float | None
    sample_rate: int
    channels: int
    codec: str
    format: str


@dataclass(frozen=True)
class Decoded:
    """A decoded file: waveform (n_samples,) float32 in [-1, 1], its sample rate in Hz, its duration in seconds, and
    None or one sentence that says what was wrong with the file (truncated, damaged, not finite, clipped, channels in
    opposite phase)."""

    waveform: np.ndarray
    sample_rate: int
    duration: float
    warning: str | None


def probe(source: Source, *, name: str | None = None) -> AudioInfo:
    """Read the header of `source` without decoding it.

    Raises AudioError when it is missing, empty, no audio, or a video without sound.
    """
    with open_audio(source, name) as audio:
        context = audio.stream.codec_context
        return AudioInfo(
            audio.declared_seconds,
            context.sample_rate,
            context.channels,
            context.codec.canonical_name,
            audio.container.format.name,
        )


def measure(source: Source, *, enough: float = MAX_SECONDS, name: str | None = None) -> float | None:
    """Duration of `source` in seconds without decoding it: as its header tells, or counted by its packets where FFmpeg
    would only guess.

    The count ends beyond `enough` seconds. None when neither tells. Raises AudioError as `probe` does.
    """
    with open_audio(source, name) as audio:
        return (audio.declared_seconds if audio.exact_length else audio.counted_seconds(enough)) or None


def decode(
    source: Source,
    sample_rate: int,
    *,
    min_seconds: float = 0.0,
    max_seconds: float | None = None,
    name: str | None = None,
) -> Decoded:
    """Decode `source` whole. `name` is what errors call it (default: its file name).

    Raises AudioError when it is missing, empty, no audio, a video without sound, shorter than `min_seconds`, or longer
    than `max_seconds` (default MAX_SECONDS), and when `sample_rate` is no number of hertz from 1000 to 1,000,000.

    >>> decode("song.mp3", 16000).waveform.shape  # doctest: +SKIP
    (3840000,)
    """
    blocks = iter_blocks(source, sample_rate, max_seconds=max_seconds, name=name)
    parts = list(blocks)
    waveform = np.concatenate(parts) if len(parts) != 1 else parts[0]
    if waveform.size < min_seconds * sample_rate:
        raise AudioError(
            f"{blocks.name} lasts {waveform.size / sample_rate:.2f} s, at least {min_seconds:.2f} s are needed; choose "
            f"a longer recording"
        )
    return Decoded(waveform, sample_rate, waveform.size / sample_rate, blocks.warning)


def iter_blocks(
    source: Source,
    sample_rate: int,
    *,
    block_seconds: float = 60.0,
    max_seconds: float | None = None,
    name: str | None = None,
) -> "Blocks":
    """Iterate over the waveform of `source` in arrays (n,) of `block_seconds` (the last is shorter); concatenated they
    equal `decode`.

    Memory does not grow with the length of the file. The warning of `Decoded` is in `.warning` once the iteration has
    ended.
    Raises AudioError, as `decode` does, from the iteration; for the sample rate at once.
    """
    check_sample_rate(sample_rate)
    return Blocks(source, sample_rate, block_seconds, MAX_SECONDS if max_seconds is None else max_seconds, name)


def check_sample_rate(sample_rate: object) -> None:
    """Raise AudioError unless `sample_rate` is a number of hertz that sound is sampled at."""
    if not isinstance(sample_rate, int | float | np.integer | np.floating) or not _RATES[0] <= sample_rate <= _RATES[1]:
        hertz = f"a sample rate is a number of hertz from {_RATES[0]} to {_RATES[1]}, this is {sample_rate!r}"
        raise AudioError(f"{hertz}; was another value passed in its place? Give that of the sound, often 44100")


class Blocks(Iterator[np.ndarray]):
    """The iterator of `iter_blocks`: `name` as errors call the source, `duration` in seconds so far, `warning` at the
    end."""

    def __init__(
        self, source: Source, sample_rate: int, block_seconds: float, max_seconds: float, name: str | None
    ) -> None:
        self.name = name or ""
        self.duration = self._alone = 0.0
        self.warning: str | None = None
        self._sample_rate, self._max_seconds = sample_rate, max_seconds
        self._not_finite = self._clipped = self._samples = 0
        self._blocks = self._regroup(self._waveform(source), max(1, round(block_seconds * sample_rate)))

    def __next__(self) -> np.ndarray:
        return next(self._blocks)

    def _regroup(self, parts: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
        held: list[np.ndarray] = []
        count = 0
        for part in parts:
            held.append(part)
            count += part.size
            if count >= size:
                joined = np.concatenate(held)
                whole = count - count % size
                yield from np.split(joined[:whole], whole // size)
                held, count = [joined[whole:]], count % size
        if count:
            yield np.concatenate(held)

    def _waveform(self, source: Source) -> Iterator[np.ndarray]:
        with open_audio(source, self.name or None) as audio:
            self.name = audio.name
            if audio.exact_length:
                self._check_length(audio.declared_seconds or 0.0)
            for part in self._resampled(audio):
                self._samples += part.size
                self.duration = self._samples / self._sample_rate
                self._check_length(self.duration)
                self._clipped += int(np.count_nonzero(np.abs(part) > 1.0))
                yield np.clip(part, -1.0, 1.0, out=part)
            if not self._samples:
                raise AudioError(
                    f"{self.name} holds no audio that can be decoded ({audio.ended_early or 'no samples'}); is it a "
                    f"whole music file?"
                )
            self.warning = self._describe(audio)

    def _resampled(self, audio: OpenAudio) -> Iterator[np.ndarray]:
        rate, stream, rest, decoded = 0, None, np.empty(0, np.float32), 0
        for pcm in audio.pcm():
            decoded += pcm.samples.size
            if decoded > MAX_SAMPLES:
                raise AudioError(
                    f"{self.name} holds more than {MAX_SAMPLES:.0e} samples, too many to decode; convert it to stereo "
                    f"at 44.1 kHz"
                )
            if stream is None or pcm.sample_rate != rate:
                if stream is not None:
                    yield stream.resample_chunk(rest, last=True)
                if not _RATES[0] <= pcm.sample_rate <= _RATES[1]:
                    raise AudioError(
                        f"{self.name} claims a sample rate of {pcm.sample_rate} Hz; its header is damaged, convert or "
                        f"fetch it anew"
                    )
                rate, stream = (
                    pcm.sample_rate,
                    soxr.ResampleStream(pcm.sample_rate, self._sample_rate, 1, dtype="float32", quality="HQ"),
                )
            yield stream.resample_chunk(self._mono(pcm))
        if stream is not None:
            yield stream.resample_chunk(rest, last=True)

    def _mono(self, pcm: Pcm) -> np.ndarray:
        samples = pcm.as_float()
        mean = samples[0].copy()
        for channel in samples[
            1:
        ]:  # six times faster than samples.mean(axis=0), which matters at a thousand × real time
            mean += channel
        mean = (mean / samples.dtype.type(len(samples))).astype(np.float32, copy=False)
        powers = [float(np.dot(channel, channel)) for channel in samples]
        if len(powers) * float(np.dot(mean, mean)) < _CANCELLED * sum(powers):
            self._alone += mean.size / pcm.sample_rate
            mean = samples[next(i for i, power in enumerate(powers) if 2 * power >= max(powers))].astype(np.float32)
        finite = np.isfinite(mean)
        if not finite.all():
            self._not_finite += int(mean.size - np.count_nonzero(finite))
            mean = np.where(finite, mean, np.float32(0))
        return mean

    def _check_length(self, seconds: float) -> None:
        if seconds > self._max_seconds:
            lasts, limit = (
                f"{length / 60:.0f} min" if self._max_seconds >= 600 else f"{length:.1f} s"
                for length in (seconds, self._max_seconds)
            )
            raise AudioError(
                f"{self.name} lasts {lasts} or more, the limit is {limit}; cut it into shorter files, or raise "
                f"max_seconds"
            )

    def _describe(self, audio: OpenAudio) -> str | None:
        notes = []
        declared = audio.declared_seconds
        if declared and audio.exact_length and declared - self.duration > _TOLERANCE[0] + _TOLERANCE[1] * declared:
            notes.append(
                f"the file is truncated or damaged: {self.duration:.1f} s of the {declared:.1f} s it declares were read"
            )
        elif audio.ended_early:
            notes.append(f"the file is truncated: {self.duration:.1f} s were read ({audio.ended_early})")
        if audio.damaged:
            notes.append(f"{audio.damaged} damaged packets were skipped, {self.duration:.1f} s were read")
        if self._alone:
            notes.append(
                f"its channels cancel each other out (opposite phase) for {self._alone:.1f} s, where one of them was "
                f"heard alone"
            )
        if self._not_finite:
            notes.append(f"{self._not_finite} samples were no finite numbers and were read as silence")
        if self._clipped > _CLIPPED * self._samples:
            notes.append(f"{self._clipped / self._samples:.0%} of the samples were beyond full scale and were clipped")
        return f"{self.name}: {'; '.join(notes)}" if notes else None
