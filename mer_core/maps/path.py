"""The way of one song over the map: its parts, each placed as a new track would be."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mer_core.embeddings.nearest import Scaling, nearest
from mer_core.maps.umap import NEIGHBOURS, between

MOST_PARTS, LEAST_SECONDS = 12, 9.0
"""Parts of a song at most, and seconds of a part at least: a shorter one says more of the moment than of the song."""


class SongPath(NamedTuple):
    """Second at which each part begins (n_parts,), and its place on the map (n_parts, 2)."""

    starts: NDArray[np.floating]
    places: NDArray[np.floating]


def song_path(
    frames: NDArray[np.floating],
    hop_seconds: float,
    means: NDArray[np.floating],
    coordinates: NDArray[np.floating],
    own: int | None = None,
) -> SongPath:
    """The way of a song with the frame embeddings `frames` (n_frames, dim).

    means: (n_tracks, dim) mean embeddings of the tracks on the map, coordinates: (n_tracks, 2) their places. own: the
    row of the song itself, which would draw every part to its place. Each part lies between the tracks that its mean
    embedding is nearest to.
    """
    length = max(int(np.ceil(LEAST_SECONDS / hop_seconds)), int(np.ceil(len(frames) / MOST_PARTS)))
    starts = np.arange(0, max(len(frames) - length // 2, 1), length)
    parts = np.stack([frames[start : start + length].mean(axis=0) for start in starts])
    scaling = Scaling.of(means)
    exclude = None if own is None else [own]
    found = nearest(scaling.apply(parts), scaling.apply(means), NEIGHBOURS, exclude=exclude)
    return SongPath(starts * hop_seconds, between(*found, coordinates))
