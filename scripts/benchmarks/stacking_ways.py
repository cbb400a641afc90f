"""Ways to join the outputs of several models for a track by itself, without a trained classifier: how they are
averaged, how much each model counts for a mood, and what the moods say of each other.

A way learns from labelled tracks (`Learned`) and gives log-odds, or scores like them, of others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import rankdata

from mer_core.metrics.ranking import average_precisions, roc_aucs
from mer_core.model.mlp import logit

PRIOR = 100
"""Positives at which a mood's own figure counts as much as what it is shrunk to."""
SHARPNESS = 200.0
"""How fast a model's weight falls with its ROC-AUC: to a half where that is .0035 lower. Of 20 to 200, with PRIOR 20 to
400, chosen on validation; no other is better by more than noise."""
TOGETHER = 0.4
"""Weight of what the other moods say."""


@dataclass(frozen=True)
class Learned:
    """What a way learns from."""

    probabilities: np.ndarray
    """(n_models, n_tracks, n_moods) in [0, 1]."""
    labels: np.ndarray
    """(n_tracks, n_moods) bool."""
    together: np.ndarray
    """(n_moods, n_moods): correlation of the labels of further tracks, 0 on the diagonal."""

    @cached_property
    def skill(self) -> np.ndarray:
        """ROC-AUC (n_models, n_moods); 0.5 for a mood without positives."""
        return np.nan_to_num(roc_aucs(self.labels, self.probabilities.transpose(1, 0, 2)), nan=0.5)


Way = Callable[[Learned, np.ndarray], np.ndarray]
"""From probabilities (n_models, n_tracks, n_moods) to scores (n_tracks, n_moods)."""


def correlation(labels: np.ndarray) -> np.ndarray:
    """Correlation (n_moods, n_moods) of labels (n_tracks, n_moods) bool; 0 on the diagonal and for constant moods."""
    centred = labels - labels.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(scale > 0, scale, 1.0)
    found = unit.T @ unit
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def mean_of_probabilities(_learned: Learned, P: np.ndarray) -> np.ndarray:
    """Log-odds of the mean."""
    return logit(P.mean(axis=0))


def mean_of_log_odds(_learned: Learned, P: np.ndarray) -> np.ndarray:
    """The mean of the log-odds."""
    return np.asarray(logit(P).mean(axis=0))


def mean_of_ranks(_learned: Learned, P: np.ndarray) -> np.ndarray:
    """Log-odds of the mean rank among the tracks given."""
    return logit(rankdata(P, axis=1).mean(axis=0) / (P.shape[1] + 1))


def either_by_mood(learned: Learned, P: np.ndarray) -> np.ndarray:
    """The mean of probabilities or of log-odds, whichever had the better PR-AUC for the mood."""
    ways = (mean_of_probabilities, mean_of_log_odds)
    found = [np.nan_to_num(average_precisions(learned.labels, way(learned, learned.probabilities))) for way in ways]
    scores = [_standard(way(learned, P)) for way in ways]
    return np.where(found[1] > found[0], scores[1], scores[0])


def one_weight(learned: Learned, P: np.ndarray) -> np.ndarray:
    """Each model by its mean ROC-AUC."""
    return _weighted(P, np.broadcast_to(learned.skill.mean(axis=1, keepdims=True), learned.skill.shape))


def weights_to_the_mean(learned: Learned, P: np.ndarray) -> np.ndarray:
    """A model's weight for a mood by its ROC-AUC, shrunk to that of all models."""
    return _weighted(P, _shrunk(learned, learned.skill.mean(axis=0, keepdims=True)))


def weights_to_the_model(learned: Learned, P: np.ndarray) -> np.ndarray:
    """A model's weight for a mood by its ROC-AUC, shrunk to what the model has over all moods."""
    over_all = learned.skill.mean(axis=1, keepdims=True) - learned.skill.mean()
    return _weighted(P, _shrunk(learned, learned.skill.mean(axis=0, keepdims=True) + over_all))


def co_occurrence(learned: Learned, P: np.ndarray) -> np.ndarray:
    """The mean, and what the other moods say by how they go together in the labels of the training tracks."""
    scores = _standard(mean_of_probabilities(learned, P))
    return scores + TOGETHER * scores @ learned.together


WAYS: dict[str, Way] = {
    "mean of probabilities": mean_of_probabilities,
    "mean of log-odds": mean_of_log_odds,
    "mean of ranks": mean_of_ranks,
    "probabilities or log-odds, by mood": either_by_mood,
    "weights by ROC-AUC, one a model": one_weight,
    "weights a mood, shrunk to the mean": weights_to_the_mean,
    "weights a mood, shrunk to the model's": weights_to_the_model,
    "co-occurrence of training labels": co_occurrence,
}


def cross_fitted(way: Way, learned: Learned, folds: np.ndarray) -> np.ndarray:
    """Scores (n_tracks, n_moods) of each fold (n_tracks,) by what is learned from the others."""
    scores = np.zeros(learned.labels.shape)
    for fold in np.unique(folds):
        held = folds == fold
        others = Learned(learned.probabilities[:, ~held], learned.labels[~held], learned.together)
        scores[held] = way(others, learned.probabilities[:, held])
    return scores


def ranked_in_folds(labels: np.ndarray, scores: np.ndarray, folds: np.ndarray) -> dict[str, float]:
    """Means over folds (n_tracks,) of ROC-AUC and PR-AUC within a fold; moods without positives there are left out."""
    measures = {"roc_auc": roc_aucs, "pr_auc": average_precisions}
    parts = [folds == fold for fold in np.unique(folds)]
    return {
        name: float(np.mean([np.nanmean(measure(labels[rows], scores[rows])) for rows in parts]))
        for name, measure in measures.items()
    }


def _shrunk(learned: Learned, towards: np.ndarray) -> np.ndarray:
    own = learned.labels.sum(axis=0) / (learned.labels.sum(axis=0) + PRIOR)
    return own * learned.skill + (1 - own) * towards


def _weighted(P: np.ndarray, skill: np.ndarray) -> np.ndarray:
    weight = np.exp(SHARPNESS * (skill - skill.max(axis=0)))
    return logit((P * (weight / weight.sum(axis=0))[:, None]).sum(axis=0))


def _standard(scores: np.ndarray) -> np.ndarray:
    return np.asarray((scores - scores.mean(axis=0)) / np.maximum(scores.std(axis=0), 1e-9))
