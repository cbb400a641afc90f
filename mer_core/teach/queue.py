"""Which track to ask about next: the one whose answer teaches most.

In turn, by how many answers there are: a track near the boundary of "yes" and "no" (uncertainty sampling: Lewis and
Gale 1994, A sequential algorithm for training text classifiers, SIGIR), one that scores high and is least like all
answered ones (diversity), and a track the mood is surely in, whose answer checks the top of the list.
"""

from typing import NamedTuple

import numpy as np

from mer_core.teach.examples import Examples
from mer_core.teach.learner import Features

BOUNDARY, DIFFERENT, SURE = REASONS = ("boundary", "different", "sure")
TURNS = (BOUNDARY, DIFFERENT, BOUNDARY, DIFFERENT, SURE)
TURNS_KNOWN = (SURE, DIFFERENT, BOUNDARY)
"""Where a model knows the mood: what it is sure of is worth checking first (measured by the benchmark "teach")."""
LEADING = 30
"""Of so many tracks that score highest the one least like the answered ones is asked."""


class Question(NamedTuple):
    """A track to ask about, by its row, and why: one of REASONS."""

    row: int
    why: str


def next_question(
    features: Features,
    scores: np.ndarray,
    examples: Examples,
    allowed: np.ndarray | None = None,
    *,
    known: bool = False,
) -> Question | None:
    """The next track to ask about; None when all are answered.

    scores: (n_tracks,) of the mood as learned so far. allowed: (n_tracks,) bool, tracks that may be asked about. known:
    whether a model knows the mood.
    """
    free = np.ones(len(scores), bool) if allowed is None else np.array(allowed, dtype=bool)
    free[examples.rows] = False
    free[examples.skipped] = False
    left = np.flatnonzero(free)
    if not len(left):
        return None
    turns = TURNS_KNOWN if known else TURNS
    why = turns[len(examples.rows) % len(turns)]
    if why == BOUNDARY:
        return Question(int(left[np.argmin(np.abs(scores[left] - boundary(scores, examples)))]), why)
    leading = left[np.argsort(-scores[left], kind="stable")][: 1 if why == SURE else LEADING]
    return Question(int(leading[np.argmin(_likeness(features.blend, leading, examples.rows))]), why)


def boundary(scores: np.ndarray, examples: Examples) -> float:
    """Halfway between the mean scores of "yes" and "no"; of "yes" and all tracks where nobody said no."""
    yes, no = scores[examples.rows[examples.liked]], scores[examples.rows[~examples.liked]]
    return float((yes.mean() if len(yes) else scores.max()) + (no.mean() if len(no) else scores.mean())) / 2


def _likeness(X: np.ndarray, rows: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """The highest cosine (len(rows),) of each of `rows` with any of the answered tracks."""
    if not len(answered):
        return np.zeros(len(rows))
    lengths = np.maximum(np.linalg.norm(X, axis=1), 1e-12)
    return np.asarray((X[rows] / lengths[rows, None] @ (X[answered] / lengths[answered, None]).T).max(axis=1))
