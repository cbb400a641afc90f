"""Moods of the words: how near the lines of a song are in meaning to sentences of each feeling.

A line's likeness to a mood is the mean cosine of its embedding with the mood's sentences (`prompts`), less the mean
over all moods: lines that are like nothing or like everything say nothing. A song is the mean of its different lines,
weighted by their words. Likenesses are told in standard deviations (z) over made-up songs, and as probabilities by a
logistic curve. Valence has two poles of sentences; in English the lexicon VADER corrects it.

Source: zero-shot classification by prompts; C. Hutto, E. Gilbert, "VADER: A Parsimonious Rule-based Model for Sentiment
Analysis of Social Media Text", ICWSM 2014.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mer_core.lyrics import prompts
from mer_core.lyrics.encoder import TextEncoder, language_of, load_text_encoder
from mer_core.lyrics.text import Lyrics, count_words

Floats = NDArray[np.float64]

MOODS = tuple(prompts.MOODS)
"""The moods that words can tell."""
FEWEST_WORDS = 40
"""Lyrics of fewer words say too little about a song."""
MOST_WORDS = 5_000
"""Words that are read; what follows says nothing new."""
LEXICON_WEIGHT = 0.5
"""Of VADER's valence in standard deviations, where that of the sentences counts 1; English alone."""


@dataclass(frozen=True)
class Scale:
    """How raw likenesses are told in standard deviations; found by `scripts/benchmark.py lyrics --scale`."""

    moods: tuple[tuple[float, float], ...]
    """Mean and standard deviation of each mood."""
    valence: tuple[float, float]
    arousal: tuple[float, float]
    lexicon: tuple[float, float]
    slope: float
    bias: float
    """Log-odds of a mood = bias + slope · z."""
    song: float
    """Standard deviation of a song's mean likeness, where that of a single verse is 1."""


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

    encoder: None for the one of `load_text_encoder`, loaded when first needed. Raises LyricsError when that is not installed.
    """
    if lyrics is None:
        return WordMoods("", None, 0, "No lyrics were found, so the sound alone was used.")
    if lyrics.instrumental:
        return WordMoods(lyrics.source, None, 0, "The lyrics say that the piece is instrumental, so the sound alone was used.", notes=lyrics.notes)
    words = lyrics.words
    if words < FEWEST_WORDS:
        told = f"The lyrics have {words} different words, fewer than {FEWEST_WORDS}, so the sound alone was used."
        return WordMoods(lyrics.source, None, words, told, notes=lyrics.notes)
    language = language_of("\n".join(lyrics.unique))
    encoder = encoder or load_text_encoder()
    if language not in encoder.languages:
        told = f"The lyrics seem to be in the language {language!r}, which is not read, so the sound alone was used."
        return WordMoods(lyrics.source, language, words, told, notes=lyrics.notes)
    return _read(lyrics, language, encoder)


def _read(lyrics: Lyrics, language: str, encoder: TextEncoder) -> WordMoods:
    texts = _first_words(lyrics.unique)
    embeddings = encoder.encode(texts)
    weights = np.sqrt([count_words(text) or 1 for text in texts])
    ruler = ruler_of(encoder)
    song = np.average(embeddings, axis=0, weights=weights)[None]
    lexicon = np.average(lexicon_valence(texts), weights=weights)[None] if language == "en" else None
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


def _line_moods(lyrics: Lyrics, known: dict[str, NDArray[np.float32]], ruler: "Ruler") -> LineMoods | None:
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


@dataclass(frozen=True)
class Scores:
    """Standard deviations: moods (n_texts, n_moods), valence and arousal (n_texts,)."""

    moods: Floats
    valence: Floats
    arousal: Floats


@dataclass(frozen=True)
class Ruler:
    """The sentences of the moods as directions in the encoder's space, and the scale along them."""

    moods: Floats = field(repr=False)
    """(n_moods, dim): mean embedding of each mood's sentences, less the mean over all moods."""
    valence: Floats = field(repr=False)
    """(dim,)"""
    arousal: Floats = field(repr=False)
    """(dim,)"""
    scale: Scale = field(repr=False)

    def scores(self, embeddings: NDArray[np.floating], lexicon: Floats | None = None, spread: float = 1.0) -> Scores:
        """Standard deviations of embeddings (n_texts, dim); `lexicon`: VADER's valence of the texts (n_texts,) where it is to be heeded."""
        mean, deviation = np.array(self.scale.moods).T
        valence = _standard(embeddings @ self.valence, self.scale.valence, spread)
        if lexicon is not None:
            words = _standard(lexicon, self.scale.lexicon, spread)
            valence = (valence + LEXICON_WEIGHT * words) / np.hypot(1.0, LEXICON_WEIGHT)
        return Scores(
            (embeddings @ self.moods.T - mean) / (deviation * spread),
            valence,
            _standard(embeddings @ self.arousal, self.scale.arousal, spread),
        )

    def probabilities(self, z: Floats) -> Floats:
        """Probabilities of standard deviations."""
        return np.asarray(expit(self.scale.bias + self.scale.slope * z))


def ruler_of(encoder: TextEncoder) -> Ruler:
    """The ruler in the space of `encoder`, made once for each."""
    return _ruler(encoder)


@cache
def _ruler(encoder: TextEncoder) -> Ruler:
    names = [*prompts.MOODS.values(), prompts.PLEASANT, prompts.UNPLEASANT, prompts.EXCITED, prompts.QUIET]
    embedded = encoder.encode([text for group in names for text in group]).astype(np.float64)
    borders = np.cumsum([len(group) for group in names])[:-1]
    centres = np.stack([part.mean(axis=0) for part in np.split(embedded, borders)])
    moods, (pleasant, unpleasant, excited, quiet) = centres[: len(MOODS)], centres[len(MOODS) :]
    return Ruler(moods - moods.mean(axis=0), pleasant - unpleasant, excited - quiet, SCALE)


def lexicon_valence(texts: Sequence[str]) -> Floats:
    """VADER's valence of each text, in [-1, 1]."""
    analyzer = _vader()
    return np.array([analyzer.polarity_scores(text)["compound"] for text in texts], dtype=float)


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _standard(values: NDArray[np.floating], scale: tuple[float, float], spread: float) -> Floats:
    return np.asarray((values - scale[0]) / (scale[1] * spread), dtype=np.float64)


SCALE = Scale(
    moods=(
        (0.0298, 0.058),  # calm
        (-0.0158, 0.0527),  # children
        (-0.0211, 0.0613),  # christmas
        (0.0194, 0.0531),  # dark
        (0.0382, 0.0463),  # dream
        (-0.029, 0.0581),  # fun
        (-0.0486, 0.0539),  # funny
        (-0.008, 0.0657),  # happy
        (-0.0407, 0.0607),  # hopeful
        (0.0442, 0.071),  # horror
        (-0.0129, 0.0468),  # inspiring
        (-0.0062, 0.0847),  # love
        (0.0245, 0.0743),  # melancholic
        (-0.0173, 0.0624),  # nature
        (-0.0162, 0.0673),  # party
        (0.059, 0.0718),  # romantic
        (0.0413, 0.0632),  # sad
        (-0.0035, 0.0572),  # sexy
        (-0.0288, 0.0704),  # summer
        (-0.0083, 0.0643),  # travel
    ),
    valence=(-0.037, 0.0522),
    arousal=(-0.0142, 0.0587),
    lexicon=(-0.0057, 0.3377),
    slope=1.605,
    bias=-3.51,
    song=0.67,
)
"""Over the 160 verses of scripts/benchmarks/lyrics_sets, slope and bias over every other one of them."""
