"""A playlist that leads smoothly from one mood to another.

Tracks are placed on the plane of the two moods alone: what else they feel like does not count, for nobody asked. Real
tracks stand out in many moods at once, so one that is near "two standard deviations of this mood and none of any other"
is the most average track, not the one that has most of it.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.errors import DatasetError
from mer_core.recommend.catalogue import Catalogue, Floats, unit_rows

SOUND_WEIGHT = 0.5
"""What a step to a track that sounds unrelated (cosine 0) costs, in standard deviations off the straight way from mood
to mood."""
LEAD = 0.25
"""An end has most of its own mood less this share of the other, so that two moods that go together still have two
ends."""


def smooth_path(
    catalogue: Catalogue,
    start: Floats,
    end: Floats,
    n: int = 10,
    per_artist: int = 2,
    allowed: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """`n` tracks from the mood `start` to the mood `end` (each (n_moods,), in standard deviations, see `mood_profile`).

    The ends are the tracks with most of the two moods. Step i then aims at the point i/(n-1) of the straight line
    between the ends on the plane of the two moods, and takes the track that is nearest to it and sounds most like the
    one before and, the further along, the last. With the same mood at both ends the path stays among the tracks that
    have most of it.

    allowed: (n_tracks,) the tracks to choose from (`recommend.allowed_tracks`), None for all that are music to the
    model.

    Returns the catalogue's columns and row, also_as (see `Catalogue`), position (0 to 1) and step (1 - cosine of the
    sounds of the track and the one before; NaN for the first).

    Raises DatasetError when `n` is below 2, or fewer than `n` tracks are there that the limit an artist allows.
    """
    if n < 2:
        raise DatasetError(f"a path of {n} tracks leads nowhere; ask for at least 2")
    places = catalogue.mood @ unit_rows(np.stack([start, end])).T
    free = _Free(catalogue, per_artist, ~catalogue.not_music if allowed is None else allowed)
    free.check(n)
    first = free.take(LEAD * places[:, 1] - places[:, 0])
    last = free.take(LEAD * places[:, 0] - places[:, 1])
    chosen, positions = [first], np.linspace(0, 1, n)
    for position in positions[1:-1]:
        target = (1 - position) * places[first] + position * places[last]
        unlike = (1 - catalogue.sound @ catalogue.sound[chosen[-1]]) + position * (
            1 - catalogue.sound @ catalogue.sound[last]
        )
        chosen.append(free.take(np.linalg.norm(places - target, axis=1) + SOUND_WEIGHT * unlike))
    chosen.append(last)
    sound = catalogue.sound[chosen]
    steps = [np.nan, *(1 - (sound[1:] * sound[:-1]).sum(axis=1))]
    kinds = [catalogue.also_as[row] for row in chosen]
    return (
        catalogue.tracks.iloc[chosen]
        .reset_index(drop=True)
        .assign(row=chosen, also_as=kinds, position=positions, step=steps)
    )


class _Free:
    """The tracks that may still be taken, at most `per_artist` of each artist, of each recording the first."""

    def __init__(self, catalogue: Catalogue, per_artist: int, allowed: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(allowed)
        self.makers, self.free = catalogue.makers, np.zeros(len(allowed), dtype=bool)
        self.free[rows[np.unique(catalogue.recordings[rows], return_index=True)[1]]] = True
        self.left = dict.fromkeys(self.makers, per_artist)
        self.per_artist = per_artist

    def check(self, n: int) -> None:
        """Raises DatasetError when fewer than `n` tracks can be taken."""
        counts = pd.Series(self.makers[self.free]).value_counts()
        if (there := int(counts.clip(upper=self.per_artist).sum())) < n:
            limit, more = (
                (f" with {self.per_artist} an artist", " or allow more an artist")
                if there < self.free.sum()
                else ("", "")
            )
            raise DatasetError(f"only {there} of {n} tracks can be chosen{limit}; ask for fewer tracks{more}")

    def take(self, cost: Floats) -> int:
        """The row of the cheapest free track by `cost` (n_tracks,), which is then no longer free."""
        row = int(np.argmin(np.where(self.free, cost, np.inf)))
        maker = self.makers[row]
        self.left[maker] -= 1
        self.free[row] = False
        if not self.left[maker]:
            self.free &= self.makers != maker
        return row
