"""The tracks to recommend from, compared by what their words say, or by sound and words together."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.errors import DatasetError
from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.space import WORDS, WordSpace
from mer_core.lyrics.store import DIM
from mer_core.recommend.catalogue import Catalogue, Floats
from mer_core.recommend.explain import ALIKE


@dataclass(frozen=True, eq=False)
class ByWords:
    """A catalogue whose `sound` are rows of the words, or of both (`by`), and what makes such rows."""

    catalogue: Catalogue
    by: str
    space: WordSpace = field(repr=False)
    counts: NDArray[np.bool_] = field(repr=False)
    """(n_tracks,): the words of the track count."""

    @property
    def wordless(self) -> list[str]:
        """The tracks that cannot be compared: by words alone, those whose words do not count."""
        return list(self.catalogue.tracks["track_id"][~self.counts]) if self.by == WORDS else []

    def row_of_track(self, track_id: str) -> Floats:
        """The row (1, k) of a track of the catalogue. Raises DatasetError where it has no words to compare by."""
        row = self.catalogue.row_of(track_id)
        self._check(bool(self.counts[row]), f"the track {track_id}")
        return self.catalogue.sound[[row]]

    def row_of_file(self, sound: Floats, words: WordMoods | None, name: str) -> Floats:
        """The row (1, k) of a person's own file, by its sound (1, dim) in the plain catalogue's space and its words."""
        counted = words is not None and words.counts and words.embedding is not None
        self._check(counted, name)
        embedding = np.zeros(DIM, np.float32) if words is None or words.embedding is None else words.embedding
        return self.space.compared(self.by, sound, embedding[None], np.array([counted]))

    def _check(self, counted: bool, name: str) -> None:
        if not counted and self.by == WORDS:
            raise DatasetError(
                f"{name} has no words that count (none found, too few, or in a language that is not read), so nothing "
                f"can be compared with them; compare by sound, or by both"
            )


def by_words(catalogue: Catalogue, space: WordSpace, by: str) -> ByWords:
    """The same tracks compared by WORDS or BOTH."""
    kept = space.kept.of(catalogue.tracks["track_id"])
    rows = space.compared(by, catalogue.sound, kept.embeddings, kept.counts)
    return ByWords(replace(catalogue, sound=rows), by, space, kept.counts)


def words_sentence(found: pd.Series, by: str) -> str:
    """What the likeness of the track `found` (a row of `rank`) to the one asked by says; "" where it says little."""
    alike = found["sound_similarity"]
    if not np.isfinite(alike) or alike < ALIKE:
        return ""
    return "Their words are alike." if by == WORDS else "They are alike in sound and words together."
