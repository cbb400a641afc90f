"""Cosine neighbours agree with scikit-learn's, whatever the blocks, ties and exclusions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from mer_core.embeddings import nearest as similarity
from mer_core.embeddings.nearest import nearest, standardise


@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(1, 60),
    queries=st.integers(1, 20),
    dim=st.integers(1, 8),
    k=st.integers(1, 70),
    seed=st.integers(0, 999),
)
def test_equals_scikit_learn(n: int, queries: int, dim: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, Q = rng.normal(size=(n, dim)), rng.normal(size=(queries, dim))
    rows, similarities = nearest(Q, X, k)
    distances, _ = NearestNeighbors(n_neighbors=min(k, n), metric="cosine", algorithm="brute").fit(X).kneighbors(Q)
    assert np.allclose(similarities, 1 - distances, atol=1e-5)
    units = [values / np.linalg.norm(values, axis=1, keepdims=True) for values in (Q, X)]
    assert np.allclose(np.einsum("qd,qkd->qk", units[0], units[1][rows]), similarities, atol=1e-5)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(300, 8))
    whole = nearest(X, X, 7)
    monkeypatch.setattr(similarity, "_BLOCK_NUMBERS", 1000)
    for one, other in zip(whole, nearest(X, X, 7), strict=True):
        assert np.allclose(one, other, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(excluded=st.sets(st.integers(0, 19)), k=st.integers(1, 25))
def test_excluded_rows_never_come(excluded: set[int], k: int) -> None:
    X = np.random.default_rng(1).normal(size=(20, 3))
    rows, _ = nearest(X[:2], X, k, exclude=sorted(excluded))
    assert rows.shape == (2, min(k, 20 - len(excluded)))
    assert not set(rows.ravel()) & excluded


@given(scale=st.floats(1e-3, 1e3))
def test_length_does_not_matter(scale: float) -> None:
    X = np.random.default_rng(2).normal(size=(10, 4))
    assert np.array_equal(nearest(X[:3] * scale, X, 4)[0], nearest(X[:3], X, 4)[0])


def test_zeros_are_similar_to_nothing_and_ties_keep_their_order() -> None:
    rows, similarities = nearest(np.zeros((1, 3)), np.eye(3), 3)
    assert similarities.tolist() == [[0, 0, 0]]
    assert rows.tolist() == [[0, 1, 2]]


def test_a_track_is_nearest_to_itself() -> None:
    X = np.random.default_rng(3).normal(size=(50, 16))
    rows, similarities = nearest(X, X, 1)
    assert rows.ravel().tolist() == list(range(50))
    assert np.allclose(similarities, 1)


def test_wrong_widths_are_reported() -> None:
    with pytest.raises(ValueError, match="use one encoder and one pooling"):
        nearest(np.ones((1, 4)), np.ones((5, 3)), 1)
    with pytest.raises(ValueError, match="at least one"):
        nearest(np.ones((1, 3)), np.ones((5, 3)), 0)


def test_standardise_centres_and_scales_and_silences_constant_columns() -> None:
    X = np.random.default_rng(4).normal(3, 5, size=(200, 6))
    X[:, 2] = 7
    standard = standardise(X, X)
    assert np.allclose(standard.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(standard.std(axis=0), [1, 1, 0, 1, 1, 1], atol=1e-5)
    assert not standardise(X + 1, X)[:, 2].any()
