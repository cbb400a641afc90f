"""Names for the regions of a map: where a mood stands out most.

The plane is cut into cells, tracks and their moods are counted in each and smoothed over the cells around. A region is
named by the mood with the highest lift there (its share in the cell ÷ its share on the whole map). The lift is shrunk
towards 1 by PRIOR tracks of the usual mixture, so that a few tracks name nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

CELLS = 24
PRIOR = 5.0
"""Tracks of the usual mixture that are added to each cell."""
LEAST_LIFT = 1.5
APART = 0.16
"""Least distance between two names, as a share of the map's width and (halved) of its height: none covers another."""


class Region(NamedTuple):
    """A name, and where it stands."""

    mood: str
    x: float
    y: float
    lift: float


def name_regions(
    places: NDArray[np.floating], labels: NDArray[np.bool_], moods: tuple[str, ...], most: int = 10
) -> list[Region]:
    """At most `most` names for regions of a map, the clearest first, each mood at most once.

    places: (n_tracks, 2). labels: (n_tracks, n_moods).
    """
    if len(places) < CELLS or not labels.any():
        return []
    low, span = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-9)
    cells = np.minimum(((places - low) / span * CELLS).astype(int), CELLS - 1)
    total = _smooth(cells, np.ones(len(places)))
    found: list[Region] = []
    candidates = []
    for column, mood in enumerate(moods):
        share = labels[:, column].mean()
        if share == 0:
            continue
        inside = _smooth(cells, labels[:, column].astype(float))
        lift = (inside + PRIOR * share) / (total + PRIOR) / share
        row = np.unravel_index(np.argmax(lift), lift.shape)
        candidates.append((float(lift[row]), mood, low + (np.array(row) + 0.5) / CELLS * span))
    for lift, mood, place in sorted(candidates, key=lambda candidate: -candidate[0]):
        free = all(
            abs(place[0] - other.x) > APART * span[0] or abs(place[1] - other.y) > APART / 2 * span[1]
            for other in found
        )
        if free and lift >= LEAST_LIFT and len(found) < most:
            found.append(Region(mood, float(place[0]), float(place[1]), lift))
    return found


def density_peaks(places: NDArray[np.floating], most: int = 8) -> NDArray[np.intp]:
    """Rows of tracks in the middle of the densest parts of a map, the densest first, at most `most`, none near another:
    what to listen to first.

    places: (n_tracks, 2).
    """
    if not len(places):
        return np.empty(0, np.intp)
    low, span = places.min(axis=0), np.maximum(np.ptp(places, axis=0), 1e-9)
    scaled = (places - low) / span
    cells = np.minimum((scaled * CELLS).astype(int), CELLS - 1)
    crowd = _smooth(cells, np.ones(len(places)))[cells[:, 0], cells[:, 1]]
    rows: list[int] = []
    for row in np.argsort(-crowd, kind="stable"):
        if len(rows) == most:
            break
        if all(np.linalg.norm(scaled[row] - scaled[other]) > APART for other in rows):
            rows.append(int(row))
    return np.array(rows, dtype=np.intp)


def _smooth(cells: NDArray[np.intp], weights: NDArray[np.floating]) -> NDArray[np.floating]:
    grid = np.zeros((CELLS, CELLS))
    np.add.at(grid, (cells[:, 0], cells[:, 1]), weights)
    kept: NDArray[np.floating] = (
        gaussian_filter(grid, 1.0, mode="constant") * 2 * np.pi
    )  # about the tracks within reach
    return kept
