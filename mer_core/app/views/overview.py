"""Parts of the overview page."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from mer_core.app.messages import plain
from mer_core.app.next_steps import Artifact, NextStep, best_model, comparable, score
from mer_core.app.shell import PageContext
from mer_core.app.widgets import chart, safe_table
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.layout import PARTS
from mer_core.figures import overview as figures
from mer_core.metrics.published import NOISE, PUBLISHED
from mer_core.workspace.kinds import DATASET, DEMO, LIBRARY
from mer_core.workspace.layout import Workspace

CHANCE = (PUBLISHED[0].roc_auc, PUBLISHED[0].pr_auc)
"""ROC-AUC and PR-AUC of always answering with each mood's popularity."""

COLUMNS = ["name", "roc_auc", "pr_auc", "own"]

BASELINES = {"baseline": "logistic regression, the baseline", "permuted_control": "trained on shuffled labels: chance"}
"""Entries of a model's metrics that it was compared with in training, and what to call them."""

KINDS = {DATASET: "a dataset in the MTG-Jamendo layout", LIBRARY: "a music library", DEMO: "the demo"}


def counts(dataset: Dataset, predicted: bool) -> None:
    """Tracks, hours, artists, moods (that were labelled, or `predicted`) and the sizes of the splits."""
    sizes = dataset.tracks["split"].value_counts()
    hours = f"{dataset.hours:,.0f}" if dataset.hours >= 100 else f"{dataset.hours:,.1f}"
    artists = f"{dataset.n_artists:,}" if dataset.n_artists else "unknown"
    boxes = {
        "Tracks": f"{len(dataset):,}",
        "Hours": hours,
        "Artists": artists,
        "Moods (predicted)" if predicted else "Moods": f"{len(dataset.moods)}",
    }
    with st.container(horizontal=True):
        for label, value in boxes.items():
            st.metric(label, value, border=True, width="stretch")
    parts = " · ".join(f"{part} {sizes.get(part, 0):,}" for part in PARTS)
    rest = f" · in none {sizes.get('', 0):,}" if sizes.get("", 0) else ""
    st.caption(
        f"Split: {parts}{rest}"
        if len(sizes.drop("", errors="ignore"))
        else "Split: there is none; training makes its own."
    )


def artifact_table(workspace: Workspace, dataset: Dataset, artifacts: list[Artifact]) -> None:
    """The dataset and what was made from it, when, and what is wrong with what is damaged."""
    rows = [
        (
            "dataset",
            dataset.name,
            workspace.created,
            f"{KINDS.get(workspace.kind, workspace.kind)}, {'synthetic' if workspace.synthetic else 'real'} music",
            "",
        )
    ]
    rows += [(artifact.kind, artifact.name, artifact.made, artifact.detail, artifact.problem) for artifact in artifacts]
    table = pd.DataFrame(rows, columns=["What", "Name", "Made", "Details", "problem"])
    table["Made"] = pd.to_datetime(table["Made"], errors="coerce", utc=True)
    table.insert(0, "State", ["damaged" if problem else "ready" for problem in table["problem"]])
    safe_table(
        table.drop(columns="problem"),
        column_config={"Made": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
    )
    for problem in table["problem"][table["problem"] != ""]:
        st.error(plain(problem), icon=":material/error:")


def models(page: PageContext, artifacts: list[Artifact], dataset_name: str) -> None:
    """How good the workspace's models are: beside the published scores where that is fair, beside their own baselines
    where not."""
    best = best_model(artifacts)
    if best is None:
        st.markdown(
            "No model of this workspace has been scored yet. These are the published scores on MTG-Jamendo's test set."
        )
        _score_charts(page, published_table(), CHANCE, "published")
        _sources()
        return
    st.markdown(_best_words(best))
    if comparable(best, dataset_name):
        st.caption(
            f"Tested on the same tracks and moods as the published ones. Differences of ROC-AUC below {NOISE} are "
            f"noise."
        )
        _score_charts(
            page, pd.concat([own_table(artifacts, None), published_table()], ignore_index=True), CHANCE, "fair"
        )
        _sources()
        return
    _score_charts(page, own_table(artifacts, best), None, "own")
    with st.expander("Published scores on MTG-Jamendo: other tracks and moods, so they do not compare with the above"):
        _score_charts(page, published_table(), CHANCE, "published")
    _sources()


def own_table(artifacts: Iterable[Artifact], with_baselines_of: Artifact | None) -> pd.DataFrame:
    """Columns name, roc_auc, pr_auc, own: the workspace's models, the best first, and what a model was compared with in
    training."""
    scored = [(artifact.name, *_scores(artifact)) for artifact in artifacts if artifact.kind == "model"]
    rows = [
        (name, roc, pr, True)
        for name, roc, pr in sorted(scored, key=lambda row: -(row[2] or 0))
        if roc is not None or pr is not None
    ]
    for key, name in BASELINES.items() if with_baselines_of else ():
        figures = with_baselines_of.metrics.get(key) if with_baselines_of else None
        if isinstance(figures, dict):
            rows.append((name, figures.get("ROC-AUC-macro"), figures.get("PR-AUC-macro"), False))
    return pd.DataFrame(rows, columns=COLUMNS).astype({"roc_auc": float, "pr_auc": float})


def published_table() -> pd.DataFrame:
    """The published scores, columns as `own_table`."""
    names = [entry.name + (f" ({entry.year})" if str(entry.year) not in entry.name else "") for entry in PUBLISHED]
    return pd.DataFrame(
        [(name, entry.roc_auc, entry.pr_auc, False) for name, entry in zip(names, PUBLISHED, strict=True)],
        columns=COLUMNS,
    )


def _score_charts(page: PageContext, table: pd.DataFrame, chance: tuple[float, float] | None, key: str) -> None:
    for column, score_name, line in zip(st.columns(2), figures.SCORES, chance or (None, None), strict=True):
        with column:
            chart(
                figures.scores(table, score_name, line),
                page,
                key=f"{key}-{score_name}",
                alt=f"{figures.SCORES[score_name]} of {', '.join(table['name'])}",
            )


def _best_words(best: Artifact) -> str:
    part = "the test part" if best.metrics.get("test") else "the validation part"
    roc, pr = _scores(best)
    said = " and ".join(
        f"{name} {value:.3f}" for name, value in (("ROC-AUC", roc), ("PR-AUC", pr)) if value is not None
    )
    return f"The best model, **{plain(best.name)}**, reaches {said} on {part} (means over {best.n_moods} moods)."


def _scores(artifact: Artifact) -> tuple[float | None, float | None]:
    return score(artifact, "ROC-AUC-macro"), score(artifact, "PR-AUC-macro")


def _sources() -> None:
    """Where the published scores are from."""
    with st.expander("Where the published scores are from"):
        for entry in PUBLISHED:
            st.markdown(f"- {entry.name}: ROC-AUC {entry.roc_auc:.4f}, PR-AUC {entry.pr_auc:.4f}. {entry.source}")


def steps(missing: list[NextStep]) -> None:
    """What to make next, each with its command; nothing when everything is there."""
    if not missing:
        return
    st.header("What to make next", anchor=False)
    for step in missing:
        with st.container(border=True):
            st.markdown(f"**{step.title}.** {step.reason}")
            st.code(step.command, language=None, wrap_lines=True)
