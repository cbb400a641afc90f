"""Makers of files that no player wrote: lying headers, bombs, tags of 20 MB, things that are no audio at all. All
deterministic."""

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from audio_files import KINDS, SAME_BYTES, pcm, tones, video_without_sound, vorbis, write

SECOND = 16000


def wav(data: bytes, *, tag: int = 1, channels: int = 1, rate: int = SECOND, bits: int = 16, **lies: int) -> bytes:
    """A WAV file whose header says what is asked: `riff_size`, `data_size`, `block_align`, `format_size` in
    `lies`."""
    align = lies.get("block_align", channels * bits // 8 & 0xFFFF)
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * align & 0xFFFFFFFF, align, bits)
    body = (
        b"WAVEfmt "
        + struct.pack("<I", lies.get("format_size", len(head)))
        + head
        + b"data"
        + struct.pack("<I", lies.get("data_size", len(data)))
        + data
    )
    return b"RIFF" + struct.pack("<I", lies.get("riff_size", len(body))) + body


def silence(seconds: float = 2.0, channels: int = 1) -> np.ndarray:
    return np.zeros((channels, round(seconds * SECOND)), np.float32)


def odd_sounds() -> Iterator[tuple[str, bytes]]:
    """Sound that is sound, but of a kind that breaks arithmetic: (name, WAV or FLAC file)."""
    tone = tones(2.0, SECOND, 1)
    yield "silence.wav", pcm(silence(), SECOND)
    yield "silence.flac", pcm(silence(), SECOND, container="FLAC")
    yield "direct current.wav", pcm(silence() + np.float32(0.8), SECOND)
    yield "clipped.wav", pcm(np.sign(tone), SECOND)
    yield "one impulse.wav", pcm(np.eye(1, 2 * SECOND, SECOND, dtype=np.float32), SECOND)
    yield "noise.wav", pcm(np.random.default_rng(0).uniform(-1, 1, tone.shape).astype(np.float32), SECOND)
    for name, value in {
        "nan": np.nan,
        "infinity": np.inf,
        "minus infinity": -np.inf,
        "huge": 3e38,
        "denormal": 1e-42,
    }.items():
        for container in ("WAV", "AIFF"):
            every = np.full_like(tone, value)
            some = tone.copy()
            some[:, ::97] = value
            yield f"all {name}.{container.lower()}", pcm(every, SECOND, "FLOAT", container)
            yield f"some {name}.{container.lower()}", pcm(some, SECOND, "FLOAT", container)


def too_short() -> Iterator[tuple[str, bytes]]:
    for n_samples in (0, 1, 2, 100, SECOND // 2):
        yield f"{n_samples} samples.wav", pcm(silence()[:, :n_samples], SECOND)
    yield "1 sample.flac", pcm(silence()[:, :1], SECOND, container="FLAC")


def layouts() -> Iterator[tuple[str, bytes]]:
    """Every sample format, channel count and sample rate that files come in."""
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM"):
        yield f"{subtype}.wav", pcm(tones(2.0, SECOND, 2), SECOND, subtype)
    for channels in range(1, 9):
        yield f"{channels} channels.wav", pcm(tones(2.0, SECOND, channels), SECOND)
        yield f"{channels} channels.flac", pcm(tones(2.0, SECOND, channels), SECOND, "PCM_24", "FLAC")
    for rate in (8000, 11025, 12000, 22050, 24000, 32000, 37800, 44100, 48000, 88200, 96000, 176400, 192000):
        yield f"{rate} Hz.wav", pcm(tones(2.0, rate), rate)
    for container, subtype in (
        ("W64", "PCM_16"),
        ("AU", "FLOAT"),
        ("CAF", "PCM_24"),
        ("RF64", "PCM_16"),
        ("VOC", "PCM_16"),
    ):
        yield f"sound.{container.lower()}", pcm(tones(2.0, SECOND), SECOND, subtype, container)


def lying_headers() -> Iterator[tuple[str, bytes]]:
    """Headers that contradict themselves or the file."""
    data = (tones(2.0, SECOND, 1) * 32767).astype("<i2").tobytes()
    cases = {
        "no channels": {"channels": 0},
        "65535 channels": {"channels": 65535},
        "rate 0": {"rate": 0},
        "rate 1": {"rate": 1},
        "rate 4 GHz": {"rate": 2**32 - 1},
        "0 bits": {"bits": 0},
        "7 bits": {"bits": 7},
        "65535 bits": {"bits": 65535},
        "block of 0": {"block_align": 0},
        "block of 65535": {"block_align": 65535},
        "unknown coding": {"tag": 0x7777},
        "mp3 inside": {"tag": 0x55},
        "extensible without more": {"tag": 0xFFFE},
        "format of 0 bytes": {"format_size": 0},
        "format of 4 GB": {"format_size": 2**32 - 1},
        "data of 0 bytes": {"data_size": 0},
        "data of 4 GB": {"data_size": 2**32 - 1},
        "data of 2 GB": {"data_size": 2**31},
        "riff of 0 bytes": {"riff_size": 0},
        "riff of 4 GB": {"riff_size": 2**32 - 1},
    }
    for name, lie in cases.items():
        yield f"{name}.wav", wav(data, **lie)
    flac = bytearray(pcm(tones(2.0, SECOND, 1), SECOND, container="FLAC"))
    for name, (offset, value) in {
        "rate 0": (18, b"\0\0\x02"),
        "2 to the 36 samples": (21, b"\xff" * 5),
        "block of 0": (8, b"\0\0\0\0"),
    }.items():
        changed = flac.copy()
        changed[offset : offset + len(value)] = value
        yield f"{name}.flac", bytes(changed)
    mp4 = write(tones(2.0), "m4a")
    for box in (b"moov", b"stsz", b"stco", b"stsc", b"stts", b"mdhd", b"esds", b"mdat"):
        at = mp4.find(box)
        yield f"huge {box.decode()}.m4a", mp4[: at - 4] + b"\x7f\xff\xff\xff" + mp4[at:]
        yield f"many {box.decode()}.m4a", mp4[: at + 8] + b"\x7f\xff\xff\xff" + mp4[at + 12 :]
    yield (
        "boxes in boxes.mp4",
        b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"
        + b"".join(struct.pack(">I", 8 * (2000 - depth)) + b"moov" for depth in range(2000)),
    )
    yield "reference elsewhere.mov", mp4.replace(b"url ", b"alis")
    for kind in ("mp3", "aac", "ac3"):
        fast, slow = (
            write(tones(2.0), kind),
            write(
                tones(2.0, 22050 if kind != "ac3" else 32000, 1),
                KINDS[kind]._replace(rate=22050 if kind != "ac3" else 32000),
            ),
        )
        yield f"changes midway.{kind}", fast + slow + fast
    yield "chained.ogg", vorbis(tones(2.0)) + vorbis(tones(2.0, 22050, 1), 22050)
    yield "ogg with everything twice.ogg", vorbis(tones(2.0)) * 2


def big_tags() -> Iterator[tuple[str, bytes]]:
    """ID3 tags of 20 MB and tags that promise more than there is."""
    song = write(tones(2.0), "mp3", {"id3v2_version": "0", "write_id3v1": "0"})

    def id3(size: int, content: bytes) -> bytes:
        return b"ID3\x04\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + content

    def frame(name: bytes, content: bytes) -> bytes:
        return name + bytes(len(content) >> shift & 127 for shift in (21, 14, 7, 0)) + b"\0\0" + content

    cover = frame(b"APIC", b"\0image/png\0\3\0" + bytes(20_000_000))
    words = frame(b"TXXX", b"\3" + b"mood\0" + "😀".encode() * 500_000)
    yield "cover of 20 MB.mp3", id3(len(cover), cover) + song
    yield "text of 2 MB.mp3", id3(len(words), words) + song
    yield "tag without song.mp3", id3(len(cover), cover)
    yield "tag longer than the file.mp3", id3(2**27, b"") + song
    yield "a thousand tags.mp3", id3(20, bytes(20)) * 1000 + song
    yield "broken text.mp3", id3(0, b"") + frame(b"TIT2", b"\1\xff\xfe\0\xd8") + song


def bombs() -> Iterator[tuple[str, bytes]]:
    """Small files that say they hold hours: refused by their length."""
    hours = np.zeros((1, 4 * 3600 * 8000), np.int16)
    yield "4 hours of silence.flac", pcm(hours, 8000, "PCM_16", "FLAC")
    yield "4 hours of silence.opus", _repeated_packet("opus", "libopus", 48000, 4 * 3600)
    yield "4 hours of silence.mka", _repeated_packet("matroska", "libopus", 48000, 4 * 3600)
    yield "a sample a second.wav", wav(b"\x80" * 10_000, bits=8, rate=1)


def slow_bombs() -> Iterator[tuple[str, bytes]]:
    """Hours of sound whose length no header states: refused only when the cap is reached, after seconds of work."""
    yield "4 hours of silence.mp3", _repeated_packet("mp3", "libmp3lame", 8000, 4 * 3600)
    yield "4 hours of silence.aac", _repeated_packet("adts", "aac", 8000, 4 * 3600)


def not_audio() -> Iterator[tuple[str, bytes]]:
    """What people drop by mistake."""
    tarred, zipped = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../escape.mp3"), io.BytesIO(b""))
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive_zip:
        archive_zip.writestr("bomb.wav", bytes(20_000_000))
    yield "archive.tar.gz.mp3", tarred.getvalue()
    yield "archive.zip", zipped.getvalue()
    yield "gzipped song.mp3", gzip.compress(write(tones(1.0), "mp3"), mtime=0)
    yield "pickle.mp3", pickle.dumps({"a": [1] * 500})
    yield "table.json", json.dumps({"moods": ["calm"] * 400}).encode()
    yield "page.html", b"<!doctype html><html><body>" + b"<p>404 Not Found</p>" * 200
    yield "lyrics.txt", "Là là là 🎶\n".encode() * 500
    yield "empty", b""
    yield "one byte", b"\xff"
    yield "zeros", bytes(100_000)
    yield "ones", b"\xff" * 100_000
    yield "program", b"\x7fELF\2\1\1" + bytes(5000)
    yield "document.pdf", b"%PDF-1.7\n" + b"1 0 obj <<>> endobj\n" * 200
    yield "midi.mid", b"MThd\0\0\0\6\0\0\0\1\0`MTrk\0\0\0\4\0\xff/\0" * 20
    for codec, suffix in (("png", "png"), ("mjpeg", "jpg"), ("gif", "gif"), ("bmp", "bmp")):
        yield f"picture.{suffix}", picture(codec)
    yield "video without sound.mp4", video_without_sound()
    yield "broadcast.ts", write(tones(2.0), KINDS["aac"]._replace(container="mpegts"))
    yield "subtitles.srt", b"1\n00:00:01,000 --> 00:00:02,000\nla\n\n" * 100
    target = "file:///etc/hostname"
    yield "list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n".encode()
    yield (
        "key.m3u8",
        f'#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:9,\nhttp://127.0.0.1:1/\n#EXT-X-ENDLIST\n'.encode(),
    )
    yield "list.ffconcat", f"ffconcat version 1.0\nfile {target}\n".encode()
    yield "list.pls", f"[playlist]\nFile1={target}\n".encode()
    yield (
        "list.xspf",
        f"<playlist><trackList><track><location>{target}</location></track></trackList></playlist>".encode(),
    )
    yield "list.cue", f'FILE "{target}" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n'.encode()
    yield "broadcast.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"


def picture(codec: str) -> bytes:
    """One picture file."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.time_base = 64, 48, Fraction(1, 25)
    context.pix_fmt = {"png": "rgb24", "mjpeg": "yuvj420p", "gif": "rgb8", "bmp": "bgr24"}[codec]
    frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24").reformat(
        format=context.pix_fmt
    )
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def _repeated_packet(container: str, codec: str, rate: int, seconds: int) -> bytes:
    """A long file of one silent packet, muxed again and again."""
    target = io.BytesIO()
    with av.open(target, "w", format=container, options=SAME_BYTES) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 8000
        frame = av.AudioFrame(format="s16" if codec == "libopus" else "fltp", layout="mono", samples=rate // 2)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.rate = rate
        packets = [packet for item in (frame, None) for packet in stream.encode(item)]
        packet = packets[len(packets) // 2]
        step = packet.duration or round(Fraction(1152 if codec == "libmp3lame" else 1024, rate) / packet.time_base)
        for number in range(int(seconds / float(step * packet.time_base))):
            packet.pts = packet.dts = number * step
            output.mux(packet)
    return target.getvalue()
