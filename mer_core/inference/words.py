"""The words of a piece joined with the prediction of its sound."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mer_core.errors import LyricsError, MerError
from mer_core.inference.prediction import Prediction
from mer_core.inference.provenance import with_lyrics
from mer_core.lyrics.fusion import HEAVIEST, LEARNED, WEIGHTS, WEIGHTS_BY_MOODS, Weights, fuse, valence_shift
from mer_core.lyrics.joined import JoinedWords
from mer_core.lyrics.moods import WordMoods, read_words
from mer_core.lyrics.ruler import MOODS
from mer_core.lyrics.sources import lyrics_of
from mer_core.lyrics.text import Lyrics
from mer_core.model.trained import Model
from mer_core.moods import contradicted, opposed, squared_distances

LOGGER = logging.getLogger(__name__)


def words_of(song: Path, find: Callable[[Path], Lyrics | None] = lyrics_of) -> WordMoods:
    """The moods of the words of a file, whose lyrics `find` finds; lyrics that cannot be read do not count, and the
    reason says why."""
    try:
        return read_words(find(song))
    except LyricsError as error:
        reason = str(error)
    except MerError:
        raise  # of the set-up: no other song would fare better
    except Exception as error:  # whatever the lyrics of one file raise is that file's result
        LOGGER.exception("unexpected failure at the lyrics of %s", song)
        reason = f"{type(error).__name__}: {error}"
    return WordMoods("unreadable", None, 0, f"The lyrics were not read, so the sound alone was used: {reason}")


def weights_of(model: Model) -> Weights:
    """How much words count beside the sound of a model: as it learned in training with lyrics, else as was found on
    other songs."""
    weights = WEIGHTS_BY_MOODS if model.plane is None else WEIGHTS
    learned = model.metrics.get(LEARNED)
    by_mood = learned.get("weights") if isinstance(learned, dict) else None
    if not isinstance(by_mood, dict):
        return weights
    known = {mood: weight for mood, weight in by_mood.items() if mood in MOODS and isinstance(weight, int | float)}
    return replace(weights, moods={mood: float(np.clip(weight, 0, HEAVIEST)) for mood, weight in known.items()})


def with_words(prediction: Prediction, words: WordMoods, model: Model) -> Prediction:
    """`prediction`, which is of the sound alone by `model`, joined with `words`.

    Moods without a weight and the arousal stay as they are to the bit; where the words do not count, all does. The
    interval of the valence moves with it and keeps its width.
    """
    if prediction.words is not None:
        raise ValueError("the prediction holds words already; join words with the prediction of the sound alone")
    weights = weights_of(model)
    joined = JoinedWords(words, prediction.valence, weights)
    if not words.counts:
        return replace(prediction, words=joined)
    table = prediction.moods.loc[list(model.moods)]
    fused = fuse(table["probability"].to_numpy(dtype=float), model.moods, words, weights)
    ranks, likely = model.percentiles(fused[None])[0], model.likelihoods(fused[None])[0]
    table = table.assign(probability=fused, percentile=ranks, likelihood=likely)
    shift = valence_shift(words, weights)
    low, high = (float(np.clip(end + shift, -1, 1)) for end in prediction.valence_interval)
    valence = float(np.clip(prediction.valence + shift, -1, 1))
    ends = np.array([[(low, high), prediction.arousal_interval]])
    place = [[valence, prediction.arousal]]
    table["contradicted"] = contradicted(place, ends, model.moods)[0]
    if model.plane is not None:
        apart = squared_distances(place, model.moods)
        table["distance"] = np.where(opposed(place, ends, model.moods), np.inf, apart)[0]
    together = replace(
        prediction,
        moods=table.sort_values("probability", ascending=False, kind="stable"),
        valence=valence,
        valence_interval=(low, high),
        words=joined,
        sources=with_lyrics(prediction.sources),
    )
    return together.decided_by({})
