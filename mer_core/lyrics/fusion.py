"""Sound and words together: late fusion with a weight for each mood, and what to say where the two disagree.

Log-odds of a mood = log-odds by sound + weight · z of the words. A weight is 0 unless words were shown to help the
mood, and at most HEAVIEST; arousal and the moods of pace and use are left to the sound, to the last bit. Where the
words do not count nothing is touched at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.ruler import MOODS

Floats = NDArray[np.float64]

HEAVIEST = 0.5
"""The largest weight of a mood, so that wrong lyrics cannot overrule the sound."""
LEFT_TO_SOUND = frozenset({"calm", "energetic", "fast", "love", "relaxing", "slow"})
"""Moods that words were measured to make worse, or that they do not show."""
FARTHEST = 3.0
"""Standard deviations beyond which words say no more."""
APART = 1.5
"""Sound and words disagree where their valences lie on two sides of the middle and so many standard deviations
apart."""
LEARNED = "with_lyrics"
"""Key of a model's metrics that says what words added in training, and the weights that were learned."""
GRID = (0.0, 0.125, 0.25, 0.375, 0.5)
FOLDS = 5


@dataclass(frozen=True)
class Weights:
    """How much words count beside the sound."""

    moods: Mapping[str, float]
    """By mood, 0 to HEAVIEST; a mood that is not named has 0."""
    valence: float
    """Standard deviations that the valence moves for each one of the words'."""
    sound_valence: tuple[float, float]
    """Mean and standard deviation of the valence by sound, over songs that people rated."""

    def of(self, mood: str) -> float:
        """The weight of a mood."""
        return self.moods.get(mood, 0.0)


WEIGHTS = Weights({"dark": 0.5, "fun": 0.5, "funny": 0.5, "melancholic": 0.5}, 0.7, (0.0, 0.32))
"""Where a model learned none: the moods that gained on 764 songs with sound and words, no song of which was trained on.

There the valence of both reached a ROC-AUC of .874, of the sound alone .822, of the words alone .775. The valence by
sound is that of the starter model over 356 clips that people rated (MUSIFEAST-17)."""
WEIGHTS_BY_MOODS = replace(WEIGHTS, sound_valence=(0.26, 0.082))
"""The same for a model that measures no valence, where it is the mean place of the moods."""


@dataclass(frozen=True)
class Agreement:
    """Whether words and sound are of one valence."""

    agrees: bool
    finding: str | None
    """"happy sound, sad words" or "sad sound, happy words"; None where they agree."""
    sound_z: float
    words_z: float


def fuse(probabilities: Floats, moods: Sequence[str], words: WordMoods, weights: Weights = WEIGHTS) -> Floats:
    """Probabilities (n_moods,) of sound and words together; those of moods without a weight are the same to the bit."""
    if not words.counts:
        return probabilities
    fused = np.array(probabilities, copy=True)
    for column, mood in enumerate(moods):
        if (weight := weights.of(mood)) and mood in words.z:
            z = np.clip(words.z[mood], -FARTHEST, FARTHEST)
            fused[column] = expit(logit(np.clip(fused[column], 1e-7, 1 - 1e-7)) + weight * z)
    return fused


def valence_shift(words: WordMoods, weights: Weights = WEIGHTS) -> float:
    """What the words add to the valence by sound, whose scale is [-1, 1]; 0 where they do not count."""
    if not words.counts:
        return 0.0
    return float(weights.valence * weights.sound_valence[1] * np.clip(words.valence_z, -FARTHEST, FARTHEST))


def agreement(valence: float, words: WordMoods, weights: Weights = WEIGHTS) -> Agreement | None:
    """How the valence by sound, in [-1, 1], goes with that of the words; None where one of them is unknown."""
    if not words.counts or not np.isfinite(valence):
        return None
    mean, deviation = weights.sound_valence
    sound_z = (valence - mean) / deviation
    apart = abs(sound_z - words.valence_z) >= APART and sound_z * words.valence_z < 0
    finding = ("happy sound, sad words" if sound_z > 0 else "sad sound, happy words") if apart else None
    return Agreement(not apart, finding, float(sound_z), words.valence_z)


def learn_weights(
    sound: Floats, words: Floats, labels: NDArray[np.bool_], moods: Sequence[str], artists: Sequence[str]
) -> dict[str, float]:
    """The weights of a training set with lyrics, by cross-validation in which no artist is on both sides.

    sound: (n_tracks, n_moods) log-odds. words: (n_tracks, n_moods) z of the words, NaN where words do not count or do
    not show the mood. labels: (n_tracks, n_moods). The weight of a mood is the one of GRID with the least log-loss on
    the other folds; it is 0 unless the gain on the held-out tracks has a lower bound (mean less two standard errors,
    artists being the units) above 0.
    """
    found = {}
    for column, mood in enumerate(moods):
        rows = np.flatnonzero(np.isfinite(words[:, column]))
        if mood in LEFT_TO_SOUND or mood not in MOODS or labels[rows, column].sum() < 2 * FOLDS:
            continue
        weight = _learn_one(sound[rows, column], words[rows, column], labels[rows, column], np.asarray(artists)[rows])
        if weight > 0:
            found[mood] = weight
    return found


def _learn_one(sound: Floats, words: Floats, labels: NDArray[np.bool_], artists: NDArray[Any]) -> float:
    losses = np.stack([_log_loss(sound + weight * np.clip(words, -FARTHEST, FARTHEST), labels) for weight in GRID])
    names, unit = np.unique(artists, return_inverse=True)
    fold = np.random.default_rng(0).permutation(len(names))[unit] % FOLDS
    gain = np.zeros(len(labels))
    for held_out in range(FOLDS):
        best = int(losses[:, fold != held_out].mean(axis=1).argmin())
        gain[fold == held_out] = (losses[0] - losses[best])[fold == held_out]
    by_artist = np.bincount(unit, weights=gain - gain.mean())
    error = float(np.sqrt((by_artist**2).sum())) / len(gain)
    return float(GRID[int(losses.mean(axis=1).argmin())]) if gain.mean() - 2 * error > 0 else 0.0


def _log_loss(log_odds: Floats, labels: NDArray[np.bool_]) -> Floats:
    return np.asarray(np.logaddexp(0.0, np.where(labels, -log_odds, log_odds)))
