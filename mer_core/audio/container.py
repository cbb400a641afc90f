"""Opening anything that may hold audio, safely, and reading its samples at their own rate and channel count.

FFmpeg, inside the PyAV wheel, does the decoding; no program is started and nothing is written to disk. What keeps
hostile files harmless: this module opens the file itself and hands FFmpeg only its bytes; FFmpeg may use the container
formats listed here and no others, so playlists (HLS, concat, DASH …) are not even recognised; and the only protocol it
may open on its own is one that does not exist. Only audio decoders may run: cover pictures and video are passed over.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import av

from mer_core.audio.guard import Budget, GuardedFile
from mer_core.audio.header import Promise, clock_seconds, frame_bytes, read_promise
from mer_core.audio.layout import parts_of
from mer_core.audio.length import VARYING, PacketClock
from mer_core.audio.pcm import Pcm, runs
from mer_core.audio.source import Source, name_of, open_bytes, printable
from mer_core.errors import AudioError

__all__ = ["FORMATS", "OpenAudio", "Pcm", "Source", "open_audio", "printable"]

FORMATS = (
    "mp3,wav,w64,aiff,au,caf,voc,flac,ogg,aac,mov,matroska,asf,avi,wv,ape,tta,tak,mpc,mpc8,ac3,eac3,dts,truehd,amr,dsf"
)
"""FFmpeg's names of the container formats that may be opened; mov stands for MP4, M4A and 3GP, matroska for WebM too.
Not those whose streams appear as they please (MPEG-TS and -PS, FLV): PyAV then reads beyond its list of streams."""

_ACCEPTED = "MP3, FLAC, WAV, AIFF, Ogg, Opus, AAC, M4A, MP4, MKV, WebM, AVI or WMA"
_GUESSED_LENGTH = {"aac", "ac3", "eac3", "dts", "truehd", "amr"}  # formats without a length in their header
_TAGS = (b"ID3", b"TAG", b"APETAGEX")  # of MP3s that were joined: between their frames, and no damage
_FRAMES_ALONE = {"mp3", "ac3", "eac3"}  # mp3 stands for MP2 too
_LOSSLESS = ("pcm_", "flac", "alac", "wavpack", "ape", "tta", "tak", "truehd")
_READ_BUFFER = 262_144  # bytes; FFmpeg's default of 32 KB costs a tenth of the decoding time in calls to Python

_CHECKED_EVERY = 1024  # packets: between two reads of the file there may be millions
_MOST_DAMAGED = 20_000  # packets that cannot be decoded, in one file

_PATIENCE = 60.0  # seconds FFmpeg may take to recognise a file, or to read one packet


@dataclass
class OpenAudio:
    """An opened source; `damaged` counts the packets that could not be decoded so far, `ended_early` says why reading
    stopped."""

    name: str
    container: Any
    stream: Any
    exact_length: bool
    """Whether `declared_seconds` comes from a header rather than from FFmpeg's guess by the bit rate."""
    parts: list[Any]
    """The streams one after the other, each a GuardedFile; [None] where the source cannot be searched."""
    budget: Budget
    """What reading it may still take."""
    whole: bool = False
    """All the bytes are there that an MP3's header states: if its length is not true, the header lies."""
    damaged: int = 0
    ended_early: str = ""

    @property
    def is_mpeg(self) -> bool:
        """Whether it is a file of MP3 or MP2 frames."""
        return bool(self.container.format.name == "mp3")

    @property
    def needs_decoding(self) -> bool:
        """Whether the last samples that are announced never come out of the decoder, as in WMA."""
        return bool(self.stream.codec_context.name.startswith("wma"))

    @property
    def is_lossless(self) -> bool:
        """Whether its samples are those that were coded."""
        return bool(self.stream.codec_context.name.startswith(_LOSSLESS))

    @property
    def holds_floats(self) -> bool:
        """Whether its samples were stored as floats, which may be of any size."""
        return bool(self.stream.codec_context.name.startswith("pcm_f"))

    @property
    def varies(self) -> bool:
        """Whether its packets differ in length, so that they cannot be added up to the last sample."""
        return bool(self.stream.codec_context.name.startswith(VARYING))

    @property
    def declared_seconds(self) -> float | None:
        """Duration in seconds as the header states (or FFmpeg estimates from the bit rate), None when unknown."""
        if self.stream.duration and self.stream.time_base:
            return max(0.0, float(self.stream.duration * self.stream.time_base))
        if not self.container.duration:
            return None
        longest = self.container.duration / av.time_base
        if end := clock_seconds(
            self.stream.metadata.get("DURATION", "")
        ):  # Matroska states in a tag when a track ends, which may begin late
            longest = min(longest, end - max(0.0, float((self.stream.start_time or 0) * self.stream.time_base)))
        return max(0.0, longest)

    def packets(self) -> Iterator[Any]:
        """All coded packets of the sound, of one stream after the other where there are several.

        Where the file cannot be read on, `ended_early` says why.
        """
        yield from self._demux(self.container, self.stream)
        for number, guarded in enumerate(self.parts[1:], 2):
            try:
                with _opened(guarded) as container:
                    if (stream := _sound_of(container)) is not None:
                        yield from self._demux(container, stream)
            except (av.FFmpegError, ValueError) as error:
                self.ended_early = f"stream {number} of {len(self.parts)} cannot be read: {_reason(error)}"

    def _demux(self, container: Any, stream: Any) -> Iterator[Any]:
        budget = self.budget
        budget.sound_reached()
        tick, last, ticks = float(stream.time_base), 0, 0
        try:
            for number, packet in enumerate(container.demux(stream), 1):
                if packet.size:  # WMA's give no duration
                    ticks += packet.duration or max(0, (packet.pts or last) - last)
                    last = packet.pts or last
                if number % _CHECKED_EVERY == 0:
                    budget.heard(ticks * tick)
                    ticks = 0
                yield packet
        except (
            av.FFmpegError,
            ValueError,
            IndexError,
        ) as error:  # IndexError: PyAV's, for streams that were not announced
            self.ended_early = _reason(error)

    def counted_seconds(self, enough: float) -> float:
        """How long its packets last, up to the one that goes beyond `enough` seconds; the samples cannot be read after
        that."""
        clock = PacketClock()
        for packet in self.packets():
            clock.add(packet, mpeg=self.is_mpeg)
            if clock.seconds > enough:
                break
        return clock.seconds

    def pcm(self) -> Iterator[Pcm]:
        """Yield all samples in runs; damaged packets are skipped and counted. What is done with the samples is not
        reckoned as reading."""
        for run in runs(self._frames()):
            given = time.thread_time()
            yield run
            self.budget.leave_out(time.thread_time() - given)

    def _frames(self) -> Iterator[Any]:
        last = None
        for packet in self.packets():
            last = packet if packet.size else last  # the very last is empty
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                self.damaged += not bytes(packet).startswith(_TAGS)
                if self.damaged > _MOST_DAMAGED:
                    raise AudioError(
                        f"{self.name} has more than {_MOST_DAMAGED} damaged packets; fetch or convert it anew"
                    ) from None
        if not self.ended_early:
            self._check_last(last)

    def _check_last(self, packet: Any) -> None:
        """A file of frames and nothing else, that states no length, was cut off where its last frame is incomplete."""
        if (
            packet
            and not self.exact_length
            and self.container.format.name in _FRAMES_ALONE
            and packet.size < frame_bytes(bytes(packet)[:6])
        ):
            self.ended_early = "its last frame is incomplete"


@contextmanager
def open_audio(source: Source, name: str | None = None) -> Iterator[OpenAudio]:
    """Open `source` for reading; `name` is what errors call it (default: its file name).

    Raises AudioError when it is missing, empty, no audio, or a video without sound; also the body may, for a file that
    takes too long to read.
    """
    shown = printable(name) if name else name_of(source)
    with open_bytes(source, shown) as handle:
        promise, parts, budget = Promise(), [], Budget(shown)
        if handle.seekable():
            parts = [GuardedFile(handle, part, shown, budget) for part in parts_of(handle, shown)]
            promise = read_promise(handle)
        try:
            container = _opened(parts[0] if parts else handle)
        except (av.FFmpegError, ValueError, OSError) as error:
            if promise.left_out:
                raise AudioError(
                    f"{shown} is {promise.left_out}, a container that is not accepted; put its sound into one of "
                    f"{_ACCEPTED}"
                ) from error
            _refuse_free_format(shown, promise)
            raise AudioError(
                f"{shown} is not audio that can be read ({_reason(error)}); is it a whole music file? Try opening it "
                "in a player"
            ) from error
        with container:
            stream = _sound_of(container)
            if stream is None:
                _refuse_free_format(shown, promise)
                raise AudioError(
                    f"{shown} has no audio in it (its format is {container.format.name}); choose a file with a sound "
                    "track"
                )
            if stream.codec_context is None:
                raise AudioError(f"the audio of {shown} is in an unknown coding; convert it to MP3, FLAC or WAV")
            exact = promise.counted if container.format.name == "mp3" else container.format.name not in _GUESSED_LENGTH
            exact &= (
                stream.duration is not None or len(container.streams) == 1 or "DURATION" in stream.metadata
            )  # else a longer picture track's
            exact &= (
                not promise.cut_off or "matroska" in container.format.name
            )  # else FFmpeg has shortened it to what is left
            exact &= len(parts) < 2  # else it is that of the first stream
            yield OpenAudio(
                shown, container, stream, exact, parts or [None], budget, promise.enough, ended_early=promise.cut_off
            )


def _opened(file: Any) -> Any:
    return av.open(
        file,
        metadata_errors="replace",
        buffer_size=_READ_BUFFER,
        timeout=_PATIENCE,
        options={"format_whitelist": FORMATS, "protocol_whitelist": "none", "codec_whitelist": _audio_codecs()},
    )


def _sound_of(container: Any) -> Any:
    """The best audio stream, None where there is none."""
    stream = container.streams.best("audio")
    if stream is not None and stream.codec_context is not None:
        stream.codec_context.thread_count = (
            1  # whole files are decoded side by side; threads inside one would cost more in all
        )
    return stream


def _refuse_free_format(shown: str, promise: Promise) -> None:
    if promise.free_format:
        raise AudioError(
            f"{shown} is a free-format MP3 (its frames state no bit rate), which cannot be decoded; re-encode it, for "
            "example with lame -b 320"
        )


@cache
def _audio_codecs() -> str:
    """FFmpeg's names of all audio decoders, comma-separated."""
    return ",".join(sorted(_audio_decoder_names()))


def _audio_decoder_names() -> Iterator[str]:
    for name in av.codecs_available:
        with suppress(av.codec.codec.UnknownCodecError):
            codec = av.Codec(name, "r")
            if codec.type == "audio":
                yield codec.name


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
