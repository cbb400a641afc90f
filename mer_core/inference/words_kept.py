"""The words that a workspace keeps of its tracks beside what a model hears in their sound: where the two agree, and
where they do not."""

import numpy as np
import pandas as pd

from mer_core.errors import ArtifactError, Remedy
from mer_core.inference.words import weights_of
from mer_core.lyrics.fusion import agreement
from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.ruler import MOODS, mood_probabilities
from mer_core.lyrics.store import KeptWords, read_kept_words
from mer_core.model.embeddings import embeddings_for
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace

FINDINGS = ("happy sound, sad words", "sad sound, happy words")


def words_beside_sound(workspace: Workspace, model: Model) -> pd.DataFrame:
    """One row a track whose words count and whose sound was embedded, those that disagree most first.

    Index track_id; columns language, words (their number), words_valence and sound_valence in [-1, 1], words_z and
    sound_z (the same in standard deviations), finding (one of FINDINGS, "" where the two agree), and the probability
    of each mood by the words as "words:mood".

    Raises ArtifactError when the words were not read, or nothing was embedded by the model's encoder.
    """
    kept = read_kept_words(workspace)
    encoder = str(model.encoder["name"])
    if (store := embeddings_for(workspace, model)) is None:
        raise ArtifactError(
            f"{workspace.embeddings_dir(encoder)} holds no embeddings, which words are compared with",
            remedy=Remedy("build_embeddings", workspace.root, encoder),
        )
    track_ids, X = store.read_pooled(model.pooling)
    counted = kept.of(track_ids)
    rows = np.flatnonzero(counted.counts)
    places = model.places(X[rows], model.probabilities(X[rows]))
    return _compared(counted, rows, places[:, 0], model)


def _compared(kept: KeptWords, rows: np.ndarray, sound: np.ndarray, model: Model) -> pd.DataFrame:
    table = kept.table.iloc[rows]
    columns = ["words_valence", "sound_valence", "words_z", "sound_z", "finding"]
    compared = []
    for valence, (_, row) in zip(sound, table.iterrows(), strict=True):
        words = WordMoods(row["source"], row["language"], int(row["words"]), None, valence_z=float(row["valence_z"]))
        found = agreement(float(valence), words, weights_of(model))
        finding, sound_z = ("", np.nan) if found is None else (found.finding or "", found.sound_z)
        compared.append((float(row["valence"]), float(valence), float(row["valence_z"]), sound_z, finding))
    sides = pd.DataFrame(compared, index=table.index, columns=columns)
    probabilities = mood_probabilities(kept.z(MOODS)[rows])
    moods = pd.DataFrame(probabilities, index=table.index, columns=[f"words:{mood}" for mood in MOODS])
    joined = pd.concat([table[["language", "words"]].astype({"words": int}), sides, moods], axis=1)
    apart = (joined["sound_z"] - joined["words_z"]).abs()
    return joined.loc[apart.sort_values(ascending=False, kind="stable").index]
