"""Predictions beside the truth they are evaluated by: of a model on a part of the split, or of MediaEval-style
files."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.metrics.curves import best_f_threshold
from mer_core.model.deciding import Deciding, HeardTracks, deciding
from mer_core.model.decision import decided
from mer_core.model.prediction_columns import CALIBRATED, RAW, TRACK, mood_columns
from mer_core.model.trained import Model


@dataclass(frozen=True)
class Evaluated:
    """Predictions with the truth they are evaluated by, in one order of tracks and moods."""

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
    may: np.ndarray | None = None
    """(n_moods,) bool: which moods the model may decide; None for predictions without a model, where all may."""
    deciding: Deciding | None = None
    """What decides beside the probabilities; None where the tracks' embeddings are not at hand."""

    def decisions(self, thresholds: np.ndarray | None = None) -> np.ndarray:
        """The decisions (n_tracks, n_moods) bool, as the model makes them, by `thresholds` (n_moods,) or its own."""
        if self.deciding is not None:
            return self.deciding.decisions(self.moods, thresholds)
        may = np.ones(len(self.moods), dtype=bool) if self.may is None else self.may
        return decided(self.probabilities, self.thresholds if thresholds is None else thresholds, may)

    def mood(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Truth and probabilities (n_tracks,) of one mood."""
        column = self.moods.index(name)
        return self.truth[:, column], self.probabilities[:, column]


def evaluate_model(
    model: Model, dataset: Dataset, part: str, scores: pd.DataFrame | None = None, heard: HeardTracks | None = None
) -> Evaluated:
    """The model's stored predictions on a part of the split ("train", "validation", "test"; "all": every track), with
    the labels.

    scores: calibrated probabilities by track id, for a model that stored none (the starter). heard: the tracks'
    embeddings, with which they are decided as files are.

    Raises ArtifactError when there are no predictions, DatasetError when the dataset has none of the model's moods.
    """
    shared = tuple(mood for mood in model.moods if mood in dataset.moods)
    if not shared:
        raise DatasetError(
            f"the model {model.name!r} and this dataset have no mood in common, so it cannot be evaluated here; choose "
            f"another model"
        )
    chosen = (dataset if part == "all" else dataset.in_split(part)).with_moods(shared)
    table = _tables(model, scores)
    known = chosen.subset(chosen.tracks["track_id"].isin(table[0].index).to_numpy())
    if not len(known):
        raise ArtifactError(
            f"the model {model.name!r} has no predictions for the {part} tracks; embed them or train it again"
        )
    calibrated, raw = (
        None if t is None else t.loc[known.tracks["track_id"], list(shared)].to_numpy(dtype=float) for t in table
    )
    columns = [model.moods.index(mood) for mood in shared]
    assert calibrated is not None
    thresholds, may = model.thresholds[columns], model.allowed[columns]
    beside = None if heard is None else deciding(model, table[0].loc[known.tracks["track_id"]], heard)
    return Evaluated(model.name, shared, known.labels, calibrated, raw, thresholds, known, may, beside)


def evaluate_arrays(
    name: str, moods: Sequence[str], truth: np.ndarray, probabilities: np.ndarray, tracks: Dataset | None = None
) -> Evaluated:
    """MediaEval-style matrices (n_tracks, n_moods) as they come; thresholds are set where F is best (on these very
    labels: optimistic).

    Raises DatasetError when the shapes do not fit together or values are not finite.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, dtype=float)
    if truth.ndim != 2 or truth.shape != probabilities.shape or truth.shape[1] != len(moods):
        raise DatasetError(
            f"ground truth {truth.shape}, predictions {probabilities.shape} and {len(moods)} moods do not fit "
            f"together; rows are tracks, columns moods"
        )
    if not np.isfinite(probabilities).all():
        raise DatasetError("the predictions hold NaN or infinity; correct the model's output")
    truth = truth.astype(bool)
    thresholds = np.array([best_f_threshold(y, p) for y, p in zip(truth.T, probabilities.T, strict=True)])
    return Evaluated(
        name,
        tuple(moods),
        truth,
        probabilities,
        None,
        thresholds,
        tracks if tracks is not None and len(tracks) == len(truth) else None,
    )


def in_common(one: Evaluated, other: Evaluated) -> tuple[Evaluated, Evaluated]:
    """Both with only the moods and, where it is known which they are, the tracks that both were evaluated on.

    Raises DatasetError when there are none, or the tracks are not known and the labels differ.
    """
    moods = tuple(mood for mood in one.moods if mood in other.moods)
    if one.tracks is not None and other.tracks is not None:
        ids = [list(evaluated.tracks.tracks["track_id"]) for evaluated in (one, other)]  # type: ignore[union-attr]
        shared = [track for track in ids[0] if track in set(ids[1])]
        rows = [[known.index(track) for track in shared] for known in ids]
    else:
        rows = [list(range(len(evaluated.truth))) for evaluated in (one, other)]
    left, right = (_narrowed(evaluated, kept, moods) for evaluated, kept in zip((one, other), rows, strict=True))
    if not moods or not rows[0] or not np.array_equal(left.truth, right.truth):
        raise DatasetError(
            f"{one.name!r} and {other.name!r} were evaluated on other tracks or moods, so they cannot be compared; "
            f"choose another model"
        )
    return left, right


def decided_otherwise(one: Evaluated, other: Evaluated, mood: str) -> tuple[np.ndarray, np.ndarray]:
    """Of two results of `in_common`: the rows (n,) on which the two models decide a mood differently, those that are
    furthest apart first; and the share of tracks on which they decide alike, for each mood (n_moods,)."""
    decisions, column = [evaluated.decisions() for evaluated in (one, other)], one.moods.index(mood)
    differ = decisions[0] != decisions[1]
    apart = np.abs(one.probabilities[:, column] - other.probabilities[:, column])
    rows = np.flatnonzero(differ[:, column])
    return rows[np.argsort(-apart[rows], kind="stable")], 1 - differ.mean(axis=0)


def _narrowed(evaluated: Evaluated, rows: Sequence[int], moods: Sequence[str]) -> Evaluated:
    columns = [evaluated.moods.index(mood) for mood in moods]
    truth, probabilities, raw = (
        None if matrix is None else matrix[rows][:, columns]
        for matrix in (evaluated.truth, evaluated.probabilities, evaluated.raw)
    )
    tracks = None if evaluated.tracks is None else evaluated.tracks.subset(rows)
    assert truth is not None and probabilities is not None
    may = None if evaluated.may is None else evaluated.may[columns]
    beside = None if evaluated.deciding is None else evaluated.deciding.rows(rows)
    return Evaluated(
        evaluated.name, tuple(moods), truth, probabilities, raw, evaluated.thresholds[columns], tracks, may, beside
    )


def _tables(model: Model, scores: pd.DataFrame | None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    if model.predictions is None:
        if scores is None:
            encoder = model.encoder["name"]
            raise ArtifactError(
                f"the model {model.name!r} stored no predictions and there are no embeddings to make them from",
                remedy=Remedy("build_embeddings", encoder=encoder),
            )
        return scores, None
    by_track = model.predictions.set_index(TRACK)
    calibrated, raw = (
        by_track[mood_columns(kind, model.moods)].set_axis(list(model.moods), axis=1) for kind in (CALIBRATED, RAW)
    )
    return calibrated, raw
