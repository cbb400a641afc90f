"""How good the starter model is: agreement with its teacher on collections it was not trained on, and people's words
without the teacher."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import LeaveOneGroupOut

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import DatasetError, Remedy
from mer_core.metrics.bootstrap import macro_intervals, mood_trust
from mer_core.model.mlp import DenseEnsemble, logit
from mer_core.moods import meanings
from mer_core.training.starter.data import Pairs, Teacher
from mer_core.training.starter.student import StudentRecipe, fit_student

SAME_MUSIC = "a"
"""The collection of the pairs that holds the same pieces as the incompetech set; left out of training when evaluating
on it."""


@dataclass(frozen=True)
class HumanSet:
    """Tracks with embeddings and, for every mood that their words mean, which tracks people gave it to."""

    embeddings: np.ndarray
    """(n_tracks, dim) pooled; the mean over frames comes first."""
    moods: tuple[str, ...]
    labels: np.ndarray
    """(n_tracks, n_moods) bool"""

    @classmethod
    def load(cls, folder: Path | str, vocabulary: tuple[str, ...]) -> "HumanSet":
        """Read a dataset folder with reference_musicnn.npz, or a workspace with MusiCNN embeddings.

        Words become moods of `vocabulary` as mood_space.meanings says; a mood counts for a track when any of its words
        means it.

        Raises DatasetError when there are no embeddings or no word means a mood.
        """
        dataset = Dataset.load(folder)
        track_ids, X = embeddings_of(Path(folder))
        row = {track: index for index, track in enumerate(dataset.tracks["track_id"])}
        keep = [index for index, track in enumerate(track_ids) if track in row]
        given = dataset.labels[[row[track_ids[index]] for index in keep]]
        columns = {mood: [c for c, word in enumerate(dataset.moods) if mood in meanings(word)] for mood in vocabulary}
        labels = {mood: given[:, used].any(axis=1) for mood, used in columns.items() if used}
        rankable = {mood: values for mood, values in labels.items() if 0 < values.mean() < 1}
        if not rankable:
            raise DatasetError(
                f"no word of {folder} means a mood of the model for some tracks and not for others; see SYNONYMS in "
                f"mer_core/moods.py"
            )
        return cls(X[keep], tuple(rankable), np.stack(list(rankable.values()), axis=1))


def embeddings_of(folder: Path) -> tuple[list[str], np.ndarray]:
    """Track ids and embeddings (n_tracks, dim) of a dataset folder with reference_musicnn.npz, or of a workspace.

    Raises DatasetError where there are none.
    """
    reference = folder / "reference_musicnn.npz"
    if reference.is_file():
        with np.load(reference, allow_pickle=False) as archive:
            return [str(track) for track in archive["track_id"]], np.hstack(
                [archive["penultimate_mean"], archive["penultimate_std"]]
            ).astype(np.float64)
    store = folder / "embeddings" / "musicnn"
    if not store.is_dir():
        raise DatasetError(
            f"{folder} holds neither reference_musicnn.npz nor MusiCNN embeddings",
            remedy=Remedy("build_embeddings", folder, "musicnn"),
        )
    return EmbeddingStore.open(store).read_pooled("mean+std")


def agreement(pairs: Pairs, teacher: Teacher, recipe: StudentRecipe | None = None) -> pd.Series:
    """Correlation of the student's scores with the teacher's log-odds, per mood (index).

    Each collection is scored by a student of the others, so neither segments of a clip nor clips of a set stand on both
    sides; the correlation is taken within each collection, every clip weighing the same, and averaged over them.
    """
    found = []
    for train, test in LeaveOneGroupOut().split(pairs.embedding, groups=pairs.collection):
        held_out = pairs.subset(test)
        scores = fit_student(pairs.subset(train), teacher, recipe).scores(held_out.embedding)
        found.append(_correlations(scores, logit(held_out.teacher), held_out.weight))
    return pd.Series(np.mean(found, axis=0), index=pd.Index(teacher.moods, name="mood"), name="correlation")


def human_check(scores: Callable[[np.ndarray], np.ndarray], people: HumanSet, moods: tuple[str, ...]) -> pd.DataFrame:
    """The table of trust.mood_trust of `scores` (embeddings → (n, n_moods), columns as `moods`) for the moods that
    people's words mean."""
    return mood_trust(people.labels, _columns(scores, people, moods), people.moods)


def human_mean(
    scores: Callable[[np.ndarray], np.ndarray], people: HumanSet, moods: tuple[str, ...]
) -> tuple[float, float, float]:
    """Mean ROC-AUC over those moods, with its 95 % interval (bootstrap over tracks): value, low, high."""
    return macro_intervals(people.labels, _columns(scores, people, moods))["ROC-AUC"]


def human_log_odds(network: DenseEnsemble, people: HumanSet, moods: tuple[str, ...]) -> np.ndarray:
    """Log-odds (n_tracks, n_moods) of the moods that people's words mean, by a network with the columns `moods`."""
    return _columns(lambda X: network.logits(X[:, : network.n_features]), people, moods)


def distinct_mean(human: pd.DataFrame, people: HumanSet) -> tuple[float, int]:
    """Mean ROC-AUC of `human_check` with each set of labels counted once, and how many there are: some moods are meant
    by the same words."""
    labels = [people.labels[:, people.moods.index(str(mood))].tobytes() for mood in human.index]
    by_labels = human["roc_auc"].groupby(labels).mean()
    return float(by_labels.mean()), len(by_labels)


def _columns(scores: Callable[[np.ndarray], np.ndarray], people: HumanSet, moods: tuple[str, ...]) -> np.ndarray:
    return scores(people.embeddings)[:, [moods.index(mood) for mood in people.moods]]


def without_same_music(pairs: Pairs) -> Pairs:
    """The pairs to train on when a student is to be evaluated on incompetech."""
    return pairs.subset(pairs.collection != SAME_MUSIC)


def _correlations(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> np.ndarray:
    a, b = (values - np.average(values, axis=0, weights=weight) for values in (a, b))
    products = (np.average(x * y, axis=0, weights=weight) for x, y in ((a, b), (a, a), (b, b)))
    covariance, first, second = products
    return covariance / np.sqrt(np.maximum(first * second, 1e-12))
