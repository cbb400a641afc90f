"""What browsers cannot play is played as a decoded copy of the same samples, of a part of a file that part alone."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_files import KINDS, tones, write
from shared_cases import case

from mer_core.app.player import sound
from mer_core.audio import playable as module
from mer_core.audio.decode import decode
from mer_core.audio.playable import playable
from mer_core.errors import AudioError
from mer_core.io.spans import spanned

AS_THEY_ARE = {"mp3", "flac", "ogg", "opus", "wav", "m4a"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_format_is_played_as_it_is_or_decoded(kind: str) -> None:
    data = write(tones(1.0, KINDS[kind].rate), kind)
    found = playable(data, f"song.{kind}")
    if found.decoded:
        samples, rate = soundfile.read(io.BytesIO(found.source), always_2d=True)
        assert found.mime == "audio/wav" and kind not in AS_THEY_ARE
        assert len(samples) / rate == pytest.approx(decode(data, 16000).duration, abs=0.01)
    else:
        assert found.source is data and found.mime.startswith("audio/")


def test_a_file_that_browsers_play_is_handed_on(tmp_path: Path) -> None:
    tone = 0.5 * np.sin(np.arange(16000) / 5)
    for name in ("a.wav", "a.aiff", "a.flac", "a.w64"):
        soundfile.write(tmp_path / name, tone, 16000, format={"w64": "W64"}.get(name[2:]), subtype="PCM_24")
    assert playable(tmp_path / "a.flac") == (tmp_path / "a.flac", "audio/flac", False)
    assert not playable(tmp_path / "a.wav").decoded
    for name in ("a.aiff", "a.w64"):
        copy = playable(tmp_path / name)
        samples = soundfile.read(io.BytesIO(copy.source))[0]
        assert copy.decoded and soundfile.info(io.BytesIO(copy.source)).subtype == "PCM_16"
        assert np.abs(samples - tone).max() <= 2**-15


def test_rf64_is_decoded() -> None:
    path = case("rf64.wav")
    assert playable(path).decoded and playable(path.read_bytes()).decoded


def test_a_track_of_an_album_is_that_part(tmp_path: Path) -> None:
    tone = np.random.default_rng(0).integers(-9000, 9000, (44100 * 3, 2)).astype(np.int16)
    soundfile.write(tmp_path / "album.flac", tone, 44100)
    copy = playable(spanned(str(tmp_path / "album.flac"), 1.0, 2.5))
    assert np.array_equal(soundfile.read(io.BytesIO(copy.source), dtype="int16")[0], tone[44100 : 44100 * 5 // 2])


def test_what_cannot_be_played_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    soundfile.write(tmp_path / "long.aiff", np.zeros(44100), 44100)
    monkeypatch.setattr(module, "MAX_COPY_BYTES", 1000)
    with pytest.raises(AudioError, match=r"browsers cannot play it as it is, and .*long\.aiff would become a WAV"):
        playable(tmp_path / "long.aiff")
    reported = sound.of_file(tmp_path / "long.aiff")
    assert isinstance(reported, str) and "cut it into shorter files" in reported
    assert isinstance(sound.of_bytes(b"junk" * 99, "x.mp3", "1"), str)
