"""The excerpts of a waveform: where they lie, whatever the blocks; and what is measured of them."""

import numpy as np
import pytest
from benchmarks import made_up_sounds as sounds
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.audio import content as excerpts
from mer_core.audio.content import EVERY, MEASURES, MOST, RATE, SECONDS, SHORTEST, Excerpts, measure, spectrogram


def numbered(n_seconds: int) -> np.ndarray:
    """A tone whose level tells which second it is: it falls by a tenth of a decibel each."""
    time = np.arange(n_seconds * RATE)
    return (np.sin(2 * np.pi * 1000 * time / RATE) * 10 ** (-(time // RATE) / 200)).astype(np.float32)


def starts(waveform: np.ndarray, block: int = 7 * RATE) -> list[int]:
    """In which second each excerpt of a `numbered` waveform begins."""
    listener = Excerpts()
    for first in range(0, len(waveform), block):
        listener.add(waveform[first : first + block])
    first_level = listener.measures()[0, 0]
    return [round(10 * (first_level - row[0])) for row in listener.measures().astype(float)]


def test_excerpts_cover_a_sound_of_any_length_evenly() -> None:
    assert starts(numbered(9)) == [0] and starts(numbered(24)) == [0] and starts(numbered(45)) == [0, 20, 40]
    assert len(starts(numbered(MOST * EVERY))) == MOST
    longer = starts(numbered(MOST * EVERY + SECONDS))
    assert longer == list(range(0, MOST * EVERY + 1, 2 * EVERY))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60 * RATE), st.lists(st.integers(1, 60 * RATE), max_size=8))
def test_the_blocks_make_no_difference(length: int, cuts: list[int]) -> None:
    waveform = np.resize(sounds.song(7), length)
    whole, parts = Excerpts(), Excerpts()
    whole.add(waveform)
    for part in np.split(waveform, sorted(cut for cut in cuts if cut < length)):
        parts.add(part)
    assert whole.measures().tobytes() == parts.measures().tobytes()


def test_memory_does_not_grow_with_the_length() -> None:
    listener, minute = Excerpts(), np.resize(sounds.song(), 60 * RATE)
    for _ in range(60):
        listener.add(minute)
        assert len(listener._measured) <= MOST and sum(map(len, listener._held)) <= SECONDS * RATE
        assert all(part.base is None for part in listener._held)  # no view that keeps a whole block


def test_of_next_to_nothing_nothing_is_said() -> None:
    listener = Excerpts()
    listener.add(np.zeros(SHORTEST - 1, np.float32))
    assert listener.measures().shape == (0, len(MEASURES))
    listener.add(np.zeros(1, np.float32))
    assert listener.measures().tolist() == [[-120, 0, 0, 0, 0]]


def test_the_loudest_frame_shows_the_level() -> None:
    clicks = np.zeros(10 * RATE, np.float32)
    clicks[RATE // 2 :: RATE] = 1
    assert -30 < measure(clicks)[0] < -20


def test_white_noise_has_the_steadiness_that_theory_says() -> None:
    assert excerpts.steadiness(spectrogram(sounds.noise())) == pytest.approx(np.exp(-np.euler_gamma), abs=0.01)
    assert excerpts.steadiness(spectrogram(sounds.tone())) > 0.95
    assert excerpts.steadiness(spectrogram(sounds.song())) < 0.3


def test_a_tone_stays_the_same_when_it_swells_or_is_interrupted() -> None:
    for sound in (sounds.swelling(sounds.tone()), sounds.interrupted(sounds.tone())):
        assert excerpts.sameness(spectrogram(sound)) > 0.8
    assert excerpts.sameness(spectrogram(sounds.song())) < 0.3


def test_speech_has_syllables_and_no_beat_a_song_has_a_beat() -> None:
    speech, song = (spectrogram(sound) for sound in (sounds.speech_like(), sounds.song()))
    assert excerpts.syllables(speech) > 0.4 > excerpts.syllables(song)
    assert excerpts.beat_strength(speech) < 0.2 < excerpts.beat_strength(song)


def test_syllables_are_changes_of_amplitude_at_their_rate() -> None:
    """Amplitude 1 + d·sin has the power d²/2 of changes."""
    time = np.arange(10 * RATE) / RATE
    for hertz, wanted in ((4, 0.5**2 / 2), (1, 0), (10, 0)):
        sound = 0.3 * (1 + 0.5 * np.sin(2 * np.pi * hertz * time)) * np.sin(2 * np.pi * 1500 * time)
        assert excerpts.syllables(spectrogram(sound)) == pytest.approx(wanted, rel=0.1, abs=0.005)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1))
def test_only_the_level_depends_on_the_gain(gain: float) -> None:
    for sound in (sounds.song(6), sounds.speech_like(6)):
        level, *shape = measure(sound) - measure(gain * sound)
        assert level == pytest.approx(-20 * np.log10(gain), abs=0.01)
        assert shape == pytest.approx([0] * 4, abs=2e-3)
