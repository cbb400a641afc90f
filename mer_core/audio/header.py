"""What the first and last bytes of an audio file promise about its length, where FFmpeg does not say.

FFmpeg shortens the declared duration of a cut-off WAV, W64, CAF, AVI, WMA or Ogg file without a word, and guesses that
of an MP3, MP2 or AC-3 whose frames nobody counted; a cut-off file can be distinguished from a whole one only here. It
cannot be distinguished where a file without a length is cut between two frames (one in hundreds), in VOC and DTS files,
and in streams written to a pipe.
"""

import io
import struct
from typing import BinaryIO, NamedTuple

from mer_core.audio.layout import id3_end

_TAIL = 65_536  # the largest page an Ogg file may have, rounded up
_HEAD = 65_536  # bytes in which the header of an ASF or CAF file ends, unless there is a picture in it
_W64 = b"riff\x2e\x91\xcf\x11"
_ASF, _ASF_PROPERTIES = bytes.fromhex("3026b2758e66cf11"), bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_EBML, _MATROSKA_SEGMENT = bytes.fromhex("1a45dfa3"), bytes.fromhex("18538067")
_SMALLEST_FRAME = 24  # bytes: 8 kbit/s at 24 kHz
_AC3_KBPS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_MPEG_KBPS = {
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""By version and layer: bit rates in kbit/s of the indices 1 to 14."""


class Promise(NamedTuple):
    """`counted`: the length an MP3 declares was counted, not guessed from its bit rate; `enough`: all the bytes are
    there that it was counted in, so where it is not true, it never was; `cut_off`: how a cut-off file was recognised,
    or ""; `left_out`: the container that looks like this and is left out on purpose, or ""; `free_format`: it is an MP3
    whose frames do not state their length."""

    counted: bool = False
    enough: bool = False
    cut_off: str = ""
    left_out: str = ""
    free_format: bool = False


def read_promise(handle: BinaryIO) -> Promise:
    """Look at the beginning and the end of a file; `handle` must be seekable and is set back to its beginning."""
    size = handle.seek(0, io.SEEK_END)
    start = min(id3_end(handle), size)
    handle.seek(start)
    beginning = handle.read(8192)  # the tag may be followed by padding
    counted, enough = _frames_counted(beginning, size - start)
    handle.seek(0)
    promise = Promise(
        counted, enough, _cut_off(handle, handle.read(10), size), _left_out(handle), _is_free_format(beginning)
    )
    handle.seek(0)
    return promise


def _left_out(handle: BinaryIO) -> str:
    handle.seek(0)
    beginning = handle.read(1024)
    if beginning[:3] == b"FLV":
        return "a Flash video"
    if beginning[:4] == b"FRM8":
        return "a DSDIFF file (.dff)"
    if beginning[:4] == b"\0\0\1\xba":
        return "an MPEG program stream"
    transport = any(
        beginning[first::packet][:4] == b"GGGG" for first, packet in ((0, 188), (4, 192))
    )  # every packet begins with a G
    return "an MPEG transport stream" if transport else ""


def _frames_counted(beginning: bytes, available: int) -> tuple[bool, bool]:
    """Whether an MP3 begins with the frame (Xing, Info or VBRI) that states the number of frames, and whether as many
    bytes as it states, too, are `available`."""
    for mark in (b"Xing", b"Info"):
        if (at := beginning.find(mark)) >= 0 and len(beginning) >= at + 16:
            flags, frames = struct.unpack_from(">II", beginning, at + 4)
            stated = struct.unpack_from(">I", beginning, at + 12 if flags & 1 else at + 8)[0] if flags & 2 else 0
            return bool(flags & 1 and frames), _none_missing(frames, stated, available)
    if (at := beginning.find(b"VBRI")) >= 0 and len(beginning) >= at + 18:
        stated, frames = struct.unpack_from(">II", beginning, at + 10)
        return bool(frames), _none_missing(frames, stated, available)
    return False, False


def _none_missing(frames: int, stated: int, available: int) -> bool:
    """Whether all `stated` bytes are there, or are too few to ever have held so many frames."""
    return 0 < stated <= available or 0 < stated < frames * _SMALLEST_FRAME


def _is_free_format(beginning: bytes) -> bool:
    """Whether the first MPEG audio frame has the bit rate index 0, which leaves the length of frames to be found by
    their distance."""
    head = beginning.lstrip(b"\0")[:4]
    return (
        len(head) == 4
        and head[0] == 0xFF
        and head[1] >> 5 == 7
        and head[1] >> 3 & 3 != 1
        and head[1] >> 1 & 3 != 0
        and head[2] >> 4 == 0
        and head[2] >> 2 & 3 != 3
    )


def _cut_off(handle: BinaryIO, head: bytes, size: int) -> str:
    if head[:4] == b"OggS":
        handle.seek(max(0, size - _TAIL))
        tail = handle.read(_TAIL)
        last_page = tail.rfind(b"OggS")
        flags = tail[last_page + 5] if 0 <= last_page < len(tail) - 5 else 0
        return "" if flags & 4 else "its last page is missing"
    handle.seek(0)
    declared = _declared_bytes(handle.read(_HEAD))
    return f"{size} of the {declared} bytes its header declares are there" if declared > size else ""


def _declared_bytes(beginning: bytes) -> int:
    """The size of the file that its own header states; 0 where it does not, or was never filled in because the file was
    written to a pipe."""
    try:
        if beginning[:4] == b"RIFF":
            (declared,) = struct.unpack_from("<I", beginning, 4)
            return 0 if declared in (0, 0xFFFFFFFF) else declared + 8
        if beginning[:8] == _W64:
            (declared,) = struct.unpack_from("<Q", beginning, 16)
            return 0 if declared >= 1 << 63 else declared
        if beginning[:4] == b"caff":
            return _caf_bytes(beginning)
        if beginning[:8] == _ASF and (at := beginning.find(_ASF_PROPERTIES)) > 0:
            declared, flags = struct.unpack_from("<Q", beginning, at + 40)[0], beginning[at + 88]
            return 0 if flags & 1 else declared
        if beginning[:4] == _EBML:
            return _matroska_bytes(beginning)
    except (struct.error, IndexError):  # cut off inside the header
        pass
    return 0


def _caf_bytes(beginning: bytes) -> int:
    """Where the chunk with the sound ends; others may follow."""
    at, kind = 8, b""
    while kind != b"data":
        kind, length = struct.unpack_from(">4sq", beginning, at)
        if length < 0:
            return 0
        at += 12 + length
    return at


def _matroska_bytes(beginning: bytes) -> int:
    """Where the segment, which is all the rest of the file, ends."""
    header, at = _matroska_size(beginning, 4)
    if beginning[at + header : at + header + 4] != _MATROSKA_SEGMENT:
        return 0
    length, start = _matroska_size(beginning, at + header + 4)
    return start + length if length else 0


def _matroska_size(data: bytes, at: int) -> tuple[int, int]:
    """An element's size, 0 when unknown, and where what it holds begins: the first byte's leading zeros say how many
    follow."""
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (0 if value == (1 << 7 * width) - 1 else value), at + width


def clock_seconds(text: str) -> float | None:
    """Seconds of a duration as Matroska's tags write it, "00:03:25.120000000"; None for anything else."""
    try:
        hours, minutes, seconds = map(float, text.split(":"))
    except ValueError:
        return None
    return 3600 * hours + 60 * minutes + seconds


def frame_bytes(head: bytes) -> int:
    """The length of the MP3, MP2, AC-3 or E-AC-3 frame that begins with these 6 bytes; 0 when they begin none, or it
    does not say."""
    if len(head) < 6:
        return 0
    if head[:2] == b"\x0b\x77":
        return _ac3_frame_bytes(head)
    version, layer, index, rate = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3), head[2] >> 4, head[2] >> 2 & 3
    if head[0] != 0xFF or head[1] < 0xE0 or version == 1 or layer not in (2, 3) or index in (0, 15) or rate == 3:
        return 0
    kbps = _MPEG_KBPS[1 if version == 3 else 2, layer][index - 1]
    hertz = _mpeg_hertz(head)
    samples = 576 if version != 3 and layer == 3 else 1152
    return samples * kbps * 125 // hertz + (head[2] >> 1 & 1)


def mpeg_frame_seconds(head: bytes) -> float:
    """How long the MP3, MP2 or MP1 frame that begins with these 4 bytes lasts; 0 when they begin none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0 or head[2] >> 2 & 3 == 3:
        return 0.0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    if version == 1 or layer == 4:
        return 0.0
    samples = 384 if layer == 1 else 576 if version != 3 and layer == 3 else 1152
    return samples / _mpeg_hertz(head)


def _mpeg_hertz(head: bytes) -> int:
    return (44100, 48000, 32000)[head[2] >> 2 & 3] // {3: 1, 2: 2, 0: 4}[head[1] >> 3 & 3]


def _ac3_frame_bytes(head: bytes) -> int:
    if head[5] >> 3 > 10:  # E-AC-3 states the number of 16-bit words
        return 2 * (((head[2] & 7) << 8 | head[3]) + 1)
    rate, code = head[4] >> 6, head[4] & 63
    if rate == 3 or code >= 2 * len(_AC3_KBPS):
        return 0
    kbps = _AC3_KBPS[code // 2]
    return (4 * kbps, 2 * (kbps * 320 // 147 + code % 2), 6 * kbps)[rate]
