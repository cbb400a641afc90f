"""What a track's album says of its moods, for collections whose albums are known.

Artists tag the tracks of an album alike, so what a model hears in an album's other tracks says something of this one,
too. A track's log-odds are moved by a share of how far the others' stand from the mean track:

    log-odds + weight × Σ over the others (log-odds − center) ÷ (number of others + 1)

Only predictions are used, never labels. The + 1 doubts small albums: a single other track counts half. This is one step
of collective classification (Sen et al., "Collective classification in network data", AI Magazine 29, 2008).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mer_core.metrics.ranking import average_precisions, roc_aucs

WEIGHTS = np.arange(11) / 10
"""Tried by `fit_album_context`; with 0 albums do not count."""


@dataclass(frozen=True)
class AlbumContext:
    """How much an album's other tracks count."""

    weight: float
    """At least 0."""
    center: np.ndarray
    """(n_moods,) log-odds of the mean track."""

    def __post_init__(self) -> None:
        """Raise ValueError unless all numbers are finite and the weight is not negative."""
        if not (
            np.isfinite(self.weight) and self.weight >= 0 and self.center.ndim == 1 and np.isfinite(self.center).all()
        ):
            raise ValueError(
                f"an album's context needs a weight of at least 0 and finite centers, not {self.weight} and "
                f"{self.center}"
            )

    def apply(self, logits: np.ndarray, albums: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_moods) of tracks on `albums` (n,) str, each moved by its album's others; "" is an album nobody
        knows, so none. Columns after those of `center` (moods of one's own) stay as they are."""
        known, more = logits[:, : len(self.center)], logits[:, len(self.center) :]
        return np.hstack([known + self.weight * _evidence_of_others(known - self.center, albums), more])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {"weight": self.weight, "center": self.center.tolist()}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "AlbumContext":
        """The context of `to_dict`; KeyError, TypeError or ValueError when it is malformed."""
        return cls(float(value["weight"]), np.array(value["center"], dtype=float))


def fit_album_context(Y: np.ndarray, logits: np.ndarray, albums: np.ndarray) -> AlbumContext:
    """The weight of WEIGHTS, one for all moods, with the best sum of mean ROC-AUC and mean PR-AUC; the smallest of
    equal ones.

    Y (n, n_moods) bool are the labels, logits (n, n_moods) log-odds from models that have not learned from these
    tracks, albums (n,) str.
    """
    center = logits.mean(axis=0)
    moved = logits[:, None] + WEIGHTS[:, None] * _evidence_of_others(logits - center, albums)[:, None]
    scores = np.nan_to_num(average_precisions(Y, moved) + roc_aucs(Y, moved)).sum(axis=1)
    return AlbumContext(float(WEIGHTS[scores.argmax()]), center)


def _evidence_of_others(deviations: np.ndarray, albums: np.ndarray) -> np.ndarray:
    """Sum of the deviations (n, n_moods) of an album's other tracks ÷ (their number + 1)."""
    names, row_of = np.unique(np.asarray(albums, dtype=str), return_inverse=True)
    sums = np.zeros((len(names), deviations.shape[1]))
    np.add.at(sums, row_of, deviations)
    sizes = np.bincount(row_of, minlength=len(names))
    others = (sums[row_of] - deviations) / sizes[row_of][:, None]
    return np.where((names[row_of] == "")[:, None], 0.0, others)
