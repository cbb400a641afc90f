"""What a browser can play: a file as it is, or a decoded copy in memory of one that browsers cannot (AIFF, WMA, ALAC,
APE …)."""

import os
from pathlib import Path
from typing import NamedTuple

from mer_core.audio.container import open_audio
from mer_core.audio.wav import to_wav
from mer_core.io.spans import split_span

BROWSERS_PLAY = {
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "vorbis": "audio/ogg",
    "opus": "audio/ogg",
    "aac": "audio/mp4",
    "pcm_s16le": "audio/wav",
    "pcm_u8": "audio/wav",
    "pcm_s24le": "audio/wav",
    "pcm_f32le": "audio/wav",
}
"""FFmpeg's names of the codings that today's browsers play, and the type they are played as in their usual
container."""
_CONTAINERS = ("mp3", "flac", "ogg", "wav", "mov,mp4,m4a,3gp,3g2,mj2", "aac", "matroska,webm")


class Playable(NamedTuple):
    """Sound for a browser: a path or the bytes of a file, its MIME type, and whether it is a decoded copy."""

    source: Path | bytes
    mime: str
    decoded: bool


def playable(path: Path | str) -> Playable:
    """The file at `path` as browsers can play it; where they cannot, a WAV of it in memory.

    Raises AudioError when it cannot be read, or its copy would be larger than `wav.MAX_WAV_BYTES`.
    """
    file, span = split_span(path)
    with open_audio(file) as audio:
        container, codec = audio.container.format.name, audio.stream.codec_context.name
    codec = codec.removesuffix("float")
    if span is None and codec in BROWSERS_PLAY and container in _CONTAINERS:
        return Playable(file, BROWSERS_PLAY[codec], False)
    return Playable(to_wav(os.fspath(path)), "audio/wav", True)
