"""Files made of very many tiny pieces: blocks, chunks, pages, objects, and entries of tags, a maker for each container.

What is no music must be refused with a reason, at once; what some player would still play may be heard.
"""

import struct
from collections.abc import Iterator

from audio_files import KINDS, in_container, pcm, tones, vorbis, write


def matroska(before: bytes = b"", clusters: bytes = b"") -> bytes:
    """A Matroska file with one PCM track, 16 kHz mono: `before` its track, then `clusters`; of unknown length."""
    numbers = element("b5", struct.pack(">d", 16000.0)) + element("9f", b"\1") + element("6264", b"\x10")
    track = b"".join((element("d7", b"\1"), element("83", b"\2"), element("86", b"A_PCM/INT/LIT")))
    tracks = element("1654ae6b", element("ae", track + element("e1", numbers)))
    head = element("1a45dfa3", element("4282", b"matroska") + element("4287", b"\4") + element("4285", b"\2"))
    segment = bytes.fromhex("18538067") + b"\x01" + b"\xff" * 7
    return head + segment + element("1549a966", element("2ad7b1", b"\x0f\x42\x40")) + before + tracks + clusters


def element(name: str, data: bytes) -> bytes:
    """An EBML element."""
    width = next(width for width in range(1, 9) if len(data) < (1 << 7 * width) - 1)
    return bytes.fromhex(name) + ((1 << 7 * width) | len(data)).to_bytes(width, "big") + data


def cluster(milliseconds: int, blocks: bytes) -> bytes:
    """A cluster of Matroska."""
    return element("1f43b675", element("e7", milliseconds.to_bytes(4, "big")) + blocks)


def block(data: bytes, flags: int = 0x80) -> bytes:
    """A simple block of the first track."""
    return element("a3", b"\x81\0\0" + bytes([flags]) + data)


def sound(seconds: int) -> bytes:
    """Clusters with a chord."""
    samples = (tones(seconds, 16000, 1)[0] * 32767).astype("<i2").tobytes()
    return b"".join(cluster(100 * n, block(samples[3200 * n : 3200 * n + 3200])) for n in range(10 * seconds))


def matroskas(size: int) -> Iterator[tuple[str, bytes, float | None]]:
    """Name, bytes and seconds heard (None: refused)."""
    names = b"".join(
        element("67c8", element("45a3", b"%07d" % number) + element("4487", b"B")) for number in range(size // 20)
    )
    yield "tags.mka", matroska(element("1254c367", element("7373", names)), sound(4)), None
    attached = element("61a7", element("466e", b"a") + element("4660", b"b/c") + element("46ae", b"\1")) * (size // 20)
    yield "attachments.mka", matroska(element("1941a469", attached), sound(4)), None
    yield "voids.mka", matroska(b"\xec\x80" * (size // 2), sound(4)), None
    yield "clusters.mka", matroska(clusters=sound(4) + cluster(4000, b"") * (size // 12)), 4.0
    yield "blocks of nothing.mka", matroska(clusters=sound(4) + cluster(4000, block(b"") * (size // 6))), 4.0
    single = cluster(0, block(b"\1\0") * 6000)
    yield (
        "blocks of a sample.mka",
        matroska(clusters=single * (size // len(single))),
        size // len(single) * 6000 / 16000,
    )


def asfs(size: int) -> Iterator[tuple[str, bytes, float | None]]:
    """As `matroskas`."""
    song = write(tones(4.0), "wma")
    length, objects = struct.unpack_from("<QI", song, 16)

    def grown(extra: bytes, more: int) -> bytes:
        return song[:16] + struct.pack("<QI", length + len(extra), objects + more) + song[28:30] + extra + song[30:]

    padding = bytes.fromhex("74d40618dfca0945a4ba9aabcb96aae8") + struct.pack("<Q", 24)
    yield "objects.wma", grown(padding * (size // 24), size // 24), None
    entry = b"".join(struct.pack("<HHHHHH", 4, 65 + n % 64, 65 + n // 64 % 64, 0, 2, 66) for n in range(20_000))
    content = struct.pack("<H", 20_000) + entry
    name = bytes.fromhex("40a4d0d207e3d21197f000a0c95ea850")
    yield "content.wma", grown(name + struct.pack("<Q", 24 + len(content)) + content, 1), None


def oggs(size: int) -> Iterator[tuple[str, bytes, float | None]]:
    """As `matroskas`."""
    song = vorbis(tones(4.0))
    pages = list(pages_of(song))
    (serial,) = struct.unpack_from("<I", song, 14)
    for name, table in {"pages.ogg": b"", "segments.ogg": bytes(255), "packets.ogg": b"\1" * 255}.items():
        page = b"OggS\0\0" + struct.pack("<qIII", -1, serial, 99, 0) + bytes([len(table)]) + table + b"\1" * sum(table)
        yield name, b"".join(pages[:-1]) + page * (size // len(page)) + pages[-1], 4.0
    yield "comments.ogg", commented(30_000), None
    flac = in_container(write(tones(4.0), "flac"), "ogg")
    yield "comments.oga", commented(30_000, flac, b"\4\6\0\0"), None


def pages_of(ogg: bytes) -> Iterator[bytes]:
    """The pages of an Ogg file."""
    at = 0
    while at < len(ogg):
        end = at + 27 + ogg[at + 26] + sum(ogg[at + 27 : at + 27 + ogg[at + 26]])
        yield ogg[at:end]
        at = end


def commented(entries: int, song: bytes = b"", signature: bytes = b"OpusTags") -> bytes:
    """An Ogg file (Opus, where none is given) with so many comments, which begin behind the codec's signature."""
    first, _, *rest = pages_of(song or write(tones(4.0, 48000), "opus"))
    names = b"".join(struct.pack("<I", 9) + b"T%06d=x" % number for number in range(entries))
    packet = signature + struct.pack("<II", 0, entries) + names
    (serial,) = struct.unpack_from("<I", first, 14)
    return b"".join([first, *paged(packet, serial), *rest])


def paged(packet: bytes, serial: int, number: int = 1) -> Iterator[bytes]:
    """The pages of one packet; `number` is that of the first."""
    sizes = [255] * (len(packet) // 255) + [len(packet) % 255]
    for start in range(0, len(sizes), 255):
        table = bytes(sizes[start : start + 255])
        body = packet[255 * start : 255 * start + sum(table)]
        head = struct.pack("<4sBBqII", b"OggS", 0, bool(start), 0, serial, number + start // 255)
        rest = bytes([len(table)]) + table + body
        yield head + struct.pack("<I", _checksum(head + bytes(4) + rest)) + rest


def _checksum(page: bytes) -> int:
    """The CRC of Ogg: polynomial 0x04c11db7, nothing reflected."""
    register = 0
    for byte in page:
        register = (register << 8 & 0xFFFFFFFF) ^ _CHECKSUMS[register >> 24 ^ byte]
    return register


def _checksums() -> Iterator[int]:
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
        yield value


_CHECKSUMS = tuple(_checksums())


def others(size: int) -> Iterator[tuple[str, bytes, float | None]]:
    """As `matroskas`: CAF, RIFF, FLAC, MP4, ADTS."""
    song = write(tones(4.0), KINDS["caf"]._replace(codec="pcm_s16be"))
    chunk = b"free" + bytes(8)
    yield "chunks.caf", song[:52] + chunk * (size // 12) + song[52:], None
    entries = b"".join(b"%07d\0b\0" % number for number in range(size // 10))
    info = b"info" + struct.pack(">qI", 4 + len(entries), size // 10) + entries
    yield "information.caf", song[:52] + info + song[52:], None
    wav = pcm(tones(4.0))
    listed = b"".join(struct.pack(">I", 0x41000000 + n) + b"\1\0\0\0x\0" for n in range(size // 10))
    yield "list.wav", wav[:36] + b"LIST" + struct.pack("<I", 4 + len(listed)) + b"INFO" + listed + wav[36:], None
    flac = pcm(tones(4.0), container="FLAC")
    comments = b"".join(struct.pack("<I", 9) + b"%07d=B" % number for number in range(size // 26))
    body = struct.pack("<I", 1) + b"x" + struct.pack("<I", size // 26) + comments
    yield "comments.flac", flac[:42] + b"\4" + len(body).to_bytes(3, "big") + body + flac[42:], None
    m4a = write(tones(4.0), "m4a")
    inside = (struct.pack(">I", 8) + b"abcd") * (size // 8)
    yield "description.m4a", m4a + struct.pack(">I", 8 + len(inside)) + b"udta" + inside, None
    yield "frames.aac", bytes.fromhex("fff15080010ffc") * (size // 7), None
