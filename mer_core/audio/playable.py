"""What a browser can play: a file as it is, or a decoded copy in memory of one that browsers cannot (AIFF, WMA, ALAC,
APE …) and of a part of a file."""

import os
from pathlib import Path
from typing import NamedTuple

from mer_core.audio.container import OpenAudio, Source, open_audio
from mer_core.audio.source import name_of
from mer_core.audio.wav import to_wav
from mer_core.errors import AudioError
from mer_core.io.spans import split_span

_PCM = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le")
BROWSERS_PLAY: dict[str, tuple[str, tuple[str, ...]]] = {
    "mp3": ("audio/mpeg", ("mp3", "mp3float")),
    "flac": ("audio/flac", ("flac",)),
    "ogg": ("audio/ogg", ("vorbis", "opus", "flac")),
    "wav": ("audio/wav", _PCM),
    "aac": ("audio/aac", ("aac",)),
    "mov,mp4,m4a,3gp,3g2,mj2": ("audio/mp4", ("aac", "mp3", "mp3float")),
    "matroska,webm": ("audio/webm", ("vorbis", "opus")),
}
"""By FFmpeg's name of a container: the MIME type it is played as, and the codings in it that today's browsers play."""
MAX_COPY_BYTES = 96 * 2**20
"""Largest decoded copy: 9 minutes of 44.1 kHz stereo."""


class Playable(NamedTuple):
    """Sound for a browser: a path or the bytes of a file, its MIME type, and whether it is a decoded copy."""

    source: Path | bytes
    mime: str
    decoded: bool


def playable(source: Path | str | bytes, name: str | None = None) -> Playable:
    """`source`, a path (also of a part of a file, see io.spans) or the bytes of a file, as browsers can play it; where
    they cannot, a WAV of it in memory. `name` is what errors call it.

    Raises AudioError when it cannot be read, or its copy would be larger than MAX_COPY_BYTES.
    """
    file, span = (source, None) if isinstance(source, bytes) else split_span(source)
    if span is None:
        with open_audio(_readable(file), name) as audio:
            mime = _played_as(audio)
        if mime and not _is_rf64(file):
            return Playable(file, mime, False)
    shown = name or name_of(_readable(file))
    try:
        copy = to_wav(_readable(source), name=shown, most=MAX_COPY_BYTES, sixteen_bits=True)
    except AudioError as error:
        raise AudioError(f"browsers cannot play it as it is, and {error}") from error
    return Playable(copy, "audio/wav", True)


def _played_as(audio: OpenAudio) -> str | None:
    mime, codings = BROWSERS_PLAY.get(audio.container.format.name, ("", ()))
    return mime if audio.stream.codec_context.name in codings else None


def _is_rf64(file: Path | bytes) -> bool:
    """Whether it is the WAV of more than 4 GB that FFmpeg reads and browsers do not."""
    if isinstance(file, bytes):
        return file.startswith(b"RF64")
    with file.open("rb") as handle:
        return handle.read(4) == b"RF64"


def _readable(source: Path | str | bytes) -> Source:
    return source if isinstance(source, bytes) else os.fspath(source)
