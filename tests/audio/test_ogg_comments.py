"""The comments of Ogg streams are counted as a decoder puts them together, wherever the pages end."""

import io
import struct
from collections.abc import Sequence

import pytest
from audio_files import in_container, tones, vorbis, write
from strange_floods import pages_of

from mer_core.audio.entries import MOST_ENTRIES
from mer_core.audio.layout import parts_of
from mer_core.audio.ogg import links, pages
from mer_core.errors import AudioError


def comments(entries: int, text: bytes = b"a=b") -> bytes:
    """A block of comments: the vendor, and so many entries."""
    return struct.pack("<II", 0, entries) + (struct.pack("<I", len(text)) + text) * entries


def paged(packets: Sequence[bytes], *, serial: int = 1, begins: bool = True) -> bytes:
    """Packets on pages of one segment each, so that a packet goes on to the next page wherever it may."""
    made: list[bytes] = []
    for number, packet in enumerate(packets):
        for at in range(0, len(packet) + 1, 255):
            segment = packet[at : at + 255]
            flags = (2 if begins and number == at == 0 else 0) | (1 if at else 0)
            head = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, serial, len(made), 0, 1)
            made.append(head + bytes([len(segment)]) + segment)
    return b"".join(made)


FLOOD = comments(MOST_ENTRIES + 1)
STREAMS = {
    "Vorbis": [b"\x01vorbis" + bytes(23), b"\x03vorbis" + FLOOD + b"\1"],
    "Opus": [b"OpusHead" + bytes(11), b"OpusTags" + FLOOD],
    "FLAC": [b"\x7fFLAC\1\0\0\2fLaC" + bytes(38), b"\x04\0\0\0" + FLOOD],
    "Speex": [b"Speex   " + bytes(72), FLOOD],
    "a later packet": [b"\x7fFLAC\1\0\0\2fLaC" + bytes(38), b"\x01" + bytes(40), b"\x84\0\0\0" + FLOOD],
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("begins", [True, False])
def test_too_many_comments_are_refused_wherever_pages_end(name: str, begins: bool) -> None:
    stream = paged(STREAMS[name], begins=begins)
    with pytest.raises(AudioError, match="entries in its tags"):
        links(io.BytesIO(stream), 0, len(stream), "song.ogg")
    behind = paged([b"OpusHead" + bytes(11), b"OpusTags" + comments(3), *[b"x"] * 20], serial=2) + stream
    with pytest.raises(AudioError, match="entries in its tags"):
        links(io.BytesIO(behind), 0, len(behind), "song.ogg")


@pytest.mark.parametrize("lie", [b"OggS\0\2" + bytes(21) + b"\1\xff", b"\x03vorbis", b"OpusTags"])
def test_a_page_inside_of_a_comment_hides_nothing(lie: bytes) -> None:
    hidden = struct.pack("<II", 0, MOST_ENTRIES + 1) + (struct.pack("<I", len(lie)) + lie) * (MOST_ENTRIES + 1)
    stream = paged([b"OpusHead" + bytes(11), b"OpusTags" + hidden])
    with pytest.raises(AudioError, match="entries in its tags"):
        links(io.BytesIO(stream), 0, len(stream), "song.ogg")


def test_the_pages_are_those_of_the_file_also_behind_junk() -> None:
    song = vorbis(tones(2.0))
    found = [page.at for page in pages(io.BytesIO(song), 0, len(song))]
    expected, at = [], 0
    for page in pages_of(song):
        expected.append(at)
        at += len(page)
    assert found == expected
    spoiled = song[: expected[3]] + b"junk OggS" * 200_000 + song[expected[3] :]
    again = [page.at for page in pages(io.BytesIO(spoiled), 0, len(spoiled))]
    assert set(expected[:3]) <= set(again) and len(again) < 200_100


def test_streams_one_after_the_other_are_parts() -> None:
    first, second = vorbis(tones(2.0)), write(tones(2.0, 48000), "opus")
    flac = in_container(write(tones(2.0), "flac"), "ogg")
    data = first + second + flac + first
    parts = parts_of(io.BytesIO(data), "song.ogg")
    starts = [0, len(first), len(first) + len(second), len(first) + len(second) + len(flac)]
    assert [part.start for part in parts] == starts and parts[-1].end == len(data)
