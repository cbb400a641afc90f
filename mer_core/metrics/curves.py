"""What a model gets right and wrong, mood by mood: curves, operating points, reliability, confusions, worst tracks.

Y is the truth (n_tracks,) or (n_tracks, n_moods) bool, P the probabilities of the same shape.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.metrics import precision_recall_curve, roc_curve

CURVE_POINTS = 300
LEAST_IN_BIN = 8
"""Tracks that a bin of `reliability` has at least, where there are so many."""


def operating_point(truth: np.ndarray, decided: np.ndarray) -> dict[str, float]:
    """Precision, recall, F-score (NaN where undefined) and the number of tracks that are `decided`, (n_tracks,) bool,
    for one mood."""
    hits, n_decided, n_true = int((decided & truth).sum()), int(decided.sum()), int(truth.sum())
    precision = hits / n_decided if n_decided else np.nan
    recall = hits / n_true if n_true else np.nan
    return {
        "precision": precision,
        "recall": recall,
        "F-score": 2 * hits / (n_decided + n_true) if n_true else np.nan,
        "tracks": n_decided,
    }


def best_f_threshold(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """The threshold of one mood at which F is greatest on the very labels given; above every probability without
    positives."""
    if not truth.any():
        return float(np.nextafter(probabilities.max(), np.inf))
    precision, recall, thresholds = precision_recall_curve(truth, probabilities)
    total = precision + recall
    return float(
        thresholds[np.argmax(np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1), 0)[:-1])]
    )


def pr_points(truth: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The precision–recall curve of one mood: columns recall, precision, threshold (at most CURVE_POINTS rows, spread
    evenly along the curve)."""
    precision, recall, thresholds = precision_recall_curve(truth, probabilities)
    return _thinned(pd.DataFrame({"recall": recall, "precision": precision, "threshold": [*thresholds, np.nan]}))


def roc_points(truth: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The ROC curve of one mood: columns false positive rate, true positive rate, threshold (thinned as by
    `pr_points`)."""
    false, true, thresholds = roc_curve(truth, probabilities)
    return _thinned(pd.DataFrame({"false positive rate": false, "true positive rate": true, "threshold": thresholds}))


def reliability(truth: np.ndarray, probabilities: np.ndarray, n_bins: int = 8) -> pd.DataFrame:
    """How often a mood holds where it was given some probability: bins of equally many tracks, fewer bins where there
    are few tracks.

    Columns: predicted (mean probability), observed (share), low, high (Wilson 95 % interval), tracks.
    """
    order = np.argsort(probabilities, kind="stable")
    bins = np.array_split(order, min(n_bins, max(1, len(order) // LEAST_IN_BIN)))
    predicted, observed = (np.array([values[members].mean() for members in bins]) for values in (probabilities, truth))
    tracks = np.array([len(members) for members in bins])
    low, high = _wilson(observed, tracks)
    return pd.DataFrame({"predicted": predicted, "observed": observed, "low": low, "high": high, "tracks": tracks})


def _wilson(shares: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % intervals of shares of `counts` (Wilson, "Probable inference, the law of succession, and statistical
    inference", 1927).

    As SciPy's binomtest gives them, which computes a p-value for each as well: the page asks for many.
    """
    z2 = norm.ppf(0.975) ** 2
    middle = (shares + z2 / (2 * counts)) / (1 + z2 / counts)
    half = np.sqrt(z2 * (shares * (1 - shares) / counts + z2 / (4 * counts**2))) / (1 + z2 / counts)
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def most_wrong(truth: np.ndarray, probabilities: np.ndarray, n: int = 25) -> pd.DataFrame:
    """The rows a mood is most wrong on: columns row, probability, error ("missed" or "wrongly found"), percentile of
    the probability."""
    percentile = pd.Series(probabilities).rank(pct=True).to_numpy()
    surprise = np.where(truth, 1 - percentile, percentile)
    worst = np.argsort(-surprise, kind="stable")[:n]
    error = np.where(truth[worst], "missed", "wrongly found")
    return pd.DataFrame(
        {"row": worst, "probability": probabilities[worst], "error": error, "percentile": percentile[worst]}
    )


OUTCOMES = ("true positives", "false positives", "false negatives", "true negatives")


def outcome_rows(
    truth: np.ndarray, probabilities: np.ndarray, decided: np.ndarray, outcome: str, n: int = 100
) -> np.ndarray:
    """Rows of the tracks with one of OUTCOMES, at most `n`, the clearest first: the most probable positives, the least
    probable negatives.

    truth, decided: (n_tracks,) bool. probabilities: (n_tracks,). Raises ValueError for a word that is none of OUTCOMES.
    """
    kind = OUTCOMES.index(outcome)
    rows = np.flatnonzero((decided if kind < 2 else ~decided) & (truth if kind in (0, 2) else ~truth))
    order = np.argsort(probabilities[rows], kind="stable")
    return rows[order[::-1] if kind < 2 else order][:n]


def taken_for(truth: np.ndarray, decisions: np.ndarray) -> np.ndarray:
    """(n_moods, n_moods): of the tracks labelled with the row's mood on which it is not decided, the share on which the
    column's is decided though nobody labelled it; NaN where there are no such tracks, and on the diagonal.

    truth, decisions: (n_tracks, n_moods) bool.
    """
    missed = (truth & ~decisions).astype(float)
    wrongly_found = (decisions & ~truth).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: np.ndarray = (missed.T @ wrongly_found) / missed.sum(axis=0)[:, None]
    np.fill_diagonal(shares, np.nan)
    return shares


def confusions(truth: np.ndarray, decisions: np.ndarray, moods: Sequence[str], mood: str) -> pd.DataFrame:
    """With which moods one mood is decided more often than it is labelled.

    Index mood (the others); columns true_together, decided_together (tracks), true_share, decided_share (of the tracks
    with
    `mood`), excess (decided_share - true_share), the greatest first.
    """
    column = list(moods).index(mood)
    true_together, decided_together = (matrix[matrix[:, column]].sum(axis=0) for matrix in (truth, decisions))
    table = pd.DataFrame(
        {
            "true_together": true_together,
            "decided_together": decided_together,
            "true_share": true_together / max(int(truth[:, column].sum()), 1),
            "decided_share": decided_together / max(int(decisions[:, column].sum()), 1),
        },
        index=pd.Index(moods, name="mood"),
    ).drop(index=mood)
    return table.assign(excess=table["decided_share"] - table["true_share"]).sort_values("excess", ascending=False)


def _thinned(curve: pd.DataFrame) -> pd.DataFrame:
    if len(curve) <= CURVE_POINTS:
        return curve
    steps = np.hypot(*(np.diff(curve.iloc[:, column]) for column in (0, 1)))
    along = np.append(0.0, np.cumsum(steps))
    keep = np.unique(np.searchsorted(along, np.linspace(0, along[-1], CURVE_POINTS)))
    return curve.iloc[keep].reset_index(drop=True)
