"""Labels that look wrong: those that probabilities by models that have not seen them contradict.

Confident learning (Northcutt, Jiang and Chuang 2021, Confident learning: estimating uncertainty in dataset labels, JAIR
70) on one mood after the other, by cleanlab. The probabilities are cross-validated, an artist's tracks never on both
sides, and calibrated, so that they can be compared between moods.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.errors import DatasetError
from mer_core.metrics.ranking import roc_aucs
from mer_core.model.classifier import Context
from mer_core.model.mlp import logit, sigmoid
from mer_core.model.shrinkage import fit_shrunken_logistic
from mer_core.training.baseline import LogisticBaseline
from mer_core.training.folds import cross_fit, deal_folds

WRONG, MISSING = KINDS = ("wrong", "missing")
FOLDS = 5
LEAST_POSITIVES = 10
"""Tracks with a mood that its labels need to be checked."""


@dataclass(frozen=True)
class Labelled:
    """Labelled tracks with embeddings; row i of all is the same track."""

    X: np.ndarray
    """(n_tracks, dim) track embeddings."""
    labels: np.ndarray
    """(n_tracks, n_moods) bool."""
    moods: tuple[str, ...]
    artists: np.ndarray
    """(n_tracks,) artist ids."""

    def checkable(self) -> "Labelled":
        """The moods that enough tracks have, and not all."""
        counts = self.labels.sum(axis=0)
        kept = np.flatnonzero((counts >= LEAST_POSITIVES) & (counts < len(self.labels)))
        return Labelled(self.X, self.labels[:, kept], tuple(self.moods[column] for column in kept), self.artists)


def probabilities_held_out(data: Labelled) -> np.ndarray:
    """Calibrated probabilities (n_tracks, n_moods) of every track by logistic regressions on other artists' tracks.

    Raises DatasetError where there are too few tracks to be cut, or no mood.
    """
    if len(data.X) < 4 * FOLDS or not data.moods:
        raise DatasetError(
            f"{len(data.X)} tracks and {len(data.moods)} moods that at least {LEAST_POSITIVES} tracks have are too few "
            f"to separate wrong labels from right ones; label or embed more tracks"
        )
    folds = deal_folds(data.labels, data.artists, FOLDS)
    scores = cross_fit(LogisticBaseline, data.X, data.labels, folds, Context(data.moods, data.artists))
    slope, intercept = fit_shrunken_logistic(data.labels, scores)
    return sigmoid(slope * scores + intercept)


def suspects(labels: np.ndarray, probabilities: np.ndarray, moods: Sequence[str]) -> pd.DataFrame:
    """Every label that may be wrong, the least likely first: columns row, mood, kind ("wrong": given but improbable;
    "missing": probable but not given), confidence (probability in [0, 1] of the label as it is), and confident (bool:
    confident learning counts it among the errors)."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    tables = []
    for column, mood in enumerate(moods):
        given, p = labels[:, column], np.clip(probabilities[:, column], 1e-6, 1 - 1e-6)
        if not given.any() or given.all():
            continue
        both, numbers = np.column_stack([1 - p, p]), given.astype(int)
        confidence = get_label_quality_scores(numbers, both, method="self_confidence")
        confident = find_label_issues(numbers, both, filter_by="prune_by_noise_rate", n_jobs=1)
        rows = np.flatnonzero((confidence < 0.5) | confident)
        kind = np.where(given[rows], WRONG, MISSING)
        tables.append(
            pd.DataFrame(
                {"row": rows, "mood": mood, "kind": kind, "confidence": confidence[rows], "confident": confident[rows]}
            )
        )
    if not tables:
        return pd.DataFrame({"row": [], "mood": [], "kind": [], "confidence": [], "confident": []})
    return pd.concat(tables, ignore_index=True).sort_values("confidence", kind="stable", ignore_index=True)


def reliability_of(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """ROC-AUC (n_moods,) of the held-out probabilities: where it is near 0.5 they know nothing of the mood's labels."""
    return roc_aucs(labels, logit(probabilities))


def twin_moods(labels: np.ndarray, moods: Sequence[str], least: float = 0.5) -> pd.DataFrame:
    """Pairs of moods that stand for each other: columns mood, other, both (tracks), overlap (Jaccard, ≥ `least`)."""
    counts = labels.astype(np.int64)
    both = counts.T @ counts
    either = both.diagonal()[:, None] + both.diagonal()[None] - both
    overlap = both / np.maximum(either, 1)
    first, second = np.nonzero(np.triu(overlap >= least, 1))
    table = pd.DataFrame(
        {
            "mood": [moods[int(i)] for i in first],
            "other": [moods[int(i)] for i in second],
            "both": both[first, second],
            "overlap": overlap[first, second],
        }
    )
    return table.sort_values("overlap", ascending=False, ignore_index=True)


def moods_of_one_artist(data: Labelled, least: float = 0.5) -> pd.DataFrame:
    """Moods that one artist makes: columns mood, artist_id, share (of the mood's tracks, at least `least`), tracks."""
    rows = []
    for column, mood in enumerate(data.moods):
        artists = pd.Series(data.artists[data.labels[:, column]])
        counts = artists[artists != ""].value_counts()
        if len(artists) >= LEAST_POSITIVES and len(counts) and counts.iloc[0] >= least * len(artists):
            share = counts.iloc[0] / len(artists)
            rows.append({"mood": mood, "artist_id": counts.index[0], "share": share, "tracks": len(artists)})
    return pd.DataFrame(rows, columns=["mood", "artist_id", "share", "tracks"])


def unequal_duplicates(X: np.ndarray, labels: np.ndarray, least: float = 0.9999) -> pd.DataFrame:
    """Pairs of tracks that sound the same (cosine of the standardised embeddings at least `least`) and have different
    labels: columns row, other, similarity."""
    from mer_core.embeddings.nearest import nearest, standardise

    Z = standardise(X, X)
    found, likeness = nearest(Z, Z, min(3, len(Z)))
    pairs = {
        (min(row, int(other)), max(row, int(other))): float(value)
        for row in range(len(Z))
        for other, value in zip(found[row], likeness[row], strict=True)
        if int(other) != row and value >= least and (labels[row] != labels[int(other)]).any()
    }
    table = [{"row": row, "other": other, "similarity": value} for (row, other), value in sorted(pairs.items())]
    return pd.DataFrame(table, columns=["row", "other", "similarity"])
