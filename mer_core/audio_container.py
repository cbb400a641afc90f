"""Opening anything that may hold audio, safely, and reading its samples at their own rate and channel count.

FFmpeg, inside the PyAV wheel, does the decoding; no program is started and nothing is written to disk. What keeps hostile
files harmless: this module opens the file itself and hands FFmpeg only its bytes; FFmpeg may use the container formats
listed here and no others, so playlists (HLS, concat, DASH …) are not even recognised; and the only protocol it may
open on its own is one that does not exist. Only audio decoders may run: cover pictures and video are passed over.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import av
import numpy as np

from mer_core.audio_header import Promise, read_promise
from mer_core.errors import AudioError

Source = str | os.PathLike[str] | bytes | BinaryIO
"""An audio file: its path, its bytes, or a binary file object (read from its beginning and left open)."""

FORMATS = "mp3,wav,w64,aiff,au,caf,voc,flac,ogg,aac,mov,matroska,asf,avi,wv,ape,tta,tak,mpc,mpc8,ac3,eac3,dts,truehd,amr,dsf"
"""FFmpeg's names of the container formats that may be opened; mov stands for MP4, M4A and 3GP, matroska for WebM too. Not those
whose streams appear as they please (MPEG-TS and -PS, FLV): PyAV then reads beyond its list of streams."""

_CHUNK = 65_536  # samples a channel handed on at once: large enough that Python costs little, small beside a song
_GUESSED_LENGTH = {"aac", "ac3", "eac3", "dts", "truehd", "amr"}  # formats without a length in their header
_READ_BUFFER = 262_144  # bytes; FFmpeg's default of 32 KB costs a tenth of the decoding time in calls to Python

_PATIENCE = 60.0  # seconds FFmpeg may take to recognise a file, or to read one packet


class Pcm(NamedTuple):
    """A run of decoded samples, shape (channels, n), in the number format of the file (unsigned 8 bit already centred)."""

    samples: np.ndarray
    sample_rate: int

    def as_float(self) -> np.ndarray:
        """The samples as float, full scale being 1; integers are divided by 2**(bits - 1) as every decoder does."""
        if self.samples.dtype.kind == "f":
            return self.samples
        return self.samples.astype(np.float32) * np.float32(2.0 ** (1 - 8 * self.samples.dtype.itemsize))


@dataclass
class OpenAudio:
    """An opened source; `damaged` counts the packets that could not be decoded so far, `ended_early` says why reading stopped."""

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
        return max(0.0, self.container.duration / av.time_base) if self.container.duration else None

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
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, ValueError, IndexError) as error:  # IndexError: PyAV's, for streams that were not announced
                self.ended_early = _reason(error)
                return
            try:
                yield from packet.decode()
            except (av.FFmpegError, ValueError):
                self.damaged += 1


@contextmanager
def open_audio(source: Source, name: str | None = None) -> Iterator[OpenAudio]:
    """Open `source` for reading; `name` is what errors call it (default: its file name).

    Raises AudioError when it is missing, empty, no audio, or a video without sound.
    """
    shown = printable(name) if name else _name_of(source)
    with _open_bytes(source, shown) as handle:
        promise = read_promise(handle) if handle.seekable() else Promise(counted=False, cut_off="")
        try:
            container = av.open(
                handle,
                metadata_errors="replace",
                buffer_size=_READ_BUFFER,
                timeout=_PATIENCE,
                options={"format_whitelist": FORMATS, "protocol_whitelist": "none", "codec_whitelist": _audio_codecs()},
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            raise AudioError(f"{shown} is not audio that can be read ({_reason(error)}); is it a whole music file? Try opening it in a player") from error
        with container:
            stream = container.streams.best("audio")
            if stream is None:
                raise AudioError(f"{shown} has no audio in it (its format is {container.format.name}); choose a file with a sound track")
            if stream.codec_context is None:
                raise AudioError(f"the audio of {shown} is in an unknown coding; convert it to MP3, FLAC or WAV")
            stream.codec_context.thread_count = 1  # whole files are decoded side by side; threads inside one would cost more in all
            exact = promise.counted if container.format.name == "mp3" else container.format.name not in _GUESSED_LENGTH
            exact &= stream.duration is not None or len(container.streams) == 1  # else it may be that of a longer picture track
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


@contextmanager
def _open_bytes(source: Source, shown: str) -> Iterator[BinaryIO]:
    if isinstance(source, bytes | bytearray | memoryview):
        handle: BinaryIO = io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        handle = _open_path(Path(source), shown)
    else:
        handle = source
    try:
        if handle.seekable():
            if handle.seek(0, io.SEEK_END) == 0:
                raise AudioError(f"{shown} is empty (0 bytes); was its copy or upload cut off?")
            handle.seek(0)
        yield handle
    finally:
        if handle is not source:
            handle.close()


def _open_path(path: Path, shown: str) -> BinaryIO:
    try:
        if path.exists() and not path.is_file():
            raise AudioError(f"{shown} is not a file; name an audio file")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise AudioError(f"{shown} cannot be opened ({getattr(error, 'strerror', None) or error}); check its name and its permissions") from error


def printable(name: str) -> str:
    """`name` fit for a message: control and direction characters and broken text replaced by "�", so that no terminal or page is misled."""
    return "".join(character if character.isprintable() else "�" for character in name)


def _name_of(source: Source) -> str:
    name = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    return printable(str(name)) if isinstance(name, str | os.PathLike) else "the audio data"


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
