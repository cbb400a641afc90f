"""Valence and arousal in recommendations, as the model measures them: how near tracks are to a wanted place, and how
two places compare in words ("as calm", "a little darker")."""

import numpy as np
from numpy.typing import NDArray

from mer_core.moods import MIDDLE

Floats = NDArray[np.float64]

ALIKE, MUCH = 0.2, 0.6
"""Two tracks are alike below the first difference, much unlike from the second on (1: two standard deviations of
music)."""
_WORDS = (("dark", "darker", "bright", "brighter"), ("calm", "calmer", "lively", "livelier"))


def wanted_place(valence: float | None, arousal: float | None) -> Floats | None:
    """A wished place (2,), NaN where there is no wish; None without any."""
    place = np.array([np.nan if value is None else value for value in (valence, arousal)], dtype=float)
    return None if np.isnan(place).all() else place


def place_likeness(plane: Floats, place: Floats) -> Floats:
    """How near tracks at `plane` (n_tracks, 2) are to `place` (2,), in [-1, 1]: 1 less the root mean square difference
    in what is wished for (NaN: no wish)."""
    known = np.isfinite(place)
    return np.asarray(1 - np.sqrt(((plane[:, known] - place[known]) ** 2).mean(axis=1)))


def compared(track: Floats, asked: Floats) -> list[str]:
    """How a track's arousal and valence (2,) compare with those asked by: ["as calm", "a little darker"]; none where
    there is nothing to say. What lies near the middle in both is neither calm nor lively, so it is not called alike."""
    said = [
        _in_words(own, wanted, words)
        for own, wanted, words in zip(track[::-1], asked[::-1], _WORDS[::-1], strict=True)
        if np.isfinite(wanted)
    ]
    return [words for words in said if words]


def _in_words(own: float, wanted: float, words: tuple[str, str, str, str]) -> str:
    low, lower, high, higher = words
    if abs(own - wanted) >= ALIKE:
        much = "much" if abs(own - wanted) >= MUCH else "a little"
        return f"{much} {higher if own > wanted else lower}"
    if min(own, wanted) > MIDDLE:
        return f"as {high}"
    return f"as {low}" if max(own, wanted) < -MIDDLE else ""
