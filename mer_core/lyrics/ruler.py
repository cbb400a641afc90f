"""The ruler: directions in the encoder's space along which the feelings of a text are measured, and the scale on them.

A text's likeness to a mood is the mean cosine of its embedding with the mood's sentences (`prompts`), less the mean
over all moods: texts that are like nothing or like everything say nothing. Valence and arousal have two poles of
sentences each; in English the lexicon VADER corrects the valence.

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
from mer_core.lyrics.encoder import TextEncoder

Floats = NDArray[np.float64]

MOODS = tuple(prompts.MOODS)
"""The moods that words can show."""
LEXICON_WEIGHT = 0.5
"""Of VADER's valence in standard deviations, where that of the sentences counts 1; English alone."""


@dataclass(frozen=True)
class Scale:
    """How raw likenesses become standard deviations; found by the benchmark "lyrics"."""

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
        """Standard deviations of embeddings (n_texts, dim); `lexicon`: VADER's valence of the texts (n_texts,) where
        it is to be heeded."""
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


def mood_probabilities(z: Floats) -> Floats:
    """Probabilities of standard deviations, as every ruler gives them."""
    return np.asarray(expit(SCALE.bias + SCALE.slope * z))


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
"""Over the 160 verses of the benchmark's lyrics_sets, slope and bias over every other one of them."""
