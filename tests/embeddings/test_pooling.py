"""Pooling frames into one vector a track."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mer_core.embeddings.pooling import POOLINGS, pool
from mer_core.errors import AudioError

FRAMES = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.floats(-1000, 1000, width=32)
)


@given(FRAMES)
def test_statistics_over_time(frames: np.ndarray) -> None:
    mean, std = np.split(pool(frames, "mean+std"), 2)
    np.testing.assert_allclose(mean, frames.astype(float).mean(axis=0), rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(std, frames.astype(float).std(axis=0), rtol=1e-6, atol=1e-30)
    np.testing.assert_array_equal(pool(frames, "max"), frames.max(axis=0))


@given(FRAMES, st.sampled_from(POOLINGS), st.randoms())
def test_the_order_of_frames_does_not_matter(frames: np.ndarray, pooling: str, random) -> None:
    order = list(range(len(frames)))
    random.shuffle(order)
    np.testing.assert_allclose(pool(frames[order], pooling), pool(frames, pooling), rtol=1e-5, atol=1e-5)
    assert pool(frames, pooling).dtype == np.float32


def test_long_tracks_do_not_lose_digits() -> None:
    frames = np.full((200_000, 1), 0.1, np.float32)
    np.testing.assert_array_equal(pool(frames, "mean+std"), [np.float32(0.1), 0.0])


def test_no_frames_and_unknown_names_are_refused() -> None:
    with pytest.raises(AudioError, match="shorter than one frame"):
        pool(np.empty((0, 3), np.float32))
    with pytest.raises(ValueError, match="median"):
        pool(np.ones((2, 3), np.float32), "median")
