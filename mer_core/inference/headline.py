"""One line for a track: its nearest feeling and how sure that is, or between which two it stands.

Feelings are compared by how rare their strength is in music (the percentile, on the scale of a normal distribution);
by a model that does not know it, by how far the log-odds are above the mood's threshold.
"""

from statistics import NormalDist

import numpy as np
import pandas as pd

from mer_core.model.mlp import logit
from mer_core.moods import FEELING, TEMPO, coordinates

CLEAR, PERHAPS = 0.93, 0.75
"""Percentiles from which a feeling is clear, and below which it is only perhaps there."""
APART = 0.7
"""Two feelings this far apart on the plane (its sides are 2 long) are different answers."""
TIE = 0.2
"""Two strengths that differ by less, in deviations, are as good as equal."""
NOT_MUSIC = "not music"
NO_FEELING = "no feeling to name: the model knows none that it may decide"


def headline(moods: pd.DataFrame) -> str:
    """The line for a table of moods (columns probability, threshold, decided, kind, percentile, allowed)."""
    rows = moods[(moods["kind"] == FEELING) & ~moods.index.isin(TEMPO) & moods["allowed"].astype(bool)]
    if rows["decided"].any():
        rows = rows[rows["decided"].astype(bool)]
    if rows.empty:
        return NO_FEELING
    strength = _strengths(rows).sort_values(ascending=False, kind="stable")
    first = str(strength.index[0])
    rival = _rival(first, strength)
    if rival is not None:
        return f"between {first} and {rival}"
    percentile = float(rows["percentile"][first])
    sure = bool(rows["decided"][first]) if np.isnan(percentile) else percentile >= PERHAPS
    if sure and percentile >= CLEAR:
        return f"clearly {first}"
    return first if sure else f"perhaps {first}"


def _strengths(rows: pd.DataFrame) -> "pd.Series[float]":
    percentile = rows["percentile"].to_numpy(dtype=float)
    if np.isnan(percentile).any():
        above = logit(rows["probability"].to_numpy(float)) - logit(rows["threshold"].to_numpy(float))
        return pd.Series(above, index=rows.index)
    limited = np.clip(percentile, 1e-3, 1 - 1e-3)
    return pd.Series([NormalDist().inv_cdf(share) for share in limited], index=rows.index)


def _rival(first: str, strength: "pd.Series[float]") -> str | None:
    """The strongest feeling that is about as strong as `first` and elsewhere on the plane."""
    near = [str(mood) for mood in strength.index[1:] if strength.iloc[0] - strength[mood] < TIE]
    places = coordinates([first, *near])
    return next(
        (mood for mood, place in zip(near, places[1:], strict=True) if np.linalg.norm(place - places[0]) > APART), None
    )
