"""How well likeness agrees with people's mood labels: precision at k of each track's nearest neighbours.

A neighbour is right when it shares at least one mood label with the track. The chance of that is not small (moods are
unevenly common), so a figure means something only beside the random and the same-artist ones given here.
"""

import numpy as np
from numpy.typing import NDArray

from mer_core.embeddings.nearest import nearest


def precision_at(labels: NDArray[np.bool_], neighbours: NDArray[np.intp]) -> NDArray[np.float64]:
    """Share of each track's neighbours that have a mood in common with it.

    labels: (n_tracks, n_moods). neighbours: (n_tracks, k) row numbers. Returns (n_tracks,) in [0, 1].
    """
    shares = np.stack([(labels & labels[column]).any(axis=1) for column in neighbours.T], axis=1)
    return np.asarray(shares.mean(axis=1))


def random_precision(labels: NDArray[np.bool_]) -> float:
    """The precision expected of neighbours drawn at random: the share of pairs of different tracks with a common
    mood."""
    signatures, counts = np.unique(labels, axis=0, return_counts=True)
    share = (signatures.astype(np.int32) @ signatures.astype(np.int32).T) > 0
    pairs = counts @ share @ counts - counts @ np.diag(share)
    n = int(counts.sum())
    return float(pairs / (n * (n - 1)))


def other_artist_neighbours(features: NDArray[np.floating], artists: NDArray[np.str_], k: int = 10) -> NDArray[np.intp]:
    """The k nearest tracks by cosine of `features` (n_tracks, dim) that are by another artist, (n_tracks, k).

    Raises ValueError when some track has fewer than k tracks by other artists.
    """
    most = int(np.unique(artists, return_counts=True)[1].max())
    if len(features) - most < k:
        raise ValueError(f"{k} neighbours by other artists are asked for, some tracks have fewer; lower k")
    rows, _ = nearest(features, features, min(len(features), k + most))
    others = artists[rows] != artists[:, None]
    order = np.argsort(~others, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(rows, order, axis=1)


def same_artist_neighbours(
    artists: NDArray[np.str_], k: int = 10, seed: int = 0
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For the tracks whose artist has others: their row numbers (m,), and k other tracks of the artist (m, k), drawn
    with repetition."""
    rng = np.random.default_rng(seed)
    rows, chosen = [], []
    for artist in np.unique(artists):
        members = np.flatnonzero(artists == artist)
        if len(members) > 1:
            for row in members:
                rows.append(row)
                chosen.append(rng.choice(members[members != row], size=k))
    return np.array(rows, dtype=np.intp), np.array(chosen, dtype=np.intp).reshape(len(rows), k)
