"""How many pieces and tag entries a file is made of, counted before FFmpeg is shown it.

FFmpeg keeps each entry of a tag in a list that it searches for every new one, and does so between two reads: a file of
20 MB with a million entries would hold it for hours, and nothing could stop it. So Matroska, ASF, CAF, RIFF and the
comments of Ogg and FLAC are walked here, in a time that grows with the number of pieces only.

Sizes and places come from a file that may lie: what does not add up ends a walk, and FFmpeg says what is wrong.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, TypeVar

from mer_core.errors import AudioError

MOST_PIECES = 50_000
"""Boxes, chunks, blocks or elements. An MP4 in fragments has one or two for every second or so; three hours of them are
20,000."""
MOST_ENTRIES = 10_000
"""Entries of a file's tags."""
CUT_OFF = -1
"""Number of entries that go beyond the bytes given."""
_EBML_CLUSTER, _EBML_UNKNOWN = 0x1F43B675, -1
_LARGEST_PACKET_TABLE = 8 * 2**20  # bytes, two a packet; FFmpeg makes 24 of each
_EBML_TAGS = bytes.fromhex("1254c367")
_BLOCK = 2**20
# Matroska's elements that are walked into: segment, tags, tag, simple tag, attachments, chapters, edition, atom
_EBML_PARENTS = {0x18538067, 0x1254C367, 0x7373, 0x67C8, 0x1941A469, 0x1043A770, 0x45B9, 0xB6}
_EBML_UPPER = {0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x114D9B74, 0x1254C367, 0x1941A469, 0x1043A770, _EBML_CLUSTER}
_ASF_COUNTED = {  # objects that begin with the number of their entries: extended content, metadata, metadata library
    bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850"),
    bytes.fromhex("eacbf8c5af5b77488467aa8c44fa4cca"),
    bytes.fromhex("941c23449894d149a1411d134e457054"),
}
_ASF_EXTENSION = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365")
_MP4_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta", b"meta", b"ilst", b"edts", b"mvex"}
Piece = TypeVar("Piece")


def count(pieces: Iterator[Piece], shown: str, most: int = MOST_PIECES) -> list[Piece]:
    """All of `pieces`; raises AudioError when there are more than `most` in the file called `shown`."""
    found = []
    for piece in pieces:
        found.append(piece)
        if len(found) > most:
            raise AudioError(
                f"{shown} is made of more than {most} pieces, which no music file is; convert it with another program"
            )
    return found


def check_entries(entries: int, shown: str) -> None:
    """Raise AudioError when the tags of the file called `shown` have more than MOST_ENTRIES."""
    if entries > MOST_ENTRIES:
        raise AudioError(
            f"{shown} has more than {MOST_ENTRIES} entries in its tags; remove them with a tag editor, or convert it"
        )


def check_matroska(handle: BinaryIO, start: int, size: int, shown: str) -> None:
    """Raise AudioError for a Matroska or WebM file with too many elements outside of its sound."""
    count(_elements(handle, start, size), shown)


def _elements(handle: BinaryIO, start: int, size: int) -> Iterator[int]:
    """The identifiers of all elements but those inside of clusters, where the sound is."""
    at, within_cluster = start, False
    while at < size:
        handle.seek(at)
        head = handle.read(12)
        width = 9 - head[0].bit_length()
        if width > 4 or len(head) < 12:
            at = _next_tags(handle, at + 1)  # as FFmpeg, which goes on behind damage
            continue
        name = int.from_bytes(head[:width], "big")
        length, body = _ebml_size(head, width)
        if name in _EBML_UPPER:
            within_cluster = name == _EBML_CLUSTER and length == _EBML_UNKNOWN
        if name != _EBML_CLUSTER and not within_cluster:
            yield name
        enters = name in _EBML_PARENTS or length == _EBML_UNKNOWN
        at += body if enters and not (within_cluster and name != _EBML_CLUSTER) else body + length


def _next_tags(handle: BinaryIO, at: int) -> int:
    """Where the next identifier of tags stands, at the end of the file where there is none."""
    held = b""
    handle.seek(at)
    while block := handle.read(_BLOCK):
        if (found := (held + block).find(_EBML_TAGS)) >= 0:
            return at - len(held) + found
        held, at = (held + block)[-3:], at + len(block)
    return at


def _ebml_size(head: bytes, at: int) -> tuple[int, int]:
    """The size of what an element holds, and where that begins; _EBML_UNKNOWN where it goes on to the next."""
    width = 9 - head[at].bit_length()
    value = int.from_bytes(head[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (_EBML_UNKNOWN if value == (1 << 7 * width) - 1 else value), at + width


def check_asf(handle: BinaryIO, start: int, size: int, shown: str) -> None:
    """Raise AudioError for a WMA or ASF file whose header has too many objects, or tags too many entries."""
    handle.seek(start)
    head = handle.read(30)
    end = min(size, start + struct.unpack_from("<Q", head, 16)[0]) if len(head) == 30 else start
    check_entries(sum(count(_asf_objects(handle, start + 30, end), shown)), shown)


def _asf_objects(handle: BinaryIO, start: int, end: int) -> Iterator[int]:
    """How many entries each object has, 0 where it has none."""
    at = start
    while at + 24 <= end:
        handle.seek(at)
        head = handle.read(26)
        name, length = struct.unpack_from("<16sQ", head)
        yield struct.unpack_from("<H", head, 24)[0] if name in _ASF_COUNTED and len(head) == 26 else 0
        if length < 24:
            return
        at += 46 if name == _ASF_EXTENSION else length  # objects inside of it follow its own 46 bytes


def check_caf(handle: BinaryIO, start: int, size: int, shown: str) -> None:
    """Raise AudioError for a CAF file of too many chunks, or with too many entries of information or of packets."""
    found = count(_caf_chunks(handle, start + 8, size), shown)
    check_entries(sum(entries for _, _, entries in found), shown)
    if any(name == b"pakt" and length > _LARGEST_PACKET_TABLE for name, length, _ in found):
        raise AudioError(f"{shown} has a table of packets that no music file has; convert it with another program")


def _caf_chunks(handle: BinaryIO, start: int, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, length and number of entries of each chunk."""
    at = start
    while at + 12 <= size:
        handle.seek(at)
        name, length = struct.unpack(">4sq", handle.read(12))
        yield name, length, int.from_bytes(handle.read(4), "big") if name == b"info" else 0
        if length < 0:
            return
        at += 12 + length


def check_mp4(handle: BinaryIO, boxes: list[tuple[int, int]], shown: str) -> None:
    """Raise AudioError for an MP4 file whose outermost `boxes` (place, length) hold too many boxes that describe it."""
    count(_described(handle, boxes), shown)


def _described(handle: BinaryIO, boxes: list[tuple[int, int]]) -> Iterator[int]:
    """The places of all boxes inside of those that may hold a list without end; not of fragments, which are many."""
    waiting = [(at, at + length) for at, length in boxes]
    while waiting:
        at, end = waiting.pop()
        handle.seek(at)
        head = handle.read(16)
        if head[4:8] not in _MP4_PARENTS:
            continue
        at += 16 if head[:4] == b"\0\0\0\1" else 8
        if head[4:8] == b"meta" and head[12:16] != b"hdlr":  # QuickTime's has no version
            at += 4
        while at + 8 <= end:
            handle.seek(at)
            length = int.from_bytes(handle.read(4), "big")
            yield at
            waiting.append((at, min(end, at + length)))
            at += max(length, 8)


def info_entries(handle: BinaryIO, at: int, length: int) -> Iterator[bytes]:
    """The names of the entries in a LIST chunk of RIFF whose content of `length` bytes begins at `at`."""
    handle.seek(at)
    if handle.read(4) not in (b"INFO", b"adtl"):
        return
    place = at + 4
    while place + 8 <= at + length:
        handle.seek(place)
        head = handle.read(8)
        if len(head) < 8:
            return
        yield head[:4]
        inside = int.from_bytes(head[4:], "little")
        place += 8 + inside + inside % 2


def check_flac_comments(handle: BinaryIO, at: int, length: int, shown: str) -> None:
    """Raise AudioError for a comment block of FLAC, `length` bytes at `at`, with too many entries."""
    handle.seek(at)
    check_entries(comments_in(handle.read(length)), shown)


def comments_in(data: bytes | memoryview) -> int:
    """How many comments follow each other, up to one more than MOST_ENTRIES; CUT_OFF where they go beyond `data`."""
    try:
        at = 4 + struct.unpack_from("<I", data)[0]
        claimed = struct.unpack_from("<I", data, at)[0]
        at += 4
        for _ in range(min(claimed, MOST_ENTRIES + 1)):
            if at > len(data):
                return CUT_OFF
            at += 4 + struct.unpack_from("<I", data, at)[0]
    except struct.error:
        return CUT_OFF
    return min(claimed, MOST_ENTRIES + 1)
