"""What the mood map shows: the tracks that have a place, the values they are coloured by, and what a selection holds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mer_core.dataset import Dataset
from mer_core.mood_space import OTHER, family_of, valence_arousal

OUTCOMES = ("true positive", "false positive", "false negative", "true negative")


@dataclass(frozen=True)
class MapView:
    """The tracks of a map, in one order throughout."""

    dataset: Dataset
    """Only the tracks with a place on the map."""
    x: np.ndarray
    y: np.ndarray
    scores: pd.DataFrame | None
    """Calibrated probabilities, one row a track in the same order, one column a mood; None without a model."""
    decisions: pd.DataFrame | None
    """Decisions of the same model, shaped like `scores`."""

    def has(self, mood: str) -> np.ndarray:
        """(n_tracks,) bool: the track is labelled with `mood` (False throughout where the dataset does not know the word)."""
        if mood not in self.dataset.moods:
            return np.zeros(len(self.dataset), bool)
        return np.asarray(self.dataset.labels[:, self.dataset.moods.index(mood)])


def view_map(dataset: Dataset, coordinates_table: pd.DataFrame, scores: pd.DataFrame | None = None, decisions: pd.DataFrame | None = None) -> MapView:
    """Bring a dataset, map coordinates (columns track_id, x, y) and predictions (index track_id) into one order."""
    places = coordinates_table.set_index("track_id")
    keep = dataset.tracks["track_id"].isin(places.index).to_numpy()
    shown = dataset.subset(keep)
    ids = shown.tracks["track_id"]
    points = places.loc[ids, ["x", "y"]].to_numpy(dtype=np.float32)
    aligned = [None if table is None else table.reindex(ids) for table in (scores, decisions)]
    return MapView(shown, points[:, 0], points[:, 1], *aligned)


def families(view: MapView) -> np.ndarray:
    """(n_tracks,) str: the family most of a track's labels belong to (the first in case of a tie); of its most probable mood without labels."""
    if view.dataset.labels.any():
        return _commonest_family(view.dataset.labels, view.dataset.moods)
    if view.scores is None:
        return np.full(len(view.dataset), OTHER, dtype=object)
    best = view.scores.fillna(0).to_numpy().argmax(axis=1)
    return np.array([family_of(mood) for mood in view.scores.columns], dtype=object)[best]


def outcomes(view: MapView, mood: str) -> np.ndarray | None:
    """(n_tracks,) str, one of OUTCOMES: how the model's decision on `mood` compares with the label; None where either is unknown."""
    if view.decisions is None or mood not in view.decisions or mood not in view.dataset.moods:
        return None
    decided, true = view.decisions[mood].fillna(False).to_numpy(dtype=bool), view.has(mood)
    return np.select([decided & true, decided & ~true, ~decided & true], OUTCOMES[:3], OUTCOMES[3])


def valence_and_arousal(view: MapView) -> np.ndarray:
    """(n_tracks, 2) in [-1, 1]: from the labels, else from the predictions; NaN where a track has no mood with a place."""
    if view.dataset.labels.any():
        return valence_arousal(view.dataset.labels.astype(float), view.dataset.moods)
    if view.scores is not None:
        return valence_arousal(view.scores.fillna(0).to_numpy(), tuple(view.scores.columns))
    return np.full((len(view.dataset), 2), np.nan)


def selection_moods(view: MapView, selected: np.ndarray) -> pd.DataFrame:
    """Moods of a selection (n_tracks,) bool, the most over-represented first.

    Columns: selected and total (tracks with the mood in the selection and on the whole map), share (of the selection) and
    lift (share ÷ share on the whole map; 1: as everywhere). Decided moods are counted where the dataset has no labels.
    """
    has, moods = view.dataset.labels, view.dataset.moods
    if not has.any() and view.decisions is not None:
        has, moods = view.decisions.fillna(False).to_numpy(dtype=bool), tuple(view.decisions.columns)
    inside, total = has[selected].sum(axis=0), has.sum(axis=0)
    n_selected = max(int(selected.sum()), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = (inside / n_selected) / (total / max(len(has), 1))
    table = pd.DataFrame({"selected": inside, "total": total, "share": inside / n_selected, "lift": lift}, index=pd.Index(moods, name="mood"))
    return table[table["selected"] > 0].sort_values(["lift", "selected"], ascending=False)


def find_tracks(dataset: Dataset, text: str) -> np.ndarray:
    """Rows of the tracks whose id, title or artist contains `text` (case does not matter); none for an empty text."""
    needle = text.strip().casefold()
    if not needle:
        return np.empty(0, dtype=int)
    columns = [dataset.tracks[column].str.casefold() for column in ("track_id", "title", "artist", "artist_id")]
    found = np.logical_or.reduce([column.str.contains(needle, regex=False).to_numpy(dtype=bool) for column in columns])
    return np.flatnonzero(found)


def _commonest_family(labels: np.ndarray, moods: Sequence[str]) -> np.ndarray:
    names = [family_of(mood) for mood in moods]
    order = list(dict.fromkeys([*sorted(set(names) - {OTHER}), OTHER]))
    counts = np.stack([labels[:, [name == family for name in names]].sum(axis=1) for family in order], axis=1)
    return np.where(labels.any(axis=1), np.array(order, dtype=object)[counts.argmax(axis=1)], OTHER)
