"""The parts of the diagnostics page: the table of moods, one mood in detail, thresholds, worst tracks, comparison."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app.messages import plain
from mer_core.app.shell import PageContext, keep_model
from mer_core.app.teaching import correction_controls
from mer_core.app.url_state import linked
from mer_core.app.views.diagnostics_cases import Case, difference_of, trust_of
from mer_core.app.widgets import chart, player, safe_table
from mer_core.cli.commands import sentence
from mer_core.errors import MerError
from mer_core.figures import diagnostics as figures
from mer_core.metrics import curves as diagnostics
from mer_core.model import threshold_profiles
from mer_core.model.scored import Judged

_THRESHOLDS = "edited_thresholds"
_CLICKED = "clicked_mood"
_PROBLEM = "profile_problem"


def mood_table(case: Case) -> pd.DataFrame:
    """Support, ROC-AUC, PR-AUC with intervals, lift and F at the present threshold of every mood, the best found
    first."""
    judged, thresholds = case.judged, thresholds_of(case)
    points = [
        diagnostics.operating_point(y, p, t)
        for y, p, t in zip(judged.truth.T, judged.probabilities.T, thresholds, strict=True)
    ]
    table = trust_of(case).assign(f_score=[point["F-score"] for point in points], threshold=thresholds)
    return table.sort_values("pr_auc", ascending=False, kind="stable")


def tell_summary(case: Case, table: pd.DataFrame) -> None:
    """What was judged and how well it does on the whole, with chance beside it."""
    known = table[["roc_auc", "pr_auc"]].mean()
    st.markdown(
        f"**{len(case.judged.truth):,} tracks, {len(case.judged.moods)} moods** · macro ROC-AUC "
        f"**{known['roc_auc']:.3f}** (chance 0.5) · "
        f"macro PR-AUC **{known['pr_auc']:.3f}** (chance {table['prevalence'].mean():.3f}) · "
        f"{int(table['reliable'].sum())} moods reliable"
    )


def show_table(table: pd.DataFrame) -> str | None:
    """Show the table; returns the mood of a row that has just been clicked."""
    number = st.column_config.NumberColumn
    shown = pd.DataFrame(
        {
            "Mood": table.index,
            "Tracks": table["support"].astype(int),
            "ROC-AUC": table["roc_auc"],
            "ROC interval": [
                _interval(low, high) for low, high in zip(table["roc_auc_low"], table["roc_auc_high"], strict=True)
            ],
            "PR-AUC": table["pr_auc"],
            "PR interval": [
                _interval(low, high) for low, high in zip(table["pr_auc_low"], table["pr_auc_high"], strict=True)
            ],
            "Chance": table["prevalence"],
            "Lift": table["lift"],
            "F": table["f_score"],
            "Reliable": table["reliable"],
        }
    )
    columns = {
        "ROC-AUC": number(format="%.3f", help="0.5 is chance"),
        "PR-AUC": st.column_config.ProgressColumn(
            format="%.3f", min_value=0, max_value=1, help="Average precision; chance is the share of tracks"
        ),
        "Chance": number(format="%.3f", help="PR-AUC of guessing: the share of tracks with the mood"),
        "Lift": number(format="%.1f ×", help="PR-AUC ÷ chance"),
        "F": number(format="%.2f", help="at the threshold"),
        "Reliable": st.column_config.CheckboxColumn(help="The interval of the ROC-AUC leaves out chance"),
    }
    event = safe_table(
        shown,
        height=min(388, 38 + 35 * len(shown)),
        key="moods-table",
        column_config=columns,
        on_select="rerun",
        selection_mode="single-row",
    )
    clicked = str(shown["Mood"].iloc[event["selection"]["rows"][0]]) if event["selection"]["rows"] else None
    before, st.session_state[_CLICKED] = st.session_state.get(_CLICKED), clicked
    return clicked if clicked != before else None


def thresholds_of(case: Case) -> np.ndarray:
    """The thresholds (n_moods,) as edited on this page, where they were, else the model's."""
    edited = _edited(case)
    return np.array(
        [edited.get(mood, own) for mood, own in zip(case.judged.moods, case.judged.thresholds, strict=True)]
    )


def edit_threshold(case: Case, mood: str) -> float:
    """A slider for the threshold of one mood with what it gives: precision, recall, F and the number of tracks."""
    truth, probabilities = case.judged.mood(mood)
    low, high = float(min(probabilities.min(), 0.0)), float(max(probabilities.max(), 1e-6))
    now = float(np.clip(thresholds_of(case)[case.judged.moods.index(mood)], low, high))
    step = (high - low) / 500
    value = st.slider(
        f"Threshold of {mood}", low, high, now, step=step, format="%.3f", key=f"threshold-{case.judged.name}-{mood}"
    )
    if abs(value - now) > step / 2:
        _edited(case)[mood] = value
    point = diagnostics.operating_point(truth, probabilities, value)
    with st.container(horizontal=True):
        for name, figure in point.items():
            st.metric(
                name.capitalize(),
                f"{int(figure):,}" if name == "tracks" else "–" if np.isnan(figure) else f"{figure:.2f}",
                width="stretch",
            )
    return value


def save_thresholds(page: PageContext, case: Case) -> None:
    """Save the edited thresholds as a named profile, which the Predict page then offers."""
    if case.from_file:
        st.caption(
            "Thresholds of a prediction file can be tried here, not saved: profiles belong to the models of a "
            "workspace."
        )
        return
    edited = _edited(case)
    with st.form("save-profile", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Name of the threshold profile", placeholder="as “strict”", max_chars=60, key="profile-name"
        )
        pressed = right.form_submit_button(
            "Save profile", icon=":material/save:", on_click=_save_profile, args=(page, case)
        )
    if pressed and (problem := st.session_state.get(_PROBLEM)):
        st.error(plain(problem))
    elif pressed:
        st.success(f"Saved “{plain(name)}” with {_count(len(edited))}; choose it on the Predict page.")
    st.caption(f"{_count(len(edited)).capitalize()} here; the others stay as the model chose them on validation.")
    if edited:
        st.button("Back to the model's own thresholds", on_click=_forget_edits, args=(case,), icon=":material/undo:")


def _save_profile(page: PageContext, case: Case) -> None:
    """Save before the page is drawn, for the links to other pages take the model along from then on."""
    st.session_state[_PROBLEM] = None
    try:
        threshold_profiles.save_profile(
            page.open_workspace.model_dir(case.judged.name), st.session_state["profile-name"], _edited(case)
        )
        keep_model()
    except MerError as error:
        st.session_state[_PROBLEM] = sentence(error)


def show_mood(page: PageContext, case: Case, mood: str) -> None:
    """The threshold of one mood, its curves, scores, reliability and confusions."""
    judged = case.judged
    truth, probabilities = judged.mood(mood)
    if not truth.any() or truth.all():
        st.info(
            f"None of these tracks has “{plain(mood)}”, or all have: nothing can be measured. Choose other tracks or "
            f"another mood."
        )
        return
    threshold = edit_threshold(case, mood)
    point = diagnostics.operating_point(truth, probabilities, threshold)
    before = None if judged.raw is None else diagnostics.reliability(truth, judged.raw[:, judged.moods.index(mood)])
    curves = (
        figures.pr_figure(diagnostics.pr_points(truth, probabilities), mood, float(truth.mean()), point),
        figures.roc_figure(diagnostics.roc_points(truth, probabilities), mood),
        figures.histogram_figure(truth, probabilities, mood, threshold),
        figures.reliability_figure(diagnostics.reliability(truth, probabilities), before, mood),
    )
    for row in (curves[:2], curves[2:]):
        for column, figure in zip(st.columns(2), row, strict=True):
            with column:
                title = str(figure.layout.title.text)
                chart(figure, page, key=title, alt=title)
    decisions = judged.decisions(thresholds_of(case))
    chart(
        figures.confusion_figure(diagnostics.confusions(judged.truth, decisions, judged.moods, mood), mood),
        page,
        key="confusion",
        alt=f"Confusions of {mood}",
    )


def show_worst(page: PageContext, judged: Judged, mood: str) -> None:
    """The tracks a mood is most wrong on, to listen to."""
    table = diagnostics.most_wrong(*judged.mood(mood))
    if judged.tracks is None:
        st.caption(
            "Which tracks these rows are is not known: the ground truth has another number of rows than the "
            "workspace's test part."
        )
        return
    tracks = judged.tracks.tracks.iloc[table["row"]]
    named = tracks["title"].where(tracks["title"] != "", tracks["track_id"]).to_numpy()
    shown = pd.DataFrame(
        {
            "Track": named,
            "Artist": tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]).to_numpy(),
            "Error": table["error"],
        }
    )
    shown["Probability"] = table["probability"]
    columns = {"Probability": st.column_config.NumberColumn(format="%.3f")}
    event = safe_table(
        shown, height=300, key="worst", column_config=columns, on_select="rerun", selection_mode="single-row"
    )
    if event["selection"]["rows"]:
        track_id = str(tracks["track_id"].iloc[event["selection"]["rows"][0]])
        player(page.open_workspace, judged.tracks, track_id)
        correction_controls(page, [track_id], key="worst-track")


def show_comparison(page: PageContext, case: Case, other: Case) -> None:
    """Two models mood by mood, on the tracks and moods both were judged on."""
    metric = str(
        linked(st.segmented_control, "Metric", ("PR-AUC", "ROC-AUC"), key="metric", default="PR-AUC", required=True)
    )
    table = difference_of(case, other, metric)
    better, worse = int((table["low"] > 0).sum()), int((table["high"] < 0).sum())
    st.caption(
        f"“{plain(case.judged.name)}” is better on {better} and worse on {worse} of {len(table)} moods; on the others "
        f"the interval leaves it open. "
        f"Mean difference {table['difference'].mean():+.3f}."
    )
    figure = figures.comparison_figure(table, metric, (case.judged.name, other.judged.name))
    with st.container(height=480, border=False):
        chart(figure, page, key="comparison", alt="Differences of two models mood by mood")


def _edited(case: Case) -> dict[str, float]:
    """The thresholds edited in this session, by mood."""
    edited: dict[tuple[str, ...], dict[str, float]] = st.session_state.setdefault(_THRESHOLDS, {})
    return edited.setdefault(case.key[1:], {})


def _forget_edits(case: Case) -> None:
    for mood in _edited(case):
        st.session_state.pop(f"threshold-{case.judged.name}-{mood}", None)
    _edited(case).clear()


def _count(n: int) -> str:
    return f"{n} edited threshold" + "s" * (n != 1)


def _interval(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"{low:.2f} – {high:.2f}"
