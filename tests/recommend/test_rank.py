"""Recommending: what is asked for comes first, what is excluded never comes, and the reasons are true."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from mer_core.errors import DatasetError
from mer_core.model.bundle import STARTER_DIR, load_model
from mer_core.recommend.catalogue import Catalogue, make_catalogue
from mer_core.recommend.explain import Seed, clock, closest_sections, cut, path_sentence, sentence, shared_moods
from mer_core.recommend.path import smooth_path
from mer_core.recommend.rank import Query, check_seeds, mood_profile, rank, usual_per_artist, why_fewer, wishes_of

MOODS = ("happy", "sad", "relaxing", "epic")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """120 tracks of 30 artists; sound and mood both follow a hidden place on a line."""
    random = np.random.default_rng(0)
    place = random.uniform(-1, 1, 120)
    embeddings = np.outer(place, random.normal(size=8)) + random.normal(0, 0.2, (120, 8))
    slopes = np.array([2.0, -2.0, -1.0, 1.0])
    probabilities = 1 / (1 + np.exp(-(np.outer(place, slopes) + random.normal(0, 0.3, (120, 4)) - 1)))
    tracks = unnamed_tracks(120).assign(artist_id=[f"artist_{i % 30}" for i in range(120)])
    return make_catalogue(tracks, embeddings, probabilities, MOODS)


@pytest.fixture(scope="module")
def many_moods() -> Catalogue:
    """300 tracks by nobody known; 56 moods and the sound follow six hidden directions, as real moods do that
    overlap."""
    random = np.random.default_rng(2)
    hidden = random.normal(size=(300, 6))
    logits = hidden @ random.normal(size=(6, 56)) + random.normal(0, 0.7, (300, 56)) - 3
    embeddings = hidden @ random.normal(size=(6, 20)) + random.normal(0, 0.5, (300, 20))
    return make_catalogue(unnamed_tracks(300), embeddings, 1 / (1 + np.exp(-logits)), [f"mood {i}" for i in range(56)])


def unnamed_tracks(n: int) -> pd.DataFrame:
    """`n` tracks of which only the id is known."""
    return pd.DataFrame(
        {"track_id": [f"track_{i:07d}" for i in range(n)], "artist_id": "", "artist": "", "title": "", "duration": 30.0}
    )


def assert_leads(catalogue: Catalogue, rows: pd.Series, start: str, end: str) -> None:
    """Along `rows` the mood `start` falls, `end` rises, and each is strong at its own end."""
    falling, rising = (catalogue.mood[rows, catalogue.moods.index(mood)] for mood in (start, end))
    steps = np.arange(len(rows))
    assert spearmanr(steps, falling)[0] < -0.8 and spearmanr(steps, rising)[0] > 0.8
    assert falling[0] > np.quantile(catalogue.mood[:, catalogue.moods.index(start)], 0.9)
    assert rising[-1] > np.quantile(catalogue.mood[:, catalogue.moods.index(end)], 0.9)


def test_a_track_is_its_own_best_match_and_can_be_excluded(catalogue: Catalogue) -> None:
    query = Query(sound=catalogue.sound[[7]], mood=catalogue.mood[7], variety=0.0)
    assert rank(catalogue, query, 5)["row"][0] == 7
    without = Query(sound=catalogue.sound[[7]], mood=catalogue.mood[7], excluded=("track_0000007",))
    assert 7 not in set(rank(catalogue, without, 50)["row"])


@settings(max_examples=25, deadline=None)
@given(weight=st.floats(0, 1), variety=st.floats(0, 0.9), per_artist=st.integers(1, 3), n=st.integers(1, 30))
def test_no_artist_comes_too_often_and_no_track_twice(
    catalogue: Catalogue, weight: float, variety: float, per_artist: int, n: int
) -> None:
    query = Query(
        sound=catalogue.sound[[3]], mood=catalogue.mood[3], mood_weight=weight, variety=variety, per_artist=per_artist
    )
    found = rank(catalogue, query, n)
    assert found["track_id"].is_unique and len(found) == n
    assert found["artist_id"].value_counts().max() <= per_artist
    assert found["score"].between(0, 1).all()


def test_tracks_by_nobody_known_do_not_count_as_one_artists(catalogue: Catalogue) -> None:
    unknown = make_catalogue(
        catalogue.tracks.assign(artist_id=""), np.asarray(catalogue.sound), catalogue.probabilities, MOODS
    )
    assert len(rank(unknown, Query(wishes=mood_profile(unknown, {"happy": 1}), per_artist=1), 20)) == 20
    assert (
        len(
            smooth_path(
                unknown, mood_profile(unknown, {"sad": 1}), mood_profile(unknown, {"happy": 1}), 10, per_artist=1
            )
        )
        == 10
    )


def test_fewer_tracks_than_wanted_have_a_reason(catalogue: Catalogue) -> None:
    one = make_catalogue(
        catalogue.tracks.assign(artist_id="artist_1"), np.asarray(catalogue.sound), catalogue.probabilities, MOODS
    )
    assert (usual_per_artist(catalogue), usual_per_artist(one)) == (2, 120)
    wish = Query(wishes=mood_profile(one, {"happy": 1}))
    for query, found, reported in (
        (replace(wish, per_artist=2), 2, "Only 2 of 4 tracks: the limit allows no more."),
        (
            replace(wish, per_artist=120, excluded=one.tracks["track_id"][3:]),
            3,
            "Only 3 of 4 tracks: no others are left to choose from.",
        ),
        (replace(wish, per_artist=120), 4, None),
    ):
        assert len(rank(one, query, 4)) == found and why_fewer(one, query, found, 4, "the limit") == reported
    happy, sad = wish.wishes, mood_profile(one, {"sad": 1})
    assert happy is not None and len(smooth_path(one, sad, happy, 10, usual_per_artist(one))) == 10
    with pytest.raises(DatasetError, match=r"only 120 of 121 tracks can be chosen; ask for fewer tracks$"):
        smooth_path(one, sad, happy, 121, usual_per_artist(one))


def test_more_of_and_less_of_a_mood(catalogue: Catalogue) -> None:
    happy = rank(catalogue, Query(wishes=mood_profile(catalogue, {"happy": 1, "sad": -1})), 10)["row"]
    sad = rank(catalogue, Query(wishes=mood_profile(catalogue, {"happy": -1, "sad": 1})), 10)["row"]
    assert (
        catalogue.probabilities[happy, 0].mean()
        > catalogue.probabilities[:, 0].mean()
        > catalogue.probabilities[sad, 0].mean()
    )
    bright = rank(catalogue, Query(wishes=mood_profile(catalogue, {}, valence=1.0)), 10)["row"]
    assert catalogue.probabilities[bright, 0].mean() > catalogue.probabilities[:, 0].mean()


def test_an_unwanted_mood_never_stands_out(catalogue: Catalogue) -> None:
    found = rank(catalogue, Query(sound=catalogue.sound[[3]], unwanted=("epic",), per_artist=9), 96)["row"]
    assert catalogue.probabilities[found, 3].max() < np.quantile(catalogue.probabilities[:, 3], 0.81)


def test_minus_tracks_push_away(catalogue: Catalogue) -> None:
    ends = catalogue.sound[[int(np.argmax(catalogue.mood[:, 0])), int(np.argmin(catalogue.mood[:, 0]))]]
    found = rank(catalogue, Query(sound=ends, weights=(1, -1), variety=0.0), 10)["row"]
    assert (catalogue.sound[found] @ ends[0] > catalogue.sound[found] @ ends[1]).all()


def test_minus_tracks_push_away_in_mood(catalogue: Catalogue) -> None:
    happiest, other = int(np.argmax(catalogue.mood[:, 0])), int(np.argmin(np.abs(catalogue.mood[:, 0])))
    moods = catalogue.mood[[other, happiest]]
    liked = rank(catalogue, Query(mood=moods[:1]), 10)["row"]
    found = rank(catalogue, Query(mood=moods, weights=(1, -1)), 10)["row"]
    assert catalogue.mood[found, 0].mean() < catalogue.mood[liked, 0].mean()
    assert np.array_equal(Query(mood=moods, weights=(1, -1)).liked, moods[0])


def test_tracks_out_of_distribution_are_left_out_unless_asked_for(catalogue: Catalogue) -> None:
    sad, happy = (mood_profile(catalogue, {mood: 1}) for mood in ("sad", "happy"))
    wish = Query(wishes=happy, per_artist=9)
    best, happiest = rank(catalogue, wish)["row"][0], smooth_path(catalogue, sad, happy)["row"].iloc[-1]
    noisy = replace(catalogue, not_music=np.isin(np.arange(120), [best, happiest]))
    assert best not in set(rank(noisy, wish, 120)["row"]) and best in set(
        rank(noisy, replace(wish, not_music=True), 10)["row"]
    )
    assert happiest not in set(smooth_path(noisy, sad, happy)["row"])
    with pytest.raises(DatasetError, match="not music"):
        rank(replace(catalogue, not_music=np.ones(120, bool)), wish)


def test_what_cannot_be_asked_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(DatasetError, match="nothing is asked for"):
        rank(catalogue, Query())
    with pytest.raises(DatasetError, match="'sleepy' is not known"):
        mood_profile(catalogue, {"sleepy": 1})
    with pytest.raises(DatasetError, match="'sleepy' is not known"):
        rank(catalogue, Query(sound=catalogue.sound[[0]], unwanted=("sleepy",)))
    with pytest.raises(DatasetError, match="only what to stay away from"):
        rank(catalogue, Query(sound=catalogue.sound[[0]], mood=catalogue.mood[[0]], weights=(-1,)))
    with pytest.raises(DatasetError, match="more and less of the mood 'sad'"):
        wishes_of(["happy", "sad"], ["sad"])
    with pytest.raises(DatasetError, match="tracks like 'b' and unlike it"):
        check_seeds(["a", "b"], ["b"])
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
    assert_leads(catalogue, path["row"], "sad", "happy")
    assert path["track_id"].is_unique and path["artist_id"].value_counts().max() <= 2
    with pytest.raises(DatasetError, match="ask for fewer"):
        smooth_path(catalogue, start, end, n=31, per_artist=1)
    with pytest.raises(DatasetError, match="at least 2"):
        smooth_path(catalogue, start, end, n=1)


@pytest.mark.parametrize("correlation", [-1.0, -0.5, 0.0])
def test_a_path_goes_its_way_among_many_moods_that_nobody_asked_for(many_moods: Catalogue, correlation: float) -> None:
    pairs = np.abs(np.corrcoef(many_moods.mood.T) - correlation)
    start, end = (many_moods.moods[index] for index in np.unravel_index(np.argmin(pairs), pairs.shape))
    path = smooth_path(many_moods, mood_profile(many_moods, {start: 1}), mood_profile(many_moods, {end: 1}), 10, 50)
    assert_leads(many_moods, path["row"], start, end)


def test_a_path_takes_small_steps_in_sound(many_moods: Catalogue) -> None:
    path = smooth_path(
        many_moods, mood_profile(many_moods, {"mood 3": 1}), mood_profile(many_moods, {"mood 41": 1}), 10, 50
    )
    pairs = many_moods.sound @ many_moods.sound.T
    assert (
        np.isnan(path["step"][0]) and path["step"][1:].mean() < 0.8 * (1 - pairs[np.triu_indices(len(pairs), 1)]).mean()
    )


def test_a_path_from_a_mood_to_itself_stays_there(many_moods: Catalogue) -> None:
    profile = mood_profile(many_moods, {"mood 7": 1})
    path = smooth_path(many_moods, profile, profile, 6, 50)
    assert (many_moods.mood[path["row"], 7] > np.quantile(many_moods.mood[:, 7], 0.85)).all()
    assert path_sentence(0.2, "happy", "happy") == "happy all the way"


@pytest.mark.parametrize(
    ("start", "end"), [("calm", "energetic"), ("sad", "happy"), ("dark", "happy"), ("happy", "dark")]
)
def test_a_path_through_real_music_goes_its_way(shared: Path, start: str, end: str) -> None:
    with np.load(shared / "data/incompetech/reference_musicnn.npz", allow_pickle=False) as archive:
        X = archive["penultimate_mean"].astype(np.float64)
    model = load_model(STARTER_DIR)
    catalogue = make_catalogue(unnamed_tracks(len(X)), X, model.probabilities(X), model.moods)
    path = smooth_path(catalogue, mood_profile(catalogue, {start: 1}), mood_profile(catalogue, {end: 1}))
    assert_leads(catalogue, path["row"], start, end)


def test_reasons_name_what_is_shared_and_where(catalogue: Catalogue) -> None:
    random = np.random.default_rng(1)
    query, track = random.normal(size=(40, 16)), random.normal(size=(50, 16))
    track[30:33] = query[10:13]
    sections = closest_sections(Seed(query), track, hop_seconds=3.0)
    assert (sections.query_start, sections.track_start) == (30.0, 90.0) and sections.similarity > 0.95
    assert closest_sections(cut(query, 27, 60, 3.0), track, hop_seconds=3.0)[:2] == (30.0, 90.0)
    liked = int(np.argmax(catalogue.mood[:, 0]))
    asked = Query(sound=catalogue.sound[[liked]], mood=catalogue.mood[[liked]])
    best = rank(catalogue, asked, 2).iloc[1]
    assert sentence(catalogue, asked, best, sections).startswith("Both are happy")
    assert (
        sentence(catalogue, asked, best, sections).endswith(" The closest sections begin at 0:30 and 1:30.")
        and clock(80) == "1:20"
    )


def test_reasons_say_nothing_that_was_not_asked_for(catalogue: Catalogue) -> None:
    wish = Query(wishes=mood_profile(catalogue, {"happy": 1, "epic": -1}))
    found = rank(catalogue, wish, 120)
    reasons = [sentence(catalogue, wish, track, None) for _, track in found.iterrows()]
    assert not any("sound" in reason or "Both" in reason for reason in reasons)
    happy, epic = catalogue.mood[found["row"], 0] >= 0.5, catalogue.mood[found["row"], 3] <= -0.5
    assert [("hears happy in it, as asked" in reason, "little epic, as asked" in reason) for reason in reasons] == list(
        zip(happy, epic, strict=True)
    )
    alike = Query(sound=catalogue.sound[[3]])
    far = rank(catalogue, alike, 120).sort_values("sound_similarity").iloc[0]
    assert "nothing" in sentence(catalogue, alike, far, None) and "alike in sound" in sentence(
        catalogue, alike, rank(catalogue, alike, 1).iloc[0], None
    )


def test_a_mood_that_is_wanted_but_must_not_stand_out_is_reported(catalogue: Catalogue) -> None:
    wish = Query(wishes=mood_profile(catalogue, {"happy": 1}), unwanted=("happy",), variety=0.0)
    assert (
        sentence(catalogue, wish, rank(catalogue, wish, 1).iloc[0], None)
        == "It is happy, though not most of all, as asked."
    )
    liked = int(np.argmax(catalogue.mood[:, 0]))
    like = Query(sound=catalogue.sound[[liked]], mood=catalogue.mood[[liked]], unwanted=("happy",))
    assert not any(
        "happy" in sentence(catalogue, like, track, None) for _, track in rank(catalogue, like, 50).iterrows()
    )


def test_a_section_lies_within_its_track() -> None:
    frames = np.arange(40.0)[:, None]
    section = cut(frames, 30, 45, 1.5)
    assert np.array_equal(section.frames, frames[20:30]) and section.start == 30.0
    section = cut(frames, 31, 45, 1.5)
    assert np.array_equal(section.frames, frames[21:30]) and section.start == 31.5
    for first, last, frame in ((59, 59.5, 39), (30.2, 30.9, 20), (44, 44.5, 29)):
        section = cut(frames, first, last, 1.5)
        assert section.frames.tolist() == [[frame]] and section.start == first
    for first, last, reported in (
        (45, 30, "holds nothing"),
        (7, 7, "holds nothing"),
        (60, 70, "the track ends before second 60"),
    ):
        with pytest.raises(DatasetError, match=reported):
            cut(frames, first, last, 1.5)


def test_only_moods_that_stand_out_on_both_sides_are_shared(catalogue: Catalogue) -> None:
    row = int(np.argmax(catalogue.mood[:, 0]))
    assert shared_moods(catalogue, row, catalogue.mood[row])[0] == "happy"
    assert shared_moods(catalogue, row, -catalogue.mood[row]) == []


def test_agreement_with_labels_is_a_share_and_nothing_for_tracks_nobody_labelled(catalogue: Catalogue) -> None:
    labels = np.zeros((120, 4), bool)
    labels[0, [0, 2]] = labels[1, 1] = labels[2, 0] = True
    known = replace(catalogue, labels=labels)
    wanted = {"happy": 1.0, "sad": -0.3}
    assert known.agreement(wanted)[:4].tolist() == [1.0, -1.0, 1.0, 0.0], "signs count, not how much is wished"
    assert known.agreement({"happy": 1.0, "relaxing": 1.0})[[0, 2]].tolist() == [1.0, 0.0]
    assert not known.agreement({}).any() and not catalogue.agreement(wanted).any()
    reversed_wishes = {mood: -weight for mood, weight in wanted.items()}
    np.testing.assert_array_equal(known.agreement(reversed_wishes), -known.agreement(wanted))
    assert known.labelled.sum() == 3


def test_people_s_word_comes_before_the_model_s(catalogue: Catalogue) -> None:
    worst = int(np.argmin(catalogue.probabilities[:, 0]))
    labels = np.zeros((120, 4), bool)
    labels[worst, 0] = True
    asked = Query(wishes=mood_profile(catalogue, {"happy": 1.0}), by_label={"happy": 1.0}, mood_weight=1.0)
    assert rank(replace(catalogue, labels=labels), asked, 5)["row"][0] == worst
    assert rank(catalogue, asked, 5)["row"][0] != worst
