"""What a file holds and how long it lasts, from its header and its coded packets; decoded only where these do not
agree.

`read_sound` is what a library keeps of a file, `measure` the quick answer before decoding, `probe` what the header
claims.
"""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from mer_core.audio.container import OpenAudio, Source, open_audio
from mer_core.audio.length import AGREE, PacketClock
from mer_core.errors import AudioError

MAX_SECONDS = 3 * 3600.0
"""Longest audio that is read unless a caller sets `max_seconds`: 3 hours, 691 MB as one 16 kHz waveform."""

_ROUGHLY = (1.0, 0.05)  # seconds, and share of their sum, by which packets that vary may miss the length
_SHORTFALL = (0.2, 0.002)  # seconds, and share of the declared length, that the packets of a whole file may lack


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says: duration in seconds (None when unknown), sample rate in Hz, channels, codec, container
    format."""

    duration: float | None
    sample_rate: int
    channels: int
    codec: str
    format: str


class CodedSound(NamedTuple):
    """The coded audio of a file: SHA-256 of its packets, how many seconds can be read, and "" or what is missing."""

    digest: str
    seconds: float
    damage: str


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
    """Duration of `source` in seconds without decoding it: what its packets add up to, unless its header agrees or
    alone finds it.

    The count ends beyond `enough` seconds. None when neither is known. Raises AudioError as `probe` does.
    """
    with open_audio(source, name) as audio:
        declared = audio.declared_seconds if audio.exact_length and not audio.is_mpeg else None
        counted = audio.counted_seconds(enough)
        near = abs((declared or 0.0) - counted) < (_ROUGHLY[0] + _ROUGHLY[1] * counted if audio.varies else AGREE)
        return (declared if declared and near else counted) or None


def heard_seconds(source: Source, *, name: str | None = None) -> float:
    """Duration of `source` in seconds, found by decoding it; raises AudioError where nothing can be decoded."""
    with open_audio(source, name) as audio:
        seconds = 0.0
        for pcm in audio.pcm():
            seconds += pcm.samples.shape[1] / (pcm.sample_rate or 1)
        if not seconds:
            raise AudioError(
                f"{audio.name} holds no audio that can be decoded ({audio.ended_early or 'no samples'}); is it a "
                "whole music file?"
            )
        return seconds


def read_sound(source: Source, shown: str) -> CodedSound:
    """Read the audio packets of a file, called `shown` in errors; its samples only where its header and its packets do
    not agree.

    Raises AudioError when there are none.
    """
    digest, clock, packets = hashlib.sha256(), PacketClock(), 0
    with open_audio(source, shown) as audio:
        for packet in audio.packets():  # what came before an error counts, as it does in decoding
            if packet.size:
                digest.update(memoryview(packet))
                packets += 1
                clock.add(packet, mpeg=audio.is_mpeg)
        declared = (audio.declared_seconds or 0.0) if audio.exact_length else 0.0
        seconds, damage, whole = _length(audio, declared, clock.seconds), audio.ended_early, audio.whole
    if not packets:
        raise AudioError(f"{shown} holds no audio; is it a whole music file?")
    heard = heard_seconds(source, name=shown) if seconds is None else seconds
    if not whole and declared - heard > _SHORTFALL[0] + _SHORTFALL[1] * declared:
        damage = f"{heard:.0f} of {declared:.0f} s can be read"
    return CodedSound(digest.hexdigest(), heard, damage)


def _length(audio: OpenAudio, declared: float, counted: float) -> float | None:
    """How long a file lasts by what its header declares (0: nothing) and its packets count; None where only decoding
    finds it."""
    if abs(declared - counted) <= AGREE and not audio.needs_decoding:
        return declared if audio.varies else min(declared, counted)
    return None if declared or audio.varies else counted
