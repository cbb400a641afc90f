"""Any audio file or upload → waveform: float32 mono in [-1, 1] at the sample rate asked for, whole or in blocks.

Channels are averaged, the mean is resampled by soxr at its HQ setting (linear phase, aliases below -120 dB), and what a
coder or the resampler puts a little beyond full scale is clipped. Sound beyond full scale, very quiet or off centre is
brought to the level of music first (see levels). Where the channels cancel each other out (opposite phase), one is
heard alone. Samples that are no finite number become silence. The length of the result is that of the input, rounded to
a whole sample. An encoder's delay is removed where MP3 (LAME header), Opus and Vorbis state it, as libsndfile does;
AAC, WMA and MP3 inside AVI keep theirs, a silence of 20 to 50 ms at the beginning.

Reference for the resampler: soxr (https://sourceforge.net/projects/soxr), through python-soxr.
"""

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
import soxr

from mer_core.audio.container import OpenAudio, Source, open_audio
from mer_core.audio.levels import Level, Survey, is_doubtful, level_of
from mer_core.audio.measure import MAX_SECONDS
from mer_core.audio.mixdown import RATES, Mixdown, Mono
from mer_core.audio.source import can_be_read_again, name_of
from mer_core.errors import AudioError
from mer_core.io.spans import split_span

BEGINNING = 30.0
"""Seconds that are listened to before the first is handed on: nearly always they show that nothing need be done about
the level."""

_TOLERANCE = (0.1, 0.002)  # seconds, and share of the declared duration, that coders may leave out of a whole file
_CLIPPED = 0.01  # share of samples beyond full scale above which a warning is due; mastered music stays far below


@dataclass(frozen=True)
class Decoded:
    """A decoded file: waveform (n_samples,) float32 in [-1, 1], its sample rate in Hz, its duration in seconds, and
    None or one sentence that says what was wrong with the file (truncated, damaged, not finite, clipped, channels in
    opposite phase)."""

    waveform: np.ndarray
    sample_rate: int
    duration: float
    warning: str | None


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
            f"{blocks.name} lasts {waveform.size / sample_rate:.2f} s, at least {min_seconds:.2f} s are needed; "
            "choose a longer recording"
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
    ended. Raises AudioError, as `decode` does, from the iteration; for the sample rate at once.
    """
    check_sample_rate(sample_rate)
    whole, span = split_span(source) if isinstance(source, str | os.PathLike) else (source, None)
    limits = Limits(MAX_SECONDS if max_seconds is None else max_seconds, span)
    if span is None:
        return Blocks(source, sample_rate, block_seconds, limits, name)
    return Blocks(whole, sample_rate, block_seconds, limits, name or name_of(source))


def check_sample_rate(sample_rate: object) -> None:
    """Raise AudioError unless `sample_rate` is a number of hertz that sound is sampled at."""
    if not isinstance(sample_rate, int | float | np.integer | np.floating) or not RATES[0] <= sample_rate <= RATES[1]:
        hertz = f"a sample rate is a number of hertz from {RATES[0]} to {RATES[1]}, this is {sample_rate!r}"
        raise AudioError(f"{hertz}; was another value passed in its place? Give that of the sound, often 44100")


class Limits(NamedTuple):
    """How much of a source is read: at most `most` seconds; of a part of a file (see io.spans) what lies between its
    start and end."""

    most: float
    span: tuple[float, float] | None = None


class Blocks(Iterator[np.ndarray]):
    """The iterator of `iter_blocks`: `name` as errors call the source, `duration` in seconds so far, `warning` at the
    end."""

    def __init__(
        self, source: Source, sample_rate: int, block_seconds: float, limits: Limits, name: str | None
    ) -> None:
        self.name = name or ""
        self.duration = 0.0
        self.warning: str | None = None
        self._sample_rate, self._max_seconds, self._span = sample_rate, limits.most, limits.span
        self._clipped = self._samples = 0
        self._mixdown = Mixdown()
        self._level: Level | None = None  # None until it is known
        self._header_lies = False
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
        again = can_be_read_again(source)
        while (yield from self._heard(source, again)):
            pass

    def _heard(self, source: Source, again: bool) -> Generator[np.ndarray, None, bool]:
        """Yield the waveform and return False; or nothing and True, where the file had to be read for its length or
        level and is to be read `again`."""
        with open_audio(source, self.name or None) as audio:
            self.name, self._mixdown = audio.name, Mixdown()
            if (
                again
                and audio.exact_length
                and (audio.declared_seconds or 0.0) > self._max_seconds
                and not self._header_lies
            ):
                if audio.counted_seconds(self._max_seconds) > self._max_seconds:
                    self._check_length(audio.declared_seconds or 0.0)
                self._header_lies = True
                return True
            parts = self._mixdown.parts(audio)
            if self._level is None:
                beginning, survey, whole = _beginning(parts)
                self._level = level_of(survey, lossless=audio.is_lossless)
                if again and not whole and is_doubtful(survey, self._level, floats=audio.holds_floats):
                    self._level = level_of(self._surveyed(parts, survey), lossless=audio.is_lossless)
                    return True
                parts = chain(beginning, parts)
            yield from self._bounded(self._cut(self._resampled(parts, self._level)))
            if not self._samples:
                raise AudioError(
                    f"{self.name} holds no audio that can be decoded ({audio.ended_early or 'no samples'}); is it a "
                    "whole music file?"
                )
            self.warning = self._describe(audio, self._level)
            return False

    def _surveyed(self, parts: Iterator[Mono], survey: Survey) -> Survey:
        """`survey` of all the rest, too."""
        seconds = 0.0
        for part in parts:
            survey.add(part.samples, part.lowest, part.highest)
            seconds += part.seconds
            self._check_length(seconds)
        return survey

    def _resampled(self, parts: Iterator[Mono], level: Level) -> Iterator[np.ndarray]:
        rate, stream, rest = 0, None, np.empty(0, np.float32)
        for part in parts:
            if stream is None or part.sample_rate != rate:
                if stream is not None:
                    yield stream.resample_chunk(rest, last=True)
                rate, stream = (
                    part.sample_rate,
                    soxr.ResampleStream(part.sample_rate, self._sample_rate, 1, dtype="float32", quality="HQ"),
                )
            yield stream.resample_chunk(level.apply(part.samples))
        if stream is not None:
            yield stream.resample_chunk(rest, last=True)

    def _cut(self, parts: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        """What of the waveform lies in the span; nothing after it is read."""
        if self._span is None:
            yield from parts
            return
        start, end = (round(seconds * self._sample_rate) for seconds in self._span)
        at = 0
        for part in parts:
            inside = part[max(0, start - at) : max(0, end - at)]
            at += part.size
            if inside.size:
                yield inside
            if at >= end:
                return

    def _bounded(self, parts: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        for part in parts:
            self._samples += part.size
            self.duration = self._samples / self._sample_rate
            self._check_length(self.duration)
            if part.size and (part.max() > 1 or part.min() < -1):
                self._clipped += int(np.count_nonzero(np.abs(part) > 1.0))
                np.clip(part, -1.0, 1.0, out=part)
            yield part

    def _check_length(self, seconds: float) -> None:
        if seconds > self._max_seconds:
            lasts, limit = (
                f"{length / 60:.0f} min" if self._max_seconds >= 600 else f"{length:.1f} s"
                for length in (seconds, self._max_seconds)
            )
            raise AudioError(
                f"{self.name} lasts {lasts} or more, the limit is {limit}; cut it into shorter files, or raise "
                "max_seconds"
            )

    def _describe(self, audio: OpenAudio, level: Level) -> str | None:
        notes = []
        declared = None if self._span else audio.declared_seconds  # of a part, the rest is left unread
        if declared and audio.exact_length and declared - self.duration > _TOLERANCE[0] + _TOLERANCE[1] * declared:
            if audio.whole or self._header_lies:
                notes.append(
                    f"its header is wrong: it declares {_lasts(declared)}, {self.duration:.1f} s were read, and that "
                    "is all there is"
                )
            else:
                notes.append(
                    f"the file is truncated or damaged: {self.duration:.1f} s of the {declared:.1f} s it declares "
                    "were read"
                )
        elif audio.ended_early:
            notes.append(f"the file is truncated: {self.duration:.1f} s were read ({audio.ended_early})")
        if audio.damaged:
            notes.append(f"{audio.damaged} damaged packets were skipped, {self.duration:.1f} s were read")
        if self._mixdown.alone:
            notes.append(
                f"its channels cancel each other out (opposite phase) for {self._mixdown.alone:.1f} s, where one of "
                "them was heard alone"
            )
        if self._mixdown.not_finite:
            notes.append(f"{self._mixdown.not_finite} samples were no finite numbers and were read as silence")
        notes += level.notes()
        if self._clipped > _CLIPPED * self._samples:
            notes.append(f"{self._clipped / self._samples:.0%} of the samples were beyond full scale and were clipped")
        return f"{self.name}: {'; '.join(notes)}" if notes else None


def _beginning(parts: Iterator[Mono]) -> tuple[list[Mono], Survey, bool]:
    """The first BEGINNING seconds of `parts`, what is known of their samples, and whether they are all."""
    held: list[Mono] = []
    survey, seconds = Survey(), 0.0
    for part in parts:
        held.append(part)
        survey.add(part.samples, part.lowest, part.highest)
        seconds += part.seconds
        if seconds >= BEGINNING:
            return held, survey, False
    return held, survey, True


def _lasts(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 86400 else f"{seconds / 86400:.0f} days"
