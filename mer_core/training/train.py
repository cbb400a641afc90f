"""Training a workspace's mood classifier, in one of two ways.

- *By split* (`train_split`): fit on train; stop, calibrate and set thresholds on validation; look at test once.
- *By folds* (`train_folds`), for datasets too small to give tracks away: every track teaches, and is evaluated by
  models that have not seen its fold. Calibration, thresholds and trust come from those predictions.

Beside the model two others are always trained on the same features: logistic regression (the baseline) and the same
classifier on permuted labels (the control, which must score chance).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mer_core.datasets.mtg_jamendo.layout import PARTS
from mer_core.metrics.bootstrap import MIN_ARTISTS, mood_trust
from mer_core.metrics.mediaeval import evaluate
from mer_core.model import ood
from mer_core.model.classifier import MoodClassifier
from mer_core.model.decision import Rule, RuleResult, decide_by_folds, fit_rule
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import sigmoid
from mer_core.model.prediction_columns import CALIBRATED, RAW, SPLIT, TRACK, mood_table
from mer_core.model.published_heads import Head
from mer_core.model.thresholds import DEFAULT_METHOD
from mer_core.model.trained import Model
from mer_core.training.card import write_card
from mer_core.training.combination import Combination
from mer_core.training.comparison import compare, compare_folds, part_figures, untrained
from mer_core.training.data import TrainingData
from mer_core.training.folds import cross_fit, deal_folds, grouped_by_artist


@dataclass(frozen=True)
class TrainingRecipe:
    """How to train."""

    classifier: MoodClassifier = field(default_factory=MoodClassifier)
    threshold_method: str = DEFAULT_METHOD
    n_folds: int = 0
    """0: by split."""
    head: Head | None = None
    """A published head to use as it is: nothing is trained, calibration and thresholds are fitted on validation."""
    combination: Combination | None = None
    """Models to use together; again only calibration and thresholds are fitted."""

    def ready(self, moods: Sequence[str]) -> FittedClassifier | None:
        """The classifier that is there already; None where one is to be trained."""
        if self.combination:
            return self.combination.classifier
        return self.head.classifier(moods) if self.head else None


@dataclass(frozen=True)
class Trained:
    """A classifier with what was fitted after it; the masks are (n_tracks,) bool."""

    classifier: FittedClassifier
    rule: Rule
    evaluated: RuleResult
    learned: np.ndarray
    """Tracks it learned from."""
    trusted: np.ndarray
    """Tracks by which trust is measured."""
    by_album: tuple[Rule, RuleResult] | None
    """The rule for tracks whose albums are known, and what it (in folds: rules fitted like it) makes of the trusted
    tracks; None where albums did not help."""


def train_model(name: str, data: TrainingData, recipe: TrainingRecipe | None = None, looks_before: int = 0) -> Model:
    """Train, calibrate, set thresholds, evaluate; the model's `metrics` and `card` say what came out.

    looks_before: how often test was looked at for earlier versions of this model.

    Raises ValueError with one or two folds, or fewer tracks than folds.
    """
    recipe = recipe or TrainingRecipe()
    trained, metrics = train_folds(data, recipe) if recipe.n_folds else train_split(data, recipe)
    parts = {part: data.rows(part) for part in PARTS}
    evaluated = {
        part: part_figures(data, trained.evaluated.calibrated, trained.evaluated.decisions, parts[part])
        for part in PARTS[1:]
        if parts[part].any()
    }
    model = _model(name, data, trained)
    model.metrics = (
        evaluated
        | metrics
        | {"F-score-macro-as-decided": _as_decided(data, trained, model)}
        | {
            "tracks": {part: int(rows.sum()) for part, rows in parts.items()},
            "test_looks": looks_before + int("test" in evaluated),
            "threshold_method": recipe.threshold_method,
            "settings": recipe.classifier.get_params(),
            **({"own_split": data.own_split} if data.own_split else {}),
            **({"published_head": recipe.head.name, "published": recipe.head.published} if recipe.head else {}),
            **({"members": recipe.combination.members} if recipe.combination else {}),
        }
    )
    if trained.by_album:
        _, result = trained.by_album
        model.metrics["with_albums"] = part_figures(data, result.calibrated, result.decisions, trained.trusted)
    model.card = write_card(model)
    return model


def train_split(data: TrainingData, recipe: TrainingRecipe) -> tuple[Trained, dict[str, Any]]:
    """Trained on the train part. Metrics: "judged_on", "baseline" and "permuted_control" there: test, or validation
    where there is no test."""
    evaluated_on = "test" if data.rows("test").any() else "validation"
    fitted = recipe.ready(data.moods) or untrained(recipe.classifier).fit(
        *data.part("train"), *data.part("validation"), data.context("train")
    )
    raw, stopping = fitted.predict_proba(data.X), data.rows("validation")
    rule = fit_rule(data.labels[stopping], raw[stopping], recipe.threshold_method)
    album_rule = fit_rule(data.labels[stopping], raw[stopping], recipe.threshold_method, data.albums[stopping])
    heard = np.where(data.rows(evaluated_on), data.albums, "")  # tracks that taught the model must not speak for others
    by_album = (album_rule, album_rule.apply(raw, heard)) if album_rule.counts_albums else None
    trained = Trained(fitted, rule, rule.apply(raw), data.rows("train"), data.rows(evaluated_on), by_album)
    return trained, {"judged_on": evaluated_on} | compare(
        data, recipe.classifier, evaluated_on, recipe.threshold_method
    )


def train_folds(data: TrainingData, recipe: TrainingRecipe) -> tuple[Trained, dict[str, Any]]:
    """Trained on all tracks, each evaluated by models that have not seen its fold. Metrics: the figures over all tracks
    as "cross_validation", "baseline" and "permuted_control"; "folds"; "artists_apart", whether no artist stands in two
    folds.
    """
    folds = deal_folds(data.labels, data.artists, recipe.n_folds, recipe.classifier.seed, data.recordings)
    raw = sigmoid(cross_fit(lambda: untrained(recipe.classifier), data.X, data.labels, folds, data.context()))
    fitted = untrained(recipe.classifier).fit_folds(data.X, data.labels, folds, data.context())
    rule, album_rule = (fit_rule(data.labels, raw, recipe.threshold_method, albums) for albums in (None, data.albums))
    by_album = (
        (album_rule, decide_by_folds(data.labels, raw, folds, recipe.threshold_method, data.albums))
        if album_rule.counts_albums
        else None
    )
    evaluated, every = decide_by_folds(data.labels, raw, folds, recipe.threshold_method), np.ones(len(folds), bool)
    figures = part_figures(data, evaluated.calibrated, evaluated.decisions, every)
    metrics = {
        "judged_on": "cross_validation",
        "folds": recipe.n_folds,
        "artists_apart": grouped_by_artist(data.artists, recipe.n_folds),
    }
    compared = compare_folds(data, recipe.classifier, folds, recipe.threshold_method)
    return Trained(fitted, rule, evaluated, every, every, by_album), metrics | {"cross_validation": figures} | compared


def _as_decided(data: TrainingData, trained: Trained, model: Model) -> float:
    """F macro over the trusted tracks when moods that are not reliable are never decided, as the model itself
    decides."""
    rows = trained.trusted
    decisions = trained.evaluated.decisions[rows] & model.allowed
    return float(
        evaluate(data.labels[rows], trained.evaluated.calibrated[rows], data.moods, decisions).figures["F-score-macro"]
    )


def _model(name: str, data: TrainingData, trained: Trained) -> Model:
    groups = data.artists[trained.learned]
    trusted = trained.trusted
    return Model(
        name=name,
        moods=data.moods,
        encoder=data.encoder,
        pooling=data.pooling,
        classifier=trained.classifier,
        calibration=trained.rule.calibration,
        thresholds=trained.rule.thresholds,
        album_rule=trained.by_album[0] if trained.by_album else None,
        trust=mood_trust(
            data.labels[trusted], trained.evaluated.calibrated[trusted], data.moods, data.artists[trusted]
        ),
        synthetic=data.synthetic,
        distribution=ood.fit(data.X[trained.learned], groups if len(np.unique(groups)) >= MIN_ARTISTS else None),
        predictions=_predictions(data, trained.evaluated),
    )


def _predictions(data: TrainingData, evaluated: RuleResult) -> pd.DataFrame:
    kinds = ((RAW, evaluated.raw), (CALIBRATED, evaluated.calibrated))
    tables = [mood_table(kind, data.moods, values.astype(np.float32)) for kind, values in kinds]
    tracks = data.dataset.tracks
    return pd.concat([pd.DataFrame({TRACK: tracks["track_id"], SPLIT: tracks["split"]}), *tables], axis=1)
