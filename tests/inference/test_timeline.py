"""Moods over time: the rows cover the track, follow what changes in it, and name the seconds that drive a mood."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.embeddings.pooling import POOLINGS, pool
from mer_core.inference.timeline import STEP_SECONDS, WINDOW_SECONDS, driving_moments, windows


@settings(max_examples=80, deadline=None)
@given(
    n_frames=st.integers(1, 200), hop=st.sampled_from([0.5, 0.96, 1.0, 2.992, 5.0]), pooling=st.sampled_from(POOLINGS)
)
def test_rows_cover_the_track_at_even_steps(n_frames: int, hop: float, pooling: str) -> None:
    frames = np.random.default_rng(n_frames).normal(size=(n_frames, 3)).astype(np.float32)
    starts, X = windows(frames, pooling, hop)
    assert X.shape == (len(starts), 3 * len(pooling.split("+")))
    assert starts[0] == 0
    assert np.allclose(np.diff(starts), max(1, round(STEP_SECONDS / hop)) * hop)
    assert n_frames * hop - starts[-1] <= max(STEP_SECONDS * 1.5, hop)
    assert np.isfinite(X).all()


@given(n_frames=st.integers(1, 60), pooling=st.sampled_from(POOLINGS))
def test_a_track_that_never_changes_has_its_own_embedding_everywhere(n_frames: int, pooling: str) -> None:
    frames = np.tile(np.array([1.0, -2.0, 3.0], np.float32), (n_frames, 1))
    for row in windows(frames, pooling, 1.0).X:
        assert np.allclose(row, pool(frames, pooling))


def test_a_track_shorter_than_a_window_is_one_window() -> None:
    frames = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    for row in windows(frames, "mean+std", STEP_SECONDS).X:
        assert np.allclose(row, pool(frames, "mean+std"))


def test_a_change_shows_at_its_place() -> None:
    frames = np.zeros((120, 1), np.float32)
    frames[60:] = 1.0
    starts, X = windows(frames, "mean", 1.0)
    half = WINDOW_SECONDS / 2
    assert (X[starts + STEP_SECONDS / 2 < 60 - half] == 0).all()
    assert (X[starts + STEP_SECONDS / 2 > 60 + half] == 1).all()


def timeline_of(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"calm": values}, index=pd.Index([3.0 * i for i in range(len(values))], name="start"))


def test_driving_moments_are_the_strongest_runs() -> None:
    values = [0.1] * 20
    values[4:6] = [0.7, 0.9]
    values[12] = 0.6
    first, second = driving_moments(timeline_of(values), "calm", 60.0)[:2]
    assert (first.start, first.end) == (12.0, 18.0)
    assert np.isclose(first.probability, 0.8)
    assert (second.start, second.end) == (36.0, 39.0)


def test_the_last_moment_ends_with_the_track() -> None:
    moments = driving_moments(timeline_of([0.1] * 9 + [0.9]), "calm", 29.1)
    assert (moments[0].start, moments[0].end) == (27.0, 29.1)


@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=50), most=st.integers(1, 5))
def test_moments_lie_in_the_track_strongest_first(values: list[float], most: int) -> None:
    duration = 3.0 * len(values)
    moments = driving_moments(timeline_of(values), "calm", duration, most)
    assert 1 <= len(moments) <= most
    assert all(0 <= moment.start < moment.end <= duration for moment in moments)
    assert [moment.probability for moment in moments] == sorted(
        (moment.probability for moment in moments), reverse=True
    )


def test_no_row_no_moment() -> None:
    assert driving_moments(timeline_of([]), "calm", 0.0) == []
