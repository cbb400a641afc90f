"""What the mood map shows: the tracks that have a place, the values they are coloured by, and what a selection
holds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.labels import name_tracks
from mer_core.maps.regions import Region, density_peaks, name_regions
from mer_core.moods import OTHER, family_of, valence_arousal

NOTHING_FITS = "nothing fits"
"""In the place of a family: the model decides no mood for the track, or it is out of the model's distribution."""

LONGEST_NAME, LONGEST_MOODS = 60, 50
"""Characters of what the pointer shows."""

OUTCOMES = ("true positive", "false positive", "false negative", "true negative")


@dataclass(frozen=True, eq=False)
class MapView:
    """The tracks of a map, in one order throughout."""

    dataset: Dataset
    """Only the tracks with a place on the map; where nobody labelled them, their labels are the model's decisions."""
    x: np.ndarray
    y: np.ndarray
    scores: pd.DataFrame | None
    """Calibrated probabilities, one row a track in the same order, one column a mood; None without a model."""
    decisions: pd.DataFrame | None
    """Decisions of the same model, shaped like `scores`."""
    predicted: bool = False
    """Whether the labels are decisions."""
    measured: np.ndarray | None = None
    """Valence and arousal (n_tracks, 2) as the model measures them, NaN for unknown; None by a model that cannot."""

    @cached_property
    def places(self) -> np.ndarray:
        """(n_tracks, 2)"""
        return np.stack([self.x, self.y], axis=1)

    @cached_property
    def names(self) -> np.ndarray:
        """(n_tracks,) str: "title · artist", or the track id."""
        return np.array(list(name_tracks(self.dataset.tracks).names.values()), dtype=object)

    def labels_of(self, rows: np.ndarray) -> list[str]:
        """What the pointer shows of these tracks: title and artist, on a second line the moods."""
        moods = np.array(self.dataset.moods, dtype=object)
        return [
            _short(self.names[row], LONGEST_NAME)
            + "\n"
            + _short(", ".join(moods[self.dataset.labels[row]]) or "no mood", LONGEST_MOODS)
            for row in rows
        ]

    @cached_property
    def regions(self) -> list[Region]:
        """Names for the regions of the map."""
        return name_regions(self.places, self.dataset.labels, self.dataset.moods)

    @cached_property
    def examples(self) -> np.ndarray:
        """Rows of tracks in the middle of the densest parts, the densest first."""
        return density_peaks(self.places)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each track id."""
        return {track_id: row for row, track_id in enumerate(self.dataset.tracks["track_id"])}

    def has(self, mood: str) -> np.ndarray:
        """(n_tracks,) bool: the track is labelled with `mood` (False throughout where the dataset does not know the
        word)."""
        if mood not in self.dataset.moods:
            return np.zeros(len(self.dataset), bool)
        return np.asarray(self.dataset.labels[:, self.dataset.moods.index(mood)])

    def rows(self, track_ids: Iterable[str]) -> np.ndarray:
        """Sorted rows of those tracks that have a place on this map."""
        found = (self.row_of.get(track_id, -1) for track_id in track_ids)
        return np.sort(np.array([row for row in found if row >= 0], dtype=int))


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def view_map(
    dataset: Dataset,
    coordinates_table: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    measured: pd.DataFrame | None = None,
) -> MapView:
    """Bring a dataset, map coordinates (columns track_id, x, y), predictions and measured valence and arousal (index
    track_id) into one order."""
    places = coordinates_table.set_index("track_id")
    shown = dataset.subset(dataset.tracks["track_id"].isin(places.index).to_numpy())
    ids = shown.tracks["track_id"]
    points = places.loc[ids, ["x", "y"]].to_numpy(dtype=np.float32)
    scores, decisions = (None if table is None else table.reindex(ids) for table in (scores, decisions))
    predicted = decisions is not None and not dataset.labels.any()
    if predicted and decisions is not None:
        moods = tuple(decisions.columns)
        shown = replace(
            shown,
            labels=decisions.fillna(False).to_numpy(dtype=bool),
            moods=moods,
            categories=("predicted",) * len(moods),
            split_moods=(),
        )
    plane = None if measured is None else measured.reindex(ids).to_numpy(dtype=float)
    return MapView(shown, points[:, 0], points[:, 1], scores, decisions, predicted, plane)


def families(view: MapView) -> np.ndarray:
    """(n_tracks,) str: the family most of a track's labels belong to (the first in case of a tie).

    Where nobody labelled the tracks: the family of the most probable mood that is decided, NOTHING_FITS where none is.
    """
    if not view.predicted or view.scores is None:
        return _commonest_family(view.dataset.labels, view.dataset.moods)
    decided = view.dataset.labels
    best = np.where(decided, view.scores.fillna(0).to_numpy(), -1).argmax(axis=1)
    return np.where(
        decided.any(axis=1),
        np.array([family_of(mood) for mood in view.dataset.moods], dtype=object)[best],
        NOTHING_FITS,
    )


def outcomes(view: MapView, mood: str) -> np.ndarray | None:
    """(n_tracks,) str, one of OUTCOMES: how the model's decision on `mood` compares with the label; None where either
    is unknown."""
    if view.predicted or view.decisions is None or mood not in view.decisions or mood not in view.dataset.moods:
        return None
    decided, true = view.decisions[mood].fillna(False).to_numpy(dtype=bool), view.has(mood)
    return np.select([decided & true, decided & ~true, ~decided & true], OUTCOMES[:3], OUTCOMES[3])


def valence_and_arousal(view: MapView) -> np.ndarray:
    """(n_tracks, 2) in [-1, 1]: as the model measures them; by a model that cannot, from the labels, or the
    probabilities where nobody labelled the tracks. NaN where a track has neither."""
    if view.measured is not None:
        return view.measured
    if view.predicted and view.scores is not None:
        return valence_arousal(view.scores.fillna(0).to_numpy(), tuple(view.scores.columns))
    if not view.dataset.labels.any():
        return np.full((len(view.dataset), 2), np.nan)
    return valence_arousal(view.dataset.labels.astype(float), view.dataset.moods)


def selection_moods(view: MapView, selected: np.ndarray) -> pd.DataFrame:
    """Moods of a selection (n_tracks,) bool, the most over-represented first.

    Columns: selected and total (tracks with the mood in the selection and on the whole map), share (of the selection)
    and lift (share ÷ share on the whole map; 1: as everywhere).
    """
    has = view.dataset.labels
    inside, total = has[selected].sum(axis=0), has.sum(axis=0)
    n_selected = max(int(selected.sum()), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        lift = (inside / n_selected) / (total / max(len(has), 1))
    table = pd.DataFrame(
        {"selected": inside, "total": total, "share": inside / n_selected, "lift": lift},
        index=pd.Index(view.dataset.moods, name="mood"),
    )
    return table[table["selected"] > 0].sort_values(["lift", "selected"], ascending=False)


def _commonest_family(labels: np.ndarray, moods: Sequence[str]) -> np.ndarray:
    names = [family_of(mood) for mood in moods]
    order = list(dict.fromkeys([*sorted(set(names) - {OTHER}), OTHER]))
    counts = np.stack([labels[:, [name == family for name in names]].sum(axis=1) for family in order], axis=1)
    return np.where(labels.any(axis=1), np.array(order, dtype=object)[counts.argmax(axis=1)], OTHER)
