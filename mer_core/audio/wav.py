"""Any audio file → WAV, the step that pydub does in the project's original recipe.

pydub writes the file; PyAV decodes (see audio.py), because pydub alone needs an ffmpeg program, reads some uploads as 0
s and
resamples without a filter. Nothing else here needs WAV: embeddings are made straight from the decoded blocks.
"""

import io
import warnings

import numpy as np

from mer_core.audio.container import Pcm, Source, open_audio
from mer_core.errors import AudioError

MAX_WAV_BYTES = 2**30
"""Largest WAV that is made, in bytes: 1.7 hours of 44.1 kHz stereo."""


def to_wav(source: Source, *, name: str | None = None) -> bytes:
    """Convert `source` to a WAV file at its own sample rate and channel count, and return the file's bytes.

    The samples are exactly the decoded ones: 32 bit where the source has more than 16 bits of integers, else 16 bit
    (what
    decodes to floats, such as MP3, is scaled by 32768, rounded and clipped).

    Raises AudioError when the source cannot be read (as in `audio.decode`), changes its format midway, or is too long.
    """
    parts: list[np.ndarray] = []
    rates: set[int] = set()
    with open_audio(source, name) as audio:
        for pcm in audio.pcm():
            parts.append(_integers(pcm))
            rates.add(pcm.sample_rate)
            if sum(part.nbytes for part in parts) > MAX_WAV_BYTES:
                raise AudioError(
                    f"{audio.name} would become a WAV file above {MAX_WAV_BYTES} bytes; cut it into shorter files"
                )
        if not parts:
            raise AudioError(f"{audio.name} holds no audio that can be decoded; is it a whole music file?")
        if len(rates) > 1 or len({(part.shape[1], part.dtype) for part in parts}) > 1:
            raise AudioError(
                f"{audio.name} changes its sample rate or channels midway, which a WAV file cannot; split it first"
            )
    return _export(np.concatenate(parts), rates.pop())


def _integers(pcm: Pcm) -> np.ndarray:
    """Samples (n, channels) as int16 or int32."""
    samples = pcm.samples.T
    if samples.dtype == np.int8:
        return samples.astype(np.int16) << 8
    if samples.dtype.kind == "f":
        return np.clip(np.rint(np.nan_to_num(samples) * 32768), -32768, 32767).astype(np.int16)
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
