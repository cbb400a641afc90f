"""Precision of neighbours: the laws, and the expectation of random ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mer_core.maps.neighbour_agreement import (
    other_artist_neighbours,
    precision_at,
    random_precision,
    same_artist_neighbours,
)

LABELS = st.tuples(st.integers(3, 25), st.integers(1, 5)).flatmap(lambda shape: arrays(bool, shape))


@given(LABELS)
def test_random_precision_is_the_mean_over_all_pairs(labels: np.ndarray) -> None:
    n = len(labels)
    pairs = [(labels[i] & labels[j]).any() for i in range(n) for j in range(n) if i != j]
    assert random_precision(labels) == pytest.approx(np.mean(pairs))


@given(LABELS)
def test_a_labelled_track_always_agrees_with_itself(labels: np.ndarray) -> None:
    own = precision_at(labels, np.arange(len(labels))[:, None])
    assert np.array_equal(own, labels.any(axis=1))


def test_neighbours_are_by_other_artists_and_near() -> None:
    random = np.random.default_rng(0)
    features, artists = random.normal(size=(60, 5)), np.array([f"a{i % 7}" for i in range(60)])
    found = other_artist_neighbours(features, artists, k=5)
    assert (artists[found] != artists[:, None]).all()
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    for row in range(60):
        allowed = np.flatnonzero(artists != artists[row])
        best = allowed[np.argsort(-(unit[allowed] @ unit[row]))[:5]]
        assert set(found[row]) == set(best)
    with pytest.raises(ValueError, match="lower k"):
        other_artist_neighbours(features, np.array(["a"] * 58 + ["b"] * 2), k=5)


def test_same_artist_neighbours_are_others_of_the_artist() -> None:
    artists = np.array(["a", "a", "b", "c", "c", "c"])
    rows, chosen = same_artist_neighbours(artists, k=4)
    assert list(rows) == [0, 1, 3, 4, 5]
    assert (artists[chosen] == artists[rows][:, None]).all() and (chosen != rows[:, None]).all()
