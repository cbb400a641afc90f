"""The columns of a table of predictions, one row a track: of a model about its own dataset, and of a library.

track_id         str
split            the part of the split the track is in (a model's own predictions only)
out_of_domain    "" or why no mood is decided (a library's predictions only; the name is that of the first release)
p:<mood>         raw probability in [0, 1], float32 (a model's own predictions only)
c:<mood>         calibrated probability in [0, 1], float32
d:<mood>         the decision, bool (a library's predictions only)
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

TRACK, SPLIT, NOT_MUSIC = "track_id", "split", "out_of_domain"
RAW, CALIBRATED, DECIDED = "p", "c", "d"


def mood_columns(kind: str, moods: Sequence[str]) -> list[str]:
    """The columns of `kind` (RAW, CALIBRATED or DECIDED), in the order of `moods`."""
    return [f"{kind}:{mood}" for mood in moods]


def mood_table(kind: str, moods: Sequence[str], values: np.ndarray) -> pd.DataFrame:
    """The columns of `kind` with `values` (n_tracks, n_moods)."""
    return pd.DataFrame(values, columns=mood_columns(kind, moods))
