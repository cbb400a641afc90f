"""The words of a piece joined with the prediction of its sound."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mer_core.errors import LyricsError
from mer_core.inference.headline import headline
from mer_core.inference.prediction import Prediction
from mer_core.lyrics.fusion import WEIGHTS, Weights, fuse, valence_shift
from mer_core.lyrics.joined import JoinedWords
from mer_core.lyrics.moods import WordMoods, read_words
from mer_core.lyrics.sources import lyrics_of
from mer_core.lyrics.text import Lyrics
from mer_core.model.decision import decided_in_table
from mer_core.moods import contradicted


def words_of(song: Path, find: Callable[[Path], Lyrics | None] = lyrics_of) -> WordMoods:
    """The moods of the words of a file, whose lyrics `find` finds; lyrics that cannot be read do not count, and the
    reason says why."""
    try:
        return read_words(find(song))
    except LyricsError as error:
        return WordMoods("unreadable", None, 0, f"The lyrics were not read, so the sound alone was used: {error}")


def with_words(prediction: Prediction, words: WordMoods, weights: Weights = WEIGHTS) -> Prediction:
    """`prediction`, which is of the sound alone, joined with `words`.

    Moods without a weight and the arousal stay as they are to the bit; where the words do not count, all does.
    """
    if prediction.words is not None:
        raise ValueError("the prediction holds words already; join words with the prediction of the sound alone")
    joined = JoinedWords(words, prediction.valence, weights)
    if not words.counts:
        return replace(prediction, words=joined)
    names = [str(mood) for mood in prediction.moods.index]
    sound = prediction.moods["probability"].to_numpy(dtype=float)
    moods = prediction.moods.assign(probability=fuse(sound, names, words, weights))
    shift = np.array([valence_shift(words, weights), 0.0])
    places = np.clip(np.array([prediction.valence, prediction.arousal]) + shift, -1, 1)[None]
    ends = np.array([prediction.valence_interval, prediction.arousal_interval])
    intervals = np.clip(ends + shift[:, None], -1, 1)[None]
    moods["contradicted"] = contradicted(places, intervals, names)[0]
    moods["decided"] = decided_in_table(moods, music=prediction.out_of_domain is None)
    moods = moods.sort_values("probability", ascending=False, kind="stable")
    return replace(
        prediction,
        moods=moods,
        valence=float(places[0, 0]),
        valence_interval=(float(intervals[0, 0, 0]), float(intervals[0, 0, 1])),
        nothing_fits=not moods["decided"].any(),
        headline=headline(moods) if prediction.out_of_domain is None else prediction.headline,
        words=joined,
    )
