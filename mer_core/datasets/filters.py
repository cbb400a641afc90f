"""Which tracks of a dataset match: by moods, artist, length, split and text."""

from dataclasses import dataclass

import numpy as np

from mer_core.datasets.dataset import Dataset

MATCHES = ("any", "all", "none")
"""How several moods are combined: at least one of them, every one, not a single one."""


@dataclass(frozen=True)
class TrackFilter:
    """Conditions that all must hold; an empty one always does."""

    moods: tuple[str, ...] = ()
    match: str = "any"
    artists: tuple[str, ...] = ()
    """Artist ids."""
    seconds: tuple[float, float] | None = None
    """Shortest and longest duration, both included."""
    splits: tuple[str, ...] = ()
    text: str = ""
    """Words that must all stand in the title, the artist's name, or the ids; letter case does not matter."""

    def mask(self, dataset: Dataset) -> np.ndarray:
        """(n_tracks,) bool: the tracks that match. Moods the dataset does not have are on no track.

        Raises ValueError when `match` is not one of MATCHES.
        """
        tracks = dataset.tracks
        keep = self._by_moods(dataset)
        if self.artists:
            keep &= tracks["artist_id"].isin(self.artists).to_numpy()
        if self.seconds:
            keep &= tracks["duration"].between(*self.seconds).to_numpy()
        if self.splits:
            keep &= tracks["split"].isin(self.splits).to_numpy()
        for word in self.text.casefold().split():
            keep &= self._has_word(dataset, word)
        return keep

    def _by_moods(self, dataset: Dataset) -> np.ndarray:
        if self.match not in MATCHES:
            raise ValueError(f"moods can match {', '.join(MATCHES)}, not {self.match!r}")
        if not self.moods:
            return np.ones(len(dataset), bool)
        columns = [dataset.moods.index(mood) for mood in self.moods if mood in dataset.moods]
        count = dataset.labels[:, columns].sum(axis=1)
        return {"any": count > 0, "all": count == len(self.moods), "none": count == 0}[self.match]

    @staticmethod
    def _has_word(dataset: Dataset, word: str) -> np.ndarray:
        columns = (dataset.tracks[column] for column in ("title", "artist", "track_id", "artist_id"))
        return np.logical_or.reduce(
            [column.str.casefold().str.contains(word, regex=False).to_numpy(dtype=bool) for column in columns]
        )
