"""The moods' places and families, and a track's place as a weighted mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core import moods as mood_space
from mer_core.moods import FAMILIES, MOODS, OTHER


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
    assert mood_space.family_of("mysterious") == OTHER
    assert mood_space.family_of("sad") == "sad"
    assert np.isnan(mood_space.valence_arousal([0.9], ["mysterious"])).all()
    assert np.allclose(mood_space.valence_arousal([0.9, 0.2], ["mysterious", "sad"]), MOODS["sad"][:2])


def test_no_probability_means_no_place_without_a_warning(recwarn):
    places = mood_space.valence_arousal([[0.0, 0.0], [0.5, 0.0]], ["happy", "sad"])
    assert np.isnan(places[0]).all()
    assert np.allclose(places[1], MOODS["happy"][:2])
    assert not recwarn


def test_wrong_number_of_probabilities_is_refused():
    with pytest.raises(ValueError, match="3 probabilities were given for 2 moods"):
        mood_space.valence_arousal([0.1, 0.2, 0.3], ["happy", "sad"])


@settings(deadline=None)  # other work on the machine is no failure
@given(st.lists(st.floats(0.001, 1), min_size=59, max_size=59), st.floats(0.1, 1))
def test_the_mean_stays_inside_the_plane_and_ignores_scale(probabilities, scale):
    moods = list(MOODS)
    place = mood_space.valence_arousal(probabilities, moods)
    assert (np.abs(place) <= 1).all()
    assert np.allclose(mood_space.valence_arousal(np.array(probabilities) * scale, moods), place)


def test_synonyms_lead_to_moods_and_never_hide_one():
    for word, synonym in mood_space.SYNONYMS.items():
        assert word not in MOODS
        assert set(synonym.moods) <= set(MOODS)
        assert synonym.reason
    assert mood_space.meanings("grooving") == ("groovy",)
    assert mood_space.meanings("sad") == ("sad",)
    assert mood_space.meanings("mysterious") == ()


def test_a_synonym_stands_between_the_moods_it_means():
    assert mood_space.family_of("somber") == "sad"
    between = np.mean([MOODS["sad"][:2], MOODS["melancholic"][:2]], axis=0)
    assert np.allclose(mood_space.coordinates(["somber"])[0], between)


def test_the_words_of_the_incompetech_collection_are_mapped_but_two(shared):
    tags = (shared / "data/incompetech/tags.txt").read_text().split()
    words = [tag.removeprefix("mood/theme---") for tag in tags]
    assert [word for word in words if not mood_space.meanings(word)] == ["mysterious", "mystical"]
