"""Filters select exactly the tracks they describe."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_statistics import labels, make_dataset

from mer_core.datasets.filters import TrackFilter


@given(labels, st.data())
def test_any_all_none(Y: np.ndarray, data: st.DataObject) -> None:
    dataset = make_dataset(Y)
    moods = tuple(data.draw(st.lists(st.sampled_from(dataset.moods), unique=True, min_size=1)))
    columns = [dataset.moods.index(mood) for mood in moods]
    for match, expected in (
        ("any", Y[:, columns].any(axis=1)),
        ("all", Y[:, columns].all(axis=1)),
        ("none", ~Y[:, columns].any(axis=1)),
    ):
        np.testing.assert_array_equal(TrackFilter(moods, match).mask(dataset), expected)


@given(labels)
def test_empty_filter_keeps_everything(Y: np.ndarray) -> None:
    assert TrackFilter().mask(make_dataset(Y)).all()


def test_unknown_mood_is_on_no_track() -> None:
    dataset = make_dataset(np.ones((3, 2), bool))
    assert not TrackFilter(("mood0", "unheard"), "all").mask(dataset).any()
    assert TrackFilter(("mood0", "unheard"), "any").mask(dataset).all()
    assert TrackFilter(("unheard",), "none").mask(dataset).all()


def test_conditions_are_joined() -> None:
    dataset = make_dataset(np.ones((4, 1), bool), ["a", "a", "b", "b"], ["train", "test", "train", ""])
    dataset.tracks["duration"] = [10.0, 20.0, 30.0, 40.0]
    dataset.tracks["title"] = ["Blue (Sky)", "blue moon", "Red", "[x]*"]
    assert TrackFilter(artists=("a",), splits=("train",)).mask(dataset).tolist() == [True, False, False, False]
    assert TrackFilter(seconds=(20, 30)).mask(dataset).tolist() == [False, True, True, False]
    assert TrackFilter(text="MOON blue").mask(dataset).tolist() == [False, True, False, False]
    assert TrackFilter(text="(sky)").mask(dataset).tolist() == [True, False, False, False]
    assert TrackFilter(text="[x]*").mask(dataset).tolist() == [False, False, False, True]
    assert TrackFilter(text="track_0000002").mask(dataset).tolist() == [False, False, True, False]


def test_unknown_match_is_refused() -> None:
    with pytest.raises(ValueError, match="any, all, none"):
        TrackFilter(("mood0",), "some").mask(make_dataset(np.ones((1, 1), bool)))
