"""How well a mood of one's own is told: its answered tracks, each heard by what was learned without its artist."""

import numpy as np
import pandas as pd

from mer_core.teach.examples import Examples
from mer_core.teach.learner import Features
from mer_core.teach.own_moods import Lessons
from mer_core.training.folds import deal_folds

FOLDS, FEWEST_FOLDS = 5, 3


def held_out(lessons: Lessons, examples: Examples) -> np.ndarray:
    """Probabilities (n_answers,) of the answered tracks, each learned from the answers of the other folds; NaN where no
    track of the other folds has the mood, and everywhere with fewer answers than FEWEST_FOLDS.

    Tracks of one artist stay in one fold where there are artists enough (see training.folds).
    """
    rows, liked = examples.rows, examples.liked
    probabilities = np.full(len(rows), np.nan)
    if len(rows) < FEWEST_FOLDS:
        return probabilities
    folds = deal_folds(liked[:, None], _makers(lessons.tracks.iloc[rows]), min(FOLDS, len(rows)))
    for fold in np.unique(folds):
        out = folds == fold
        if liked[~out].any():
            others = Examples(examples.mood, rows[~out], liked[~out], (), examples.skipped)
            heard = Features(lessons.features.sound[rows[out]], lessons.features.blend[rows[out]])
            known = lessons.known(examples.mood)
            probabilities[out] = lessons.learn(others).probabilities(heard, None if known is None else known[rows[out]])
    return probabilities


def _makers(tracks: pd.DataFrame) -> np.ndarray:
    """(n_tracks,) artist ids; a track by nobody known is its own."""
    return tracks["artist_id"].where(tracks["artist_id"] != "", tracks["track_id"]).to_numpy(dtype=str)
