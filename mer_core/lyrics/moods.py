"""Moods of the words: how near the lines of a song are in meaning to sentences of each feeling.

A song is the mean of its different lines, weighted by their words, as the `ruler` measures it: in standard deviations
(z) and, by a logistic curve, as probabilities. Lyrics too short, in a language that is not read, or of an instrumental
do not count, and the reason is reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mer_core.lyrics.encoder import TextEncoder, language_of, load_text_encoder
from mer_core.lyrics.ruler import MOODS, Ruler, lexicon_valence, ruler_of
from mer_core.lyrics.text import Lyrics, count_words

Floats = NDArray[np.float64]

FEWEST_WORDS = 40
"""Lyrics of fewer words say too little about a song."""
MOST_WORDS = 5_000
"""Words that are read; what follows says nothing new."""


@dataclass(frozen=True)
class WordMoods:
    """What the words of one song say. Numbers only: no text is kept."""

    source: str
    language: str | None
    words: int
    reason: str | None
    """Why the words do not count, one sentence; None where they do."""
    moods: dict[str, float] = field(default_factory=dict)
    """Probability by mood, calibrated on short verses; empty where the words do not count."""
    z: dict[str, float] = field(default_factory=dict)
    """The same in standard deviations."""
    valence: float = float("nan")
    arousal: float = float("nan")
    """Of the words, in [-1, 1]."""
    valence_z: float = float("nan")
    lines: "LineMoods | None" = None
    notes: tuple[str, ...] = ()
    embedding: NDArray[np.float32] | None = field(default=None, repr=False)
    """(dim,), the mean of the lines' embeddings."""

    @property
    def found(self) -> bool:
        """Whether there were lyrics at all."""
        return bool(self.source)

    @property
    def counts(self) -> bool:
        """Whether the words say something about the song."""
        return self.reason is None


@dataclass(frozen=True)
class LineMoods:
    """The words line by line, for synced lyrics: each line seen together with its neighbours."""

    starts: Floats
    """(n_lines,) seconds."""
    ends: Floats
    """(n_lines,) seconds; NaN where nobody says."""
    valence: Floats
    """(n_lines,) in [-1, 1]."""
    moods: Floats
    """(n_lines, n_moods) probabilities, in the order of MOODS."""


def read_words(lyrics: Lyrics | None, encoder: TextEncoder | None = None) -> WordMoods:
    """The moods of the words of `lyrics`; where they do not count, with the reason.

    encoder: None for the one of `load_text_encoder`, loaded when first needed. Raises LyricsError when that is not
    installed.
    """
    if lyrics is None:
        return WordMoods("", None, 0, "No lyrics were found, so the sound alone was used.")
    if lyrics.instrumental:
        return WordMoods(
            lyrics.source,
            None,
            0,
            "The lyrics say that the piece is instrumental, so the sound alone was used.",
            notes=lyrics.notes,
        )
    words = lyrics.words
    if words < FEWEST_WORDS:
        why = f"The lyrics have {words} different words, fewer than {FEWEST_WORDS}, so the sound alone was used."
        return WordMoods(lyrics.source, None, words, why, notes=lyrics.notes)
    language = language_of("\n".join(lyrics.unique))
    encoder = encoder or load_text_encoder()
    if language not in encoder.languages:
        why = f"The lyrics seem to be in the language {language!r}, which is not read, so the sound alone was used."
        return WordMoods(lyrics.source, language, words, why, notes=lyrics.notes)
    return _read(lyrics, language, encoder)


def _read(lyrics: Lyrics, language: str, encoder: TextEncoder) -> WordMoods:
    texts = _first_words(lyrics.unique)
    embeddings = encoder.encode(texts)
    weights = np.sqrt([count_words(text) or 1 for text in texts])
    ruler = ruler_of(encoder)
    song = np.average(embeddings, axis=0, weights=weights)[None]
    lexicon = np.atleast_1d(np.average(lexicon_valence(texts), weights=weights)) if language == "en" else None
    scores = ruler.scores(song, lexicon, spread=ruler.scale.song)
    probabilities = ruler.probabilities(scores.moods)[0]
    return WordMoods(
        source=lyrics.source,
        language=language,
        words=lyrics.words,
        reason=None,
        moods=dict(zip(MOODS, map(float, probabilities), strict=True)),
        z=dict(zip(MOODS, map(float, scores.moods[0]), strict=True)),
        valence=float(np.tanh(scores.valence[0] / 2)),
        arousal=float(np.tanh(scores.arousal[0] / 2)),
        valence_z=float(scores.valence[0]),
        lines=_line_moods(lyrics, dict(zip(texts, embeddings, strict=True)), ruler) if lyrics.synced else None,
        notes=lyrics.notes,
        embedding=song[0].astype(np.float32),
    )


def _first_words(texts: Sequence[str]) -> list[str]:
    """The texts up to the MOST_WORDS-th word."""
    total = np.cumsum([count_words(text) for text in texts])
    return list(texts[: max(1, int((total <= MOST_WORDS).sum()))])


def _line_moods(lyrics: Lyrics, known: dict[str, NDArray[np.float32]], ruler: Ruler) -> LineMoods | None:
    """Each line's embedding is blended with those before and after it (1:2:1), for a line is often half a sentence."""
    unique = {text: text for text in known}
    by_key = {text.casefold(): text for text in unique}
    lines = [(line, by_key[line.text.casefold()]) for line in lyrics.lines if line.text.casefold() in by_key]
    if not lines:
        return None
    own = np.stack([known[text] for _, text in lines])
    padded = np.concatenate([own[:1], own, own[-1:]])
    scores = ruler.scores((padded[:-2] + 2 * own + padded[2:]) / 4)
    return LineMoods(
        starts=np.array([line.start for line, _ in lines], dtype=float),
        ends=np.array([np.nan if line.end is None else line.end for line, _ in lines], dtype=float),
        valence=np.tanh(scores.valence / 2),
        moods=ruler.probabilities(scores.moods),
    )
