"""The starter as a Model: probabilities, thresholds, and what is kept beside them.

* *probabilities*: log-odds rise with a mood's score as steeply as its measured ROC-AUC allows (student.to_network).
  Their level is MTG-Jamendo's share of the mood, moved for all moods alike to what the composer's words give: people
  find far more moods in a piece than a tagger writes down;
* *thresholds*: a feeling is decided for FEELING_RATE times its share of MTG-Jamendo, a theme, which needs far stronger
  evidence, for THEME_RATE times; counted over the training clips after what valence and arousal rule out. None is
  below FLOOR of all music, and none lets a mood pass for more than MOST_OFTEN times its share of the rated songs, which
  have as much of every genre (see limit_rates);
* *reach*: a track that no feeling fits gets the nearest of those that are as probable as NEAREST; the reach of a mood
  is shorter where that would make it too frequent among the rated songs;
* *trust*: see trust.py; beside it how likely people say a mood, see likelihood.py.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from mer_core.encoders.musicnn.encoder import MusicnnEncoder
from mer_core.model.bundle import STARTER
from mer_core.model.calibration import Calibration
from mer_core.model.decision import MOST_OFTEN, adapt_thresholds
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import logit, sigmoid
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import ValenceArousal
from mer_core.moods import FEELING, contradicted, kind_of, names_feeling, opposed, squared_distances
from mer_core.training.starter.data import Pairs, Teacher
from mer_core.training.starter.student import Student, thresholds_for_rate, to_network

FEELING_RATE, THEME_RATE = 2.0, 1.0
"""MTG-Jamendo's artists give 1.8 moods a track and leave out others that fit as well; the published baseline decides
5.8. With 2.5, and 2 for BY_THRESHOLD, what is left below MOST_OFTEN is too little for the songs that have no other
feeling: 8.7 % of the rated songs then have none, instead of 5.6 %."""
BY_THRESHOLD = 1.7
"""Of limit_rates: a feeling's rate by its threshold alone, in shares; the rest up to MOST_OFTEN is for songs that have
no other."""
FLOOR, NEAREST = 0.5, 0.02
STEPS, SHORTER = 2000, 0.02
"""Of limit_rates: at most how many times one mood's reach is shortened, and by how much (log-odds)."""
N_RANKS = 101
UNCALIBRATED = "none: a student's scores; only their common level is set, on the words of one composer"


def make_model(
    student: Student,
    pairs: Pairs,
    teacher: Teacher,
    trust: pd.DataFrame,
    distribution: dict[str, np.ndarray],
    plane: ValenceArousal | None = None,
    shift: float = 0.0,
) -> Model:
    """The starter model of `student`; trust: the table of trust.people_trust; shift: of all log-odds, see `level`."""
    network = to_network(student, sigmoid(logit(teacher.prevalence) + shift), known_roc_auc(trust))
    model = Model(
        name=STARTER,
        moods=teacher.moods,
        encoder={key: getattr(MusicnnEncoder, key) for key in ("name", "version", "dim")} | framing_seconds(),
        pooling="mean",
        classifier=FittedClassifier.from_network(network, teacher.moods),
        calibration=Calibration.identity(len(teacher.moods)),
        thresholds=np.full(len(teacher.moods), 0.5),
        trust=trust.assign(share=teacher.prevalence),
        calibrated_on=UNCALIBRATED,
        distribution=distribution,
        plane=plane,
    )
    X = pairs.embedding[:, : network.n_features]
    P = model.probabilities(X)
    rate = np.array([FEELING_RATE if kind_of(mood) == FEELING else THEME_RATE for mood in teacher.moods])
    possible = np.where(model.contradictions(X), 0.0, P)
    model.ranks = ranks_in_music(P, pairs.weight)
    at_rate = thresholds_for_rate(possible, pairs.weight, np.minimum(rate * teacher.prevalence, 0.5))
    model.thresholds = np.maximum(at_rate, model.ranks[round(FLOOR * (N_RANKS - 1))])
    model.reach = _reach(model)
    return model


@dataclass(frozen=True)
class Crowd:
    """Tracks of which no mood may be decided too often: what a model says of them, each (n_tracks, n_moods)."""

    P: np.ndarray
    contradicted: np.ndarray
    distance: np.ndarray
    weight: np.ndarray | None = None
    """(n_tracks,); None: all alike."""

    @classmethod
    def of(
        cls, model: Model, embeddings: np.ndarray, weight: np.ndarray | None = None, places: np.ndarray | None = None
    ) -> "Crowd":
        """Tracks with embeddings (n_tracks, at least n_features); places: (n_tracks, 2) valence and arousal in the
        place of those that `model` measures, with intervals as near its training music."""
        X = embeddings[:, : model.classifier.network_.n_features]
        P = model.probabilities(X)
        if places is None or model.plane is None:
            return cls(P, model.contradictions(X), model.distances(X), weight)
        intervals = model.plane.intervals(places, np.zeros(len(places)))
        other_side = opposed(places, intervals, model.moods)
        distance = np.where(other_side, np.inf, squared_distances(places, model.moods))
        return cls(P, contradicted(places, intervals, model.moods), distance, weight)

    def decisions(self, model: Model) -> np.ndarray:
        """(n_tracks, n_moods) bool."""
        return model.decide(self.P, contradicted=self.contradicted, distance=self.distance)

    def rates(self, model: Model) -> np.ndarray:
        """The share (n_moods,) of the tracks that each mood is decided for."""
        return np.average(self.decisions(model), axis=0, weights=self.weight)

    def without_feeling(self, model: Model) -> float:
        """The share of the tracks that no feeling is decided for."""
        feelings = np.array([kind_of(mood) == FEELING for mood in model.moods])
        return float(np.average(~self.decisions(model)[:, feelings].any(axis=1), weights=self.weight))


def limit_rates(model: Model, songs: Crowd, *others: Crowd) -> None:
    """Raise the thresholds of `model`, by the crowds without weights, and shorten its reach until each mood is decided
    for at most MOST_OFTEN times its share in every crowd, the nearest feelings counted too."""
    share = model.trust["share"].to_numpy(float)
    room = np.where(np.isfinite(_reach(model)), BY_THRESHOLD / MOST_OFTEN, 1.0)
    for crowd in (songs, *(other for other in others if other.weight is None)):
        may = model.allowed & ~crowd.contradicted
        model.thresholds = adapt_thresholds(crowd.P, model.thresholds, room * share, may)
    model.reach = _reach(model)
    for _ in range(STEPS):
        rate = np.max([crowd.rates(model) for crowd in (songs, *others)], axis=0)
        over = np.where(np.isfinite(model.reach), rate / (MOST_OFTEN * share), 0.0)
        if over.max() <= 1:
            break
        model.reach[over.argmax()] -= SHORTER  # one at a time: what it gives up moves on to others


def known_roc_auc(trust: pd.DataFrame) -> np.ndarray:
    """The ROC-AUC of each mood (n_moods,), and the mean of the others where it is not measured."""
    roc_auc = trust["roc_auc"].to_numpy(dtype=float)
    known = np.isfinite(roc_auc)
    return np.where(known, roc_auc, roc_auc[known].mean() if known.any() else 0.75)


def level(log_odds: np.ndarray, labels: np.ndarray) -> float:
    """By how much log-odds (n, n_moods) must move, all alike, to give as many moods as `labels` of that shape have."""
    return float(brentq(lambda shift: sigmoid(log_odds + shift).mean() - labels.mean(), -10, 10))


def ranks_in_music(P: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Quantiles (N_RANKS, n_moods), in even steps from 0 to 1, of probabilities P (n, n_moods) weighted by (n,)."""
    steps = np.linspace(0, 1, N_RANKS)
    return np.stack([np.quantile(p, steps, weights=weight, method="inverted_cdf") for p in P.T], axis=1)


def _reach(model: Model) -> np.ndarray:
    below = logit(model.thresholds) - logit(np.array(NEAREST))
    named = np.array([names_feeling(mood) for mood in model.moods])
    return np.where(named & model.allowed, below, np.nan)


def framing_seconds() -> dict[str, float]:
    """Rate and frame lengths of MusiCNN as its identity states them, without loading the network."""
    framing = MusicnnEncoder.framing
    return {
        "sample_rate": framing.sample_rate,
        "frame_seconds": framing.frame_seconds,
        "hop_seconds": framing.hop_seconds,
    }
