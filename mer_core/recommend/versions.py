"""The same song in several files: copies in other codings, which must not be recommended for one another.

Two tracks are taken for one recording when their lengths agree to LENGTHS and their embeddings nearly coincide: what
lossy coding changes in an embedding is far less than what separates two songs (docs/measurements.md).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from mer_core.io.spans import file_of

LENGTHS = 0.25
"""Seconds by which the lengths of one recording in two codings may differ (coders pad by up to 0.1 s)."""
MOST_ALIKE = 500
"""Tracks of one length beyond which lengths say nothing, as of excerpts of 30 s; none are then compared."""
LEAST_COSINE = 0.998
"""Of track embeddings as they come; measured on real songs: copies from .9994, other songs up to .88."""


def recordings(embeddings: NDArray[np.floating], durations: NDArray[np.floating]) -> NDArray[np.intp]:
    """(n_tracks,): a number for each recording. embeddings: (n_tracks, dim); durations: (n_tracks,) in seconds, NaN
    where not known (such a track is alone)."""
    n = len(durations)
    order = np.argsort(durations, kind="stable")
    sorted_durations = np.asarray(durations, dtype=np.float64)[order]
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    ends = np.searchsorted(sorted_durations, sorted_durations + LENGTHS, side="right")
    left, right = [], []
    for at, end in enumerate(ends):
        if 1 < end - at <= MOST_ALIKE and np.isfinite(sorted_durations[at]):
            others = order[at + 1 : end]
            same = others[unit[others] @ unit[order[at]] >= LEAST_COSINE]
            left += [order[at]] * len(same)
            right += list(same)
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def also_as(tracks: pd.DataFrame, numbers: NDArray[np.intp]) -> list[str]:
    """For each track (column path): the kinds of the other files of its recording, "FLAC, OGG", "" where there are
    none, or paths are not given."""
    if "path" not in tracks:
        return [""] * len(tracks)
    kinds = [file_of(path).suffix.removeprefix(".").upper() for path in tracks["path"]]
    members: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        members.setdefault(int(number), []).append(row)
    return [
        ", ".join(dict.fromkeys(kinds[other] for other in members[int(number)] if other != row))
        for row, number in enumerate(numbers)
    ]
