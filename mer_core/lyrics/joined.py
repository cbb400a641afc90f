"""What a prediction says of the words it was joined with: the row under its timeline, and whether words and sound
agree."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mer_core.lyrics.fusion import WEIGHTS, Agreement, Weights, agreement
from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.ruler import MOODS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class WordRow:
    """The moods of the words over time, one box a line."""

    starts: Floats = field(repr=False)
    """(n_lines,) seconds."""
    ends: Floats = field(repr=False)
    """(n_lines,) seconds; a line without an end lasts until the next, the last until the end of the piece."""
    valence: Floats = field(repr=False)
    """(n_lines,) in [-1, 1]."""
    leading: tuple[str, ...] = field(repr=False)
    """The mood that stands out most in each line."""


@dataclass(frozen=True)
class JoinedWords:
    """The words of a piece, and how they were joined with its sound."""

    words: WordMoods
    sound_valence: float
    """Valence by sound alone, in [-1, 1]."""
    weights: Weights = WEIGHTS

    @property
    def agreement(self) -> Agreement | None:
        """How the valences of sound and words go together; None where the words do not count."""
        return agreement(self.sound_valence, self.words, self.weights)

    def row(self, duration: float) -> WordRow | None:
        """The row of the words for a piece of `duration` seconds; None without synced lyrics that count or where no
        line lies in it."""
        if not self.words.counts or self.words.lines is None:
            return None
        lines = self.words.lines
        inside = np.flatnonzero(lines.starts < duration)
        if not len(inside):
            return None
        starts = lines.starts[inside]
        following = np.append(starts[1:], duration)
        ends = np.where(np.isfinite(lines.ends[inside]), np.minimum(lines.ends[inside], duration), following)
        leading = tuple(MOODS[place] for place in lines.moods[inside].argmax(axis=1))
        return WordRow(starts, np.maximum(ends, starts), lines.valence[inside], leading)

    def to_dict(self, duration: float) -> dict[str, Any] | None:
        """The key `lyrics` of a prediction's JSON: numbers and this program's sentences, never text of the lyrics;
        None where there are none."""
        words = self.words
        if not words.found:
            return None
        found, row = self.agreement, self.row(duration)
        return {
            "source": words.source,
            "language": words.language,
            "words": words.words,
            "counted": words.counts,
            "reason": words.reason,
            "moods": words.moods,
            "valence": words.valence,
            "arousal": words.arousal,
            "agrees": None if found is None else found.agrees,
            "finding": None if found is None else found.finding,
            "sound_valence": self.sound_valence,
            "weights": dict(self.weights.moods) if words.counts else {},
            "notes": list(words.notes),
            "timeline": None if row is None else _row_dict(row),
        }


def _row_dict(row: WordRow) -> dict[str, Any]:
    return {
        "starts": row.starts.tolist(),
        "ends": row.ends.tolist(),
        "valence": row.valence.tolist(),
        "moods": list(row.leading),
    }
