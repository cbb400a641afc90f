"""A corpus after public bug reports: joined and chained streams, headers that lie both ways, tags that inflate, floods
of pieces.

Each is rebuilt at test time; `expected` is how many seconds are heard of it, None where it must be refused with a
reason.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
import strange_floods
from audio_files import KINDS, pcm, tones, vorbis, write


class Strange(NamedTuple):
    """One file: its name, its bytes, and the seconds heard of it (None: refused)."""

    name: str
    data: bytes
    expected: float | None


def synchsafe(size: int) -> bytes:
    """An ID3 size: seven bits a byte."""
    return bytes(size >> shift & 127 for shift in (21, 14, 7, 0))


def id3(content: bytes) -> bytes:
    """An ID3v2.4 tag."""
    return b"ID3\4\0\0" + synchsafe(len(content)) + content


@cache
def inflating(size: int) -> bytes:
    """An ID3v2.4 tag whose title unpacks to `size` bytes."""
    packed = zlib.compress(b"\3" + b"A" * size, 9)
    return id3(b"TIT2" + synchsafe(len(packed) + 4) + b"\0\x09" + synchsafe(min(size, 2**28 - 1)) + packed)


def counted(frames: int) -> bytes:
    """An MP3 of 4 s whose header counts this many frames."""
    data = bytearray(write(tones(4.0), "mp3", id3v2_version="0"))
    at = max(data.find(b"Xing"), data.find(b"Info"))
    data[at + 8 : at + 12] = struct.pack(">I", frames)
    return bytes(data)


def iterate_corpus(flood: int = 20_000_000) -> Iterator[Strange]:
    """All of them; `flood` is the size in bytes of those that are made of tiny pieces."""
    song, slow = (
        write(tones(4.0), "mp3", id3v2_version="0"),
        write(tones(3.0, 22050), KINDS["mp3"]._replace(rate=22050)),
    )
    yield Strange("joined.mp3", song * 2, 8.0)
    yield Strange("joined at another rate.mp3", song + slow, 7.0)
    yield Strange("chained.ogg", vorbis(tones(4.0)) + vorbis(tones(3.0)), 7.0)
    yield Strange("chained at another rate.ogg", vorbis(tones(4.0)) + vorbis(tones(3.0, 22050), 22050), 7.0)
    yield Strange("chained.opus", write(tones(4.0, 48000), "opus") + write(tones(3.0, 48000), "opus"), 7.0)
    for frames in (0, 10, 10**4, 10**9):
        yield Strange(f"{frames} frames counted.mp3", counted(frames), 4.0)
    yield Strange("title of 200 MB.mp3", inflating(200_000_000) + song, 4.0)
    wav = pcm(tones(4.0))
    tag = inflating(200_000_000)
    yield Strange("title of 200 MB.wav", wav + b"id3 " + struct.pack("<I", len(tag)) + tag, 4.0)
    yield Strange("frames.mp3", id3((b"TXXX" + synchsafe(1) + b"\0\0\0") * (flood // 11)) + song, 4.0)
    floats = np.frombuffer(np.random.default_rng(0).bytes(4 * 128_000), np.float32)[None]
    yield Strange("random floats.wav", pcm(floats, 16000, "FLOAT"), 8.0)
    yield Strange("loud.wav", pcm(4 * tones(4.0), subtype="FLOAT"), 4.0)
    yield Strange("fragments.m4a", write(tones(2.0), "m4a") + (struct.pack(">I", 8) + b"moof") * (flood // 8), None)
    inside = (struct.pack(">I", 8) + b"moof") * (flood // 8)
    nested = struct.pack(">I", len(inside) + 8) + b"moov" + inside
    yield Strange("fragments inside.m4a", write(tones(4.0), "m4a") + nested, None)
    yield Strange("chunks.wav", wav[:12] + (b"abcd" + bytes(4)) * (flood // 8) + wav[12:], None)
    yield Strange("packets.mp3", write(tones(1.0), "mp3", id3v2_version="0", write_xing="0") * 100, 104.5)
    for maker in (strange_floods.matroskas, strange_floods.asfs, strange_floods.oggs, strange_floods.others):
        yield from (Strange(f"flood of {name}", data, expected) for name, data, expected in maker(flood // 4))
