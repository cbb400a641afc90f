"""Parts of the overview page."""

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from mer_core.dataset import Dataset
from mer_core.inventory import Artifact, NextStep, comparable, score
from mer_core.mtg_layout import PARTS
from mer_core.published import NOISE, PUBLISHED
from mer_core.ui.messages import plain
from mer_core.workspace import Workspace

CHANCE = (PUBLISHED[0].roc_auc, PUBLISHED[0].pr_auc)
"""ROC-AUC and PR-AUC of always answering with each mood's popularity."""

KINDS = {"mtg-jamendo": "a dataset in the MTG-Jamendo layout", "library": "a music library", "demo": "the demo"}


def counts(dataset: Dataset) -> None:
    """Tracks, hours, artists, moods and the sizes of the splits."""
    artists = dataset.tracks["artist_id"][dataset.tracks["artist_id"] != ""].nunique()
    sizes = dataset.tracks["split"].value_counts()
    hours = f"{dataset.hours:,.0f}" if dataset.hours >= 100 else f"{dataset.hours:,.1f}"
    boxes = {"Tracks": f"{len(dataset):,}", "Hours": hours, "Artists": f"{artists:,}", "Moods": f"{len(dataset.moods)}"}
    with st.container(horizontal=True):
        for label, value in boxes.items():
            st.metric(label, value, border=True, width="stretch")
    parts = " · ".join(f"{part} {sizes.get(part, 0):,}" for part in PARTS)
    rest = f" · in none {sizes.get('', 0):,}" if sizes.get("", 0) else ""
    st.caption(f"Split: {parts}{rest}" if len(sizes.drop("", errors="ignore")) else "Split: there is none; training makes its own.")


def artifact_table(workspace: Workspace, dataset: Dataset, artifacts: list[Artifact]) -> None:
    """Dataset, embeddings, models and maps, when they were made, and what is wrong with those that are damaged."""
    rows = [
        ("dataset", dataset.name, workspace.created, f"{KINDS.get(workspace.kind, workspace.kind)}, {'synthetic' if workspace.synthetic else 'real'} music", "")
    ]
    rows += [(artifact.kind, artifact.name, artifact.made, artifact.detail, artifact.problem) for artifact in artifacts]
    table = pd.DataFrame(rows, columns=["What", "Name", "Made", "Details", "problem"])
    table["Made"] = pd.to_datetime(table["Made"], errors="coerce", utc=True)
    table.insert(0, "State", ["damaged" if problem else "ready" for problem in table["problem"]])
    st.dataframe(table.drop(columns="problem"), hide_index=True, column_config={"Made": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")})
    for problem in table["problem"][table["problem"] != ""]:
        st.error(plain(problem), icon=":material/error:")


def best_model_words(best: Artifact | None, fair: bool) -> None:
    """One sentence about the best model, and whether it may be compared with published scores."""
    if best is None:
        st.markdown("No model of this workspace has been scored yet. These are the published scores on MTG-Jamendo's test set.")
        return
    part = "the test part" if best.metrics.get("test") else "the validation part"
    roc, pr = score(best, "ROC-AUC-macro"), score(best, "PR-AUC-macro")
    figures = " and ".join(f"{name} {value:.3f}" for name, value in (("ROC-AUC", roc), ("PR-AUC", pr)) if value is not None)
    st.markdown(f"The best model, **{plain(best.name)}**, reaches {figures} on {part} (means over {best.n_moods} moods).")
    if fair:
        st.caption(f"Tested on the same tracks and moods as the published ones. Differences of ROC-AUC below {NOISE} are noise.")
    else:
        st.caption("It was judged on other tracks and moods than the published ones, which are shown for orientation and do not compare.")


def score_table(artifacts: Iterable[Artifact], dataset_name: str) -> pd.DataFrame:
    """The workspace's models, the best first, then the published scores: columns name, roc_auc, pr_auc, own."""
    own = [(artifact, score(artifact, "ROC-AUC-macro"), score(artifact, "PR-AUC-macro")) for artifact in artifacts if artifact.kind == "model"]
    rows = [
        (f"{artifact.name} (yours{'' if comparable(artifact, dataset_name) else ', other data'})", roc, pr, True)
        for artifact, roc, pr in sorted(own, key=lambda entry: -(entry[2] or 0))
        if roc is not None or pr is not None
    ]
    rows += [
        (f"{entry.name}" + (f" ({entry.year})" if entry.year and str(entry.year) not in entry.name else ""), entry.roc_auc, entry.pr_auc, False)
        for entry in PUBLISHED
    ]
    return pd.DataFrame(rows, columns=["name", "roc_auc", "pr_auc", "own"])


def sources() -> None:
    """Where the published scores are from."""
    with st.expander("Where the published scores are from"):
        for entry in PUBLISHED:
            st.markdown(f"- {entry.name}: ROC-AUC {entry.roc_auc:.4f}, PR-AUC {entry.pr_auc:.4f}. {entry.source}")


def steps(missing: list[NextStep]) -> None:
    """What to make next, each with its command; nothing when everything is there."""
    if not missing:
        return
    st.subheader("What to make next", anchor=False)
    for step in missing:
        with st.container(border=True):
            st.markdown(f"**{step.title}.** {step.reason}")
            st.code(step.command, language="bash", wrap_lines=True)
