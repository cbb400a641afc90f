"""The moods' places and families, and a track's place as a weighted mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core import mood_space
from mer_core.mood_space import FAMILIES, MOODS, OTHER


def test_every_tag_of_the_dataset_has_a_place(shared):
    tags = (shared / "data/mtg-jamendo/data/tags/moodtheme.txt").read_text().split()
    assert sorted(MOODS) == sorted(tag.removeprefix("mood/theme---") for tag in tags)
    assert len(MOODS) == 59


def test_places_are_in_range_and_families_are_all_used():
    for mood in MOODS.values():
        assert -1 <= mood.valence <= 1
        assert -1 <= mood.arousal <= 1
    assert {mood.family for mood in MOODS.values()} == set(FAMILIES)


def test_opposites_lie_in_opposite_quadrants():
    happy, sad, calm, action = (MOODS[name] for name in ("happy", "sad", "calm", "action"))
    assert happy.valence > 0.5 > -0.5 > sad.valence
    assert action.arousal > 0.5 > -0.5 > calm.arousal


def test_unknown_words_are_other_and_have_no_place():
    assert mood_space.family_of("eerie") == OTHER
    assert mood_space.family_of("sad") == "sad"
    assert np.isnan(mood_space.valence_arousal([0.9], ["eerie"])).all()
    assert np.allclose(mood_space.valence_arousal([0.9, 0.2], ["eerie", "sad"]), MOODS["sad"][:2])


def test_no_probability_means_no_place_without_a_warning(recwarn):
    places = mood_space.valence_arousal([[0.0, 0.0], [0.5, 0.0]], ["happy", "sad"])
    assert np.isnan(places[0]).all()
    assert np.allclose(places[1], MOODS["happy"][:2])
    assert not recwarn


def test_wrong_number_of_probabilities_is_refused():
    with pytest.raises(ValueError, match="3 probabilities were given for 2 moods"):
        mood_space.valence_arousal([0.1, 0.2, 0.3], ["happy", "sad"])


@given(st.lists(st.floats(0.001, 1), min_size=59, max_size=59), st.floats(0.1, 1))
def test_the_mean_stays_inside_the_plane_and_ignores_scale(probabilities, scale):
    moods = list(MOODS)
    place = mood_space.valence_arousal(probabilities, moods)
    assert (np.abs(place) <= 1).all()
    assert np.allclose(mood_space.valence_arousal(np.array(probabilities) * scale, moods), place)
