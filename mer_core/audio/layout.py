"""Where the sound lies in a file, found by a quick walk over its outermost pieces: what FFmpeg is to be shown, and what
not.

* ID3 tags are left out: FFmpeg unpacks what is packed in them, whatever its size, and nobody here asks it for tags.
* An Ogg file may be several streams one after the other (RFC 3533, "chaining"), which FFmpeg reads only in part: each
  is a file of its own.
* A file of too many pieces, or with too many entries in its tags, is no music but a trap for those who keep a list of
  them (see entries).
"""

import io
import struct
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from mer_core.audio.entries import (
    MOST_PIECES,
    check_asf,
    check_caf,
    check_entries,
    check_flac_comments,
    check_matroska,
    check_mp4,
    count,
    info_entries,
)
from mer_core.audio.guard import ByteRange
from mer_core.audio.ogg import MOST_LINKS, links
from mer_core.errors import AudioError

_BLOCK = 2**20
_DESCRIBED = 96 * 2**20  # bytes of an MP4's description that are looked at
_MOST_INSIDE = 100  # a picture among the tags may hold the four letters by chance
_FLAC_COMMENTS = 4  # kind of a block
_CHECKS = {b"\x1aE\xdf\xa3": check_matroska, b"0&\xb2u": check_asf, b"caff": check_caf}


def parts_of(handle: BinaryIO, shown: str) -> list[ByteRange]:
    """The parts of a seekable file to be read one after the other, nearly always one; the file is left at its
    beginning.

    Raises AudioError when it has more pieces than MOST_PIECES, or more streams than MOST_LINKS; `shown` is what it
    calls the file.
    """
    size = handle.seek(0, io.SEEK_END)
    start = min(id3_end(handle), size)
    handle.seek(start)
    head = handle.read(12)
    if not head:  # nothing but a tag, or one that says it is longer than the file
        start = 0
    parts = [ByteRange(start, size)]
    if head[:4] == b"OggS":
        starts = links(handle, start, size, shown) or [start]
        starts = starts if starts[0] == start else [start, *starts]
        parts = [ByteRange(first, last) for first, last in zip(starts, [*starts[1:], size], strict=True)]
    elif head[:4] in (b"RIFF", b"RF64", b"FORM"):
        parts = [_riff_part(handle, start, size, shown)]
    elif head[4:8] in (b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"styp"):
        boxes = count(_boxes(handle, start, size), shown)
        _check_boxes(handle, boxes, shown)
        check_mp4(handle, boxes, shown)
    elif head[:4] == b"fLaC":
        for kind, at, length in count(_flac_blocks(handle, start), shown):
            if kind == _FLAC_COMMENTS:
                check_flac_comments(handle, at, length, shown)
    elif check := _CHECKS.get(head[:4]):
        check(handle, start, size, shown)
    handle.seek(0)
    if len(parts) > MOST_LINKS:
        raise AudioError(
            f"{shown} is more than {MOST_LINKS} streams one after the other; split it into one file for each"
        )
    return parts


def id3_end(handle: BinaryIO) -> int:
    """Where the ID3v2 tags at the beginning of a file end; 0 where there are none."""
    end = 0
    for _ in range(MOST_PIECES):
        handle.seek(end)
        head = handle.read(10)
        if head[:3] != b"ID3" or len(head) < 10:
            break
        end += (
            10
            + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            + 10 * bool(head[5] & 16)
        )
    return end


def chunks(handle: BinaryIO, start: int, size: int, shown: str) -> list[tuple[bytes, int, int]]:
    """The chunks of a RIFF, RF64 or AIFF file that begins at `start`: (name, position, bytes it holds).

    Raises AudioError when there are more than MOST_PIECES.
    """
    return list(count(_chunks(handle, start, size), shown))


def _riff_part(handle: BinaryIO, start: int, size: int, shown: str) -> ByteRange:
    """All up to padding with zeros, which is no chunk; tags are renamed, for readers pass over what they do not
    know."""
    found = chunks(handle, start, size, shown)
    end = next((at for name, at, _ in found if name == bytes(4)), size)
    lists = (info_entries(handle, at + 8, length) for name, at, length in found if name == b"LIST")
    check_entries(len(count(chain.from_iterable(lists), shown)), shown)
    return ByteRange(start, end, tuple((at, b"JUNK") for name, at, _ in found if name.lower() == b"id3 "))


def _chunks(handle: BinaryIO, start: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    handle.seek(start)
    order = ">I" if handle.read(4) == b"FORM" else "<I"
    at = start + 12
    while at + 8 <= size:
        handle.seek(at)
        name, length = handle.read(4), struct.unpack(order, handle.read(4))[0]
        yield name, at, length
        if name == bytes(4) or (
            name == b"data" and length in (0, 0xFFFFFFFF)
        ):  # written to a pipe, or RF64: the rest is sound
            return
        at += 8 + length + length % 2


def _check_boxes(handle: BinaryIO, boxes: list[tuple[int, int]], shown: str) -> None:
    """Raise AudioError where boxes that describe the sound hold fragments, which only stand beside them: FFmpeg's list
    of them takes a time that grows with the square of their number."""
    for at, length in boxes:
        handle.seek(at + 4)
        if handle.read(4) in (b"mdat", b"free", b"skip", b"wide"):
            continue
        left, inside = min(length, _DESCRIBED) - 8, 0
        while left > 0 and (block := handle.read(min(_BLOCK, left))):
            left -= len(block)
            inside += block.count(b"moof")
            if inside > _MOST_INSIDE:
                raise AudioError(
                    f"{shown} has fragments inside of each other, which no music file has; convert it with another "
                    "program"
                )


def _boxes(handle: BinaryIO, start: int, size: int) -> Iterator[tuple[int, int]]:
    at = start
    while at + 8 <= size:
        handle.seek(at)
        head = handle.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8:  # 0: to the end of the file; less: damaged
            return
        yield at, length
        at += length


def _flac_blocks(handle: BinaryIO, start: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of what each block of metadata holds."""
    at, last = start + 4, False
    while not last:
        handle.seek(at)
        head = handle.read(4)
        if len(head) < 4:
            return
        length = int.from_bytes(head[1:], "big")
        yield head[0] & 127, at + 4, length
        last = bool(head[0] & 128)
        at += 4 + length
