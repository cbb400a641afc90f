"""Any audio file → WAV, the step that pydub does in the project's original recipe.

pydub writes the file; PyAV decodes (see audio.py), because pydub alone needs an ffmpeg program, reads some uploads as 0
s and
resamples without a filter. Nothing else here needs WAV: embeddings are made straight from the decoded blocks.
"""

import io
import math
import os
import warnings
from collections.abc import Iterable, Iterator

import numpy as np

from mer_core.audio.container import Pcm, Source, open_audio
from mer_core.audio.source import name_of
from mer_core.errors import AudioError
from mer_core.io.spans import split_span

MAX_WAV_BYTES = 2**30
"""Largest WAV that is made, in bytes: 1.7 hours of 44.1 kHz stereo."""


def to_wav(source: Source, *, name: str | None = None, most: int | None = None, sixteen_bits: bool = False) -> bytes:
    """Convert `source` (a path may be of a part of a file, see io.spans) to a WAV file at its own sample rate and
    channel count, and return the file's bytes.

    The samples are exactly the decoded ones: 32 bit where the source has more than 16 bits of integers and not only
    `sixteen_bits` are asked for, else 16 bit (what decodes to floats, such as MP3, is scaled by 32768, rounded and
    clipped). most: bytes that it may have (default MAX_WAV_BYTES).

    Raises AudioError when the source cannot be read (as in `audio.decode`), changes its format midway, or is too long.
    """
    most = MAX_WAV_BYTES if most is None else most
    whole, span = split_span(source) if isinstance(source, str | os.PathLike) else (source, None)
    parts: list[np.ndarray] = []
    kinds: set[tuple[int, int, np.dtype]] = set()
    size = 0
    with open_audio(whole, name or name_of(source)) as audio:
        for samples, rate in _within(audio.pcm(), span):
            parts.append(_integers(samples, sixteen_bits=sixteen_bits))
            kinds.add((rate, parts[-1].shape[1], parts[-1].dtype))
            size += parts[-1].nbytes
            if size > most:
                raise AudioError(
                    f"{audio.name} would become a WAV file of more than {most / 1e6:.0f} MB; "
                    "cut it into shorter files, or convert it to FLAC or MP3"
                )
        if not parts:
            raise AudioError(f"{audio.name} holds no audio that can be decoded; is it a whole music file?")
        if len(kinds) > 1:
            raise AudioError(
                f"{audio.name} changes its sample rate or channels midway, which a WAV file cannot; split it first"
            )
    return _export(np.concatenate(parts), kinds.pop()[0])


def _within(pcm: Iterable[Pcm], span: tuple[float, float] | None) -> Iterator[tuple[np.ndarray, int]]:
    """Samples (channels, n) and their rate between the seconds of `span`; nothing after it is read."""
    at = 0.0
    for run in pcm:
        start, end = span or (0.0, math.inf)
        first = max(0, round((start - at) * run.sample_rate))
        last = run.samples.shape[1] if end == math.inf else max(0, round((end - at) * run.sample_rate))
        if (inside := run.samples[:, first:last]).size:
            yield inside, run.sample_rate
        at += run.samples.shape[1] / run.sample_rate
        if at >= end:
            return


def _integers(samples: np.ndarray, *, sixteen_bits: bool) -> np.ndarray:
    """Samples (channels, n) as int16 or int32 (n, channels)."""
    samples = samples.T
    if samples.dtype == np.int8:
        return samples.astype(np.int16) << 8
    if samples.dtype.kind == "f":
        return np.clip(np.rint(np.nan_to_num(samples) * 32768), -32768, 32767).astype(np.int16)
    if sixteen_bits and samples.dtype.itemsize > 2:
        return (samples >> (8 * samples.dtype.itemsize - 16)).astype(np.int16)
    return np.ascontiguousarray(samples)


def _export(samples: np.ndarray, sample_rate: int) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", RuntimeWarning
        )  # pydub warns on import that there is no ffmpeg program; none is used
        from pydub import AudioSegment
    segment = AudioSegment(
        data=samples.tobytes(), sample_width=samples.itemsize, frame_rate=sample_rate, channels=samples.shape[1]
    )
    target = io.BytesIO()
    segment.export(target, format="wav")
    return target.getvalue()
