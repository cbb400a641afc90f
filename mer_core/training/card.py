"""The model card of a trained model: what it learned from, what it is worth beside the baseline and the control, what
to beware of."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mer_core.metrics.bootstrap import MIN_POSITIVE_ARTISTS, MIN_SUPPORT
from mer_core.model.published_heads import head_of
from mer_core.model.trained import Model

CARD = """# Mood classifier {name}

{synthetic}**Data.** {tracks}.{own_split} {n_moods} moods. Features: {pooling} of the {encoder} embeddings (version
{version}).

**Model.** {network}{gap}{procedure}

**Figures on {evaluated}**. {looks}

| | ROC-AUC macro | PR-AUC macro | F macro |
| --- | --- | --- | --- |
{figures}
{notes}{albums}
Over the {supported} moods with at least {least} positive tracks (95 % intervals):

| | ROC-AUC | PR-AUC |
| --- | --- | --- |
{intervals}

**Calibration**: mean distance of probability and observed share {before} before, {after} after, on the tracks that
fitted it, which flatters it.

**Reliable moods.** {reliable} of {n_moods}: the intervals of their ROC-AUC and PR-AUC lie above chance, and at least
{least} positive tracks (of {artists_least} artists, where artists are known) were seen. The others are never decided:
{unreliable}. F macro with them never decided, as predictions have it: {as_decided}.

**Beware.** Labels are tags given by artists: a mood that is not named is not absent. The figures hold for music like
this dataset's. Out-of-distribution sounds are refused by a check on the embedding and the waveform, which is not
perfect.{artists}
"""

TRAINED = """{start}{members} dense networks with hidden layers {hidden}, averaged on the logit scale; class-weighted
loss (balance {balance}), stopped on PR-AUC; seed {seed}."""
PUBLISHED = """The published head {head}, used as it is ({licence}; not to be passed on in changed form). Its publishers
measured {figures} on their own test data."""
COMBINED = """The mean of the calibrated log-odds of {count} models of this workspace, by the weights with the least log
loss on validation.

| | encoder | weight | {heads} |
| --- | --- | --- | {rule} |
{members}
| **together** | {encoder} | 1 | {together} |

(ROC-AUC, PR-AUC and F macro. Validation also chose the weights, which flatters what it says of them together.)
"""
CALIBRATED_ALIKE = (
    "Calibrated (each mood's map shrunk towards one that all share) and given thresholds ({method}) on validation, as "
    "its members were."
)
SYNTHETIC = "**Synthetic.** Trained on music composed by a program: its figures say nothing about real music.\n\n"
LINEAR = "A ridge regression, and what it leaves over: "
BY_SPLIT = (
    "Trained on the train part; stopped, calibrated (each mood's map shrunk towards one that all share) "
    "and given thresholds ({method}) on validation."
)
BY_FOLDS = (
    "Trained on all tracks in {folds} folds; calibration (each mood's map shrunk towards one that all share), "
    "thresholds ({method}) and trust\n"
    "come from predictions of tracks by models that have not seen their fold. Decisions below were made by the other "
    "folds' thresholds."
)
ONE_ARTIST = (
    "\nTracks of one artist stood on both sides of a fold, because too few artists are known: expect "
    "less on other artists' music."
)
ALBUMS = """
**With albums** (predictions with albums; everything else looks at a track by itself): where an album's other
tracks count {weight:g} times their mean, the same tracks give ROC-AUC {roc_auc}, PR-AUC {pr_auc}, F {f} macro. Only
predictions of the others are used, never labels.
"""
ROWS = {"baseline": "logistic regression", "permuted_control": "permuted labels (chance)"}


def write_card(model: Model) -> str:
    """Markdown, from the model and its `metrics` as `training.train_model` fills them."""
    metrics = model.metrics
    evaluated: Mapping[str, Any] = metrics[metrics["judged_on"]]
    rows: dict[str, Mapping[str, Any]] = {"this model": evaluated, **{ROWS[key]: metrics[key] for key in ROWS}}
    doubtful = [str(mood) for mood, reliable in model.trust["reliable"].items() if not reliable]
    calibration = model.calibration.reliability
    return CARD.format(
        name=model.name,
        synthetic=SYNTHETIC if model.synthetic else "",
        tracks=(
            ", ".join(f"{count} {part}" for part, count in metrics["tracks"].items() if count)
            or str(evaluated["tracks"])
        )
        + " tracks",
        own_split=_own_split(metrics.get("own_split")),
        n_moods=len(model.moods),
        pooling=model.pooling,
        encoder=model.encoder["name"],
        version=model.encoder["version"],
        network=_combined(model) if "members" in metrics else _network(metrics),
        gap="\n" if "members" in metrics else " ",
        procedure=_procedure(metrics).format(method=metrics["threshold_method"], folds=metrics.get("folds")),
        evaluated=metrics["judged_on"].replace("_", " "),
        looks=_looks(metrics["test_looks"], metrics["judged_on"]),
        figures="\n".join(
            f"| {name} | {_number(row['ROC-AUC-macro'])} | {_number(row['PR-AUC-macro'])} | "
            f"{_number(row['F-score-macro'])} |"
            for name, row in rows.items()
        ),
        notes=_notes(evaluated),
        intervals="\n".join(
            f"| {name} | {_interval(row['ROC-AUC-supported'])} | {_interval(row['PR-AUC-supported'])} |"
            for name, row in rows.items()
        ),
        albums=_albums(model),
        supported=evaluated["supported_moods"],
        least=MIN_SUPPORT,
        artists_least=MIN_POSITIVE_ARTISTS,
        as_decided=_number(metrics["F-score-macro-as-decided"]),
        before=_number(calibration["before"]["calibration_error"]),
        after=_number(calibration["after"]["calibration_error"]),
        reliable=len(model.moods) - len(doubtful),
        unreliable=", ".join(doubtful) or "none",
        artists="" if metrics.get("artists_apart", True) else ONE_ARTIST,
    )


def _network(metrics: Mapping[str, Any]) -> str:
    if "published_head" in metrics:
        head = head_of(metrics["published_head"])
        figures = ", ".join(f"{name} {value}" for name, value in head.published.items()) or "nothing that is listed"
        return PUBLISHED.format(head=head.name, licence=head.file.licence, figures=figures)
    settings = metrics["settings"]
    options = {key: settings[key] for key in ("members", "hidden", "balance", "seed")}
    return TRAINED.format(start=LINEAR if settings["linear"] else "", **options)


def _procedure(metrics: Mapping[str, Any]) -> str:
    if "members" in metrics:
        return CALIBRATED_ALIKE
    return BY_FOLDS if "folds" in metrics else BY_SPLIT


def _combined(model: Model) -> str:
    """What each member gives alone on validation and test, and what they give together."""
    metrics, shown = model.metrics, ("ROC-AUC-macro", "PR-AUC-macro", "F-score-macro")
    parts = [part for part in ("validation", "test") if part in metrics]

    def figures(of: Mapping[str, Any]) -> str:
        return " | ".join(" / ".join(_number(of[part][key]) for key in shown) for part in parts)

    return COMBINED.format(
        count=len(metrics["members"]),
        heads=" | ".join(parts),
        rule=" | ".join("---" for _ in parts),
        members="\n".join(
            f"| {of['name']} | {of['encoder']} ({of['pooling']}) | {of['weight']:.2f} | {figures(of)} |"
            for of in metrics["members"]
        ),
        encoder=model.encoder["name"],
        together=figures(metrics),
    )


def _looks(times: int, evaluated_on: str) -> str:
    if evaluated_on == "validation":
        return "There is no test part, so validation, which also stopped the training, stands in its place."
    if evaluated_on == "test":
        return f"For this model and earlier ones of its name test was looked at {times} time{'s' if times > 1 else ''}."
    return "Every track was evaluated once, by models that had not seen its fold."


def _own_split(split: Mapping[str, Any] | None) -> str:
    if not split:
        return ""
    few = ", ".join(f"{mood} ({count})" for mood, count in split["few"].items())
    return (
        f" The dataset came without a split; this one is the workspace's own, dealt by {split['grouped_by']} (seed "
        f"{split['seed']})." + (f" Moods with too few positives to be sure of: {few}." if few else "")
    )


def _notes(evaluated: Mapping[str, Any]) -> str:
    """The moods that the macro means do not count as they seem to."""
    left_out = ", ".join(f"{mood} ({reason})" for mood, reason in evaluated["undefined"].items())
    undecided = ", ".join(evaluated["undecided"])
    notes = [f"Left out of the macro means: {left_out}."] if left_out else []
    notes += (
        [f"Never decided by this model, so of undefined precision and counted with 0 in F macro: {undecided}."]
        if undecided
        else []
    )
    return "".join(f"\n{note}\n" for note in notes)


def _albums(model: Model) -> str:
    if model.album_rule is None or model.album_rule.album is None:
        return "\n**Albums** did not help here, so a track is always evaluated by itself.\n"
    figures = {key: _number(model.metrics["with_albums"][f"{key}-macro"]) for key in ("ROC-AUC", "PR-AUC", "F-score")}
    return ALBUMS.format(
        weight=model.album_rule.album.weight, roc_auc=figures["ROC-AUC"], pr_auc=figures["PR-AUC"], f=figures["F-score"]
    )


def _interval(value: Mapping[str, float | None]) -> str:
    return f"{_number(value['value'])} ({_number(value['low'])} to {_number(value['high'])})"


def _number(value: float | None) -> str:
    return "–" if value is None or not np.isfinite(value) else f"{value:.3f}"
