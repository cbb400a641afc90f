"""Opening anything that may hold audio, safely, and reading its samples at their own rate and channel count.

FFmpeg, inside the PyAV wheel, does the decoding; no program is started and nothing is written to disk. What keeps
hostile
files harmless: this module opens the file itself and hands FFmpeg only its bytes; FFmpeg may use the container formats
listed here and no others, so playlists (HLS, concat, DASH …) are not even recognised; and the only protocol it may
open on its own is one that does not exist. Only audio decoders may run: cover pictures and video are passed over.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import av
import numpy as np

from mer_core.audio.header import Promise, clock_seconds, frame_bytes, read_promise
from mer_core.audio.source import Source, name_of, open_bytes, printable
from mer_core.errors import AudioError

__all__ = ["FORMATS", "OpenAudio", "Pcm", "Source", "open_audio", "printable"]

FORMATS = (
    "mp3,wav,w64,aiff,au,caf,voc,flac,ogg,aac,mov,matroska,asf,avi,wv,ape,tta,tak,mpc,mpc8,ac3,eac3,dts,truehd,amr,dsf"
)
"""FFmpeg's names of the container formats that may be opened; mov stands for MP4, M4A and 3GP, matroska for WebM too.
Not those
whose streams appear as they please (MPEG-TS and -PS, FLV): PyAV then reads beyond its list of streams."""

_ACCEPTED = "MP3, FLAC, WAV, AIFF, Ogg, Opus, AAC, M4A, MP4, MKV, WebM, AVI or WMA"
_CHUNK = 65_536  # samples a channel handed on at once: large enough that Python costs little, small beside a song
_GUESSED_LENGTH = {"aac", "ac3", "eac3", "dts", "truehd", "amr"}  # formats without a length in their header
_FRAMES_ALONE = {"mp3", "ac3", "eac3"}  # mp3 stands for MP2 too
_READ_BUFFER = 262_144  # bytes; FFmpeg's default of 32 KB costs a tenth of the decoding time in calls to Python

_PATIENCE = 60.0  # seconds FFmpeg may take to recognise a file, or to read one packet


class Pcm(NamedTuple):
    """A run of decoded samples, shape (channels, n), in the number format of the file (unsigned 8 bit already
    centred)."""

    samples: np.ndarray
    sample_rate: int

    def as_float(self) -> np.ndarray:
        """The samples as float, full scale being 1; integers are divided by 2**(bits - 1) as every decoder does."""
        if self.samples.dtype.kind == "f":
            return self.samples
        return self.samples.astype(np.float32) * np.float32(2.0 ** (1 - 8 * self.samples.dtype.itemsize))


@dataclass
class OpenAudio:
    """An opened source; `damaged` counts the packets that could not be decoded so far, `ended_early` says why reading
    stopped."""

    name: str
    container: Any
    stream: Any
    exact_length: bool
    """Whether `declared_seconds` comes from a header rather than from FFmpeg's guess by the bit rate."""
    damaged: int = 0
    ended_early: str = ""

    @property
    def declared_seconds(self) -> float | None:
        """Duration in seconds as the header tells (or FFmpeg estimates from the bit rate), None when unknown."""
        if self.stream.duration and self.stream.time_base:
            return max(0.0, float(self.stream.duration * self.stream.time_base))
        if not self.container.duration:
            return None
        longest = self.container.duration / av.time_base
        if end := clock_seconds(
            self.stream.metadata.get("DURATION", "")
        ):  # Matroska tells in a tag when a track ends, which may begin late
            longest = min(longest, end - max(0.0, float((self.stream.start_time or 0) * self.stream.time_base)))
        return max(0.0, longest)

    def counted_seconds(self, enough: float) -> float:
        """Sum of what the packets claim to last, up to the one that goes beyond `enough` seconds; the samples cannot be
        read after that."""
        ticks, most = 0, enough / self.stream.time_base
        with suppress(av.FFmpegError, ValueError, IndexError):  # as in _frames
            for packet in self.container.demux(self.stream):
                ticks += packet.duration or 0
                if ticks > most:
                    break
        return float(ticks * self.stream.time_base)

    def pcm(self) -> Iterator[Pcm]:
        """Yield all samples in runs of `_CHUNK`; damaged packets are skipped and counted."""
        fifo, kind = av.AudioFifo(), None
        for frame in self._frames():
            frame.pts = None
            new_kind = (frame.format.name, frame.layout.nb_channels, frame.sample_rate)
            if kind not in (None, new_kind):  # a stream may change its rate or channels midway; the queue cannot
                yield from _drain(fifo)
                fifo = av.AudioFifo()
            kind = new_kind
            fifo.write(frame)
            while fifo.samples >= _CHUNK:
                yield _to_pcm(fifo.read(_CHUNK))
        yield from _drain(fifo)

    def _frames(self) -> Iterator[Any]:
        packets, last = self.container.demux(self.stream), None
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                self._check_last(last)
                return
            except (
                av.FFmpegError,
                ValueError,
                IndexError,
            ) as error:  # IndexError: PyAV's, for streams that were not announced
                self.ended_early = _reason(error)
                return
            last = packet if packet.size else last  # the very last is empty
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                self.damaged += 1

    def _check_last(self, packet: Any) -> None:
        """A file of frames and nothing else, that tells no length, was cut off where its last frame is incomplete."""
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

    Raises AudioError when it is missing, empty, no audio, or a video without sound.
    """
    shown = printable(name) if name else name_of(source)
    with open_bytes(source, shown) as handle:
        promise = read_promise(handle) if handle.seekable() else Promise()
        try:
            container = av.open(
                handle,
                metadata_errors="replace",
                buffer_size=_READ_BUFFER,
                timeout=_PATIENCE,
                options={"format_whitelist": FORMATS, "protocol_whitelist": "none", "codec_whitelist": _audio_codecs()},
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            if promise.left_out:
                raise AudioError(
                    f"{shown} is {promise.left_out}, a container that is not accepted; put its sound into one of "
                    f"{_ACCEPTED}"
                ) from error
            raise AudioError(
                f"{shown} is not audio that can be read ({_reason(error)}); is it a whole music file? Try opening it "
                f"in a player"
            ) from error
        with container:
            stream = container.streams.best("audio")
            if stream is None:
                raise AudioError(
                    f"{shown} has no audio in it (its format is {container.format.name}); choose a file with a sound "
                    f"track"
                )
            if stream.codec_context is None:
                raise AudioError(f"the audio of {shown} is in an unknown coding; convert it to MP3, FLAC or WAV")
            stream.codec_context.thread_count = (
                1  # whole files are decoded side by side; threads inside one would cost more in all
            )
            exact = promise.counted if container.format.name == "mp3" else container.format.name not in _GUESSED_LENGTH
            exact &= (
                stream.duration is not None or len(container.streams) == 1 or "DURATION" in stream.metadata
            )  # else a longer picture track's
            exact &= (
                not promise.cut_off or "matroska" in container.format.name
            )  # else FFmpeg has shortened it to what is left
            yield OpenAudio(shown, container, stream, exact, ended_early=promise.cut_off)


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


def _drain(fifo: Any) -> Iterator[Pcm]:
    if fifo.samples:
        yield _to_pcm(fifo.read())


def _to_pcm(frame: Any) -> Pcm:
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    if samples.dtype == np.uint8:
        samples = (samples.astype(np.int16) - 128).astype(np.int8)
    return Pcm(samples, frame.sample_rate)
