"""Recommending: what is asked for comes first, what is excluded never comes, and the reasons are true."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.errors import DatasetError
from mer_core.mood_path import smooth_path
from mer_core.recommend import Catalogue, Query, make_catalogue, mood_profile, rank
from mer_core.recommend_reasons import clock, closest_sections, sentence, shared_moods

MOODS = ("happy", "sad", "relaxing", "epic")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """120 tracks of 30 artists; sound and mood both follow a hidden place on a line."""
    random = np.random.default_rng(0)
    place = random.uniform(-1, 1, 120)
    embeddings = np.outer(place, random.normal(size=8)) + random.normal(0, 0.2, (120, 8))
    slopes = np.array([2.0, -2.0, -1.0, 1.0])
    probabilities = 1 / (1 + np.exp(-(np.outer(place, slopes) + random.normal(0, 0.3, (120, 4)) - 1)))
    tracks = pd.DataFrame({"track_id": [f"track_{i:07d}" for i in range(120)], "artist_id": [f"artist_{i % 30}" for i in range(120)]})
    return make_catalogue(tracks.assign(artist="", title="", duration=30.0), embeddings, probabilities, MOODS)


def test_a_track_is_its_own_best_match_and_can_be_excluded(catalogue: Catalogue) -> None:
    query = Query(sound=catalogue.sound[[7]], mood=catalogue.mood[7], variety=0.0)
    assert rank(catalogue, query, 5)["row"][0] == 7
    without = Query(sound=catalogue.sound[[7]], mood=catalogue.mood[7], excluded=("track_0000007",))
    assert 7 not in set(rank(catalogue, without, 50)["row"])


@settings(max_examples=25, deadline=None)
@given(weight=st.floats(0, 1), variety=st.floats(0, 0.9), per_artist=st.integers(1, 3), n=st.integers(1, 30))
def test_no_artist_comes_too_often_and_no_track_twice(catalogue: Catalogue, weight: float, variety: float, per_artist: int, n: int) -> None:
    query = Query(sound=catalogue.sound[[3]], mood=catalogue.mood[3], mood_weight=weight, variety=variety, per_artist=per_artist)
    found = rank(catalogue, query, n)
    assert found["track_id"].is_unique and len(found) == n
    assert found["artist_id"].value_counts().max() <= per_artist
    assert found["score"].between(0, 1).all()


def test_tracks_by_nobody_known_do_not_count_as_one_artists(catalogue: Catalogue) -> None:
    unknown = make_catalogue(catalogue.tracks.assign(artist_id=""), np.asarray(catalogue.sound), catalogue.probabilities, MOODS)
    assert len(rank(unknown, Query(mood=mood_profile(unknown, {"happy": 1}), per_artist=1), 20)) == 20
    assert len(smooth_path(unknown, mood_profile(unknown, {"sad": 1}), mood_profile(unknown, {"happy": 1}), 10, per_artist=1)) == 10


def test_more_of_and_less_of_a_mood(catalogue: Catalogue) -> None:
    happy = rank(catalogue, Query(mood=mood_profile(catalogue, {"happy": 1, "sad": -1})), 10)["row"]
    sad = rank(catalogue, Query(mood=mood_profile(catalogue, {"happy": -1, "sad": 1})), 10)["row"]
    assert catalogue.probabilities[happy, 0].mean() > catalogue.probabilities[:, 0].mean() > catalogue.probabilities[sad, 0].mean()
    bright = rank(catalogue, Query(mood=mood_profile(catalogue, {}, valence=1.0)), 10)["row"]
    assert catalogue.probabilities[bright, 0].mean() > catalogue.probabilities[:, 0].mean()


def test_an_unwanted_mood_never_stands_out(catalogue: Catalogue) -> None:
    found = rank(catalogue, Query(sound=catalogue.sound[[3]], unwanted=("epic",), per_artist=9), 96)["row"]
    assert catalogue.probabilities[found, 3].max() < np.quantile(catalogue.probabilities[:, 3], 0.81)


def test_minus_tracks_push_away(catalogue: Catalogue) -> None:
    ends = catalogue.sound[[int(np.argmax(catalogue.mood[:, 0])), int(np.argmin(catalogue.mood[:, 0]))]]
    found = rank(catalogue, Query(sound=ends, sound_weights=(1, -1), variety=0.0), 10)["row"]
    assert (catalogue.sound[found] @ ends[0] > catalogue.sound[found] @ ends[1]).all()


def test_what_cannot_be_asked_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(DatasetError, match="nothing is asked for"):
        rank(catalogue, Query())
    with pytest.raises(DatasetError, match="'sleepy' is not known"):
        mood_profile(catalogue, {"sleepy": 1})
    with pytest.raises(DatasetError, match="no track is left"):
        rank(catalogue, Query(sound=catalogue.sound[[0]], excluded=tuple(catalogue.tracks["track_id"])))
    with pytest.raises(DatasetError, match="no embedding"):
        catalogue.row_of("track_9999999")
    with pytest.raises(DatasetError, match="do not belong together"):
        make_catalogue(catalogue.tracks, catalogue.sound[:3], catalogue.probabilities, MOODS)


def test_the_scaling_of_new_tracks_is_that_of_the_catalogue(catalogue: Catalogue) -> None:
    assert np.allclose(catalogue.mood_of(catalogue.probabilities[[5]]), catalogue.mood[[5]])


def test_a_path_leads_from_one_mood_to_the_other(catalogue: Catalogue) -> None:
    start, end = mood_profile(catalogue, {"sad": 1}), mood_profile(catalogue, {"happy": 1})
    path = smooth_path(catalogue, start, end, n=8)
    happy = catalogue.mood[path["row"], 0]
    assert happy[:2].mean() < happy[3:5].mean() < happy[-2:].mean()
    assert path["track_id"].is_unique and path["artist_id"].value_counts().max() <= 2
    with pytest.raises(DatasetError, match="ask for fewer"):
        smooth_path(catalogue, start, end, n=31, per_artist=1)


def test_reasons_name_what_is_shared_and_where() -> None:
    random = np.random.default_rng(1)
    query, track = random.normal(size=(40, 16)), random.normal(size=(50, 16))
    track[30:33] = query[10:13]
    sections = closest_sections(query, track, hop_seconds=3.0)
    assert (sections.query_start, sections.track_start) == (30.0, 90.0) and sections.similarity > 0.95
    assert sentence(["relaxing", "dream"], sections) == "both relaxing and dream; closest sections 0:30 and 1:30"
    assert sentence([], None) == "alike in sound" and clock(80) == "1:20"


def test_only_moods_that_stand_out_on_both_sides_are_shared(catalogue: Catalogue) -> None:
    row = int(np.argmax(catalogue.mood[:, 0]))
    assert shared_moods(catalogue, row, catalogue.mood[row])[0] == "happy"
    assert shared_moods(catalogue, row, -catalogue.mood[row]) == []
