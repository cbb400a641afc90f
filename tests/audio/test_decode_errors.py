"""What the audio front door refuses, warns of and bounds: damage, bombs, odd names, playlists that point elsewhere."""

import gc
import io
import socket
import struct
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from audio_files import KINDS, pcm, tones, video_without_sound, vorbis, write

from mer_core.audio import decode as audio
from mer_core.audio import measure, mixdown
from mer_core.errors import AudioError

RATE = 16000


def encoded(kind: str, seconds: float = 2.0) -> bytes:
    return vorbis(tones(seconds)) if kind == "ogg" else write(tones(seconds, KINDS[kind].rate), kind)


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav", "aiff", "ogg", "opus", "wv"])
def test_a_cut_off_file_says_how_much_was_read(kind: str) -> None:
    data = encoded(kind, 6.0)
    decoded = audio.decode(data[: len(data) // 2], RATE, name=f"half.{kind}")
    assert 0.5 < decoded.duration < 4.5
    assert f"half.{kind}: the file is truncated" in str(decoded.warning)
    assert f"{decoded.duration:.1f} s" in str(decoded.warning)


@cache
def sound_that_states_its_length_elsewhere() -> dict[str, bytes]:
    """Files whose true length FFmpeg does not say, or tells of what is left of them."""
    sound, at_48_khz = tones(6.0), tones(6.0, 48000)
    return {
        "video.mkv": write(sound, "mkv", picture_codec="mpeg4"),
        "video opus.mkv": write(at_48_khz, KINDS["opus"]._replace(container="matroska"), picture_codec="mpeg4"),
        "recorded without tags.mkv": write(sound, "mkv", picture_codec="mpeg4").replace(b"DURATION", b"XURATION"),
        "song.w64": pcm(sound, container="W64"),
        "song.caf": pcm(sound, container="CAF"),
        "song.wma": write(sound, "wma"),
        "song.ac3": write(sound, "ac3"),
        "at 48 kHz.ac3": write(at_48_khz, KINDS["ac3"]._replace(rate=48000)),
        "song.eac3": write(sound, "eac3"),
        "song.mp2": write(sound, "mp2"),
        "not counted.mp3": write(sound, "mp3", write_xing="0"),
        "slow and not counted.mp3": write(tones(6.0, 22050), KINDS["mp3"]._replace(rate=22050), write_xing="0"),
    }


@pytest.mark.parametrize("name", sound_that_states_its_length_elsewhere())
def test_a_cut_off_file_differs_from_a_whole_one(name: str) -> None:
    data = sound_that_states_its_length_elsewhere()[name]
    assert audio.decode(data, RATE).warning is None
    half = audio.decode(data[: len(data) * 45 // 100], RATE, name=name)
    assert 0.5 < half.duration < 4.5
    assert f"{name}: the file is truncated" in str(half.warning)


def test_tags_after_the_last_frame_are_no_damage() -> None:
    song, id3v1 = write(tones(2.0), "mp3", write_xing="0"), b"TAG" + bytes(125)
    edge = b"APETAGEX" + struct.pack("<IIII", 2000, 64, 1, 1 << 29) + bytes(8)
    ape = edge + bytes(range(256)) * 7 + bytes(176) + edge
    for tag in (id3v1, ape, ape + id3v1):
        assert audio.decode(song + tag, RATE).warning is None
    assert "its last frame is incomplete" in str(audio.decode(song[:-50], RATE).warning)


def test_sound_that_begins_late_in_a_video_is_whole() -> None:
    late = write(tones(2.0), "mkv", picture_codec="mpeg4", output_ts_offset="5")
    assert audio.decode(late, RATE).warning is None


def test_damage_in_the_middle_is_passed_over() -> None:
    data = bytearray(encoded("flac", 6.0))
    middle = len(data) // 2
    data[middle : middle + 9000] = bytes(9000)
    decoded = audio.decode(bytes(data), RATE)
    assert decoded.duration > 5
    assert "of the 6.0 s it declares were read" in str(decoded.warning)


def closed_file() -> io.BytesIO:
    file = io.BytesIO(b"song")
    file.close()
    return file


class FailingDrive(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def bad_inputs() -> dict[str, tuple[object, str]]:
    whole = encoded("m4a")
    return {
        "empty": (b"", "is empty"),
        "text": (b"not music at all\n" * 500, "is not audio"),
        "cut off m4a": (whole[: len(whole) // 2], "is not audio"),
        "no samples": (pcm(np.zeros((1, 0), np.float32)), "holds no audio"),
        "video without sound": (video_without_sound(), "has no audio in it"),
        "missing": ("no/such/song.mp3", "cannot be opened"),
        "folder": (tempfile.gettempdir(), "is not a file"),
        "nul in the name": ("song\0.mp3", "cannot be opened"),
        "long name": ("a" * 300 + ".mp3", "cannot be opened"),
        "nothing": (None, "is NoneType, no audio file; give a path"),
        "text buffer": (io.StringIO("song"), "is open as text.*'rb'"),
        "file in text mode": (Path(__file__).open(encoding="utf-8"), "test_decode_errors.py is open as text"),
        "failing drive": (
            FailingDrive(whole),
            "cannot be read .Input/output error.; is it a whole file, and its drive connected",
        ),
        "closed file": (closed_file(), "is a file that was closed"),
        "broadcast": (
            write(tones(2.0), KINDS["aac"]._replace(container="mpegts")),
            "an MPEG transport stream, a container that is not accepted; .* MP3",
        ),
        "flash video": (
            write(tones(2.0), KINDS["aac"]._replace(container="flv")),
            "a Flash video, a container that is not accepted",
        ),
    }


@pytest.mark.parametrize("case", sorted(bad_inputs()))
def test_what_is_no_audio_is_refused_with_a_reason(case: str) -> None:
    source, reason = bad_inputs()[case]
    with pytest.raises(AudioError, match=reason):
        audio.decode(source, RATE)  # type: ignore[arg-type]


def test_too_short_and_too_long() -> None:
    data = encoded("wav")
    with pytest.raises(AudioError, match=r"short\.wav lasts 2\.00 s, at least 3\.00 s"):
        audio.decode(data, RATE, min_seconds=3, name="short.wav")
    with pytest.raises(AudioError, match="or raise max_seconds"):
        audio.decode(data, RATE, max_seconds=1)
    with pytest.raises(AudioError, match=r"lasts 2\.0 s or more, the limit is 1\.0 s"):
        audio.decode(data, RATE, max_seconds=1)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), "16000", None])
def test_a_sample_rate_that_is_none_is_refused(rate: object) -> None:
    with pytest.raises(AudioError, match="a sample rate is a number of hertz"):
        audio.decode(encoded("wav"), rate)  # type: ignore[arg-type]


def test_too_long_is_noticed_without_a_header_that_says_so() -> None:
    streamed = encoded("aac", 8.0)
    with pytest.raises(AudioError, match="the limit is"):
        audio.decode(streamed, RATE, max_seconds=4)


@pytest.mark.parametrize("kind", ["aac", "ac3", "flac", "wav"])
def test_the_length_is_reported_without_decoding(kind: str) -> None:
    assert measure.measure(encoded(kind, 8.0)) == pytest.approx(8.0, abs=0.1)
    hidden = np.concatenate(
        [np.zeros((1, 44100 * 20), np.float32), tones(20.0, 44100, 1)], axis=1
    )  # FFmpeg's guess is by the first packets
    assert measure.measure(write(hidden, kind)) == pytest.approx(40.0, abs=0.1)


def test_counting_ends_once_the_length_is_enough() -> None:
    assert 4.0 < (measure.measure(encoded("aac", 8.0), enough=4.0) or 0) < 4.1
    assert measure.measure(pcm(np.zeros((1, 0), np.float32))) is None


def test_more_samples_than_can_be_decoded_in_a_minute_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pcm(tones(2.0, RATE, 8), RATE)
    assert audio.decode(data, RATE).duration == 2.0
    monkeypatch.setattr(mixdown, "MAX_SAMPLES", 10 * RATE)
    with pytest.raises(AudioError, match="too many to decode"):
        audio.decode(data, RATE)


@pytest.mark.parametrize("rate", [10, 999, 5_000_000])
def test_absurd_sample_rates_are_refused(rate: int) -> None:
    with pytest.raises(AudioError, match=f"claims a sample rate of {rate} Hz"):
        audio.decode(pcm(tones(2.0, RATE, 1), rate), RATE)


def test_hours_of_silence_in_a_small_file_cost_next_to_nothing() -> None:
    bomb = pcm(np.zeros((1, 4 * 3600 * 8000), np.int16), 8000, "PCM_16", "FLAC")
    with pytest.raises(AudioError, match="240 min"):
        audio.decode(bomb, RATE)


def test_blocks_keep_memory_flat() -> None:
    """Twenty minutes of 44.1 kHz (77 MB at 16 kHz) cost less than 30 MB when read in blocks."""
    code = """if True:
        import io, resource, sys
        import numpy as np, soundfile
        from mer_core.audio import decode as audio
        data = io.BytesIO()
        soundfile.write(data, np.zeros(int(sys.argv[1]) * 60 * 44100, np.int16), 44100, format="FLAC")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        samples = sum(block.size for block in audio.iter_blocks(data, 16000, block_seconds=10))
        print(samples, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, "20"], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    samples, grown_kb = map(int, done.stdout.split())
    assert samples == 20 * 60 * RATE
    assert grown_kb < 30_000


@pytest.mark.parametrize(
    "name",
    [
        "dir/../odd name.wav",
        "tab\tnewline\n.wav",
        "🎵 \u202egnp.wav",
        "ééé.wav",
        "percent%03d.wav",
        "http:x.wav",
        "concat:a|b.wav",
        "-.wav",
    ],
)
def test_odd_names(name: str, tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    path = tmp_path / name
    path.write_bytes(pcm(tones(0.2)))
    assert audio.decode(path, RATE).duration == pytest.approx(0.2)
    path.write_bytes(b"junk" * 400)
    with pytest.raises(AudioError) as caught:
        audio.decode(path, RATE)
    assert str(caught.value).isprintable()


def playlists(target: str) -> dict[str, str]:
    return {
        "list.m3u8": f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n",
        "list.m3u": f"#EXTM3U\n{target}\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "list.txt": f"file '{target}'\n",
        "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT2S"><Period>'
        f'<AdaptationSet mimeType="audio/mp4"><Representation id="1" '
        f'bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        "list.asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>',
        "list.pls": f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
    }


@pytest.mark.parametrize("name", sorted(playlists("")))
def test_a_playlist_never_opens_another_file_or_address(name: str, tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    song.write_bytes(pcm(tones(2.0)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        for target in (str(song), "song.wav", f"file:{song}", f"http://127.0.0.1:{server.getsockname()[1]}/song.wav"):
            path = tmp_path / name
            path.write_text(playlists(target)[name])
            for source in (path, path.read_bytes()):
                with pytest.raises(AudioError):
                    audio.decode(source, RATE)
        with pytest.raises(TimeoutError):
            server.accept()


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    for kind in ("mp3", "m4a", "ogg"):
        audio.decode(encoded(kind), RATE)
    with pytest.raises(AudioError):
        audio.decode(b"junk" * 1000, RATE)
    assert not list(tmp_path.iterdir())


def test_an_upload_stays_open_and_a_file_of_ours_is_closed() -> None:
    upload = io.BytesIO(encoded("wav"))
    audio.decode(upload, RATE)
    assert not upload.closed
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        with pytest.raises(AudioError):
            audio.decode(__file__, RATE)
        gc.collect()
    assert not caught
