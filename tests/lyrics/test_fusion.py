"""Sound and words together: what may change, by how much, what is learned, and what is said where they disagree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from mer_core.lyrics.fusion import (
    APART,
    GRID,
    HEAVIEST,
    LEFT_TO_SOUND,
    WEIGHTS,
    Weights,
    agreement,
    fuse,
    learn_weights,
    valence_shift,
)
from mer_core.lyrics.joined import JoinedWords
from mer_core.lyrics.moods import LineMoods, WordMoods
from mer_core.lyrics.ruler import MOODS

NOT_COUNTED = WordMoods("file", "sv", 90, "not read")


def words(valence_z: float = 0.0, lines: LineMoods | None = None, **z: float) -> WordMoods:
    return WordMoods(
        "file",
        "en",
        90,
        None,
        dict.fromkeys(MOODS, 0.1),
        {**dict.fromkeys(MOODS, 0.0), **z},
        0.1,
        0.2,
        valence_z,
        lines,
    )


def test_where_words_do_not_count_nothing_is_touched() -> None:
    sound = np.array([0.1, 0.7])
    assert fuse(sound, ["dark", "happy"], NOT_COUNTED) is sound
    assert valence_shift(NOT_COUNTED) == 0.0
    assert agreement(0.5, NOT_COUNTED) is None


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(-50, 50))
def test_moods_without_a_weight_stay_to_the_bit(values: list[float], z: float) -> None:
    names = ["dark", "energetic", "love", "happy"]
    sound = np.array(values)
    fused = fuse(sound, names, words(dark=z, love=z, happy=z))
    assert (fused[1:] == sound[1:]).all()
    assert 0 <= fused[0] <= 1
    if abs(z) > 1e-9 and 1e-6 < sound[0] < 1 - 1e-6:
        assert np.sign(fused[0] - sound[0]) in (0, np.sign(z))
    assert abs(logit(np.clip(fused[0], 1e-7, 1 - 1e-7)) - logit(np.clip(sound[0], 1e-7, 1 - 1e-7))) <= 1.5 + 1e-3


def test_default_weights_are_bounded_and_leave_to_the_sound_what_is_its() -> None:
    assert all(0 < weight <= HEAVIEST for weight in WEIGHTS.moods.values())
    assert not set(WEIGHTS.moods) & LEFT_TO_SOUND
    assert set(WEIGHTS.moods) <= set(MOODS)


@pytest.mark.parametrize(
    ("sound_z", "words_z", "finding"),
    [
        (1.0, -1.0, "happy sound, sad words"),
        (-1.0, 1.0, "sad sound, happy words"),
        (1.0, 1.0, None),
        (0.5, -0.5, None),
        (0.5, 0.5 + APART, None),
    ],
)
def test_disagreement_is_a_finding(sound_z: float, words_z: float, finding: str | None) -> None:
    mean, deviation = WEIGHTS.sound_valence
    found = agreement(mean + sound_z * deviation, words(words_z))
    assert found is not None
    assert found.finding == finding
    assert found.agrees == (finding is None)


def test_weights_are_learned_where_words_help_and_only_there() -> None:
    rng = np.random.default_rng(0)
    moods = ["sad", "happy", "love", "fast"]
    labels = rng.random((600, 4)) < 0.3
    sound = np.log(3 / 7) + 0.5 * rng.normal(size=(600, 4))
    reported = np.stack([np.where(labels[:, 0], 1.0, -0.5) + rng.normal(size=600), *rng.normal(size=(3, 600))], axis=1)
    reported[:50] = np.nan
    artists = [f"artist {row // 3}" for row in range(600)]
    learned = learn_weights(sound, reported, labels, moods, artists)
    assert set(learned) == {"sad"}
    assert learned["sad"] in GRID[1:]
    reported[:, 2] = np.where(labels[:, 2], 2.0, -2.0)
    assert "love" not in learn_weights(sound, reported, labels, moods, artists)
    assert learn_weights(sound, np.full((600, 4), np.nan), labels, moods, artists) == {}


def test_row_of_the_words_ends_with_the_piece() -> None:
    lines = LineMoods(
        np.array([1.0, 4.0, 30.0]), np.array([2.0, np.nan, np.nan]), np.array([0.1, -0.2, 0.3]), np.eye(len(MOODS))[:3]
    )
    joined = JoinedWords(words(lines=lines), 0.2)
    row = joined.row(10.0)
    assert row is not None
    assert row.starts.tolist() == [1.0, 4.0]
    assert row.ends.tolist() == [2.0, 10.0]
    assert row.leading == MOODS[:2]
    assert joined.row(0.5) is None
    assert JoinedWords(NOT_COUNTED, 0.2).row(10.0) is None


def test_described_words_hold_numbers_and_reasons() -> None:
    described = JoinedWords(words(-2.0), 0.9).to_dict(60.0)
    assert described is not None
    assert described["counted"] and described["agrees"] is False
    assert described["finding"] == "happy sound, sad words"
    reported = JoinedWords(NOT_COUNTED, 0.2).to_dict(60.0)
    assert reported is not None
    assert (reported["counted"], reported["reason"], reported["moods"], reported["agrees"]) == (
        False,
        "not read",
        {},
        None,
    )
    assert JoinedWords(WordMoods("", None, 0, "No lyrics were found."), 0.2).to_dict(60.0) is None


def test_weight_is_added_in_log_odds() -> None:
    fused = fuse(np.array([0.2]), ["sad"], words(sad=2.0), Weights({"sad": 0.25}, 0.0, (0.0, 1.0)))
    assert fused[0] == pytest.approx(expit(logit(0.2) + 0.5))
