"""Measured valence and arousal in recommendations: the nearer come first, and what is said of them is true."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prediction_models import MOODS, make_model

from mer_core.model.valence_arousal import ValenceArousal
from mer_core.moods import contradicted
from mer_core.recommend.ask import query_by, query_for
from mer_core.recommend.catalogue import Catalogue, make_catalogue
from mer_core.recommend.describe import Understood, likeness
from mer_core.recommend.explain import sentence, shared_moods
from mer_core.recommend.place import MUCH, compared, place_likeness, wanted_place
from mer_core.recommend.rank import rank

place = st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(np.array)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """60 tracks whose sound and moods say nothing, spread over the plane."""
    rng = np.random.default_rng(0)
    ids = [f"t{i}" for i in range(60)]
    tracks = pd.DataFrame({"track_id": ids, "artist_id": ids, "artist": ids, "title": ids, "duration": 30.0})
    made = make_catalogue(tracks, rng.normal(size=(60, 8)), rng.uniform(0.1, 0.2, (60, 4)), MOODS)
    return replace(made, plane=rng.uniform(-1, 1, (60, 2)))


@given(place, place)
def test_two_places_compare_as_they_lie(track: np.ndarray, asked: np.ndarray) -> None:
    said, turned = " ".join(compared(track, asked)), " ".join(compared(asked, track))
    for side, lower, higher in ((0, "darker", "brighter"), (1, "calmer", "livelier")):
        assert not (higher in said and track[side] <= asked[side])
        assert not (lower in said and track[side] >= asked[side])
        assert (higher in said) == (lower in turned)
        assert abs(track[side] - asked[side]) < MUCH or f"much {higher}" in said or f"much {lower}" in said
    assert -1 <= place_likeness(track[None], asked)[0] <= 1
    assert place_likeness(asked[None], asked)[0] == 1


def test_nothing_is_called_alike_near_the_middle() -> None:
    assert compared(np.array([0.0, -0.6]), np.array([0.1, -0.5])) == ["as calm"]
    assert compared(np.array([-0.4, -0.6]), np.array([0.0, np.nan])) == ["a little darker"]
    assert wanted_place(None, None) is None


def test_a_wished_place_brings_the_nearest_tracks_and_says_so(catalogue: Catalogue) -> None:
    query = query_for(catalogue, {}, arousal=-0.9)
    assert query is not None and catalogue.plane is not None
    found = rank(catalogue, query, 5)
    nearest = np.sort(np.abs(catalogue.plane[:, 1] + 0.9))[:5]
    assert np.sort(np.abs(catalogue.plane[found["row"], 1] + 0.9)) == pytest.approx(nearest)
    assert sentence(catalogue, query, found.iloc[0], None) == "It is as calm as asked."
    at = replace(catalogue, plane=np.array([[0.5, -0.6], [0.8, -0.6], [0.8, -0.1]]))
    both = query_for(catalogue, {}, valence=0.5, arousal=-0.6)
    assert both is not None
    said = [sentence(at, both, pd.Series({"row": row, "sound_similarity": 0.0}), None) for row in range(3)]
    assert said == [
        "It is as calm and as bright as asked.",
        "It is as calm as asked and a little brighter.",
        "It is a little livelier and a little brighter than asked.",
    ]
    assert query_for(catalogue, {}) is None
    by_moods = query_for(replace(catalogue, plane=None), {}, arousal=-0.9)
    assert by_moods is not None and by_moods.place is None and by_moods.wishes is not None and by_moods.wishes.any()


def test_tracks_asked_by_lend_their_place(catalogue: Catalogue) -> None:
    plane = ValenceArousal(np.zeros((8, 2)), np.array([0.5, -0.5]), np.full(2, 0.3), np.full(2, 0.2), 0.8)
    model = make_model(pooling="mean")
    X = np.random.default_rng(1).normal(size=(60, int(model.encoder["dim"])))
    heard = make_catalogue(catalogue.tracks, X, model.probabilities(X), MOODS)
    plane = replace(plane, weights=np.zeros((X.shape[1], 2)))
    query = query_by(heard, replace(model, plane=plane), X[:2], [1.0, -1.0])
    assert query.place == pytest.approx([0.5, -0.5])
    assert query_by(heard, model, X[:2], [1.0, -1.0]).place is None
    far = np.tile([[0.5, -0.5], [-0.9, -0.5]], (30, 1))
    measured = replace(heard, plane=far, not_music=np.zeros(60, bool))
    found = rank(measured, replace(query, sound=None, mood=np.zeros((2, 4))), 10)
    assert not (found["row"] % 2).any()
    one = pd.Series({"row": 1, "sound_similarity": 0.0})
    assert "It is as calm and much darker." in sentence(measured, query, one, None)


def test_a_reason_does_not_contradict_the_measured_place(catalogue: Catalogue) -> None:
    wanted, row = np.full(4, 2.0), 0
    loud = replace(catalogue, mood=np.full((60, 4), 2.0))
    place, ends = np.array([[0.6, -0.8]]), np.array([[[0.3, 0.9], [-0.9, -0.5]]])
    against = np.repeat(contradicted(place, ends, MOODS), 60, axis=0)
    assert set(shared_moods(loud, row, wanted, most=4)) == set(MOODS)
    assert set(shared_moods(replace(loud, contradicted=against), row, wanted, most=4)) == {"calm", "relaxing"}


def test_a_described_place_is_compared_with_the_measured_one(catalogue: Catalogue) -> None:
    assert catalogue.plane is not None
    fit = likeness(catalogue, Understood(valence=-0.8, arousal=-0.8))
    assert fit.argmax() == ((catalogue.plane + 0.8) ** 2).sum(axis=1).argmin()
