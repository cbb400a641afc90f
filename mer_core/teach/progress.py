"""How far a mood is learned: the precision of what it is sure of, with its interval, and how many more answers help."""

from dataclasses import dataclass

import numpy as np

from mer_core.teach.examples import Examples
from mer_core.teach.learner import Features, learn_ranking
from mer_core.teach.queue import SURE

TOP, STABLE, BACK = 20, 0.9, 5
"""The first TOP tracks are compared with those of BACK answers ago; where STABLE of them stay, more answers change
little."""
MOST = 100


@dataclass(frozen=True)
class TeachProgress:
    """Where the teaching of a mood stands."""

    yes: int
    no: int
    checked: int
    """How many tracks that the mood was surely in were asked about."""
    agreed: int
    """To how many of those the person said yes."""
    precision: tuple[float, float, float] | None
    """Expected precision of what it is sure of: share, low, high (95 %, Wilson); None before the first check."""
    stable: float | None
    """Share of the first TOP tracks that were among them BACK answers ago; None with fewer answers."""
    more: int | None
    """About how many more answers still change the list noticeably; None where that is not known yet."""


def progress_of(
    features: Features, examples: Examples, scores: np.ndarray, known: np.ndarray | None = None
) -> TeachProgress:
    """The progress of a mood whose answers are `examples` and whose scores (n_tracks,) they gave."""
    checks = np.array([why == SURE for why in examples.why], dtype=bool)
    checked, agreed = int(checks.sum()), int(examples.liked[checks].sum())
    stable = _stability(features, examples, scores, known)
    return TeachProgress(
        int(examples.liked.sum()),
        int((~examples.liked).sum()),
        checked,
        agreed,
        wilson(agreed, checked) if checked else None,
        stable,
        None if stable is None else answers_that_help(len(examples.rows), stable),
    )


def wilson(successes: int, trials: int, z: float = 1.96) -> tuple[float, float, float]:
    """Share of successes among `trials` ≥ 1 and its 95 % interval (Wilson 1927, Probable inference, JASA 22)."""
    share = successes / trials
    middle, half = share + z**2 / (2 * trials), z * np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    scale = 1 + z**2 / trials
    return share, max(0.0, float(middle - half) / scale), min(1.0, float(middle + half) / scale)


def answers_that_help(answered: int, stable: float) -> int:
    """About how many more answers until BACK of them change less than 1 - STABLE of the list.

    What one answer moves falls with their number, and so does the change of the list.
    """
    return int(np.clip(round(answered * (1 - stable) / (1 - STABLE)) - answered, 0, MOST))


def _stability(features: Features, examples: Examples, scores: np.ndarray, known: np.ndarray | None) -> float | None:
    before = slice(0, len(examples.rows) - BACK)
    if len(examples.rows) <= BACK or not examples.liked[before].any():
        return None
    then = learn_ranking(features, examples.rows[before], examples.liked[before], known).scores(features, known)
    count = min(TOP, len(scores))
    now, earlier = (set(np.argsort(-values, kind="stable")[:count].tolist()) for values in (scores, then))
    return len(now & earlier) / count
