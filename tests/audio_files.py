"""Audio files for tests, written by PyAV and soundfile at test time: nothing recorded lies in the project."""

import io
import struct
from typing import NamedTuple

import av
import numpy as np
import soundfile


class Kind(NamedTuple):
    """One way of storing audio: FFmpeg's container and encoder names, the sample rates it allows, and whether it keeps
    every sample."""

    container: str
    codec: str
    rate: int = 44100
    lossless: bool = False
    bit_rate: int | None = None


KINDS = {
    "mp3": Kind("mp3", "libmp3lame"),
    "m4a": Kind("ipod", "aac"),
    "alac": Kind("ipod", "alac", lossless=True),
    "aac": Kind("adts", "aac"),
    "opus": Kind("ogg", "libopus", 48000),
    "flac": Kind("flac", "flac", lossless=True),
    "wma": Kind("asf", "wmav2", bit_rate=128_000),
    "webm": Kind("webm", "libopus", 48000),
    "mp4": Kind("mp4", "aac"),
    "mkv": Kind("matroska", "aac"),
    "avi": Kind("avi", "libmp3lame"),
    "aiff": Kind("aiff", "pcm_s16be", lossless=True),
    "wv": Kind("wv", "wavpack", lossless=True),
    "ac3": Kind("ac3", "ac3"),
    "wav": Kind("wav", "pcm_s16le", lossless=True),
    "au": Kind("au", "pcm_s16be", lossless=True),
    "caf": Kind("caf", "alac", lossless=True),
    "mp2": Kind("mp2", "mp2"),
    "eac3": Kind("eac3", "eac3"),
}
"""The formats people have, by file suffix; Ogg Vorbis comes from soundfile (`vorbis`), FFmpeg's wheel has no good
encoder for it."""


SAME_BYTES = {"fflags": "+bitexact"}
"""Option of FFmpeg's muxers: no random ids, no dates."""


def tones(seconds: float, rate: int = 44100, channels: int = 2) -> np.ndarray:
    """A chord that sweeps slowly, shape (channels, n), every channel a little different, peak 0.5."""
    time = np.arange(round(seconds * rate)) / rate
    return np.stack(
        [
            0.25 * np.sin(2 * np.pi * (220 + 3 * time + 20 * c) * time) + 0.25 * np.sin(2 * np.pi * 587 * time)
            for c in range(channels)
        ]
    ).astype(np.float32)


def melody(seconds: float, rate: int = 44100) -> np.ndarray:
    """Four plucked notes a second over a fixed tune, shape (1, n), peak below 0.5: enough like music to be taken for
    it."""
    pitches = 220 * 2 ** (np.array([0, 4, 7, 12, 9, 5, 2, 11, 7, 4, 0, -5, -3, 2, 5, 8]) / 12)
    time = np.arange(round(seconds * rate)) / rate
    note, since = np.divmod(time, 0.25)
    pitch = pitches[note.astype(int) % len(pitches)]
    overtones = sum(np.sin(2 * np.pi * pitch * n * since) / n**2 for n in range(1, 6))
    return (0.3 * np.exp(-8 * since) * overtones)[None].astype(np.float32)


def write(
    samples: np.ndarray, kind: Kind | str, options: dict[str, str] | None = None, picture_codec: str = "", **muxer: str
) -> bytes:
    """Encode samples (channels, n) in [-1, 1] at the kind's own rate; `picture_codec` adds a second of video, `muxer`
    are its options."""
    kind = KINDS[kind] if isinstance(kind, str) else kind
    target = io.BytesIO()
    with av.open(target, "w", format=kind.container, options={**SAME_BYTES, **muxer}) as container:
        stream = container.add_stream(
            kind.codec, rate=kind.rate, options=options or {}, layout="stereo" if len(samples) == 2 else "mono"
        )
        if kind.bit_rate:
            stream.bit_rate = kind.bit_rate
        if picture_codec:
            _write_pictures(container, picture_codec)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples), format="fltp", layout="stereo" if len(samples) == 2 else "mono"
        )
        frame.rate = kind.rate
        for item in (frame, None):
            for packet in stream.encode(item):
                container.mux(packet)
    return target.getvalue()


def video_without_sound() -> bytes:
    """A one-second MP4 with a picture track only."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options=SAME_BYTES) as container:
        _write_pictures(container, "mpeg4")
    return target.getvalue()


def _write_pictures(container: av.container.OutputContainer, codec: str) -> None:
    stream = container.add_stream(codec, rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for shade in range(10):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 * shade, np.uint8), format="rgb24")
        for packet in stream.encode(frame):
            container.mux(packet)
    for packet in stream.encode():
        container.mux(packet)


def vorbis(samples: np.ndarray, rate: int = 44100) -> bytes:
    """Encode as Ogg Vorbis, in small blocks: libsndfile crashes on long ones."""
    encoded = io.BytesIO()
    with soundfile.SoundFile(encoded, "w", rate, len(samples), format="OGG", subtype="VORBIS") as file:
        for start in range(0, samples.shape[1], 65536):
            file.write(samples[:, start : start + 65536].T)
    return in_container(encoded.getvalue(), "ogg")  # libsndfile numbers its streams at random


def in_container(data: bytes, name: str) -> bytes:
    """The coded sound of a file in another of FFmpeg's containers."""
    target = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(target, "w", format=name, options=SAME_BYTES) as container:
        stream = container.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    return target.getvalue()


def dsf(samples: np.ndarray) -> bytes:
    """Encode samples (channels, n) at 44.1 kHz as DSD in a DSF file: each sample 64 bits long, by the differences of a
    rounded sum."""
    level = np.repeat((np.asarray(samples, np.float64) + 1) / 2, 64, axis=1)
    bits = np.diff(np.floor(np.cumsum(level, axis=1)), axis=1, prepend=0.0).astype(np.uint8)
    blocks = -(-bits.shape[1] // (8 * 4096))
    packed = np.packbits(np.pad(bits, ((0, 0), (0, blocks * 8 * 4096 - bits.shape[1]))), axis=1, bitorder="little")
    data = packed.reshape(len(samples), blocks, 4096).swapaxes(0, 1).tobytes()
    shape = struct.pack("<4sQ6IQII", b"fmt ", 52, 1, 0, 2, len(samples), 64 * 44100, 1, bits.shape[1], 4096, 0)
    head = struct.pack("<4sQQQ", b"DSD ", 28, 28 + 52 + 12 + len(data), 0)
    return head + shape + struct.pack("<4sQ", b"data", 12 + len(data)) + data


def pcm(samples: np.ndarray, rate: int = 44100, subtype: str = "PCM_16", container: str = "WAV") -> bytes:
    """Encode samples (channels, n) with soundfile: WAV, AIFF, FLAC … with any sample format."""
    target = io.BytesIO()
    soundfile.write(target, samples.T, rate, format=container, subtype=subtype)
    data = bytearray(target.getvalue())
    if (peak := data.find(b"PEAK")) > 0:
        data[peak + 12 : peak + 16] = bytes(4)  # the time of writing
    return bytes(data)
