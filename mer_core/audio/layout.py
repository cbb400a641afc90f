"""Where the sound lies in a file, found by a quick walk over its outermost pieces: what FFmpeg is to be shown, and what
not.

* ID3 tags are left out: FFmpeg unpacks what is packed in them, whatever its size, and nobody here asks it for tags.
* An Ogg file may be several streams one after the other (RFC 3533, "chaining"), which FFmpeg reads only in part: each
  is a file of its own.
* A file of more than MOST_PIECES pieces (MP4 boxes, RIFF and AIFF chunks, FLAC blocks) is no music but a trap for those
  who keep a list of them.
"""

import io
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

from mer_core.audio.guard import ByteRange
from mer_core.errors import AudioError

MOST_PIECES = 50_000
"""An MP4 in fragments has one or two for every second or so; three hours of them are 20,000."""
MOST_LINKS = 2_000
"""Streams one after the other in an Ogg file; a recording of a day of radio has some hundreds."""
_BLOCK = 2**20
_DESCRIBED = 96 * 2**20  # bytes of an MP4's description that are looked at
_MOST_INSIDE = 100  # a picture among the tags may hold the four letters by chance
Piece = TypeVar("Piece")
_OGG_BEGINNING = re.compile(rb"OggS\x00[\x02\x06]")
_OGG_HEADER = 27  # bytes of a page's header, without the table of its segments


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
        parts = _links(handle, start, size)
    elif head[:4] in (b"RIFF", b"RF64", b"FORM"):
        parts = [_riff_part(handle, start, size, shown)]
    elif head[4:8] in (b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"styp"):
        _check_boxes(handle, _count(_boxes(handle, start, size), shown), shown)
    elif head[:4] == b"fLaC":
        _count(_flac_blocks(handle, start), shown)
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
    return list(_count(_chunks(handle, start, size), shown))


def _riff_part(handle: BinaryIO, start: int, size: int, shown: str) -> ByteRange:
    """All up to padding with zeros, which is no chunk; tags are renamed, for readers pass over what they do not
    know."""
    found = chunks(handle, start, size, shown)
    end = next((at for name, at, _ in found if name == bytes(4)), size)
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


def _count(pieces: Iterator[Piece], shown: str) -> list[Piece]:
    found = []
    for piece in pieces:
        found.append(piece)
        if len(found) > MOST_PIECES:
            raise AudioError(
                f"{shown} is made of more than {MOST_PIECES} pieces, which no music file is; convert it with another "
                "program"
            )
    return found


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


def _flac_blocks(handle: BinaryIO, start: int) -> Iterator[int]:
    at, last = start + 4, False
    while not last:
        handle.seek(at)
        head = handle.read(4)
        if len(head) < 4:
            return
        yield at
        last = bool(head[0] & 128)
        at += 4 + int.from_bytes(head[1:], "big")


def _links(handle: BinaryIO, start: int, size: int) -> list[ByteRange]:
    """The streams of an Ogg file: each begins with pages that are marked as a beginning, one for each of its tracks."""
    starts: list[int] = []
    next_of_group = -1
    for at in _ogg_beginnings(handle, start, size):
        if at != next_of_group:
            starts.append(at)
            if len(starts) > MOST_LINKS:
                break
        next_of_group = at + _page_bytes(handle, at)
    if not starts or starts[0] != start:
        starts.insert(0, start)
    return [ByteRange(first, last) for first, last in zip(starts, [*starts[1:], size], strict=True)]


def _ogg_beginnings(handle: BinaryIO, start: int, size: int) -> Iterator[int]:
    held, at = b"", start
    while at < size:
        handle.seek(at)
        block = handle.read(_BLOCK)
        if not block:
            return
        joined = held + block
        for match in _OGG_BEGINNING.finditer(joined):
            yield at - len(held) + match.start()
        held, at = joined[-5:], at + len(block)


def _page_bytes(handle: BinaryIO, at: int) -> int:
    handle.seek(at)
    header = handle.read(_OGG_HEADER)
    return _OGG_HEADER + header[26] + sum(handle.read(header[26])) if len(header) == _OGG_HEADER else 0
