"""The model card of a trained model: what it learned from, what it is worth beside the baseline and the control, what to beware of."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mer_core.model_folder import Model

CARD = """# Mood classifier {name}

{synthetic}**Data.** {tracks}. {n_moods} moods. Features: {pooling} of the {encoder} embeddings (version {version}).

**Model.** {members} dense networks with hidden layers {hidden}, averaged on the logit scale; class-weighted loss (balance {balance}),
stopped on validation PR-AUC; seed {seed}. Probabilities are calibrated on validation, mood by mood, shrunk towards one map that
all moods share. Thresholds: {method}, chosen on validation.

**Figures on {judged}**, looked at {looks} in making this model:

| | ROC-AUC macro | PR-AUC macro | F macro |
| --- | --- | --- | --- |
| this model | {roc} | {pr} | {f} |
| logistic regression | {base_roc} | {base_pr} | |
| permuted labels (chance) | {perm_roc} | {perm_pr} | |

Over the {supported} moods with at least {least} positive tracks the ROC-AUC is {sup_roc} (95 % interval {low} to {high}).

**Calibration** on validation: mean distance of probability and observed share {before} before, {after} after. Validation also fitted
the calibration, so "after" flatters it.

**Reliable moods.** {reliable} of {n_moods}: the interval of their ROC-AUC lies above chance and at least {least} positive tracks were seen.
The others are never decided: {unreliable}.

**Beware.** Labels are tags given by artists: a mood that is not named is not absent. The figures hold for music like the {judged} part.
Out-of-domain sounds are refused by a check on the embedding and the waveform, which is not perfect.
"""


def write_card(model: Model, parts: Mapping[str, int], compared: Mapping[str, Mapping[str, float]], least: int) -> str:
    """Markdown. parts: tracks by part of the split. compared: as `training.compare` gives. least: positive tracks a supported mood has."""
    metrics = model.metrics
    figures: Mapping[str, Any] = metrics[metrics["judged_on"]]
    settings, supported = metrics["settings"], figures["ROC-AUC-supported"]
    calibration = model.calibration.reliability
    doubtful = [str(mood) for mood, reliable in model.trust["reliable"].items() if not reliable]
    synthetic = "**Synthetic.** Trained on music composed by a program: its figures say nothing about real music.\n\n" if model.synthetic else ""
    return CARD.format(
        name=model.name,
        synthetic=synthetic,
        tracks=", ".join(f"{count} {part} tracks" for part, count in parts.items() if count),
        n_moods=len(model.moods),
        pooling=model.pooling,
        encoder=model.encoder["name"],
        version=model.encoder["version"],
        members=settings["members"],
        hidden=tuple(settings["hidden"]),
        balance=settings["balance"],
        seed=settings["seed"],
        method=metrics["threshold_method"],
        judged=metrics["judged_on"],
        looks="once" if metrics["test_looks"] else "never, so validation stands in its place",
        roc=_number(figures["ROC-AUC-macro"]),
        pr=_number(figures["PR-AUC-macro"]),
        f=_number(figures["F-score-macro"]),
        base_roc=_number(compared["baseline"]["ROC-AUC-macro"]),
        base_pr=_number(compared["baseline"]["PR-AUC-macro"]),
        perm_roc=_number(compared["permuted_control"]["ROC-AUC-macro"]),
        perm_pr=_number(compared["permuted_control"]["PR-AUC-macro"]),
        supported=figures["supported_moods"],
        least=least,
        sup_roc=_number(supported["value"]),
        low=_number(supported["low"]),
        high=_number(supported["high"]),
        before=_number(calibration["before"]["calibration_error"]),
        after=_number(calibration["after"]["calibration_error"]),
        reliable=len(model.moods) - len(doubtful),
        unreliable=", ".join(doubtful) or "none",
    )


def _number(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.3f}"
