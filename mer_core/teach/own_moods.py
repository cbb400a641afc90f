"""Moods of one's own beside those of a model, so that they appear wherever moods do.

    lessons = open_lessons(workspace, model)         # what is learned from: the embedded tracks
    model = with_own_moods(model, lessons, said)     # a model that knows the moods of one's own, too

A mood that the model knows by name stays the model's: answers about it are corrections, which count when it is trained.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.errors import ArtifactError, Remedy
from mer_core.model.calibration import Calibration
from mer_core.model.embeddings import embeddings_for
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import logit, sigmoid
from mer_core.model.trained import Model
from mer_core.teach.examples import Examples, examples_by_mood, latest, rows_of
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.learner import Features, Space, Taught, learn
from mer_core.workspace.layout import Workspace

THRESHOLD = 0.5
"""Of a mood of one's own: where its answers "yes" and "no" part."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """The embedded tracks of a workspace as a model hears them; row i of all is the same track."""

    tracks: pd.DataFrame
    """Columns as `Dataset.tracks`."""
    space: Space
    features: Features
    log_odds: np.ndarray
    """(n_tracks, n_moods) of the model's calibrated probabilities."""
    moods: tuple[str, ...]
    """The moods that the model knows."""

    def said(self, answers: list[Answer]) -> dict[tuple[str, int], Answer]:
        """The last answer for each mood and row."""
        return latest(answers, *rows_of(self.tracks, list(self.tracks["track_id"])))

    def known(self, mood: str) -> np.ndarray | None:
        """The model's log-odds (n_tracks,) of a mood, None where it does not know it."""
        names = [name.lower() for name in self.moods]
        return self.log_odds[:, names.index(mood.lower())] if mood.lower() in names else None

    def learn(self, examples: Examples) -> Taught:
        """Learn a mood from its examples; raises ValueError where no track has it."""
        return learn(self.features, examples.rows, examples.liked, self.known(examples.mood))


def open_lessons(workspace: Workspace, model: Model) -> Lessons:
    """The embedded tracks of `workspace`; raises ArtifactError without embeddings by the model's encoder."""
    encoder = str(model.encoder["name"])
    if (store := embeddings_for(workspace, model)) is None:
        raise ArtifactError(
            f"moods are learned from embeddings, and the model {model.name!r} reads those of {encoder}, which "
            f"{workspace.root} has not",
            remedy=Remedy("build_embeddings", workspace.root, encoder),
        )
    track_ids, X = store.read_pooled(model.pooling)
    tracks = Dataset.load(workspace.dataset_dir).tracks.set_index("track_id", drop=False)
    kept = [row for row, track_id in enumerate(track_ids) if track_id in tracks.index]
    if not kept:
        raise ArtifactError(f"{store.folder} holds the embedding of no track of the dataset; complete the store")
    log_odds = logit(model.probabilities(X[kept]))
    space = Space.fit(X[kept], log_odds)
    chosen = tracks.loc[[track_ids[row] for row in kept]].reset_index(drop=True)
    return Lessons(chosen, space, space.features(X[kept], log_odds), log_odds, model.moods)


class ClassifierWithOwnMoods(FittedClassifier):
    """A model's classifier, and further columns for moods of one's own; their probabilities need no calibration."""

    def __init__(
        self, base: FittedClassifier, calibration: Calibration, space: Space, taught: Mapping[str, Taught]
    ) -> None:
        self.base, self.base_calibration, self.space, self.taught = base, calibration, space, dict(taught)
        self.classes_ = (*base.classes_, *taught)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """Log-odds (n, n_moods + n_own) of features X (n, n_features)."""
        raw = self.base.decision_function(X)
        features = self.space.features(X, logit(self.base_calibration.apply(sigmoid(raw))))
        own = [taught.slope * taught.scores(features) + taught.shift for taught in self.taught.values()]
        return np.column_stack([raw, *own])


def own_examples(model: Model, said: Mapping[tuple[str, int], Answer]) -> dict[str, Examples]:
    """The moods that have examples enough and that the model does not know."""
    found = examples_by_mood(said)
    known = {mood.lower() for mood in model.moods}
    return {mood: given for mood, given in found.items() if given.enough and mood not in known}


def with_own_moods(model: Model, lessons: Lessons, said: Mapping[tuple[str, int], Answer]) -> Model:
    """`model` with the moods of one's own after its moods; itself where there are none.

    Their trust is unmeasured but for `support`, the tracks they rest on; `metrics["own_moods"]` holds their counts of
    "yes" and "no".
    """
    own = own_examples(model, said)
    if not own:
        return model
    n = len(own)
    taught = {mood: lessons.learn(given) for mood, given in own.items()}
    trust = pd.DataFrame(index=pd.Index(list(own), name="mood"), columns=model.trust.columns, dtype=float)
    trust = trust.assign(support=[int(given.liked.sum()) for given in own.values()], reliable=True)
    counts = {mood: {"yes": int(given.liked.sum()), "no": int((~given.liked).sum())} for mood, given in own.items()}
    return replace(
        model,
        moods=(*model.moods, *own),
        classifier=ClassifierWithOwnMoods(model.classifier, model.calibration, lessons.space, taught),
        calibration=Calibration(
            np.append(model.calibration.slope, np.ones(n)), np.append(model.calibration.intercept, np.zeros(n))
        ),
        thresholds=np.append(model.thresholds, np.full(n, THRESHOLD)),
        trust=pd.concat([model.trust, trust.astype(model.trust.dtypes.to_dict(), errors="ignore")]),
        metrics={**model.metrics, "own_moods": counts},
        album_rule=None,
        predictions=None,
    )


def load_with_own_moods(workspace: Workspace, model: Model) -> Model:
    """`with_own_moods` from the workspace's journal; `model` itself where nothing was taught or nothing is embedded."""
    journal = Journal.of(workspace)
    if not journal.path.exists() or str(model.encoder["name"]) not in workspace.encoders():
        return model
    lessons = open_lessons(workspace, model)
    return with_own_moods(model, lessons, lessons.said(journal.read()))
