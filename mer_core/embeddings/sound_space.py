"""Track embeddings as a space to compare tracks in, with the songs that are there in several files."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.embeddings.nearest import standardise
from mer_core.embeddings.versions import also_as, recordings


class SoundSpace(NamedTuple):
    """Standardised track embeddings X (n_tracks, dim_out); row i is `track_ids[i]`. `recordings` (n_tracks,) numbers
    songs, `also_as` has the kinds of a song's other files (see embeddings.versions)."""

    track_ids: list[str]
    row_of: dict[str, int]
    X: NDArray[np.float32]
    recordings: NDArray[np.intp]
    also_as: list[str]


def sound_space_of(track_ids: list[str], X: NDArray[np.floating], tracks: pd.DataFrame) -> SoundSpace:
    """The space of embeddings X (n_tracks, dim_out) as they come; tracks: columns track_id, path, duration."""
    known = tracks.set_index("track_id")[["path", "duration"]].reindex(track_ids)
    known = known.fillna({"path": ""})
    numbers = recordings(X, known["duration"].to_numpy(dtype=float), known["path"])
    kinds = also_as(known, numbers)
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    return SoundSpace(track_ids, row_of, standardise(X, X), numbers, kinds)
