"""Label statistics: laws on made-up labels, known figures on the real metadata."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mer_core.datasets import statistics
from mer_core.datasets.dataset import Dataset
from mer_core.moods import family_of

labels = arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 7)))


def make_dataset(Y: np.ndarray, artists: list[str] | None = None, splits: list[str] | None = None) -> Dataset:
    n, m = Y.shape
    ids = [f"track_{i:07d}" for i in range(n)]
    tracks = pd.DataFrame(
        {
            "track_id": ids,
            "artist_id": artists or [f"a{i}" for i in range(n)],
            "album_id": "",
            "path": "",
            "duration": 60.0,
        }
    )
    tracks = tracks.assign(split=splits or "", title="", artist="")
    other = pd.DataFrame(columns=["track_id", "category", "tag"])
    return Dataset("made-up", tracks, Y, tuple(f"mood{i}" for i in range(m)), ("mood/theme",) * m, other)


@pytest.fixture(scope="module")
def real(shared: Path) -> Dataset:
    return Dataset.load(shared / "data" / "mtg-jamendo")


@given(labels)
def test_count_is_symmetric_and_its_diagonal_counts_tracks(Y: np.ndarray) -> None:
    count = statistics.cooccurrence(Y)
    np.testing.assert_array_equal(count, count.T)
    np.testing.assert_array_equal(count.diagonal(), Y.sum(axis=0))


@given(labels)
def test_conditional_is_a_share_of_the_row(Y: np.ndarray) -> None:
    share = statistics.cooccurrence(Y, "conditional")
    some = Y.any(axis=0)
    assert np.isnan(share[~some]).all()
    assert ((share[some] >= 0) & (share[some] <= 1)).all()
    np.testing.assert_array_equal(share.diagonal()[some], 1)


@given(labels)
def test_jaccard_lies_between_zero_and_one(Y: np.ndarray) -> None:
    jaccard = statistics.cooccurrence(Y, "jaccard")
    known = jaccard[np.isfinite(jaccard)]
    assert ((known >= 0) & (known <= 1)).all()
    np.testing.assert_array_equal(jaccard, jaccard.T)
    count = statistics.cooccurrence(Y)
    assert np.array_equal(np.nan_to_num(jaccard) > 0, count > 0)


@given(labels)
def test_pmi_is_bounded_by_the_rarer_mood(Y: np.ndarray) -> None:
    pmi, tracks = statistics.cooccurrence(Y, "pmi"), Y.sum(axis=0)
    assert np.array_equal(np.isnan(pmi), statistics.cooccurrence(Y) == 0)
    for a, b in zip(*np.where(np.isfinite(pmi)), strict=True):
        assert pmi[a, b] <= np.log2(len(Y) / max(tracks[a], tracks[b])) + 1e-9


def test_pmi_of_independent_moods_is_zero() -> None:
    Y = np.array([[a, b] for a in (0, 1) for b in (0, 1)] * 5, bool)
    assert statistics.cooccurrence(Y, "pmi")[0, 1] == pytest.approx(0)


def test_unknown_measure_is_refused() -> None:
    with pytest.raises(ValueError, match="conditional"):
        statistics.cooccurrence(np.ones((2, 2), bool), "cosine")


@given(labels)
def test_clustered_order_is_a_permutation_with_empty_moods_last(Y: np.ndarray) -> None:
    order = statistics.clustered_order(Y)
    assert sorted(order) == list(range(Y.shape[1]))
    empty = int((~Y.any(axis=0)).sum())
    assert not Y[:, order[len(order) - empty :]].any()


def test_clustered_order_puts_like_beside_like() -> None:
    Y = np.zeros((40, 6), bool)
    for block, columns in enumerate(([0, 3], [1, 4], [2, 5])):
        Y[block * 10 : block * 10 + 10, columns] = True
    place = np.argsort(statistics.clustered_order(Y))
    assert {abs(place[a] - place[a + 3]) for a in range(3)} == {1}


@given(labels)
def test_tags_per_track_counts_every_track_once(Y: np.ndarray) -> None:
    counts = statistics.tags_per_track(Y)
    assert counts.sum() == len(Y)
    assert (counts * counts.index).sum() == Y.sum()


@given(arrays(float, st.integers(0, 60), elements=st.floats(0.1, 90_000)))
def test_duration_histogram_counts_every_track_once(durations: np.ndarray) -> None:
    histogram = statistics.duration_histogram(durations)
    assert histogram["tracks"].sum() == len(durations)
    assert (histogram["low"].to_numpy()[1:] == histogram["high"].to_numpy()[:-1]).all()
    assert len(histogram) < 40


def test_balance_of_a_mood_by_one_artist() -> None:
    Y = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
    table = statistics.mood_balance(make_dataset(Y, ["x", "x", "x", "y"], ["train", "train", "test", ""]))
    assert list(table["tracks"]) == [3, 3, 0]
    assert list(table["artists"]) == [1, 2, 0]
    assert list(table["train"]) == [2, 1, 0] and list(table["test"]) == [1, 1, 0]
    assert list(table["top_artist"]) == ["x", "x", ""]
    assert table["top_share"].to_numpy() == pytest.approx([1, 2 / 3, np.nan], nan_ok=True)
    assert table["even_artists"].to_numpy() == pytest.approx([1, 1 / (4 / 9 + 1 / 9), np.nan], nan_ok=True)
    assert table["hours"].to_numpy() == pytest.approx([0.05, 0.05, 0])


@given(labels)
def test_balance_is_consistent(Y: np.ndarray) -> None:
    table = statistics.mood_balance(make_dataset(Y, [f"a{i % 4}" for i in range(len(Y))]))
    some = table[table["tracks"] > 0]
    assert (some["artists"] <= np.minimum(some["tracks"], 4)).all()
    assert (some["even_artists"] <= some["artists"] + 1e-9).all() and (some["even_artists"] >= 1 - 1e-9).all()
    assert (some["top_share"] >= 1 / some["artists"] - 1e-9).all()


def test_tracks_of_unknown_artists_are_no_artist() -> None:
    Y = np.array([[1, 1], [1, 1], [1, 1], [1, 0]], bool)
    table = statistics.mood_balance(make_dataset(Y, ["", "", "", "x"]))
    assert list(table["artists"]) == [1, 0] and list(table["credited"]) == [1, 0]
    assert list(table["top_artist"]) == ["x", ""]
    assert table["top_share"].to_numpy() == pytest.approx([0.25, np.nan], nan_ok=True), (
        "at least that much of all the mood's tracks"
    )
    assert table["even_artists"].to_numpy() == pytest.approx([1, np.nan], nan_ok=True)


def test_shift_interval_rests_on_the_known_artists() -> None:
    Y = np.random.default_rng(2).random((40, 1)) < 0.5
    artists = [f"a{i}" for i in range(20)] * 2
    splits = ["train"] * 20 + ["test"] * 20
    known = statistics.split_shift(make_dataset(Y, artists, splits)).iloc[0]
    more = statistics.split_shift(make_dataset(np.vstack([Y, Y]), artists + [""] * 40, splits * 2)).iloc[0]
    assert list(more) == pytest.approx(list(known))


def test_balance_of_no_tracks() -> None:
    table = statistics.mood_balance(make_dataset(np.zeros((0, 3), bool)))
    assert list(table["tracks"]) == [0, 0, 0] and table["top_share"].isna().all()


def test_shift_of_equal_parts_is_nothing() -> None:
    half = np.random.default_rng(0).random((30, 4)) < 0.4
    shift = statistics.split_shift(make_dataset(np.vstack([half, half]), None, ["train"] * 30 + ["test"] * 30))
    assert (shift["difference"] == 0).all()
    assert (shift["low"] < 0).all() and (shift["high"] > 0).all()


def test_shift_interval_of_single_track_artists_is_the_binomial_one() -> None:
    Y = np.array([[1]] * 30 + [[0]] * 70 + [[1]] * 10 + [[0]] * 90, bool)
    shift = statistics.split_shift(make_dataset(Y, None, ["train"] * 100 + ["test"] * 100)).iloc[0]
    half = 1.96 * np.sqrt(0.3 * 0.7 / 99 + 0.1 * 0.9 / 99)
    assert shift["difference"] == pytest.approx(-0.2)
    assert (shift["low"], shift["high"]) == pytest.approx((-0.2 - half, -0.2 + half))


def test_shift_interval_widens_when_artists_repeat_themselves() -> None:
    Y = np.repeat(np.random.default_rng(1).random((40, 1)) < 0.5, 5, axis=0)
    splits = ["train"] * 100 + ["test"] * 100
    apart = statistics.split_shift(make_dataset(Y, None, splits)).iloc[0]
    together = statistics.split_shift(make_dataset(Y, [f"a{i // 5}" for i in range(200)], splits)).iloc[0]
    assert together["high"] - together["low"] > 2 * (apart["high"] - apart["low"])


def test_shift_without_tracks_is_undefined() -> None:
    shift = statistics.split_shift(make_dataset(np.ones((3, 2), bool), None, ["train"] * 3))
    assert shift["difference"].isna().all()


def test_real_counts(real: Dataset) -> None:
    count = pd.DataFrame(statistics.cooccurrence(real.labels), index=real.moods, columns=real.moods)
    assert count.loc["corporate", "motivational"] == 251
    assert count.loc["happy", "positive"] == count.loc["deep", "summer"] == 248
    tags = statistics.tags_per_track(real.labels)
    assert tags.sum() == 18486 and tags[1] == 9947
    table = statistics.mood_balance(real)
    assert (
        table.loc["happy", "train"] == 927 and table["train"].drop(["ambiental", "horror", "mellow"]).idxmin() == "sexy"
    )
    assert table.loc["sexy", "train"] == 59
    assert table["even_artists"].idxmin() == "slow"


def test_real_order_shows_families(real: Dataset) -> None:
    """Moods of a family stand nearer each other than they would in the alphabet."""

    def changes(moods: list[str]) -> int:
        return sum(family_of(a) != family_of(b) for a, b in itertools.pairwise(moods))

    ordered = [real.moods[i] for i in statistics.clustered_order(real.labels)]
    assert changes(ordered) < 0.7 * changes(sorted(real.moods))
    assert abs(ordered.index("corporate") - ordered.index("motivational")) == 1


def test_real_shift(real: Dataset) -> None:
    shift = statistics.split_shift(real)
    assert shift["first"].to_numpy() == pytest.approx(real.in_split("train").labels.mean(axis=0))
    assert {"soundscape", "background", "space"} <= set(shift.index[shift["high"] < 0])
