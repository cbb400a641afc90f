"""Valence and arousal of a workspace's own tracks (`targets.tsv`): training learns these numbers as well as moods."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mer_core.errors import DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular
from mer_core.model.trained import Model
from mer_core.training.data import TrainingData
from mer_core.training.starter.valence_arousal import FOLDS, RatedSongs, fit_valence_arousal

TARGETS = "targets.tsv"
LEAST = 3 * FOLDS
"""Rated tracks, and a third as many artists (tracks, where artists are unknown), that valence and arousal need."""
CARD = """
**Valence and arousal.** Learned from the ratings of {tracks} tracks; on artists left out of training R² {r2[0]:.2f} and
{r2[1]:.2f}, r {r[0]:.2f} and {r[1]:.2f} (valence, arousal). The scale is relative: 0 is the mean of these tracks, ±1
two standard deviations.
"""


@dataclass(frozen=True)
class Targets:
    """Ratings by track id, on the scale they were given on."""

    places: dict[str, tuple[float, float]]

    @classmethod
    def read(cls, path: Path) -> "Targets":
        """Those in `path`; none where there is no such file. Raises DatasetError when it is damaged."""
        if not path.exists():
            return cls({})
        try:
            lines = read_regular(path, LARGEST_TEXT).decode().splitlines()
            rows = [line.split("\t") for line in lines if line and not line.startswith("#")][1:]
            return cls({track_id: (float(valence), float(arousal)) for track_id, valence, arousal in rows})
        except (OSError, ValueError) as error:
            raise DatasetError(f"{path} is damaged ({error}); import the labels again, or delete it") from error


def learn_targets(model: Model, data: TrainingData, targets: Targets) -> None:
    """Give `model` a map to valence and arousal learned from the rated tracks of `data`, and report R² and r in its
    metrics and card; too few of them leave it as it is."""
    track_ids = data.dataset.tracks["track_id"]
    rows = np.flatnonzero([track_id in targets.places for track_id in track_ids])
    ratings = np.array([targets.places[track_ids[row]] for row in rows], dtype=float).reshape(-1, 2)
    artists = np.where(data.artists == "", track_ids.to_numpy(dtype=str), data.artists)[rows]
    if len(rows) < LEAST or len(np.unique(artists)) < FOLDS or not (ratings.std(axis=0) > 0).all():
        return
    model.plane, measured = fit_valence_arousal(RatedSongs(data.X[rows], ratings, artists), data.X.shape[1])
    figures: dict[str, Any] = {**measured.to_dict(), "tracks": len(rows)}
    model.metrics["targets"] = figures
    model.card += CARD.format(tracks=len(rows), r2=measured.r2, r=measured.r)
