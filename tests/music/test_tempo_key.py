"""Tempo and key of sounds of which both are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from music_sounds import cadence

from mer_core.music.tempo_key import MAJOR, MINOR, NAMES, NOTHING, RATE, key_of, key_of_chroma, measure, tempo_of


@pytest.mark.parametrize(("tonic", "mode"), [(0, "major"), (9, "minor"), (3, "major"), (6, "minor")])
def test_key_of_a_cadence(tonic: int, mode: str) -> None:
    key, strength = key_of(cadence(tonic, mode, 100))
    assert key == f"{NAMES[tonic]} {mode}" and strength > 0.6


@pytest.mark.parametrize("tempo", [84, 100, 126])
def test_tempo_of_a_beat(tempo: float) -> None:
    found = tempo_of(cadence(0, "major", tempo))
    assert min(abs(found / tempo / octave - 1) for octave in (0.5, 1, 2)) < 0.04


@given(st.integers(0, 11), st.sampled_from(["major", "minor"]), st.floats(0.01, 100), st.floats(0, 5))
def test_a_profile_is_its_own_key_at_any_level(tonic: int, mode: str, scale: float, offset: float) -> None:
    chroma = np.roll(MAJOR if mode == "major" else MINOR, tonic) * scale + offset
    key, strength = key_of_chroma(chroma)
    assert key == f"{NAMES[tonic]} {mode}" and strength == pytest.approx(1, abs=1e-3)


def test_noise_has_no_clear_key() -> None:
    assert key_of_chroma(np.ones(12))[0] == ""
    noise = np.random.default_rng(0).normal(0, 0.1, 20 * RATE).astype(np.float32)
    assert key_of(noise)[0] == ""


@pytest.mark.parametrize("waveform", [np.zeros(30 * RATE), np.zeros(0), cadence(0, "major", 100, 2)])
def test_silence_and_short_sounds_give_nothing(waveform: np.ndarray) -> None:
    tempo, key, strength = measure(waveform.astype(np.float32))
    assert np.isnan(tempo) and key == NOTHING.key and np.isnan(strength)
