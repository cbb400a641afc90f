"""Nearest tracks by the cosine of their embeddings: exact, a plain matrix product in blocks (no index to build or to go
stale)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_BLOCK_NUMBERS = 16_000_000  # cosines held at once: 64 MB


class Scaling(NamedTuple):
    """Mean (dim,) and standard deviation (dim,) of embeddings, column by column."""

    center: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, X: NDArray[np.floating]) -> "Scaling":
        """The scaling of embeddings X (n, dim)."""
        return cls(X.mean(axis=0, dtype=np.float64), X.std(axis=0, dtype=np.float64))

    def apply(self, X: NDArray[np.floating]) -> NDArray[np.float32]:
        """X (n, dim) in standard deviations from the mean; a column that did not vary becomes 0."""
        varies = self.deviation > 0
        return np.where(varies, (X - self.center) / np.where(varies, self.deviation, 1.0), 0.0).astype(np.float32)


def standardise(X: NDArray[np.floating], reference: NDArray[np.floating]) -> NDArray[np.float32]:
    """X (n, dim) in standard deviations of `reference` (m, dim) from its mean.

    Cosines of standardised embeddings separate tracks better than those of raw ones, which all share one large mean.
    """
    return Scaling.of(reference).apply(X)


def nearest(
    X_query: NDArray[np.floating],
    X: NDArray[np.floating],
    k: int,
    exclude: NDArray[np.integer] | list[int] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The k rows of X (n, dim) with the highest cosine to each row of X_query (n_query, dim).

    `exclude` lists rows of X that are never returned. Fewer than k rows are returned where X has fewer. The cosine with
    a row of zeros is 0.

    Returns row numbers and cosine similarities in [-1, 1], both (n_query, k), most similar first.

    Raises ValueError when the widths differ or k is below 1.
    """
    if X_query.ndim != 2 or X.ndim != 2 or X_query.shape[1] != X.shape[1]:
        raise ValueError(
            f"embeddings of shape {X_query.shape} cannot be compared with those of shape {X.shape}; use one encoder "
            f"and one pooling for both"
        )
    if k < 1:
        raise ValueError(f"k is {k}; ask for at least one neighbour")
    allowed = (
        np.arange(len(X)) if exclude is None else np.setdiff1d(np.arange(len(X)), np.asarray(exclude, dtype=np.intp))
    )
    candidates = X if exclude is None else X[allowed]
    k = min(k, len(allowed))
    rows, similarities = np.empty((len(X_query), k), np.intp), np.empty((len(X_query), k), np.float32)
    lengths = _lengths(candidates)
    step = max(1, _BLOCK_NUMBERS // max(1, len(allowed)))
    for start in range(0, len(X_query) if k else 0, step):
        block = slice(start, start + step)
        queries = X_query[block] / _lengths(X_query[block])[:, None]
        best, similarities[block] = _highest((queries @ candidates.T / lengths).astype(np.float32, copy=False), k)
        rows[block] = allowed[best]
    return rows, np.clip(similarities, -1.0, 1.0)


def _lengths(X: NDArray[np.floating]) -> NDArray[np.floating]:
    """Euclidean length of each row; 1 for a row of zeros, whose cosines then are 0."""
    lengths = np.sqrt(np.einsum("nd,nd->n", X, X))
    return np.where(lengths > 0, lengths, lengths.dtype.type(1))


def _highest(values: NDArray[np.float32], k: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Columns and values of the k highest of each row, highest first, equal ones in the order of their columns."""
    columns = np.sort(np.argpartition(values, values.shape[1] - k, axis=1)[:, -k:], axis=1)
    picked = np.take_along_axis(values, columns, axis=1)
    order = np.argsort(-picked, axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1), np.take_along_axis(picked, order, axis=1)
