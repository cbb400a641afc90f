"""MTG-Jamendo metadata → Dataset: tracks, multi-hot mood labels, the vocabulary, the splits.

    dataset = Dataset.load("workspaces/jamendo/dataset") train = dataset.split_view().in_split("train")
    train.labels                     # (n_tracks, n_moods) bool, columns as train.moods

Labels are the tags of the category `mood/theme`; where a dataset has none, every tag is a label. Tags of other
categories (genre, instrument) are in `other_tags`.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core.datasets.mtg_jamendo.layout import PARTS, RawDataset, find_files
from mer_core.datasets.mtg_jamendo.tsv import TrackRow
from mer_core.errors import DatasetError, Remedy
from mer_core.tags.joined import JOINED_BY
from mer_core.workspace.kinds import is_made_here, restore_dataset


@dataclass(frozen=True, eq=False)
class Dataset:
    """Tracks and their moods; row i of `tracks` and of `labels` is the same track."""

    name: str
    tracks: pd.DataFrame
    """One row a track, RangeIndex; columns track_id, artist_id, album_id, path, duration (seconds), split ("train",
    "validation", "test", or "" for none), title and artist ("" when unknown), where some tracks have identical audio
    files also recording (one name for such tracks, "" for others)."""
    labels: np.ndarray
    """(n_tracks, n_moods) bool."""
    moods: tuple[str, ...]
    """Names of the columns of `labels`, without their category."""
    categories: tuple[str, ...]
    """Category of each mood, as "mood/theme"."""
    other_tags: pd.DataFrame
    """Tags that are no labels: one row each, columns track_id, category, tag."""
    split_moods: tuple[str, ...] = ()
    """The moods that the splits are made for (56 of MTG-Jamendo's 59)."""

    @classmethod
    def load(cls, folder: Path | str, split: int = 0, name: str | None = None) -> "Dataset":
        """Load all tracks with the full vocabulary; `split` says which of the splits 0–4 fills the column `split`.

        `name` picks a tracks file where the folder holds several (as "autotagging_genre").

        Raises DatasetError at the first thing wrong, with file and line; `validation.validate` lists everything.
        """
        files = find_files(folder, split, name)
        try:
            raw = RawDataset.read(files)
            refuse_errors(raw)
        except DatasetError as error:
            if not is_made_here(files.folder):
                raise
            again = restore_dataset(files.folder)
            raise DatasetError(error, remedy=tuple(dict.fromkeys([*error.remedies, again]))) from error
        return cls.from_raw(raw)

    @classmethod
    def from_raw(cls, raw: RawDataset) -> "Dataset":
        """The dataset that the usable rows of `raw` make, whatever else is wrong with its files."""
        part_of = {row.track_id: part for part, rows in raw.splits.items() for row in rows}
        names = [raw.names.get(row.track_id, ("", "")) for row in raw.rows]
        recording = {track_id: group[0] for group in raw.added.identical for track_id in group}
        tracks = pd.DataFrame(
            {
                **{
                    column: pd.Series([getattr(row, column) for row in raw.rows], dtype=str)
                    for column in ("track_id", "artist_id", "album_id", "path")
                },
                "duration": pd.Series(
                    [row.duration or raw.added.durations.get(row.track_id, math.nan) for row in raw.rows], dtype=float
                ),
                "split": pd.Series([part_of.get(row.track_id, "") for row in raw.rows], dtype=str),
                "title": pd.Series([title for title, _ in names], dtype=str),
                "artist": pd.Series([artist for _, artist in names], dtype=str),
            }
        )
        if recording:
            tracks["recording"] = [recording.get(track_id, "") for track_id in tracks["track_id"]]
        folded = _folding(raw)
        label_tags = folded(raw.label_tags)
        moods = _short_names(label_tags)
        tags = [tuple(folded(row.tags)) for row in raw.rows]
        labels, other_tags = _multi_hot(raw.rows, tags, label_tags)
        mood_of = dict(zip(label_tags, moods, strict=True))
        split_moods = tuple(mood_of[tag] for tag in folded(raw.split_tags) if tag in mood_of)
        return cls(
            raw.files.tracks.stem,
            tracks,
            labels,
            moods,
            tuple(tag.partition("---")[0] for tag in label_tags),
            other_tags,
            split_moods,
        )

    @property
    def hours(self) -> float:
        """Length of all tracks together in hours."""
        return float(self.tracks["duration"].sum()) / 3600

    @property
    def n_artists(self) -> int:
        """How many artists the tracks are known to be by; the unknown ("") are none."""
        ids = self.tracks["artist_id"]
        return int(ids[ids != ""].nunique())

    def __len__(self) -> int:
        return len(self.tracks)

    def subset(self, rows: np.ndarray | pd.Series | Iterable[int]) -> "Dataset":
        """The tracks that a boolean mask (n_tracks,) marks or a list of row numbers names, in that order."""
        keep = np.asarray(rows)
        keep = np.flatnonzero(keep) if keep.dtype == bool else keep.astype(int)
        tracks = self.tracks.iloc[keep].reset_index(drop=True)
        other = self.other_tags
        if len(other):  # a search among no tags would still read all track ids
            other = other[other["track_id"].isin(tracks["track_id"])].reset_index(drop=True)
        return replace(self, tracks=tracks, labels=self.labels[keep], other_tags=other)

    def in_split(self, part: str) -> "Dataset":
        """The tracks of "train", "validation" or "test"; raises DatasetError for another name."""
        if part not in PARTS:
            raise DatasetError(f"there is no split part {part!r}; choose one of {', '.join(PARTS)}")
        return self.subset((self.tracks["split"] == part).to_numpy())

    def with_moods(self, moods: Iterable[str]) -> "Dataset":
        """The same tracks with these label columns in this order; raises DatasetError for a mood the dataset has
        not."""
        moods = tuple(moods)
        unknown = [mood for mood in moods if mood not in self.moods]
        if unknown:
            raise DatasetError(f"the dataset {self.name} has no mood {unknown[0]!r}; it has {', '.join(self.moods)}")
        columns = [self.moods.index(mood) for mood in moods]
        categories = tuple(self.categories[column] for column in columns)
        return replace(
            self,
            labels=self.labels[:, columns],
            moods=moods,
            categories=categories,
            split_moods=tuple(m for m in self.split_moods if m in moods),
        )

    def split_view(self) -> "Dataset":
        """The tracks that are in a split, with the vocabulary of the splits: what models are trained and evaluated
        on."""
        return self.subset((self.tracks["split"] != "").to_numpy()).with_moods(self.split_moods)


def _folding(raw: RawDataset) -> Callable[[Iterable[str]], list[str]]:
    """What the vocabulary makes of tags, with their categories, each once."""
    of_tag = {
        tag: [f"{tag.partition('---')[0]}---{word}" for word in words.split(JOINED_BY) if word]
        for tag, words in raw.added.words.items()
    }

    def folded(tags: Iterable[str]) -> list[str]:
        """The tags folded."""
        return list(dict.fromkeys(word for tag in tags for word in of_tag.get(tag, [tag])))

    return folded


def _multi_hot(
    rows: list[TrackRow], tags: list[tuple[str, ...]], label_tags: list[str]
) -> tuple[np.ndarray, pd.DataFrame]:
    """Labels (n_tracks, n_moods) bool, and the tags that are no labels; `tags` are those of each row."""
    column_of = {tag: column for column, tag in enumerate(label_tags)}
    labels = np.zeros((len(rows), len(label_tags)), bool)
    marked = [(index, column_of[tag]) for index, own in enumerate(tags) for tag in own if tag in column_of]
    if marked:
        labels[tuple(np.transpose(marked))] = True
    others = [
        (row.track_id, *tag.split("---", 1))
        for row, own in zip(rows, tags, strict=True)
        for tag in own
        if tag not in column_of
    ]
    return labels, pd.DataFrame(others, columns=["track_id", "category", "tag"], dtype=str)


def refuse_errors(raw: RawDataset) -> None:
    """Raise DatasetError at the first thing that is wrong with a dataset's files."""
    errors = [problem for problem in raw.problems if problem.severity == "error"]
    if errors:
        more = f" ({len(errors) - 1} more problems)" if len(errors) > 1 else ""
        raise DatasetError(
            f"{errors[0].where}: {errors[0].message}{more}",
            remedy=Remedy("validate_dataset", raw.files.folder, makes="lists them all" if more else ""),
        )


def _short_names(tags: list[str]) -> tuple[str, ...]:
    """Tags without their category, except where two categories share a name."""
    count = Counter(tag.partition("---")[2] for tag in tags)
    return tuple(tag if count[tag.partition("---")[2]] > 1 else tag.partition("---")[2] for tag in tags)
