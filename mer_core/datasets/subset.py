"""A small part of a dataset that looks like the whole: for a result today instead of next week."""

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset

CANDIDATES_PER_TRACK = 2
MOST_MOODS = 8
"""Numbers of moods a track has that are distinguished (MTG-Jamendo has at most 8)."""


def choose_subset(dataset: Dataset, n: int) -> np.ndarray:
    """Row numbers (at most `n`, ascending) of tracks whose moods, splits and numbers of moods are spread as in the
    whole; always the same ones.

    Tracks in no split are left out where there are splits. The tracks lie in as few folders `NN` as can be, the first
    ones, because audio comes in tars of one folder each.
    """
    in_split = (dataset.tracks["split"] != "").to_numpy()
    rows = np.flatnonzero(in_split) if in_split.any() else np.arange(len(dataset))
    if not len(rows):
        return rows
    traits = _traits(dataset)
    expected = traits[rows].mean(axis=0) * n
    rows = _first_folders(dataset, rows, CANDIDATES_PER_TRACK * n)
    return np.sort(rows[_closest_to(traits[rows], expected, n)])


def subset_table(tracks: pd.DataFrame) -> pd.DataFrame:
    """Which tracks a subset has, to be written down: columns track_id, part (the folder `NN`), split ("" where there is
    none)."""
    return pd.DataFrame(
        {"track_id": tracks["track_id"], "part": tracks["path"].str.split("/").str[0], "split": tracks["split"]}
    )


def _first_folders(dataset: Dataset, rows: np.ndarray, at_least: int) -> np.ndarray:
    """Those of `rows` that lie in the first folders which together hold `at_least` of them."""
    folders = dataset.tracks["path"].iloc[rows].str.split("/").str[0].to_numpy()
    names, counts = np.unique(folders, return_counts=True)
    needed = int(np.searchsorted(np.cumsum(counts), at_least)) + 1
    return rows[np.isin(folders, names[:needed])]


def _traits(dataset: Dataset) -> np.ndarray:
    """(n_tracks, n_traits) 0 or 1: the moods, the split, and how many moods a track has."""
    splits = dataset.tracks["split"].to_numpy()[:, None] == np.array(["train", "validation", "test"])
    how_many = dataset.labels.sum(axis=1)[:, None] == np.arange(1, MOST_MOODS + 1)
    return np.column_stack([dataset.labels, splits, how_many]).astype(float)


def _closest_to(traits: np.ndarray, expected: np.ndarray, n: int) -> np.ndarray:
    """Take rows one by one, each the one that brings the counts of traits closest to `expected` (by chi-square; ties:
    the first)."""
    weight = np.divide(1.0, expected, out=np.zeros_like(expected), where=expected > 0)
    missing = expected.copy()
    free = np.ones(len(traits), bool)
    chosen = []
    for _ in range(min(n, len(traits))):
        gain = np.where(free, traits @ ((2 * missing - 1) * weight), -np.inf)
        best = int(np.argmax(gain))
        free[best] = False
        missing -= traits[best]
        chosen.append(best)
    return np.array(chosen, dtype=int)
