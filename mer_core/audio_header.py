"""What the first and last bytes of an audio file promise about its length, where FFmpeg does not tell.

FFmpeg shortens the declared duration of a cut-off WAV, AVI or Ogg file without a word, and guesses that of an MP3 whose
frames nobody counted; a cut-off file can be told from a whole one only here.
"""

import io
import struct
from typing import BinaryIO, NamedTuple

_TAIL = 65_536  # the largest page an Ogg file may have, rounded up


class Promise(NamedTuple):
    """`counted`: the length an MP3 declares was counted, not guessed from its bit rate; `cut_off`: how a cut-off file was recognised, or ""."""

    counted: bool
    cut_off: str


def read_promise(handle: BinaryIO) -> Promise:
    """Look at the beginning and the end of a file; `handle` must be seekable and is set back to its beginning."""
    size = handle.seek(0, io.SEEK_END)
    handle.seek(0)
    head = handle.read(10)
    promise = Promise(_frames_counted(handle, head), _cut_off(handle, head, size))
    handle.seek(0)
    return promise


def _frames_counted(handle: BinaryIO, head: bytes) -> bool:
    """Whether an MP3 begins, after its ID3 tag, with the frame (Xing, Info or VBRI) that tells the number of frames."""
    tag = 0
    if head[:3] == b"ID3" and len(head) == 10:
        tag = 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    handle.seek(tag)
    beginning = handle.read(8192)  # the tag may be followed by padding
    return any(mark in beginning for mark in (b"Xing", b"Info", b"VBRI"))


def _cut_off(handle: BinaryIO, head: bytes, size: int) -> str:
    if head[:4] == b"RIFF" and len(head) >= 8:
        declared = struct.unpack("<I", head[4:8])[0] + 8
        streamed = declared in (8, 0xFFFFFFFF + 8)  # written to a pipe: the length was never filled in
        return f"{size} of the {declared} bytes its header declares are there" if declared > size and not streamed else ""
    if head[:4] == b"OggS":
        handle.seek(max(0, size - _TAIL))
        tail = handle.read(_TAIL)
        last_page = tail.rfind(b"OggS")
        flags = tail[last_page + 5] if 0 <= last_page < len(tail) - 5 else 0
        return "" if flags & 4 else "its last page is missing"
    return ""
