"""One line for a track: its nearest feeling and how sure that is, or between which two it stands.

Feelings are compared by how near the track they are: by probability and on the plane (see decision.nearness). Those
that people's words or ratings have measured go before others. Those that say little of a feeling (moods.VAGUE) are not
named unless the model knows no other.
"""

import numpy as np
import pandas as pd

from mer_core.model.decision import nearness
from mer_core.moods import FEELING, TEMPO, coordinates, names_feeling

CLEAR, PERHAPS = 0.93, 0.75
"""Percentiles from which a feeling is clear, and below which it is only perhaps there."""
APART = 0.7
"""Two feelings this far apart on the plane (its sides are 2 long) are different answers."""
TIE = 0.2
"""Two feelings whose nearness differs by less are as good as equal."""
NOT_MUSIC = "not music"
NO_FEELING = "no feeling to name: the model knows none that it may decide"


def headline(moods: pd.DataFrame) -> str:
    """The line for a table of moods, as a Prediction holds it."""
    rows = moods[(moods["kind"] == FEELING) & ~moods.index.isin(TEMPO) & moods["allowed"].astype(bool)]
    if rows.empty:
        return NO_FEELING
    rows = rows.assign(named=rows.index.map(names_feeling).astype(bool), fits=~rows["contradicted"].astype(bool))
    for asked in ("named", "decided", "fits", "measured"):
        better = rows[asked].to_numpy(dtype=bool)
        rows = rows[better] if better.any() else rows
    near = nearness(rows["probability"].to_numpy(float), rows["distance"].to_numpy(float))
    strength = pd.Series(near, index=rows.index).sort_values(ascending=False, kind="stable")
    first = str(strength.index[0])
    rival = _rival(first, strength)
    if rival is not None:
        return f"between {first} and {rival}"
    percentile = float(rows["percentile"][first])
    sure = bool(rows["decided"][first]) if np.isnan(percentile) else percentile >= PERHAPS
    if sure and percentile >= CLEAR:
        return f"clearly {first}"
    return first if sure else f"perhaps {first}"


def _rival(first: str, strength: "pd.Series[float]") -> str | None:
    """The strongest feeling that is about as strong as `first` and elsewhere on the plane."""
    near = [str(mood) for mood in strength.index[1:] if strength.iloc[0] - strength[mood] < TIE]
    places = coordinates([first, *near])
    return next(
        (mood for mood, place in zip(near, places[1:], strict=True) if np.linalg.norm(place - places[0]) > APART), None
    )
