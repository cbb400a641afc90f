"""What the answers of a workspace say of its tracks: for each mood the tracks that have it and those that have not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.teach.journal import Answer

LEAST = 3
"""Examples (tracks that have the mood) from which a mood is learned."""


@dataclass(frozen=True, eq=False)
class Examples:
    """The answers about one mood; entry i of `rows`, `liked` and `why` is the same track, in order of time."""

    mood: str
    rows: np.ndarray
    """(n,) int: rows of the tracks."""
    liked: np.ndarray
    """(n,) bool: the track has the mood."""
    why: tuple[str, ...]
    """Why each was asked ("": it was not)."""
    skipped: np.ndarray
    """(k,) int: rows of tracks about which the person was not sure."""

    @property
    def enough(self) -> bool:
        """Whether the mood can be learned: LEAST tracks that have it."""
        return int(self.liked.sum()) >= LEAST


def latest(
    answers: Iterable[Answer], row_of: Mapping[str, int], row_of_path: Mapping[str, int] | None = None
) -> dict[tuple[str, int], Answer]:
    """The last answer for each mood and row; answers about tracks that are not here are left out.

    row_of: row by track id. row_of_path: row by path, for tracks whose ids a new import has changed.
    """
    found: dict[tuple[str, int], Answer] = {}
    for answer in answers:
        row = row_of.get(answer.track_id)
        if row is None and answer.path:
            row = (row_of_path or {}).get(answer.path)
        if row is not None:
            found.pop((answer.mood, row), None)  # so that the order is that of the last answers
            found[answer.mood, row] = answer
    return found


def examples_by_mood(said: Mapping[tuple[str, int], Answer]) -> dict[str, Examples]:
    """The examples of every mood of `latest`, by mood, in alphabetical order."""
    moods = sorted({mood for mood, _ in said})
    return {
        mood: _examples(mood, [(row, answer) for (name, row), answer in said.items() if name == mood]) for mood in moods
    }


def rows_of(tracks: pd.DataFrame, track_ids: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by track id, and by the path that `tracks` (columns track_id, path) has for it; row i is `track_ids[i]`."""
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    paths = zip(tracks["path"], tracks["track_id"], strict=True)
    return row_of, {path: row_of[track_id] for path, track_id in paths if track_id in row_of}


def _examples(mood: str, said: list[tuple[int, Answer]]) -> Examples:
    answered = [(row, answer) for row, answer in said if answer.value is not None]
    return Examples(
        mood,
        np.array([row for row, _ in answered], dtype=int),
        np.array([answer.value for _, answer in answered], dtype=bool),
        tuple(answer.why for _, answer in answered),
        np.array([row for row, answer in said if answer.value is None], dtype=int),
    )
