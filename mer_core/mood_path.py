"""A playlist that leads smoothly from one place to another: from mood to mood, or from track to track."""

import numpy as np
import pandas as pd

from mer_core.errors import DatasetError
from mer_core.recommend import Catalogue, Floats


def smooth_path(catalogue: Catalogue, start: Floats, end: Floats, n: int = 10, per_artist: int = 2) -> pd.DataFrame:
    """`n` tracks from the mood `start` to the mood `end` (each (n_moods,), in standard deviations, see `mood_profile`).

    Step i aims at the point i/(n-1) of the straight line between the two, and takes the track that is nearest to it and
    to the track before it. Returns the catalogue's columns and row, position (0 to 1) and step (distance in mood to the
    track before, in standard deviations a mood; NaN for the first).

    Raises DatasetError when the catalogue holds fewer than `n` tracks that the limit an artist allows.
    """
    chosen: list[int] = []
    artists = catalogue.makers
    free = np.ones(len(artists), dtype=bool)
    positions = np.linspace(0, 1, n)
    for position in positions:
        if not free.any():
            raise DatasetError(f"only {len(chosen)} of {n} tracks can be chosen with {per_artist} an artist; ask for fewer tracks or allow more an artist")
        cost = _distance(catalogue.mood, (1 - position) * start + position * end)
        if chosen:
            cost = cost + 0.5 * _distance(catalogue.mood, catalogue.mood[chosen[-1]])
        row = int(np.argmin(np.where(free, cost, np.inf)))
        chosen.append(row)
        free[row] = False
        same = artists == artists[row]
        if same[chosen].sum() >= per_artist:
            free &= ~same
    steps = [np.nan, *np.sqrt(((np.diff(catalogue.mood[chosen], axis=0)) ** 2).mean(axis=1))]
    return catalogue.tracks.iloc[chosen].reset_index(drop=True).assign(row=chosen, position=positions, step=steps)


def _distance(points: Floats, target: Floats) -> Floats:
    return np.asarray(np.sqrt(((points - target) ** 2).mean(axis=1)))
