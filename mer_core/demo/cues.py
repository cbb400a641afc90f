"""The musical cues that express a mood, and how a clip draws its own.

A composer's or player's intention reaches a listener through several cues that are each uncertain and stand in for
one another (Brunswik's lens model, Juslin & Laukka 2004); their effects add up and are near linear (Eerola, Friberg &
Bresin 2013). So a clip's cues are the mean of its moods' profiles, plus its ensemble's habits, plus chance, and some
cues say nothing at all: no mood has one recipe.

References:
    Hevner, "Experimental studies of the elements of expression in music", Am. J. Psychology 48 (1936).
    Juslin & Laukka, "Expression, perception, and induction of musical emotions", J. New Music Research 33 (2004).
    Gabrielsson & Lindström, "The role of structure in the musical expression of emotions", in Juslin & Sloboda (eds.),
        Handbook of Music and Emotion (2010).
    Eerola, Friberg & Bresin, "Emotional expression in music: contribution, linearity, and additivity of primary
        musical cues", Frontiers in Psychology 4:487 (2013).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Cues(NamedTuple):
    """Eight cues, each from -1 to 1."""

    mode: float
    """Phrygian and minor … major and lydian."""
    tempo: float
    """Slow … fast."""
    loudness: float
    """Soft … loud."""
    register: float
    """Low … high."""
    staccato: float
    """Legato … staccato."""
    brightness: float
    """Dull … bright timbre."""
    dissonance: float
    """Plain triads … seconds and tritones."""
    activity: float
    """Few long notes, no drums … many short notes, drums."""


PROFILES = {
    #                    mode  tempo loud  reg.  stac. brig. diss. activity
    "action": Cues(-0.5, 0.9, 0.8, -0.1, 0.6, 0.6, 0.4, 1.0),
    "calm": Cues(0.3, -0.8, -0.8, 0.0, -0.8, -0.6, -0.8, -0.9),
    "dark": Cues(-1.0, -0.5, 0.1, -0.9, -0.3, -0.7, 0.7, -0.3),
    "dramatic": Cues(-0.7, 0.1, 0.8, -0.2, -0.1, 0.3, 0.6, 0.1),
    "dream": Cues(0.1, -0.6, -0.5, 0.7, -0.9, 0.1, 0.1, -0.6),
    "energetic": Cues(0.3, 0.9, 0.8, 0.2, 0.5, 0.8, 0.0, 0.9),
    "epic": Cues(-0.4, -0.1, 1.0, -0.4, -0.5, 0.5, 0.0, 0.5),
    "fun": Cues(0.9, 0.7, 0.1, 0.5, 0.9, 0.5, -0.4, 0.5),
    "happy": Cues(0.9, 0.5, 0.3, 0.5, 0.4, 0.5, -0.7, 0.4),
    "meditative": Cues(0.0, -1.0, -0.6, -0.5, -1.0, -0.5, -0.4, -1.0),
    "melancholic": Cues(-0.6, -0.6, -0.5, 0.1, -0.6, -0.3, 0.0, -0.4),
    "relaxing": Cues(0.6, -0.5, -0.5, 0.1, -0.5, -0.3, -0.6, -0.3),
    "romantic": Cues(0.6, -0.4, -0.2, 0.2, -0.8, 0.0, -0.3, -0.2),
    "sad": Cues(-0.8, -0.8, -0.6, -0.3, -0.7, -0.6, -0.1, -0.7),
    "upbeat": Cues(0.7, 0.8, 0.4, 0.2, 0.5, 0.4, -0.4, 0.9),
    "uplifting": Cues(0.8, 0.3, 0.6, 0.6, -0.2, 0.6, -0.6, 0.3),
}
"""Each mood's typical cues; the moods are words of MTG-Jamendo's vocabulary."""

MOODS = tuple(PROFILES)
SPREAD = 0.35
"""Standard deviation of chance in one cue."""
SILENT = 0.15
"""Probability that a cue says nothing about the mood."""


def draw_moods(first: str, rng: np.random.Generator) -> tuple[str, ...]:
    """`first` and up to two more moods that its cues agree with, more readily the more alike their profiles are;
    sorted."""
    profile = np.array(PROFILES[first])
    others = [mood for mood in MOODS if mood != first]
    vectors = np.array([PROFILES[mood] for mood in others])
    likeness = vectors @ profile / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(profile))
    weights = np.where(likeness > 0.4, np.exp(4 * likeness), 0.0)
    count = min(rng.choice(3, p=[0.3, 0.45, 0.25]), int(np.count_nonzero(weights)))
    more = (
        rng.choice(others, size=count, replace=False, p=weights / weights.sum()) if count else np.array([], dtype=str)
    )
    return tuple(sorted({first, *map(str, more)}))


def draw_cues(moods: Sequence[str], habits: Cues, rng: np.random.Generator) -> Cues:
    """Cues of one clip with these moods, played by an ensemble with these habits; each clipped to [-1, 1]."""
    meant = np.mean([PROFILES[mood] for mood in moods], axis=0)
    drawn = np.where(
        rng.random(len(meant)) < SILENT, rng.uniform(-1, 1, len(meant)), meant + rng.normal(0, SPREAD, len(meant))
    )
    return Cues(*np.clip(drawn + np.array(habits), -1, 1).tolist())
