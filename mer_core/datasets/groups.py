"""Tracks that belong together: by one artist, of one album, or the same recording twice. Folds and splits must not part
them."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from mer_core.datasets.dataset import Dataset


def joined(*labellings: np.ndarray) -> np.ndarray:
    """(n,) int: a number for each group of rows that share a label in any of `labellings` (n,) of str; "" is no
    label."""
    n = len(labellings[0])
    rows, columns, offset = [np.arange(n)], [np.arange(n)], n
    for labels in labellings:
        known = np.flatnonzero(labels != "")
        names, which = np.unique(labels[known], return_inverse=True)
        rows.append(known)
        columns.append(which + offset)
        offset += len(names)
    i, j = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(i)), (i, j)), shape=(offset, offset))
    numbers = connected_components(graph, directed=False)[1][:n]
    return np.unique(numbers, return_inverse=True)[1]


def track_groups(tracks: pd.DataFrame) -> np.ndarray:
    """(n_tracks,) int: tracks with one number are by one artist (where unknown: of one album), or the same
    recording."""
    artists = tracks["artist_id"].to_numpy(dtype=str)
    albums = np.where(artists == "", tracks["album_id"].to_numpy(dtype=str), "")
    return joined(artists, albums, recordings(tracks))


def recordings(tracks: pd.DataFrame) -> np.ndarray:
    """(n_tracks,) str: a name for each set of tracks with the same audio, "" for a track that is alone."""
    if "recording" not in tracks:
        return np.full(len(tracks), "", dtype="<U1")
    return tracks["recording"].to_numpy(dtype=str)


def identical_groups(dataset: Dataset) -> pd.DataFrame:
    """Tracks with the same audio, one row a group, the largest first.

    Columns rows (tuple of row numbers), differing (tuple of the moods that only some of them have), parts (tuple of the
    parts of the split they lie in, sorted).
    """
    names = recordings(dataset.tracks)
    members: dict[str, list[int]] = {}
    for row in np.flatnonzero(names != ""):
        members.setdefault(str(names[row]), []).append(int(row))
    parts = dataset.tracks["split"].to_numpy(dtype=str)
    groups = [
        {
            "rows": tuple(rows),
            "differing": tuple(dataset.moods[column] for column in _some_not_all(dataset.labels[rows])),
            "parts": tuple(sorted({part for part in parts[rows] if part})),
        }
        for rows in sorted(members.values(), key=len, reverse=True)
    ]
    return pd.DataFrame(groups, columns=["rows", "differing", "parts"])


def _some_not_all(labels: np.ndarray) -> np.ndarray:
    """Columns of labels (n, n_moods) that hold in some rows and not in others."""
    return np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0))
