"""One line for a track: its nearest feeling and how sure that is, or between which two it stands.

Feelings are compared by how near the track they are: by probability and on the plane (see decision.nearness). Those
that people's words or ratings have measured go before others. Those that say little of a feeling (moods.VAGUE) are not
named unless the model knows no other.

A decided feeling goes before others. Where another is as near and lies elsewhere on the plane, both are named. On 356
rated songs (artists left out of the map) that is so for one in four, and there the two are equally far from what people
heard (.72 each; the better of the two .51), so that naming one would be a coin's toss.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from mer_core.model.decision import nearness
from mer_core.moods import FEELING, RIVAL_BEYOND, TEMPO, coordinates, names_feeling, opposed, squared_distances

CLEAR, PERHAPS = 0.93, 0.75
"""Percentiles from which a feeling is clear, and below which it is only perhaps there."""
APART = 0.7
"""Two feelings this far apart on the plane (its sides are 2 long) are different answers."""
TIE = 0.2
"""Two feelings whose nearness differs by less are as good as equal."""
NOT_MUSIC = "not music"
NO_FEELING = "no feeling to name: the model knows none that it may decide"


class OnPlane(NamedTuple):
    """Valence and arousal of a track, each in [-1, 1], and their intervals."""

    place: tuple[float, float]
    ends: tuple[tuple[float, float], tuple[float, float]]


def headline(moods: pd.DataFrame, where: OnPlane | None = None) -> str:
    """The line for a table of moods, as a Prediction holds it; `where` is None by a model that only has moods."""
    rows = moods[(moods["kind"] == FEELING) & ~moods.index.isin(TEMPO) & moods["allowed"].astype(bool)]
    if rows.empty:
        return NO_FEELING
    rows = rows.assign(named=rows.index.map(names_feeling).astype(bool), fits=~rows["contradicted"].astype(bool))
    known = _preferred(_preferred(rows, "named"), "measured")
    rows = _preferred(_preferred(_preferred(_preferred(rows, "named"), "decided"), "fits"), "measured")
    strength = _strength(rows, rows["distance"].to_numpy(float))
    first = str(strength.idxmax())
    rival = _rival(first, strength if where is None else _strength(known, _apart(known, where)))
    if rival is not None:
        return f"between {first} and {rival}"
    percentile = float(rows["percentile"][first])
    sure = bool(rows["decided"][first]) if np.isnan(percentile) else percentile >= PERHAPS
    if sure and percentile >= CLEAR:
        return f"clearly {first}"
    return first if sure else f"perhaps {first}"


def _preferred(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """The rows for which `column` is true, all where it is for none."""
    better = rows[column].to_numpy(dtype=bool)
    return rows[better] if better.any() else rows


def _strength(rows: pd.DataFrame, distance: np.ndarray) -> "pd.Series[float]":
    return pd.Series(nearness(rows["probability"].to_numpy(float), distance), index=rows.index)


def _apart(rows: pd.DataFrame, where: OnPlane) -> np.ndarray:
    """Squared distances (n_rows,), infinite for moods that the plane makes unlikely."""
    names, place = list(rows.index), [where.place]
    return np.where(opposed(place, [where.ends], names, RIVAL_BEYOND), np.inf, squared_distances(place, names))[0]


def _rival(first: str, strength: "pd.Series[float]") -> str | None:
    """The strongest of feelings that are about as strong as `first`, or stronger, and elsewhere on the plane."""
    if first not in strength.index:
        return None
    near = strength[strength > strength[first] - TIE].drop(first, errors="ignore").sort_values(ascending=False)
    apart = np.linalg.norm(coordinates(list(near.index)) - coordinates([first]), axis=1) > APART
    return str(near.index[apart][0]) if apart.any() else None
