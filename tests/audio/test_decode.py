"""The audio front door: every format, from a path and from bytes; whole and in blocks."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from audio_files import KINDS, pcm, tones, vorbis, write

from mer_core.audio import decode as audio
from mer_core.audio import levels, measure

RATE = 16000
FILES = [*sorted(KINDS), "ogg"]


def encoded(kind: str, seconds: float = 2.0) -> tuple[bytes, int, np.ndarray]:
    """A file of `kind`, its sample rate and what went into it."""
    rate = 44100 if kind == "ogg" else KINDS[kind].rate
    samples = tones(seconds, rate)
    return (vorbis(samples, rate) if kind == "ogg" else write(samples, kind)), rate, samples


def likeness(a: np.ndarray, b: np.ndarray, most_shift: int = 800) -> float:
    """Highest correlation of two waveforms over shifts of up to 50 ms, their ends left out."""
    middle = a[2000:20000]
    return max(
        float(np.corrcoef(middle, b[2000 + shift : 2000 + shift + middle.size])[0, 1])
        for shift in range(-most_shift, most_shift, 1)
    )


@pytest.mark.parametrize("kind", FILES)
def test_every_format_from_path_bytes_and_upload(kind: str, tmp_path: Path) -> None:
    data, rate, samples = encoded(kind)
    path = tmp_path / f"song.{kind}"
    path.write_bytes(data)
    decoded = audio.decode(path, RATE)
    assert decoded.warning is None
    assert decoded.waveform.dtype == np.float32
    assert decoded.duration == pytest.approx(2.0, abs=0.06)
    assert decoded.waveform.size == round(decoded.duration * RATE)
    assert likeness(soxr.resample(samples.mean(axis=0), rate, RATE), decoded.waveform) > 0.98
    for other in (str(path), data, io.BytesIO(data), path.open("rb")):
        assert np.array_equal(audio.decode(other, RATE).waveform, decoded.waveform)


@pytest.mark.parametrize("kind", FILES)
def test_probe_returns_what_the_header_says(kind: str) -> None:
    data, rate, samples = encoded(kind)
    info = measure.probe(data)
    assert (info.sample_rate, info.channels) == (rate, len(samples))
    assert info.duration == pytest.approx(2.0, rel=0.1)


def test_an_mp3_starts_where_libsndfile_starts_it(tone_mp3: Path) -> None:
    samples, rate = soundfile.read(tone_mp3, dtype="float32")
    expected = soxr.resample(samples.mean(axis=1), rate, RATE, "HQ")
    assert np.allclose(audio.decode(tone_mp3, RATE).waveform, expected, atol=1e-4)


def test_agrees_with_the_reference_decoding_on_real_music(shared: Path) -> None:
    path = min((shared / "data/incompetech/audio").glob("*/*.mp3"))
    samples, rate = soundfile.read(path, dtype="float32")
    expected = soxr.resample(samples.mean(axis=1), rate, RATE, "HQ")
    assert np.allclose(audio.decode(path, RATE).waveform, np.clip(expected, -1, 1), atol=1e-4)


@pytest.mark.parametrize("kind", ["wav", "mp3", "opus", "aac", "mp2"])
def test_of_channels_in_opposite_phase_one_is_heard_alone(kind: str) -> None:
    rate = KINDS[kind].rate
    left = tones(4.0, rate, 1)
    decoded = audio.decode(write(np.concatenate([left, -left]), kind), RATE)
    assert likeness(soxr.resample(left[0], rate, RATE), decoded.waveform) > 0.98
    assert decoded.warning is not None and "cancel each other out (opposite phase) for 4." in decoded.warning


def test_only_pieces_that_cancel_are_heard_by_one_channel() -> None:
    left = tones(8.0, RATE, 1)
    half = np.where(np.arange(left.size) < 65536, left, -0.8 * left)  # what is handed on at once
    quiet = np.zeros_like(left)
    decoded = audio.decode(pcm(np.concatenate([quiet, left, -half]), RATE, "FLOAT"), RATE)
    assert np.allclose(decoded.waveform[:65536], left[0, :65536], atol=1e-6) and np.allclose(
        decoded.waveform[65536:], 0.6 * left[0, 65536:], atol=1e-6
    )
    assert "for 4.1 s, where one" in str(decoded.warning)


def test_no_alias_of_a_tone_above_the_new_band() -> None:
    time = np.arange(2 * 44100) / 44100
    high = np.sin(2 * np.pi * 12000 * time, dtype=np.float64)[None].astype(np.float32) * 0.9
    inside = audio.decode(pcm(high, subtype="FLOAT"), RATE).waveform[1600:-1600]
    assert np.abs(inside).max() < 1e-4


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_sample_formats_and_channel_counts(subtype: str, channels: int) -> None:
    samples = tones(0.5, RATE, channels)
    waveform = audio.decode(pcm(samples, RATE, subtype), RATE).waveform
    assert np.allclose(waveform, samples.mean(axis=0), atol=0.01 if subtype == "PCM_U8" else 5e-5)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 48000, 96000, 192000])
def test_sample_rates(rate: int) -> None:
    decoded = audio.decode(pcm(tones(1.0, rate), rate), RATE)
    assert decoded.waveform.size == RATE
    assert np.abs(decoded.waveform).max() == pytest.approx(0.5, abs=0.03)


def test_silence_is_kept_and_direct_current_is_taken_away() -> None:
    assert not audio.decode(pcm(np.zeros((1, 44100), np.float32)), RATE).waveform.any()
    constant = audio.decode(pcm(np.full((2, 44100), 0.25, np.float32)), RATE)
    assert not constant.waveform.any()
    assert "a constant offset of 0.25 was taken away" in str(constant.warning)


def test_what_is_no_number_becomes_silence_with_a_warning() -> None:
    samples = tones(1.0, RATE, 1)
    samples[0, 1000:1010], samples[0, 2000] = np.nan, np.inf
    decoded = audio.decode(pcm(samples, RATE, "FLOAT"), RATE)
    assert np.isfinite(decoded.waveform).all()
    assert not decoded.waveform[1000:1010].any()
    assert "11 samples were no finite numbers" in str(decoded.warning)


@pytest.mark.parametrize("gain", [2.5, 8.0, 32768.0, 2.0**31])
def test_sound_beyond_full_scale_is_scaled_not_clipped(gain: float) -> None:
    samples = tones(1.0, RATE, 1)
    decoded = audio.decode(pcm(samples * np.float32(gain), RATE, "FLOAT"), RATE)
    assert np.allclose(decoded.waveform, samples[0] * levels.PEAK / np.abs(samples).max(), atol=1e-5)
    assert "it goes beyond full scale and was lowered by" in str(decoded.warning)


@pytest.mark.parametrize("container", ["wav", "mp3", "flac"])
def test_very_quiet_sound_is_raised_and_an_offset_taken_away(container: str) -> None:
    samples = tones(40.0, 44100, 1)
    quiet = audio.decode(write(samples * np.float32(0.02), container), RATE)
    assert np.abs(quiet.waveform).max() == pytest.approx(levels.PEAK, abs=0.02)
    assert "very quiet and was raised by" in str(quiet.warning)
    centred = audio.decode(write(samples * np.float32(0.7) + np.float32(0.2), container), RATE)
    expected = soxr.resample(samples[0], 44100, RATE) * 0.7
    assert likeness(expected, centred.waveform) > 0.98 and abs(float(centred.waveform[2000:-2000].mean())) < 2e-3
    assert "a constant offset of 0." in str(centred.warning)


def test_music_that_begins_quietly_is_left_as_it_is() -> None:
    samples = tones(70.0, RATE, 1)
    samples[:, : 40 * RATE] *= np.float32(0.02)
    decoded = audio.decode(pcm(samples, RATE, "FLOAT"), RATE)
    assert decoded.warning is None and np.allclose(decoded.waveform, samples[0], atol=1e-6)


@pytest.mark.parametrize("value", [3.4e38, 1e7, 50.0])
def test_a_few_samples_of_no_sound_do_not_change_the_rest(value: float) -> None:
    samples = tones(40.0, RATE, 2)
    expected = audio.decode(pcm(samples, RATE, "FLOAT"), RATE).waveform
    samples[:, 600_000], samples[:, 600_001] = value, -value  # where the first seconds tell nothing of them
    decoded = audio.decode(pcm(samples, RATE, "FLOAT"), RATE)
    near = np.abs(np.arange(expected.size) - 600_000) < 10
    assert np.isfinite(decoded.waveform).all() and np.array_equal(decoded.waveform[~near], expected[~near])
    assert decoded.warning is not None


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes_called_floats_are_finite_and_in_range(seed: int) -> None:
    data = np.frombuffer(np.random.default_rng(seed).bytes(4 * 128_000), np.float32).reshape(1 + seed % 2, -1)
    for rate in (RATE, 44100):
        waveform = audio.decode(pcm(data, rate, "FLOAT"), RATE).waveform
        assert np.isfinite(waveform).all() and np.abs(waveform).max() <= 1
