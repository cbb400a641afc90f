"""Ogg files: the streams that follow each other, and the comments of each, put together from pages as a decoder does.

Reference: RFC 3533. A packet may go over any number of pages, and hold what looks like one. So pages are followed one
by one, and the first packets of every stream are put together and tried as comments.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from mer_core.audio.entries import CUT_OFF, check_entries, comments_in

MOST_LINKS = 2_000
"""Streams one after the other in an Ogg file; a recording of a day of radio has some hundreds."""
_HEADER = 27  # bytes of a page's header, without the table of its segments
_LONGEST_PAGE = _HEADER + 255 + 255 * 255
_HEADER_PACKETS = 8  # of each stream: three of Vorbis, two of Opus, some blocks of FLAC in Ogg
_FIRST_LOOK, _LATER = 65_536, 8  # bytes of an unfinished packet that are tried, and how much more the next time
_OFFSETS = (0, 4, 7, 8)  # where comments begin in the packet: of Speex, of FLAC, of Vorbis and Theora, of Opus
_BLOCK = 2**20


class Page(NamedTuple):
    """One page: where it stands, where the next may, whether it begins a stream, whose it is, and its segments."""

    at: int
    end: int
    begins: bool
    serial: int
    table: bytes
    body: bytes


def pages(handle: BinaryIO, start: int, size: int) -> Iterator[Page]:
    """The pages from `start` on; what lies between them is passed over, as decoders do."""
    at = base = start
    block = b""
    while at + _HEADER <= size:
        if at + _LONGEST_PAGE > base + len(block) < size:
            handle.seek(at)
            block, base = handle.read(_BLOCK), at
            if not block:
                return
        head = at - base
        if block[head : head + 4] != b"OggS":
            found = block.find(b"OggS", head + 1)
            at = base + found if found >= 0 else max(at + 1, base + len(block) - 3)
            continue
        if len(block) < head + _HEADER:
            return
        flags, serial = block[head + 5], struct.unpack_from("<I", block, head + 14)[0]
        table = block[head + _HEADER : head + _HEADER + block[head + 26]]
        body = head + _HEADER + len(table)
        end = base + body + sum(table)
        yield Page(at, end, bool(flags & 2), serial, table, block[body : body + sum(table)])
        at = end


def links(handle: BinaryIO, start: int, size: int, shown: str) -> list[int]:
    """Where each of the streams that follow each other begins, with pages that are marked so, one for each of its
    tracks; at most one more than MOST_LINKS.

    Raises AudioError where the comments of one have too many entries; `shown` is what it calls the file.
    """
    starts: list[int] = []
    tracks: dict[int, _Packets] = {}
    group_ends = -1
    for page in pages(handle, start, size):
        if page.begins:
            if page.at != group_ends:
                starts.append(page.at)
                if len(starts) > MOST_LINKS:
                    break
            group_ends = page.end
            tracks.pop(page.serial, None)  # the next stream may number its tracks as the last
        track = tracks.setdefault(page.serial, _Packets())
        if len(tracks) > MOST_LINKS:  # FFmpeg refuses half as many
            break
        if track.whole < _HEADER_PACKETS:
            track.add(page, shown)
    return starts


class _Packets:
    """The first packets of a track."""

    def __init__(self) -> None:
        self.whole = 0
        self._held, self._next_look = bytearray(), _FIRST_LOOK

    def add(self, page: Page, shown: str) -> None:
        """Put the segments of a page behind what is held of a packet; each that is whole, or has grown much, is
        tried."""
        at = 0
        for length in page.table:
            self._held += page.body[at : at + length]
            at += length
            if length < 255:
                self._try(shown)
                self.whole += 1
                self._held, self._next_look = bytearray(), _FIRST_LOOK
            elif len(self._held) >= self._next_look:
                self._try(shown)
                self._next_look *= _LATER

    def _try(self, shown: str) -> None:
        data = memoryview(bytes(self._held))
        check_entries(max([CUT_OFF, *(comments_in(data[offset:]) for offset in _OFFSETS)]), shown)
