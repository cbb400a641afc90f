"""Finding music by describing it: what is understood, what is not wanted, what is unknown, and what is found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.errors import DatasetError
from mer_core.lyrics.encoder import load_text_encoder
from mer_core.moods import MOODS as ALL_MOODS
from mer_core.recommend.catalogue import Catalogue, make_catalogue
from mer_core.recommend.describe import (
    Understood,
    described,
    in_words,
    likeness,
    split,
    understand,
    unwanted_moods,
)
from mer_core.recommend.glossary import glossary_of
from mer_core.recommend.heard_tags import heard_tags
from mer_core.recommend.rank import Query, rank

MOODS = ("calm", "dark", "happy", "sad")


@pytest.fixture
def catalogue() -> Catalogue:
    """Forty tracks; the first ten are most of all calm, the next dark, and so on; every other one has a piano."""
    rng = np.random.default_rng(0)
    probabilities = np.full((40, 4), 0.1) + 0.02 * rng.random((40, 4))
    for row in range(40):
        probabilities[row, row // 10] = 0.8
    ids = [f"t{row}" for row in range(40)]
    tracks = pd.DataFrame({"track_id": ids, "artist_id": ids, "artist": ids, "title": ids, "duration": 60.0})
    made = make_catalogue(tracks, rng.normal(size=(40, 8)), probabilities, MOODS)
    return replace(made, heard=pd.DataFrame({"piano": np.resize([1.0, -1.0], 40)}))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sad rainy piano", [("sad rainy piano", 1)]),
        ("calm without being sad", [("calm", 1), ("being sad", -1)]),
        ("not sad, rather jolly", [("sad", -1), ("jolly", 1)]),
        ("no drums but a piano", [("drums", -1), ("a piano", 1)]),
        ("ruhig, ohne Schlagzeug", [("ruhig", 1), ("schlagzeug", -1)]),
        ("sans batterie", [("batterie", -1)]),
        ("不悲伤", [("悲伤", -1)]),
        ("暗いじゃない", [("暗い", -1)]),
        (" ,. ", []),
    ],
)
def test_descriptions_are_cut_at_negation(text: str, parts: list[tuple[str, int]]) -> None:
    assert [tuple(part) for part in split(text)] == parts


@pytest.mark.parametrize(
    ("text", "moods", "tags"),
    [
        ("sad rainy piano", {"sad": 1}, {"piano": 1}),
        ("angry but slow", {"heavy": 1, "slow": 1}, {}),
        ("upbeat acoustic guitar, no drums", {"upbeat": 1}, {"acoustic": 1, "guitar": 1, "drums": -1}),
        ("calm without being sad", {"calm": 1, "sad": -1}, {}),
        ("instrumental, no vocals", {}, {"instrumental": 1, "female vocalists": -1, "male vocalists": -1}),
        ("fröhliche Musik", {"happy": 1}, {}),
        ("грустная музыка", {"sad": 1}, {}),
        ("música relajante", {"relaxing": 1}, {}),
    ],
)
def test_moods_tags_and_negation_are_understood(text: str, moods: dict[str, int], tags: dict[str, int]) -> None:
    understood = understand(text)
    assert {mood: np.sign(understood.moods.get(mood, 0)) for mood in moods} == moods
    assert {tag: np.sign(understood.tags.get(tag, 0)) for tag in tags} == tags


def test_valence_and_arousal_of_descriptions() -> None:
    for text, valence, arousal in (("sad and lonely", -1, -1), ("a wild happy party", 1, 1), ("furious rage", -1, 1)):
        understood = understand(text)
        assert understood.valence is not None and understood.arousal is not None
        assert (np.sign(understood.valence), np.sign(understood.arousal)) == (valence, arousal), text


def test_words_of_which_nothing_is_known_are_reported() -> None:
    assert understand("happy blorptastic zwibble").unknown == ("blorptastic", "zwibble")
    assert understand("happy music for the morning").unknown == ("morning",)
    assert understand("").empty
    assert understand("xqzt").empty
    assert in_words(understand("sad piano, no drums, zwibble").to_dict()).startswith(
        "understood: sad, piano; not drums"
    )
    assert "unknown: zwibble" in in_words(understand("sad, zwibble").to_dict())


@given(st.text(max_size=80))
def test_any_text_is_understood_as_something_bounded(text: str) -> None:
    understood = understand(text)
    weights = [*understood.moods.values(), *understood.tags.values(), understood.valence or 0, understood.arousal or 0]
    assert all(-1 <= weight <= 1 for weight in weights)


def test_best_tracks_have_the_mood_and_the_sound(catalogue: Catalogue) -> None:
    understood = Understood({"sad": 1.0}, {"piano": 1.0, "theremin": 1.0})
    query = Query(described=described(catalogue, understood), variety=0.0)
    assert set(rank(catalogue, query, 5)["track_id"]) == {"t30", "t32", "t34", "t36", "t38"}
    scores = likeness(catalogue, understood)
    assert scores.shape == (40,)
    assert np.abs(scores).max() < 1
    assert likeness(catalogue, Understood(valence=-0.8, arousal=-0.5)).argmax() // 10 == 3


def test_what_is_not_wanted_stays_out(catalogue: Catalogue) -> None:
    understood = Understood({"sad": 1.0, "dark": -1.0, "epic": -1.0})
    assert unwanted_moods(catalogue, understood) == ["dark"]
    query = Query(described=described(catalogue, understood), unwanted=unwanted_moods(catalogue, understood))
    assert not set(rank(catalogue, query, 20)["track_id"]) & {f"t{row}" for row in range(10, 18)}


@pytest.mark.parametrize("understood", [Understood(), Understood(tags={"theremin": 1.0}), Understood({"epic": 1.0})])
def test_nothing_to_search_by_gets_a_sentence(catalogue: Catalogue, understood: Understood) -> None:
    with pytest.raises(DatasetError, match="nothing to search by"):
        likeness(catalogue, understood)


def test_every_mood_and_tag_of_the_vocabulary_is_one_that_exists() -> None:
    glossary = glossary_of(load_text_encoder())
    moods = {name for name, kind in zip(glossary.names, glossary.kinds, strict=True) if kind == "mood"}
    assert moods == set(ALL_MOODS)
    heard = heard_tags("musicnn", "mean", np.zeros((2, 200)))
    assert heard is not None
    tags = {name for name, kind in zip(glossary.names, glossary.kinds, strict=True) if kind == "tag"}
    assert tags <= set(heard)


def test_heard_tags_are_those_of_the_network(shared: Path) -> None:
    reference = np.load(shared / "data" / "incompetech" / "reference_musicnn.npz")
    heard = heard_tags("musicnn", "mean", reference["penultimate_mean"])
    assert heard is not None
    reported = np.log(reference["tags_mean"] / (1 - reference["tags_mean"]))
    for column, name in enumerate(heard.columns[:50]):
        assert np.corrcoef(heard[name], reported[:, column])[0, 1] > 0.9, name
    assert heard.to_numpy().mean(axis=0) == pytest.approx(0, abs=1e-6)
    assert heard_tags("vggish", "mean", np.zeros((2, 128))) is None
    assert heard_tags("musicnn", "max", np.zeros((2, 200))) is None
