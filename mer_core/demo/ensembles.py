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
    """A kind of ensemble; programs are General MIDI numbers from 0, each row from the dullest to the brightest timbre."""

    name: str
    lead: tuple[int, ...]
    chords: tuple[int, ...]
    bass: tuple[int, ...]


FAMILIES = (
    Family("Piano Trio", (4, 0, 1), (4, 0, 1), (32, 33)),
    Family("String Orchestra", (42, 41, 40), (49, 48, 44), (43, 42)),
    Family("Guitar Duo", (26, 24, 25), (24, 26, 25), (32, 33)),
    Family("Rock Band", (26, 29, 30), (27, 29, 30), (33, 34)),
    Family("Synth Lab", (82, 80, 81), (89, 90, 62), (39, 38)),
    Family("Pad Collective", (79, 88, 98), (89, 95, 94), (39, 35)),
    Family("Brass Ensemble", (60, 57, 56), (60, 61, 62), (58, 43)),
    Family("Wind Quintet", (71, 68, 73), (69, 71, 68), (70, 43)),
    Family("Mallet Group", (12, 11, 9), (12, 11, 46), (32, 35)),
    Family("Chamber Choir", (53, 52, 54), (19, 52, 51), (43, 39)),
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
