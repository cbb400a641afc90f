"""The starter model: a linear student that gives MTG-Jamendo's 56 moods from MusiCNN embeddings, without that dataset's
audio.

Three sources are averaged, each as one direction a mood in the standardised embedding, scaled to deviation 1:

1. *the teacher*: ridge regression on the teacher's probabilities. The penalty is strong, so that what the embedding
   cannot say of the teacher's output (mostly its noise) is dropped; targets are square roots of the probabilities and
   are centred within each collection, because the teacher's level shifts with the sound of a collection and not with
   its moods;
2. *people's labels*: on MTG-Jamendo's test tracks the teacher's 56 outputs are published beside 56 human labels. A
   ridge regression from the former to the latter says which outputs really go with a label; applied to the teacher's
   output on the pairs it gives better targets for a student like the first;
3. *people's tags*: the evidence of MusiCNN's own Last.fm tags (see tag_evidence.py), as heavy as the other two
   together.

Distillation goes back to Hinton et al., "Distilling the knowledge in a neural network" (2015); regression from one
labeller's outputs to another's is stacking (Wolpert, "Stacked generalization", Neural Networks 5, 1992).

The embedding is the mean over frames alone: the mean of a track is the mean of its segments' means, so the score of a
track *is* the average over all its segments, however long it is, and a window of one frame is treated alike.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.linear_model import Ridge

from mer_core.model.mlp import DenseEnsemble, logit
from mer_core.model.valence_arousal import ValenceArousal
from mer_core.moods import coordinates
from mer_core.training.starter.data import Pairs, Teacher
from mer_core.training.starter.lastfm_evidence import evidence_matrix, tag_directions

LABEL_ALPHA = 1000.0
"""Ridge penalty of the regression from teacher's outputs to labels (4,231 tracks); 100 to 20,000 differ by less than
noise."""
FLOOR = 0.05
"""Dimensions that hardly vary are not blown up: no deviation counts as less than this share of the median one."""

PLANE_EVIDENCE = 0.6
"""Weight of the evidence from valence and arousal. Mean ROC-AUC on the composer's words by its weight, of a student
that has not seen these pieces: 0 .775, .25 .780, .5 .782, .75 .777, 1 .773."""


@dataclass(frozen=True)
class StudentRecipe:
    """How the student is made. The default is what the starter model uses; the others are there to be compared with."""

    targets: str = "root"
    """Scale of the teacher's probabilities: "probability", "root" or "logit"."""
    centred: bool = True
    """Whether targets are centred within each collection."""
    alpha: float = 3000.0
    """Ridge penalty on standardised features with one unit of weight a clip."""
    sources: tuple[str, ...] = ("teacher", "labels")
    """Which students are averaged: "teacher", "labels", both, or none."""
    evidence: float = 1.0
    """Weight of the tags' evidence relative to the students' mean."""
    pooling: str = "mean"
    """"mean" or "mean+std"."""


SCALES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"probability": np.copy, "root": np.sqrt, "logit": logit}


@dataclass(frozen=True)
class Student:
    """Scores of moods, linear in the pooled embedding, with mean 0 and deviation 1 over the training clips."""

    center: np.ndarray
    """(n_features,)"""
    scale: np.ndarray
    """(n_features,)"""
    weights: np.ndarray
    """(n_features, n_moods)"""

    def scores(self, embeddings: np.ndarray) -> np.ndarray:
        """Scores (n, n_moods) of pooled embeddings (n, at least n_features): further features are not looked at."""
        return (np.asarray(embeddings)[:, : len(self.center)] - self.center) / self.scale @ self.weights


def fit_student(pairs: Pairs, teacher: Teacher, recipe: StudentRecipe | None = None) -> Student:
    """Train on all `pairs`; deterministic, in closed form.

    Raises EncoderError when tags are used and the musicnn wheel is not installed.
    """
    recipe = recipe or StudentRecipe()
    features = pairs.embedding[:, : pairs.embedding.shape[1] // (1 if recipe.pooling == "mean+std" else 2)]
    weight = pairs.weight
    center, scale = _moments(features, weight)
    scale = np.maximum(scale, FLOOR * np.median(scale))
    Z = (features - center) / scale
    targets = _targets(pairs, teacher, recipe)
    parts = [_unit(Z, _ridge(Z, targets[source], weight, recipe.alpha), weight) for source in recipe.sources]
    total = np.mean(parts, axis=0) if parts else np.zeros((Z.shape[1], len(teacher.moods)))
    if recipe.evidence:
        total = total + recipe.evidence * _tag_part(Z, scale, weight, teacher.moods)
    return Student(center, scale, _unit(Z, total, weight))


def with_plane(student: Student, plane: ValenceArousal, pairs: Pairs, moods: tuple[str, ...]) -> Student:
    """The student with evidence from valence and arousal in every mood.

    Evidence = valence of the mood × valence of the music + arousal × arousal, the music's two standardised over the
    clips, the mood's by moods.coordinates; PLANE_EVIDENCE is its weight beside scores of deviation 1.
    """
    Z = (pairs.embedding[:, : len(student.center)] - student.center) / student.scale
    directions = _unit(Z - Z.mean(axis=0), plane.weights * student.scale[:, None], pairs.weight)
    total = student.weights + PLANE_EVIDENCE * directions @ coordinates(moods).T
    return Student(student.center, student.scale, _unit(Z, total, pairs.weight))


def binormal_slope(roc_auc: np.ndarray) -> np.ndarray:
    """The distance d ≥ 0.05, in deviations, of the means of two normal distributions that have this ROC-AUC:
    √2·Φ⁻¹(AUC).

    Of a standardised score z the log-odds are then d·z plus a constant (Green & Swets, Signal detection theory, 1966).
    """
    return np.maximum(np.sqrt(2) * norm.ppf(np.clip(roc_auc, 0.5, 0.999)), 0.05)


def to_network(student: Student, prevalence: np.ndarray, roc_auc: np.ndarray) -> DenseEnsemble:
    """The student as a network of one linear layer whose outputs are log-odds.

    Log-odds = logit(prevalence) - d²/2 + d·score, where d = binormal_slope(roc_auc): a mood's mean probability is near
    its prevalence, and spreads as far as the ROC-AUC measured for it, each (n_moods,), allows.
    """
    slope = binormal_slope(roc_auc)
    weights, biases = student.weights * slope, logit(prevalence) - slope**2 / 2
    return DenseEnsemble(
        student.center.astype(np.float32),
        student.scale.astype(np.float32),
        (((weights.astype(np.float32), biases.astype(np.float32)),),),
    )


def thresholds_for_rate(P: np.ndarray, weight: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Thresholds (n_moods,) at which the share `rate` (n_moods,) of the rows of P (n, n_moods), weighted by `weight`
    (n,), is decided."""
    order = np.argsort(P, axis=0)
    below = np.cumsum(weight[order], axis=0) / weight.sum()
    first = (below > 1 - np.clip(rate, 0, 1)).argmax(axis=0)
    return np.take_along_axis(np.take_along_axis(P, order, 0), first[None], 0)[0]


def _targets(pairs: Pairs, teacher: Teacher, recipe: StudentRecipe) -> dict[str, np.ndarray]:
    rescale = SCALES[recipe.targets]
    outputs = rescale(pairs.teacher)
    if recipe.centred:
        for collection in np.unique(pairs.collection):
            rows = pairs.collection == collection
            outputs[rows] = outputs[rows] - np.average(outputs[rows], axis=0, weights=pairs.weight[rows])
    mean, deviation = _moments(outputs, pairs.weight)
    outputs = (outputs - mean) / deviation
    return {"teacher": outputs, "labels": _label_map(teacher, rescale(teacher.probabilities)).predict(outputs)}


def _label_map(teacher: Teacher, outputs: np.ndarray) -> Ridge:
    """From standardised outputs of the teacher to labels, these scaled to deviations near 1 so that rare moods count
    the same."""
    mean, deviation = _moments(outputs, np.ones(len(outputs)))
    return Ridge(alpha=LABEL_ALPHA).fit(
        (outputs - mean) / deviation, teacher.labels / np.sqrt(np.maximum(teacher.labels.mean(axis=0), 1e-9))
    )


def _ridge(Z: np.ndarray, Y: np.ndarray, weight: np.ndarray, alpha: float) -> np.ndarray:
    return Ridge(alpha=alpha).fit(Z, Y, sample_weight=weight).coef_.T


def _tag_part(Z: np.ndarray, scale: np.ndarray, weight: np.ndarray, moods: tuple[str, ...]) -> np.ndarray:
    directions, tags = tag_directions()
    dim = len(directions)
    spread = np.zeros((Z.shape[1], len(tags)))
    spread[:dim] = directions * scale[:dim, None]  # the tags read raw means; Z is standardised
    return _unit(Z, _unit(Z, spread, weight) @ evidence_matrix(tags, moods), weight)


def _moments(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = np.average(values, axis=0, weights=weight)
    return mean, np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight))


def _unit(Z: np.ndarray, weights: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`weights` scaled, column by column, so that Z @ weights has deviation 1; columns that give nothing stay zero."""
    deviation = _moments(Z @ weights, weight)[1]
    return weights / np.where(deviation > 0, deviation, 1.0)
