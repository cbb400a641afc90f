"""Hits and misses as lists of tracks, and which mood is taken for which."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mer_core.metrics.curves import OUTCOMES, outcome_rows, taken_for

TRUTH = np.array([True, False, True, False, True])
PROBABILITIES = np.array([0.9, 0.8, 0.2, 0.1, 0.5])


@pytest.mark.parametrize(
    ("outcome", "rows"),
    [("true positives", [0, 4]), ("false positives", [1]), ("false negatives", [2]), ("true negatives", [3])],
)
def test_each_outcome_lists_its_tracks_the_clearest_first(outcome: str, rows: list[int]) -> None:
    assert list(outcome_rows(TRUTH, PROBABILITIES, PROBABILITIES >= 0.5, outcome)) == rows
    assert len(outcome_rows(TRUTH, PROBABILITIES, PROBABILITIES >= 0.5, outcome, n=0)) == 0


@given(
    st.integers(1, 30).flatmap(
        lambda n: st.tuples(arrays(bool, n), arrays(float, n, elements=st.floats(0, 1)), st.floats(0, 1))
    )
)
def test_the_outcomes_share_all_tracks(drawn: tuple[np.ndarray, np.ndarray, float]) -> None:
    truth, probabilities, threshold = drawn
    found = [outcome_rows(truth, probabilities, probabilities >= threshold, outcome) for outcome in OUTCOMES]
    assert sorted(np.concatenate(found)) == list(range(len(truth)))


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        outcome_rows(TRUTH, PROBABILITIES, TRUTH, "perhaps")


def test_taken_for_counts_what_is_decided_in_its_place() -> None:
    """Three tracks of the first mood: one is found, one taken for the second mood, one for the second and third."""
    truth = np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]], bool)
    decisions = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 1, 0]], bool)
    shares = taken_for(truth, decisions)
    assert list(shares[0, 1:]) == [1.0, 0.5]
    assert np.isnan(shares[1]).all() and np.isnan(shares[2]).all() and np.isnan(np.diag(shares)).all()


def test_a_mood_that_is_there_is_no_mistake() -> None:
    truth, decisions = np.array([[True, True]]), np.array([[False, True]])
    assert taken_for(truth, decisions)[0, 1] == 0
