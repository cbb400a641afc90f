"""Several models of a workspace as one: the calibrated mean of what they say, on the log-odds scale.

Members may hear by different encoders; the combination then reads their joint embeddings (encoders.joint). Each
member's log-odds are calibrated on validation and weighted; the weights (0 or more, of sum 1) are those with the least
log loss there. All of that is linear after the members' networks, so the result is one ensemble of dense
networks, and predicts wherever a model does. A mean of log-odds is the logarithmic opinion pool (Genest & Zidek,
"Combining probability distributions", Statistical Science 1986).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from mer_core.embeddings.pooling import POOLINGS, pooling_statistics
from mer_core.encoders.joint import JOINED_BY, joint_name, parts_of
from mer_core.encoders.registry import ENTRIES
from mer_core.errors import ArtifactError, DatasetError
from mer_core.model.calibration import Calibration, fit_calibration
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import DenseEnsemble, Layer, logit, restandardise, sigmoid
from mer_core.model.thresholds import DEFAULT_METHOD, choose_thresholds, decide
from mer_core.model.trained import Model
from mer_core.training.comparison import part_figures
from mer_core.training.data import TrainingData

SHOWN = ("ROC-AUC-macro", "PR-AUC-macro", "F-score-macro")


@dataclass(frozen=True)
class Combination:
    """A classifier made of models, and what goes into the metrics of the model: "members", a list of {name, encoder,
    pooling, weight, validation, test}, the last two with the figures SHOWN of each alone (test where there is one)."""

    classifier: FittedClassifier
    members: list[dict[str, Any]]


def shared_input(members: Sequence[Model]) -> tuple[str, str]:
    """The encoder (several joined) and the pooling whose embeddings hold what all `members` read."""
    wanted = {statistic for member in members for statistic in pooling_statistics(member.pooling)}
    pooling = next(name for name in POOLINGS if wanted <= set(pooling_statistics(name)))
    return joint_name(part for member in members for part in parts_of(str(member.encoder["name"]))), pooling


def check_members(members: Sequence[Model], split: int) -> None:
    """Raise ArtifactError unless `members` are two or more models, none of which learned from what `split` would
    evaluate it on."""
    if len({member.name for member in members}) < max(len(members), 2):
        raise ArtifactError("a combination needs two or more models, each named once; name other models")
    for member in members:
        if "folds" in member.metrics:
            raise ArtifactError(
                f"the model {member.name!r} learned from every track in folds, so no track is left to weigh it by; "
                f"train it by the split"
            )
        if member.metrics.get("split", split) != split:
            raise ArtifactError(
                f"the model {member.name!r} was trained on split {member.metrics['split']}, not {split}: it may have "
                f"learned from what it would be evaluated on; choose that split, or train it again"
            )


def combine(members: Sequence[Model], data: TrainingData) -> Combination:
    """The combination of `members` for the moods of `data`, which all of them know (`shared_moods`), and whose X are
    embeddings as `shared_input` says."""
    judged = {part: data.rows(part) for part in ("validation", "test") if data.rows(part).any()}
    rows = judged["validation"]
    alone = [_weighted([_Said(member, 1.0)], data).predict_proba(data.X) for member in members]
    maps = [fit_calibration(data.labels[rows], P[rows]) for P in alone]
    calibrated = np.stack([own.apply(P) for own, P in zip(maps, alone, strict=True)])
    weights = best_weights(logit(calibrated[:, rows]), data.labels[rows])
    described = [
        {
            "name": member.name,
            "encoder": member.encoder["name"],
            "pooling": member.pooling,
            "weight": float(weight),
            **{part: _figures(data, own, mask) for part, mask in judged.items()},
        }
        for member, weight, own in zip(members, weights, calibrated, strict=True)
    ]
    said = [_Said(*of) for of in zip(members, weights, maps, strict=True)]
    return Combination(_weighted(said, data), described)


def shared_moods(members: Sequence[Model], data: TrainingData) -> tuple[str, ...]:
    """The moods of `data` that all `members` know, in its order; raises DatasetError when there are none."""
    moods = tuple(mood for mood in data.moods if all(mood in member.moods for member in members))
    if not moods:
        names = ", ".join(member.name for member in members)
        raise DatasetError(f"no mood of this dataset is known to all of {names}; combine other models")
    return moods


def best_weights(log_odds: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Weights (n_members,) of calibrated `log_odds` (n_members, n_tracks, n_moods), 0 or more and of sum 1, for which
    the log loss of their mean to `labels` (n_tracks, n_moods) is least; the problem is convex."""
    n = len(log_odds)
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * np.tensordot(weights, log_odds, axes=1)
        slope = -sigmoid(-margin) * signs / margin.size
        return float(np.logaddexp(0, -margin).mean()), np.tensordot(log_odds, slope, axes=2)

    sum_is_one = {"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like}
    found = minimize(
        loss, np.full(n, 1 / n), jac=True, method="SLSQP", bounds=[(0, 1)] * n, constraints=[sum_is_one], tol=1e-10
    )
    weights = np.clip(found.x, 0, 1)
    return np.asarray(weights / weights.sum())


def _figures(data: TrainingData, P: np.ndarray, rows: np.ndarray) -> dict[str, float]:
    """What a member gives alone, with thresholds chosen on validation as those of the combination are."""
    judge = data.rows("validation")
    found = part_figures(data, P, decide(P, choose_thresholds(data.labels[judge], P[judge], DEFAULT_METHOD)), rows)
    return {key: found[key] for key in SHOWN}


@dataclass(frozen=True)
class _Said:
    """What a member says: its weight, and the calibration of its log-odds (None: as they come)."""

    member: Model
    weight: float
    calibration: Calibration | None = None


def _weighted(said: Sequence[_Said], data: TrainingData) -> FittedClassifier:
    """The mean of the members' calibrated log-odds by their weights, over the features of `data`."""
    width = data.X.shape[1]
    center, scale = np.zeros(width), np.ones(width)
    networks: list[tuple[Layer, ...]] = []
    start = np.zeros((width, len(data.moods))), np.zeros(len(data.moods))
    total = sum(len(of.member.classifier.network_.members) for of in said)
    taken = np.zeros(width, bool)
    for of in said:
        own, at = of.member.classifier.network_, _columns(of.member, data)
        center[at[~taken[at]]], scale[at[~taken[at]]] = own.center[~taken[at]], own.scale[~taken[at]]
        taken[at] = True
        into = _Place(at, width, (own.center, own.scale), (center[at], scale[at]))
        outputs = [of.member.moods.index(mood) for mood in data.moods]
        calibration = of.calibration or Calibration.identity(len(outputs))
        gain = of.weight * calibration.slope
        networks += [_scaled(into.wide(layers), outputs, gain * total / len(own.members)) for layers in own.members]
        if own.start is not None:
            ((weights_in, biases),) = _scaled(into.wide((own.start,)), outputs, gain)
            start = start[0] + weights_in, start[1] + biases
        start = start[0], start[1] + of.weight * calibration.intercept
    return FittedClassifier.from_network(DenseEnsemble(center, scale, tuple(networks), start), data.moods)


@dataclass(frozen=True)
class _Place:
    """Where a member's features stand among the joint ones, and how both are standardised."""

    at: np.ndarray
    width: int
    own: tuple[np.ndarray, np.ndarray]
    joint: tuple[np.ndarray, np.ndarray]

    def wide(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """`layers` as a network of the joint features."""
        weights, biases = restandardise(layers[0], self.own, self.joint)
        wide = np.zeros((self.width, weights.shape[1]))
        wide[self.at] = weights
        return (wide, biases), *layers[1:]


def _scaled(layers: tuple[Layer, ...], outputs: Sequence[int], gain: np.ndarray) -> tuple[Layer, ...]:
    """The network with only `outputs`, each times its `gain` (n_outputs,)."""
    weights, biases = layers[-1]
    return *layers[:-1], (weights[:, outputs] * gain, biases[outputs] * gain)


def _columns(member: Model, data: TrainingData) -> np.ndarray:
    """Which of the features of `data` are those that `member` reads, in its order."""
    dims = {part: ENTRIES[part].dim for part in str(data.encoder["name"]).split(JOINED_BY)}
    starts: Mapping[str, int] = dict(zip(dims, np.cumsum([0, *dims.values()]).tolist(), strict=False))
    statistics = pooling_statistics(data.pooling)
    return np.concatenate(
        [
            statistics.index(statistic) * sum(dims.values()) + starts[part] + np.arange(dims[part])
            for statistic in pooling_statistics(member.pooling)
            for part in parts_of(str(member.encoder["name"]))
        ]
    )
