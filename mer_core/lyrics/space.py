"""Tracks compared by what their words say, or by sound and words together: the rows that recommendations and maps use
in the place of the sound's."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mer_core.errors import DatasetError, Remedy
from mer_core.lyrics.store import KeptWords
from mer_core.workspace.layout import Workspace

SOUND, WORDS, BOTH = WAYS = ("sound", "words", "both")
WITH_WORDS = f"+{WORDS}"
"""After an encoder's name: its embeddings and those of the words."""
LEAST = 2
"""Tracks whose words count that a comparison takes."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WordSpace:
    """The words of a workspace's tracks, standardised over those whose words count."""

    kept: KeptWords
    centre: Floats = field(repr=False)
    """(dim,)"""
    deviation: Floats = field(repr=False)
    """(dim,)"""

    def rows(self, embeddings: NDArray[np.floating], counts: NDArray[np.bool_]) -> Floats:
        """Embeddings of words (n, dim) in standard deviations from the mean; zeros where words do not count."""
        standard = (embeddings.astype(np.float64) - self.centre) / self.deviation
        return np.where(counts[:, None], standard, 0.0)

    def compared(
        self, by: str, sound: NDArray[np.floating], embeddings: NDArray[np.floating], counts: NDArray[np.bool_]
    ) -> Floats:
        """Rows of length 1 to compare tracks by WORDS or BOTH: sound (n, dim of sound) rows of length 1, embeddings
        (n, dim) of the words, counts (n,). By WORDS one without words is zeros; by BOTH it is its sound alone."""
        words = _unit(self.rows(embeddings, counts))
        return words if by == WORDS else _unit(np.hstack([sound, words]))


def word_space(workspace: Workspace, kept: KeptWords) -> WordSpace:
    """The space of the words that a workspace keeps. Raises DatasetError, with the remedy that reads words, where those
    of fewer than LEAST tracks count."""
    counted = kept.embeddings[kept.counts].astype(np.float64)
    if len(counted) < LEAST:
        raise DatasetError(
            f"the words of {len(counted)} tracks of {workspace.root} count; to compare tracks by them takes two",
            remedy=Remedy("read_words", workspace.root),
        )
    deviation = counted.std(axis=0)
    return WordSpace(kept, counted.mean(axis=0), np.where(deviation > 0, deviation, 1.0))


def _unit(rows: Floats) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))
