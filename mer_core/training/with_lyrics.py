"""Sound and words in training: the weight of the words for each mood, and what they add on tracks whose artists had no
part in choosing it.

The weights are learned on tracks that the sound's model did not learn from (validation and test, or all in folds). The
gain is measured in folds of artists: each fold is judged with weights learned on the others.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from mer_core.errors import DatasetError
from mer_core.lyrics.fusion import FARTHEST, FOLDS, LEARNED, learn_weights
from mer_core.lyrics.store import KeptWords
from mer_core.metrics.bootstrap import macro_difference
from mer_core.model.prediction_columns import CALIBRATED, mood_columns
from mer_core.model.trained import Model
from mer_core.training.data import TrainingData

Floats = NDArray[np.float64]
FEWEST = 40
"""Judged tracks with words, below which nothing is learned of them."""


def learn_with_lyrics(model: Model, data: TrainingData, kept: KeptWords) -> None:
    """Learn how much words count beside the sound of `model`, which was trained on `data`; `kept` has the same tracks.

    The model's metrics get, under "with_lyrics": tracks (evaluated, with words that count), weights {mood: 0 to 0.5},
    moods (how many words speak to), and gain {"value", "low", "high"}: the mean ROC-AUC of those moods with words less
    that without, its interval by drawing artists.

    Raises DatasetError with fewer than FEWEST such tracks.
    """
    judged = _judged(model, data) & kept.counts
    if judged.sum() < FEWEST:
        raise DatasetError(
            f"only {int(judged.sum())} of the tracks that the model is evaluated on have words that count, at least "
            f"{FEWEST} are needed; read the words of more tracks, or train without lyrics"
        )
    rows = np.flatnonzero(judged)
    sound = _log_odds(model, data)[rows]
    words = kept.z(data.moods)[rows]
    labels, artists = data.labels[rows], data.artists[rows]
    spoken = np.flatnonzero(np.isfinite(words).any(axis=0))
    fused = _cross_fused(sound, words, labels, data.moods, artists)
    gain = macro_difference(labels[:, spoken], fused[:, spoken], sound[:, spoken], artists)
    model.metrics[LEARNED] = {
        "tracks": len(rows),
        "moods": len(spoken),
        "weights": learn_weights(sound, words, labels, data.moods, list(artists)),
        "gain": dict(zip(("value", "low", "high"), gain, strict=True)),
    }
    model.card += f"\n## Words\n\n{gain_sentence(model.metrics[LEARNED])}\n"


def gain_sentence(learned: dict[str, Any]) -> str:
    """What words added, in one sentence."""
    weights = ", ".join(f"{mood} {weight:g}" for mood, weight in learned["weights"].items()) or "none"
    gain = learned["gain"]
    return (
        f"Words of {learned['tracks']} tracks, {learned['moods']} moods that words speak to: "
        f"ROC-AUC {gain['value']:+.3f} "
        f"({gain['low']:+.3f} to {gain['high']:+.3f}) beside the sound alone; weights that were learned: {weights}."
    )


def _judged(model: Model, data: TrainingData) -> NDArray[np.bool_]:
    """The tracks (n_tracks,) whose kept predictions were made by models that did not learn from them: all in folds."""
    if model.metrics.get("judged_on") == "cross_validation":
        return np.ones(len(data.X), bool)
    return np.asarray(data.dataset.tracks["split"].isin(["validation", "test"]))


def _log_odds(model: Model, data: TrainingData) -> Floats:
    """(n_tracks, n_moods) by sound alone, of the predictions made in training for tracks not learned from."""
    assert model.predictions is not None  # every training leaves them
    table = model.predictions.set_index("track_id").loc[data.dataset.tracks["track_id"]]
    probabilities = table[mood_columns(CALIBRATED, data.moods)].to_numpy(dtype=float)
    return np.asarray(logit(np.clip(probabilities, 1e-4, 1 - 1e-4)))


def _cross_fused(
    sound: Floats, words: Floats, labels: NDArray[np.bool_], moods: tuple[str, ...], artists: NDArray[np.str_]
) -> Floats:
    """Probabilities (n_tracks, n_moods) of both, each track by weights that its artist's tracks did not teach."""
    names, unit = np.unique(artists, return_inverse=True)
    fold = np.random.default_rng(1).permutation(len(names))[unit] % FOLDS
    fused = sound.copy()
    for held_out in range(FOLDS):
        rest, here = fold != held_out, fold == held_out
        found = learn_weights(sound[rest], words[rest], labels[rest], moods, list(artists[rest]))
        for mood, weight in found.items():
            column = moods.index(mood)
            z = np.nan_to_num(np.clip(words[here, column], -FARTHEST, FARTHEST))
            fused[here, column] += weight * z
    return np.asarray(expit(fused))
