"""Lengths: what is heard, whatever headers, packet sums and joined files say; the same in scan, store, JSON and
waveform."""

import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soxr
from audio_files import KINDS, Kind, dsf, in_container, pcm, tones, vorbis, write
from hypothesis import given, settings
from hypothesis import strategies as st
from prediction_models import make_model
from shared_cases import CASE_SECONDS

from mer_core.audio import decode as audio
from mer_core.audio.formats import SUFFIXES
from mer_core.audio.measure import measure, read_sound
from mer_core.embeddings.pipeline import AudioItem, embed_tracks
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.encoders.placeholder import PlaceholderEncoder
from mer_core.errors import AudioError
from mer_core.inference.predict import Predictor

Maker = Callable[[np.ndarray], bytes]


def flac_in(container: str) -> Maker:
    """FLAC in another of FFmpeg's containers."""
    return lambda samples: in_container(write(samples, "flac"), container)


def coded(container: str, codec: str) -> Maker:
    """One of FFmpeg's containers and coders."""
    return lambda samples: write(samples, Kind(container, codec))


def narrow(samples: np.ndarray) -> bytes:
    """AMR, which is 8 kHz mono."""
    mono = soxr.resample(samples.mean(axis=0), 44100, 8000).astype(np.float32)[None]
    return write(mono, Kind("amr", "libopencore_amrnb", 8000, bit_rate=12_200))


OTHERS: dict[str, Maker] = {
    "tta": coded("tta", "tta"),
    "mov": coded("mov", "aac"),
    "m4b": coded("ipod", "aac"),
    "3gp": coded("3gp", "aac"),
    "3g2": coded("3g2", "aac"),
    "mka": flac_in("matroska"),
    "oga": flac_in("ogg"),
    "aifc": coded("aiff", "pcm_s16be"),
    "w64": coded("w64", "pcm_s16le"),
    "voc": coded("voc", "pcm_s16le"),
    "amr": narrow,
    "dsf": dsf,
}
"""Ways of storing sound (2, n) at 44.1 kHz beside KINDS, by suffix."""
UNWRITTEN = {".ape", ".mpc", ".tak", ".dts", ".thd"}
"""Endings of formats that are read and that nothing here can write, so that they are not tried here."""
SAME = {".wave": "wav", ".aif": "aiff"}
"""Other names of formats that are tried."""
FRAME = 0.047
"""Seconds: the longest frame of these coders at 44.1 kHz (WMA, 2048 samples)."""
RATE = 16000


def varied(seconds: float, rate: int = 44100) -> np.ndarray:
    """A chord with a click every third of a second, so that coders change between long and short blocks; shape (2,
    n)."""
    samples = tones(seconds, rate)
    for start in range(0, samples.shape[1] - 200, rate // 3):
        samples[:, start : start + 200] += np.random.default_rng(start).uniform(-0.4, 0.4, (2, 200)).astype(np.float32)
    return samples


def xing(frames: float, size: float = 1.0) -> bytes:
    """An MP3 of 10 s whose header states `frames` times its frames and `size` times its bytes."""
    data = bytearray(write(varied(10.0), "mp3", id3v2_version="0"))
    at = max(data.find(b"Xing"), data.find(b"Info"))
    reported = struct.unpack_from(">II", data, at + 8)
    struct.pack_into(
        ">II",
        data,
        at + 8,
        *(min(int(n * times), 0x7FFFFFFF) for n, times in zip(reported, (frames, size), strict=True)),
    )
    return bytes(data)


@cache
def sounds() -> dict[str, tuple[bytes, float]]:
    """Files by name, and how many seconds are heard of each."""
    slow = KINDS["mp3"]._replace(rate=22050)
    found = {kind: (write(varied(10.0, KINDS[kind].rate), kind), 10.02) for kind in KINDS}
    found |= {
        "ogg": (vorbis(varied(10.0)), 10.0),
        "joined.mp3": (write(varied(10.0), "mp3") + write(varied(7.0), "mp3"), 17.03),
        "joined, other rate.mp3": (write(varied(10.0), "mp3") + write(varied(7.0, 22050), slow), 17.05),
        "joined, not counted.mp3": (write(varied(5.0), "mp3", write_xing="0") * 2, 10.05),
        "chained.ogg": (vorbis(varied(10.0)) + vorbis(varied(7.0)), 17.0),
        "chained, other rate.ogg": (vorbis(varied(10.0)) + vorbis(varied(7.0, 22050), 22050), 17.0),
        "chained, other channels.ogg": (vorbis(varied(4.0)) + vorbis(varied(3.0)[:1]) + vorbis(varied(2.0)), 9.0),
        "chained with itself.ogg": (vorbis(varied(4.0)) * 3, 12.0),
        "chained.opus": (write(varied(6.0, 48000), "opus") + write(varied(5.0, 48000), "opus"), 11.0),
        "count of 0.mp3": (xing(0), 10.0),
        "half the count.mp3": (xing(0.5), 10.0),
        "twice the count.mp3": (xing(2), 10.0),
        "a billion frames.mp3": (xing(1e9), 10.0),
        "float64.wav": (pcm(varied(3.0), subtype="DOUBLE"), 3.0),
        "rf64.wav": (pcm(varied(3.0), container="RF64"), 3.0),
    }
    found |= {kind: (make(varied(3.0)), 3.0) for kind, make in OTHERS.items()}
    return found


@pytest.mark.parametrize("name", sounds())
def test_scan_store_json_and_waveform_agree_within_one_frame(name: str, tmp_path: Path) -> None:
    data, expected = sounds()[name]
    path = tmp_path / f"song.{name.rpartition('.')[2]}"
    path.write_bytes(data)
    heard = audio.decode(path, RATE)
    scanned = read_sound(path, name)
    stored = next(embed_tracks([AudioItem("track_1", name, path)], PlaceholderEncoder()))
    assert isinstance(stored, TrackEmbedding)
    reported = Predictor(make_model()).from_file(path).to_dict()["duration"]
    assert heard.waveform.size / RATE == pytest.approx(expected, abs=0.06)
    for seconds in (heard.duration, scanned.seconds, stored.duration, reported, measure(path)):
        assert seconds == pytest.approx(heard.waveform.size / RATE, abs=FRAME)
    assert scanned.damage == ""


def test_every_format_that_is_read_is_tried() -> None:
    tried = {f".{kind}" for kind in KINDS} | {f".{kind}" for kind in OTHERS} | {".ogg"} | set(SAME)
    assert set(SUFFIXES) - tried == UNWRITTEN


@settings(max_examples=25)
@given(
    kind=st.sampled_from([*KINDS, "ogg", *OTHERS]),
    seconds=st.floats(1.0, 4.0),
    end=st.sampled_from(["", "ID3", "junk"]),
)
def test_scan_and_waveform_agree_for_every_format_and_length(kind: str, seconds: float, end: str) -> None:
    if kind == "ogg":
        data = vorbis(varied(seconds))
    else:
        data = OTHERS[kind](varied(seconds)) if kind in OTHERS else write(varied(seconds, KINDS[kind].rate), kind)
    tail = {"": b"", "ID3": b"TAG" + bytes(125), "junk": b"\0" * 700}[end]
    heard = audio.decode(data + tail, RATE)
    assert read_sound(data + tail, kind).seconds == pytest.approx(heard.duration, abs=FRAME)
    assert heard.duration == pytest.approx(seconds, abs=0.06)


@pytest.mark.parametrize("name", sounds())
def test_only_a_header_that_lies_is_reported(name: str) -> None:
    warning = audio.decode(sounds()[name][0], RATE).warning
    if name in ("twice the count.mp3", "a billion frames.mp3"):
        assert "its header is wrong: it declares" in str(warning) and "10.0 s were read" in str(warning)
    else:
        assert warning is None


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac", "wav", "opus"])
def test_what_is_cut_off_is_still_damaged(kind: str) -> None:
    data, _ = sounds()[kind]
    cut = data[: len(data) * 6 // 10]
    scanned, heard = read_sound(cut, kind), audio.decode(cut, RATE)
    assert scanned.damage and "truncated" in str(heard.warning)
    assert scanned.seconds == pytest.approx(heard.duration, abs=FRAME) and heard.duration < 8


def test_the_cap_is_on_what_is_decoded() -> None:
    with pytest.raises(AudioError, match=r"the limit is 8\.0 s"):
        audio.decode(sounds()["joined.mp3"][0], RATE, max_seconds=8)
    assert audio.decode(sounds()["a billion frames.mp3"][0], RATE, max_seconds=11).duration == pytest.approx(
        10, abs=0.1
    )


def test_a_free_format_mp3_is_called_so() -> None:
    even = KINDS["mp3"]._replace(rate=48000)  # whose frames are all of one size
    data = bytearray(write(tones(2.0, 48000), even, id3v2_version="0", write_xing="0"))
    size = data.index(data[:3], 300)
    for at in range(0, len(data) - 4, size):
        data[at + 2] &= 0x0F
    for source in (bytes(data), b"ID3\4\0\0\0\0\0\5" + bytes(5) + bytes(data)):
        with pytest.raises(AudioError, match=r"free-format MP3.*re-encode it"):
            audio.decode(source, RATE)


@pytest.mark.parametrize("name", CASE_SECONDS)
def test_the_shared_cases_are_right(name: str, shared: Path) -> None:
    path = shared / "cases" / name
    sound, heard = read_sound(path, name), audio.decode(path, RATE)
    assert sound.damage == ""
    assert sound.seconds == pytest.approx(CASE_SECONDS[name], abs=0.02) and heard.duration == pytest.approx(
        CASE_SECONDS[name], abs=0.02
    )
    assert measure(path) == pytest.approx(CASE_SECONDS[name], abs=0.04)


def test_the_shared_free_format_case_is_named(shared: Path) -> None:
    with pytest.raises(AudioError, match="free-format"):
        read_sound(shared / "cases" / "free_format.mp3", "free_format.mp3")
