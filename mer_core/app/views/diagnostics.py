"""The parts of the diagnostics page: the table of moods, one mood in detail, thresholds, worst tracks, comparison."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import plain
from mer_core.app.player import play
from mer_core.app.shell import PageContext, keep_model
from mer_core.app.url_state import linked, recall
from mer_core.app.views.diagnostics_beside import show_disagreements
from mer_core.app.views.diagnostics_cases import Case, difference_of, trust_of
from mer_core.app.views.inspector import show_track
from mer_core.app.widgets import chart, pick_table
from mer_core.cli.commands import sentence
from mer_core.errors import MerError
from mer_core.figures import diagnostics as figures
from mer_core.metrics import curves as diagnostics
from mer_core.model import threshold_profiles

MOST_WRONG = "most wrong"
_THRESHOLDS = "edited_thresholds"
_PROBLEM = "profile_problem"


def mood_table(case: Case) -> pd.DataFrame:
    """Support, ROC-AUC, PR-AUC with intervals, lift and F at the present threshold of every mood, the best found
    first."""
    evaluated, thresholds = case.evaluated, thresholds_of(case)
    decisions = evaluated.decisions(thresholds)
    points = [diagnostics.operating_point(y, d) for y, d in zip(evaluated.truth.T, decisions.T, strict=True)]
    table = trust_of(case).assign(f_score=[point["F-score"] for point in points], threshold=thresholds)
    return table.sort_values("pr_auc", ascending=False, kind="stable")


def show_summary(case: Case, table: pd.DataFrame) -> None:
    """What was evaluated and how well it does on the whole, with chance beside it."""
    known = table[["roc_auc", "pr_auc"]].mean()
    st.markdown(
        f"**{len(case.evaluated.truth):,} tracks, {len(case.evaluated.moods)} moods** · macro ROC-AUC "
        f"**{known['roc_auc']:.3f}** (chance 0.5) · "
        f"macro PR-AUC **{known['pr_auc']:.3f}** (chance {table['prevalence'].mean():.3f}) · "
        f"{int(table['reliable'].sum())} moods reliable"
    )
    beside = case.evaluated.deciding
    if beside is not None and (found := beside.contradictions) is not None:
        st.caption(
            f"Valence and arousal remove {found.ruled_out:.1%} of the decisions; of those left {found.unsure:.1%} are "
            f"nearest feelings that they hardly support."
        )


def show_table(table: pd.DataFrame) -> None:
    """Show the table; a click on a row puts its mood in focus."""
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
    moods = [str(mood) for mood in shown["Mood"]]

    def picked(row: int) -> None:
        """The picker of moods then stands on it, and so does the address."""
        st.session_state["mood"] = moods[row]

    pick_table(shown, picked, key="moods-table", height=min(388, 38 + 35 * len(shown)), column_config=columns)


def chosen_mood(table: pd.DataFrame, mood: str) -> str | None:
    """The mood, where a person picked it; None where it is only the first of the table."""
    clicked = st.session_state["moods-table"]["selection"]["cells"]
    return mood if clicked or mood != table.index[0] else None


def thresholds_of(case: Case) -> np.ndarray:
    """The thresholds (n_moods,) as edited on this page, where they were, else the model's."""
    edited = _edited(case)
    return np.array(
        [edited.get(mood, own) for mood, own in zip(case.evaluated.moods, case.evaluated.thresholds, strict=True)]
    )


def edit_threshold(case: Case, mood: str) -> float:
    """A slider for the threshold of one mood with what it gives: precision, recall, F and the number of tracks."""
    truth, probabilities = case.evaluated.mood(mood)
    low, high = float(min(probabilities.min(), 0.0)), float(max(probabilities.max(), 1e-6))
    now = float(np.clip(thresholds_of(case)[case.evaluated.moods.index(mood)], low, high))
    step = (high - low) / 500
    value = st.slider(
        f"Threshold of {mood}", low, high, now, step=step, format="%.3f", key=f"threshold-{case.evaluated.name}-{mood}"
    )
    if abs(value - now) > step / 2:
        _edited(case)[mood] = value
    point = diagnostics.operating_point(truth, _decided(case, mood))
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
    own = loaders.model(page.workspace, page.model).metrics.get("own_moods", {})
    folder = page.open_workspace.model_dir(case.evaluated.name)
    try:
        threshold_profiles.save_profile(folder, st.session_state["profile-name"], _edited(case), own)
        keep_model()
    except MerError as error:
        st.session_state[_PROBLEM] = sentence(error)


def show_mood(page: PageContext, case: Case, mood: str) -> None:
    """The threshold of one mood, its curves, scores, reliability and confusions."""
    evaluated = case.evaluated
    truth, probabilities = evaluated.mood(mood)
    threshold = thresholds_of(case)[evaluated.moods.index(mood)]
    point = diagnostics.operating_point(truth, _decided(case, mood))
    before = (
        None if evaluated.raw is None else diagnostics.reliability(truth, evaluated.raw[:, evaluated.moods.index(mood)])
    )
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


def show_confusions(page: PageContext, case: Case, mood: str) -> None:
    """With which moods this one is decided more often than it is labelled; below, all moods that are taken for each
    other."""
    evaluated = case.evaluated
    decisions = evaluated.decisions(thresholds_of(case))
    chart(
        figures.confusion_figure(diagnostics.confusions(evaluated.truth, decisions, evaluated.moods, mood), mood),
        page,
        key="confusion",
        alt=f"Confusions of {mood}",
    )
    st.markdown("**All moods that are taken for each other**")
    chart(
        figures.taken_for_figure(diagnostics.taken_for(evaluated.truth, decisions), evaluated.moods),
        page,
        key="wide-taken-for",
        alt="Heat map: moods that are missed, and the moods that are found instead",
    )


def show_tracks(page: PageContext, case: Case, mood: str) -> None:
    """The tracks on which a mood is found or missed, rightly or wrongly, to listen to."""
    evaluated = case.evaluated
    truth, probabilities = evaluated.mood(mood)
    if evaluated.tracks is None:
        st.caption(
            "Which tracks these rows are is not known: the ground truth has another number of rows than the "
            "workspace's test part."
        )
        return
    ways = (MOST_WRONG, *diagnostics.OUTCOMES)
    way = str(linked(st.selectbox, "Show", ways, key="outcome", default=ways[0]))
    if way == MOST_WRONG:
        rows = diagnostics.most_wrong(truth, probabilities)["row"].to_numpy()
    else:
        rows = diagnostics.outcome_rows(truth, probabilities, _decided(case, mood), way)
    if not len(rows):
        st.caption(f"There are no {way} of “{plain(mood)}”.")
        return
    tracks = evaluated.tracks.tracks.iloc[rows]
    shown = pd.DataFrame(
        {
            "Track": tracks["title"].where(tracks["title"] != "", tracks["track_id"]).to_numpy(),
            "Artist": tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]).to_numpy(),
            "You said" if case.own else "Labelled": np.where(truth[rows], "yes", "no"),
            "Probability": probabilities[rows],
        }
    )
    columns = {"Probability": st.column_config.NumberColumn(format="%.3f")}
    ids = [str(track) for track in tracks["track_id"]]
    pick_table(shown, lambda row: play(ids[row], among=ids), key="worst", height=300, column_config=columns)
    if (track := recall("track")) in ids:
        show_track(page, str(track))


def show_comparison(page: PageContext, case: Case, other: Case) -> None:
    """Two models mood by mood, on the tracks and moods both were evaluated on."""
    metric = str(
        linked(st.segmented_control, "Metric", ("PR-AUC", "ROC-AUC"), key="metric", default="PR-AUC", required=True)
    )
    table = difference_of(case, other, metric)
    better, worse = int((table["low"] > 0).sum()), int((table["high"] < 0).sum())
    st.caption(
        f"“{plain(case.evaluated.name)}” is better on {better} and worse on {worse} of {len(table)} moods; "
        f"on the others the interval leaves it open. "
        f"Mean difference {table['difference'].mean():+.3f}."
    )
    figure = figures.comparison_figure(table, metric, (case.evaluated.name, other.evaluated.name))
    with st.container(height=480, border=False):
        chart(figure, page, key="comparison", alt="Differences of two models mood by mood")
    show_disagreements(case, other)


def _decided(case: Case, mood: str) -> np.ndarray:
    """Which tracks (n_tracks,) have a mood by the present thresholds."""
    return case.evaluated.decisions(thresholds_of(case))[:, case.evaluated.moods.index(mood)]


def _edited(case: Case) -> dict[str, float]:
    """The thresholds edited in this session, by mood."""
    edited: dict[tuple[str, ...], dict[str, float]] = st.session_state.setdefault(_THRESHOLDS, {})
    return edited.setdefault(case.key[1:], {})


def _forget_edits(case: Case) -> None:
    for mood in _edited(case):
        st.session_state.pop(f"threshold-{case.evaluated.name}-{mood}", None)
    _edited(case).clear()


def _count(n: int) -> str:
    return f"{n} edited threshold" + "s" * (n != 1)


def _interval(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"{low:.2f} – {high:.2f}"
