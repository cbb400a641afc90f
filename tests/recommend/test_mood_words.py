"""What mood words of other vocabularies and languages mean: by name, by the table, by meaning, or not at all."""

import pytest

from mer_core.lyrics.encoder import load_text_encoder
from mer_core.moods import MOODS
from mer_core.recommend.mood_words import BY_MEANING, BY_NAME, BY_TABLE, UNKNOWN, WORDS, meanings
from mer_core.tags.vocabulary import plain_form

ALL = tuple(MOODS)


@pytest.mark.parametrize(
    ("word", "mood", "how"),
    [
        ("Happy", "happy", BY_NAME),
        ("Feel-Good", "positive", BY_NAME),
        ("Fröhlich", "happy", BY_TABLE),
        ("TRAURIG", "sad", BY_TABLE),
        ("триста", "sad", BY_TABLE),
        ("грустный", "sad", BY_TABLE),
        ("mélancolique", "melancholic", BY_TABLE),
        ("悲しい", "sad", BY_TABLE),
        ("3/4", "", UNKNOWN),
        ("", "", UNKNOWN),
    ],
)
def test_names_and_the_table_need_no_encoder(word: str, mood: str, how: str) -> None:
    assert meanings([word], ALL)[0][:3] == (word, mood, how)


def test_only_moods_that_are_asked_for_are_meant_and_each_word_is_told_once() -> None:
    found = meanings(["Fröhlich", "traurig", "Fröhlich"], ("sad",))
    assert [(one.word, one.mood) for one in found] == [("Fröhlich", ""), ("traurig", "sad")]


def test_the_rest_is_found_by_meaning_and_kinds_of_music_are_no_moods() -> None:
    words = ["angry and furious", "Autumnal", "zwibble", "piano", "Reflective"]
    found = {one.word: one for one in meanings(words, ALL, load_text_encoder())}
    assert [found[word].mood for word in words] == ["heavy", "melancholic", "", "", ""]
    assert [found[word].how for word in words[:3]] == [BY_MEANING, BY_MEANING, UNKNOWN]
    assert all(0 <= one.likeness <= 1 for one in found.values())


def test_the_table_names_known_moods_and_no_word_twice() -> None:
    assert set(WORDS) <= set(MOODS)
    words = [plain_form(word) for group in WORDS.values() for word in group.split()]
    twice = {word for word in words if words.count(word) > 1}
    assert not twice
