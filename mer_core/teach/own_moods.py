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
from mer_core.model.decision import Rule
from mer_core.model.embeddings import embeddings_for
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import logit, sigmoid
from mer_core.model.trained import Model
from mer_core.teach.examples import Examples, examples_by_mood, latest, rows_of
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.learner import Features, Space, Taught, learn
from mer_core.teach.pieces import kept_pieces
from mer_core.workspace.layout import Workspace

THRESHOLD = 0.5
"""Of a mood of one's own: where its answers "yes" and "no" part."""


@dataclass(frozen=True, eq=False)
class Lessons:
    """The embedded tracks of a workspace as a model hears them, and after them the pieces that were corrected and are
    no tracks (see pieces); row i of all is the same track."""

    tracks: pd.DataFrame
    """Columns as `Dataset.tracks`."""
    n_library: int
    """How many of the rows, the first, are tracks of the workspace."""
    space: Space
    features: Features
    log_odds: np.ndarray
    """(n_tracks, n_moods) of the model's calibrated probabilities."""
    moods: tuple[str, ...]
    """The moods that the model knows."""

    @property
    def of_library(self) -> np.ndarray:
        """(n_tracks,) bool: tracks of the workspace, which can be asked about and listed."""
        return np.arange(len(self.tracks)) < self.n_library

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
    """The embedded tracks of `workspace`, and the pieces kept there; raises ArtifactError without embeddings by the
    model's encoder."""
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
    chosen = tracks.loc[[track_ids[row] for row in kept]]
    pieces, heard = kept_pieces(workspace, model.encoder, model.pooling)
    others = ~pieces["track_id"].isin(tracks.index).to_numpy(dtype=bool)
    rows = pd.concat([chosen, pieces[others]], ignore_index=True)
    X = np.vstack([X[kept], heard[others]])
    log_odds, n = logit(model.probabilities(X)), len(chosen)
    space = Space.fit(X[:n], log_odds[:n])
    return Lessons(rows, n, space, space.features(X, log_odds), log_odds, model.moods)


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
    counts = {mood: {"yes": int(given.liked.sum()), "no": int((~given.liked).sum())} for mood, given in own.items()}
    rule = _rule_for_more(model.rule, n)
    return replace(
        model,
        moods=(*model.moods, *own),
        classifier=ClassifierWithOwnMoods(model.classifier, model.calibration, lessons.space, taught),
        calibration=rule.calibration,
        thresholds=rule.thresholds,
        trust=_trust_with(model.trust, {mood: given["yes"] for mood, given in counts.items()}),
        metrics={**model.metrics, "own_moods": counts},
        ranks=None if model.ranks is None else np.pad(model.ranks, ((0, 0), (0, n)), constant_values=np.nan),
        reach=None if model.reach is None else np.pad(model.reach, (0, n), constant_values=np.nan),
        album_rule=None if model.album_rule is None else _rule_for_more(model.album_rule, n),
        predictions=None,
    )


def _rule_for_more(rule: Rule, n: int) -> Rule:
    """A rule for `n` more moods, whose probabilities need no calibration; what albums say of them was never measured,
    so they stay as each track sounds (see album_context)."""
    calibration = Calibration(
        np.append(rule.calibration.slope, np.ones(n)), np.append(rule.calibration.intercept, np.zeros(n))
    )
    return Rule(calibration, np.append(rule.thresholds, np.full(n, THRESHOLD)), rule.album)


def _trust_with(trust: pd.DataFrame, support: Mapping[str, int]) -> pd.DataFrame:
    """A model's trust with moods of one's own below: nobody's words measured them, but they may be decided."""
    known = trust if "measured" in trust else trust.assign(measured=True)
    more = pd.DataFrame(np.nan, index=pd.Index(list(support), name="mood"), columns=known.columns)
    more = more.astype({"reliable": bool, "measured": bool})
    more = more.assign(support=list(map(float, support.values())), reliable=True, measured=False)
    return pd.concat([known, more])


def load_with_own_moods(workspace: Workspace, model: Model) -> Model:
    """`with_own_moods` from the workspace's journal; `model` itself where nothing was taught or nothing is embedded."""
    journal = Journal.of(workspace)
    if not journal.path.exists() or str(model.encoder["name"]) not in workspace.encoders():
        return model
    lessons = open_lessons(workspace, model)
    return with_own_moods(model, lessons, lessons.said(journal.read()))
