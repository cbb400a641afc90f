"""The MP3 → WAV step on pydub is sample-exact."""

import io
import json
from pathlib import Path

import numpy as np
import pydub
import pytest
import soundfile
from audio_files import KINDS, pcm, tones, write

from mer_core.audio import wav
from mer_core.audio.container import open_audio
from mer_core.cli import convert
from mer_core.errors import AudioError


@pytest.mark.parametrize(
    ("subtype", "dtype"), [("PCM_U8", "int16"), ("PCM_16", "int16"), ("PCM_24", "int32"), ("PCM_32", "int32")]
)
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_whole_numbers_pass_unchanged(subtype: str, dtype: str, channels: int) -> None:
    source = pcm(tones(0.5, 22050, channels), 22050, subtype)
    expected, _ = soundfile.read(io.BytesIO(source), dtype=dtype, always_2d=True)
    samples, rate = soundfile.read(io.BytesIO(wav.to_wav(source)), dtype=dtype, always_2d=True)
    assert rate == 22050
    assert np.array_equal(samples, expected)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_format_becomes_the_decoded_samples(kind: str) -> None:
    data = write(tones(1.0, KINDS[kind].rate), kind)
    with open_audio(data) as opened:
        decoded = np.concatenate([part.samples for part in opened.pcm()], axis=1).T
    expected = (
        decoded if decoded.dtype.kind == "i" else np.clip(np.rint(decoded * 32768), -32768, 32767).astype(np.int16)
    )
    samples, rate = soundfile.read(io.BytesIO(wav.to_wav(data)), dtype=expected.dtype.name, always_2d=True)
    assert rate == KINDS[kind].rate
    assert np.array_equal(samples, expected)


def test_lossless_formats_survive_the_round_trip() -> None:
    samples = np.rint(tones(1.0) * 32000).astype(np.int16)
    source = pcm(samples, subtype="PCM_16", container="FLAC")
    assert np.array_equal(soundfile.read(io.BytesIO(wav.to_wav(source)), dtype="int16")[0], samples.T)


def test_errors_are_those_of_the_front_door(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AudioError, match="is not audio"):
        wav.to_wav(b"junk" * 1000)
    monkeypatch.setattr(wav, "MAX_WAV_BYTES", 1000)
    with pytest.raises(AudioError, match="would become a WAV file of more than"):
        wav.to_wav(pcm(tones(1.0)))


def test_the_script_converts_what_it_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The recipe's first step: pydub itself opens the result, as long as the original."""
    music, out = tmp_path / "music", tmp_path / "out"
    music.mkdir()
    data = write(tones(1.0, KINDS["mp3"].rate), "mp3")
    (music / "song.mp3").write_bytes(data)
    (music / "song.ogg").write_bytes(data)  # the same name as a WAV
    (music / "junk.mp3").write_bytes(b"junk" * 1000)
    assert convert.main([str(music), "--to", "wav", "--out", str(out), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    errors = {Path(result["file"]).name: result["error"] for result in results}
    assert errors["song.mp3"] is None and "is not audio" in errors["junk.mp3"]
    assert "is there already" in errors["song.ogg"] and [path.name for path in out.iterdir()] == ["song.wav"]
    segment = pydub.AudioSegment.from_wav(out / "song.wav")
    assert (out / "song.wav").read_bytes() == wav.to_wav(data) and segment.frame_rate == KINDS["mp3"].rate
    assert convert.main([str(music / "song.mp3"), "--out", str(out)]) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert convert.main([str(out / "song.wav"), "--overwrite"]) == 1  # never onto itself
    capsys.readouterr()
    assert convert.main([str(music / "song.mp3"), "--out", str(out), "--overwrite"]) == 0
