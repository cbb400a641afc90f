"""What decides about tracks beside the probability of a mood: whether they are music, the model's other moods (the
nearest feeling is one among all), and measured valence and arousal. With it tracks that are evaluated are decided as a
file, a library and an export are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from mer_core.model import ood
from mer_core.model.decision import decided
from mer_core.model.trained import Model


class HeardTracks(NamedTuple):
    """The tracks of a store as a model reads them."""

    track_ids: Sequence[str]
    X: np.ndarray
    """(n_tracks, n_features) pooled."""
    excerpts: Sequence[np.ndarray | None]
    """By track, see EmbeddingStore.read_excerpts."""


class Contradictions(NamedTuple):
    """How often valence and arousal speak against moods: `ruled_out`, of what thresholds alone would decide, and
    `unsure`, of what is decided, nearest feelings that lie on no other side but are not clearly supported. Shares."""

    ruled_out: float
    unsure: float


@dataclass(frozen=True, eq=False)
class Deciding:
    """For n_tracks that are evaluated and all moods (n_all) of their model."""

    moods: tuple[str, ...]
    probabilities: np.ndarray
    """(n_tracks, n_all)"""
    thresholds: np.ndarray
    may: np.ndarray
    reach: np.ndarray | None
    music: np.ndarray
    """(n_tracks,) bool"""
    contradicted: np.ndarray
    """(n_tracks, n_all) bool"""
    distance: np.ndarray
    """(n_tracks, n_all)"""
    measured: bool
    """Whether the model measures valence and arousal."""

    def decisions(self, moods: Sequence[str], thresholds: np.ndarray | None = None) -> np.ndarray:
        """The decisions (n_tracks, n_moods) bool about `moods`, by the model's thresholds or others (n_moods,)."""
        columns = [self.moods.index(mood) for mood in moods]
        limits = self.thresholds.copy()
        if thresholds is not None:
            limits[columns] = thresholds
        return decided(
            self.probabilities,
            limits,
            self.may,
            music=self.music,
            contradicted=self.contradicted,
            reach=self.reach,
            distance=self.distance,
        )[:, columns]

    @cached_property
    def contradictions(self) -> Contradictions | None:
        """How often valence and arousal speak against this model's moods; None where they are not measured."""
        if not self.measured:
            return None
        alone = decided(self.probabilities, self.thresholds, self.may, music=self.music)
        made = self.decisions(self.moods)
        ruled_out, unsure = ((table & self.contradicted).sum() / max(table.sum(), 1) for table in (alone, made))
        return Contradictions(float(ruled_out), float(unsure))

    def rows(self, rows: Sequence[int]) -> "Deciding":
        """The same for some of the tracks."""
        parts = ("probabilities", "music", "contradicted", "distance")
        return replace(self, **{name: getattr(self, name)[list(rows)] for name in parts})


def deciding(model: Model, probabilities: pd.DataFrame, heard: HeardTracks) -> Deciding | None:
    """What decides beside `probabilities` (index track id, columns the model's moods); None where a track of them was
    not heard."""
    row_of = {track_id: row for row, track_id in enumerate(heard.track_ids)}
    if not set(probabilities.index) <= set(row_of):
        return None
    rows = [row_of[track_id] for track_id in probabilities.index]
    X = heard.X[rows]
    reasons = ood.check_all(X, model.distribution, [heard.excerpts[row] for row in rows])
    return Deciding(
        model.moods,
        probabilities[list(model.moods)].to_numpy(dtype=float),
        model.thresholds,
        model.allowed,
        model.reach,
        np.array([reason is None for reason in reasons], dtype=bool),
        model.contradictions(X),
        model.distances(X),
        model.plane is not None,
    )
