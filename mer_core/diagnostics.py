"""What a model gets right and wrong, mood by mood: curves, operating points, reliability, confusions, worst tracks.

Y is the truth (n_tracks,) or (n_tracks, n_moods) bool, P the probabilities of the same shape.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_curve, roc_curve

from mer_core.dataset import Dataset
from mer_core.errors import ArtifactError, DatasetError
from mer_core.model_folder import Model

CURVE_POINTS = 300


@dataclass(frozen=True)
class Judged:
    """Predictions with the truth they are judged by, in one order of tracks and moods."""

    name: str
    moods: tuple[str, ...]
    truth: np.ndarray
    """(n_tracks, n_moods) bool."""
    probabilities: np.ndarray
    """(n_tracks, n_moods), as people see them."""
    raw: np.ndarray | None
    """The same before calibration, where it is known."""
    thresholds: np.ndarray
    """(n_moods,)"""
    tracks: Dataset | None
    """The tracks, where it is known which they are."""

    def mood(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Truth and probabilities (n_tracks,) of one mood."""
        column = self.moods.index(name)
        return self.truth[:, column], self.probabilities[:, column]


def judge_model(model: Model, dataset: Dataset, part: str, scores: pd.DataFrame | None = None) -> Judged:
    """The model's stored predictions on a part of the split ("train", "validation", "test"; "all": every track), with the labels.

    scores: calibrated probabilities by track id, for a model that stored none (the starter).

    Raises ArtifactError when there are no predictions, DatasetError when the dataset has none of the model's moods.
    """
    shared = tuple(mood for mood in model.moods if mood in dataset.moods)
    if not shared:
        raise DatasetError(f"the model {model.name!r} and this dataset have no mood in common, so it cannot be judged here; choose another model")
    chosen = (dataset if part == "all" else dataset.in_split(part)).with_moods(shared)
    table = _tables(model, scores)
    known = chosen.subset(chosen.tracks["track_id"].isin(table[0].index).to_numpy())
    if not len(known):
        raise ArtifactError(f"the model {model.name!r} has no predictions for the {part} tracks; train it again: python scripts/train_classifier.py")
    calibrated, raw = (None if t is None else t.loc[known.tracks["track_id"], list(shared)].to_numpy(dtype=float) for t in table)
    thresholds = model.thresholds[[model.moods.index(mood) for mood in shared]]
    assert calibrated is not None
    return Judged(model.name, shared, known.labels, calibrated, raw, thresholds, known)


def judge_arrays(name: str, moods: Sequence[str], truth: np.ndarray, probabilities: np.ndarray, tracks: Dataset | None = None) -> Judged:
    """MediaEval-style matrices (n_tracks, n_moods) as they come; thresholds are set where F is best (on these very labels: optimistic).

    Raises DatasetError when the shapes do not fit together or values are not finite.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, dtype=float)
    if truth.ndim != 2 or truth.shape != probabilities.shape or truth.shape[1] != len(moods):
        raise DatasetError(
            f"ground truth {truth.shape}, predictions {probabilities.shape} and {len(moods)} moods do not fit together; rows are tracks, columns moods"
        )
    if not np.isfinite(probabilities).all():
        raise DatasetError("the predictions hold NaN or infinity; correct the model's output")
    truth = truth.astype(bool)
    thresholds = np.array([best_f_threshold(y, p) for y, p in zip(truth.T, probabilities.T, strict=True)])
    return Judged(name, tuple(moods), truth, probabilities, None, thresholds, tracks if tracks is not None and len(tracks) == len(truth) else None)


def operating_point(truth: np.ndarray, probabilities: np.ndarray, threshold: float) -> dict[str, float]:
    """Precision, recall, F-score (NaN where undefined) and the number of tracks decided at or above `threshold`, for one mood."""
    decided = probabilities >= threshold
    hits, n_decided, n_true = int((decided & truth).sum()), int(decided.sum()), int(truth.sum())
    precision = hits / n_decided if n_decided else np.nan
    recall = hits / n_true if n_true else np.nan
    return {"precision": precision, "recall": recall, "F-score": 2 * hits / (n_decided + n_true) if n_true else np.nan, "tracks": n_decided}


def best_f_threshold(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """The threshold of one mood at which F is greatest on the very labels given; above every probability without positives."""
    if not truth.any():
        return float(np.nextafter(probabilities.max(), np.inf))
    precision, recall, thresholds = precision_recall_curve(truth, probabilities)
    total = precision + recall
    return float(thresholds[np.argmax(np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1), 0)[:-1])])


def pr_points(truth: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The precision–recall curve of one mood: columns recall, precision, threshold (at most about CURVE_POINTS rows)."""
    precision, recall, thresholds = precision_recall_curve(truth, probabilities)
    return _thinned(pd.DataFrame({"recall": recall, "precision": precision, "threshold": [*thresholds, np.nan]}))


def roc_points(truth: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """The ROC curve of one mood: columns false positive rate, true positive rate, threshold (at most about CURVE_POINTS rows)."""
    false, true, thresholds = roc_curve(truth, probabilities)
    return _thinned(pd.DataFrame({"false positive rate": false, "true positive rate": true, "threshold": thresholds}))


def reliability(truth: np.ndarray, probabilities: np.ndarray, n_bins: int = 8) -> pd.DataFrame:
    """How often a mood holds where it was given some probability: bins of equally many tracks.

    Columns: predicted (mean probability), observed (share), low, high (Wilson 95 % interval), tracks.
    """
    order = np.argsort(probabilities, kind="stable")
    rows = []
    for members in np.array_split(order, min(n_bins, len(order))):
        hits = int(truth[members].sum())
        interval = binomtest(hits, len(members)).proportion_ci(method="wilson")
        rows.append((probabilities[members].mean(), hits / len(members), interval.low, interval.high, len(members)))
    return pd.DataFrame(rows, columns=["predicted", "observed", "low", "high", "tracks"])


def most_wrong(truth: np.ndarray, probabilities: np.ndarray, n: int = 25) -> pd.DataFrame:
    """The rows a mood is most wrong on: columns row, probability, error ("missed" or "wrongly found"), percentile of the probability."""
    percentile = pd.Series(probabilities).rank(pct=True).to_numpy()
    surprise = np.where(truth, 1 - percentile, percentile)
    worst = np.argsort(-surprise, kind="stable")[:n]
    error = np.where(truth[worst], "missed", "wrongly found")
    return pd.DataFrame({"row": worst, "probability": probabilities[worst], "error": error, "percentile": percentile[worst]})


def confusions(truth: np.ndarray, decisions: np.ndarray, moods: Sequence[str], mood: str) -> pd.DataFrame:
    """With which moods one mood is decided more often than it is labelled.

    Index mood (the others); columns true_together, decided_together (tracks), true_share, decided_share (of the tracks with
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


def _tables(model: Model, scores: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    if model.predictions is None:
        if scores is None:
            raise ArtifactError(
                f"the model {model.name!r} stored no predictions and there are no embeddings to make them from; run scripts/build_embeddings.py"
            )
        return scores, None
    by_track = model.predictions.set_index("track_id")
    names = list(model.moods)
    return tuple(by_track[[f"{kind}:{mood}" for mood in names]].set_axis(names, axis=1) for kind in "cp")  # type: ignore[return-value]


def _thinned(curve: pd.DataFrame) -> pd.DataFrame:
    if len(curve) <= CURVE_POINTS:
        return curve
    keep = np.unique(np.linspace(0, len(curve) - 1, CURVE_POINTS).astype(int))
    return curve.iloc[keep].reset_index(drop=True)
