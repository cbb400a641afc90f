"""The synthetic artists: what each plays on, and the habits that make its clips alike whatever their mood."""

from dataclasses import dataclass

import numpy as np

from mer_core.demo.cues import Cues

COUNT = 40
"""How many ensembles the corpus has."""
HABIT = 0.2
"""Standard deviation of an ensemble's habit in one cue."""


@dataclass(frozen=True)
class Family:
    """A kind of ensemble; programs are General MIDI numbers from 0, each row from dull to bright (spectral centroid of
    held notes)."""

    name: str
    lead: tuple[int, ...]
    chords: tuple[int, ...]
    bass: tuple[int, ...]


FAMILIES = (
    Family("Piano Trio", (4, 1, 0), (4, 1, 0), (32, 33)),
    Family("String Orchestra", (42, 40, 41), (49, 48, 44), (43, 42)),
    Family("Guitar Duo", (24, 26, 25), (26, 24, 25), (32, 33)),
    Family("Rock Band", (26, 30, 29), (26, 30, 29), (33, 34)),
    Family("Synth Lab", (82, 80, 81), (89, 90, 62), (38, 39)),
    Family("Pad Collective", (79, 88, 98), (94, 89, 95), (35, 39)),
    Family("Brass Ensemble", (60, 57, 56), (62, 60, 61), (43, 58)),
    Family("Wind Quintet", (73, 71, 68), (71, 69, 68), (43, 70)),
    Family("Mallet Group", (11, 12, 9), (46, 11, 12), (32, 35)),
    Family("Chamber Choir", (54, 53, 52), (51, 52, 19), (43, 39)),
)


@dataclass(frozen=True)
class Ensemble:
    """One synthetic artist."""

    number: int
    name: str
    family: Family
    habits: Cues
    """What it adds to the cues of everything it plays."""


def make_ensemble(number: int, seed: int) -> Ensemble:
    """The ensemble with this number (0 … COUNT - 1); the same for the same seed."""
    family = FAMILIES[number % len(FAMILIES)]
    habits = np.random.default_rng([seed, 1, number]).normal(0, HABIT, len(Cues._fields))
    return Ensemble(number, f"Synthetic {family.name} {number // len(FAMILIES) + 1}", family, Cues(*habits.tolist()))
