"""The parts of the diagnostics page: what is judged, the table of moods, one mood in detail, thresholds, comparison."""

import io

import numpy as np
import pandas as pd
import streamlit as st

from mer_core import diagnostics, threshold_profiles
from mer_core.dataset import Dataset
from mer_core.diagnostics import Judged
from mer_core.errors import DatasetError, MerError
from mer_core.figures import diagnostics as figures
from mer_core.trust import compare_moods, mood_trust
from mer_core.ui import loaders
from mer_core.ui.address import linked
from mer_core.ui.messages import plain
from mer_core.ui.page import PageContext
from mer_core.ui.widgets import chart, player

PARTS = ("test", "validation", "train", "all")
SOURCES = ("Model of this workspace", "Prediction files")
_THRESHOLDS = "edited_thresholds"


def pick_judged(page: PageContext) -> Judged | None:
    """Choose what to judge; None (with a hint) until it is complete."""
    source = linked(st.segmented_control, "Judge", SOURCES, key="judge", default=SOURCES[0], required=True)
    if source == SOURCES[1]:
        return _judged_files(page)
    part = str(linked(st.segmented_control, "Tracks", PARTS, key="part", default="test", required=True))
    return judged_model(page, page.model, part)


def judged_model(page: PageContext, name: str, part: str) -> Judged:
    """A model's predictions beside the labels of a part of the split."""
    model = loaders.model(page.open_workspace, name)
    scores = None if model.predictions is not None else loaders.scores(page.open_workspace, name)
    return diagnostics.judge_model(model, loaders.dataset(page.open_workspace), part, scores)


def mood_table(judged: Judged) -> pd.DataFrame:
    """Support, ROC-AUC, PR-AUC with intervals, lift and F at the threshold of every mood; cached."""
    artists = None if judged.tracks is None else judged.tracks.tracks["artist_id"].to_numpy()
    table = _trust(judged.truth, judged.probabilities, judged.moods, artists)
    points = [diagnostics.operating_point(y, p, t) for y, p, t in zip(judged.truth.T, judged.probabilities.T, thresholds_of(judged), strict=True)]
    return table.assign(f_score=[point["F-score"] for point in points], threshold=thresholds_of(judged))


def show_table(table: pd.DataFrame) -> str | None:
    """Show the table; returns the mood of the row that was clicked."""
    number = st.column_config.NumberColumn
    shown = pd.DataFrame(
        {
            "Mood": table.index,
            "Tracks": table["support"].astype(int),
            "ROC-AUC": table["roc_auc"],
            "ROC interval": [_interval(low, high) for low, high in zip(table["roc_auc_low"], table["roc_auc_high"], strict=True)],
            "PR-AUC": table["pr_auc"],
            "PR interval": [_interval(low, high) for low, high in zip(table["pr_auc_low"], table["pr_auc_high"], strict=True)],
            "Chance": table["prevalence"],
            "Lift": table["lift"],
            "F": table["f_score"],
            "Reliable": table["reliable"],
        }
    )
    columns = {
        "ROC-AUC": number(format="%.3f", help="0.5 is chance"),
        "PR-AUC": st.column_config.ProgressColumn(format="%.3f", min_value=0, max_value=1, help="Average precision; chance is the share of tracks"),
        "Chance": number(format="%.3f", help="PR-AUC of guessing: the share of tracks with the mood"),
        "Lift": number(format="%.1f ×", help="PR-AUC ÷ chance"),
        "F": number(format="%.2f", help="at the threshold"),
        "Reliable": st.column_config.CheckboxColumn(help="The interval of the ROC-AUC leaves out chance"),
    }
    event = st.dataframe(
        shown, hide_index=True, height=min(480, 38 + 35 * len(shown)), key="moods-table", column_config=columns, on_select="rerun", selection_mode="single-row"
    )
    rows = event["selection"]["rows"]
    return str(shown["Mood"].iloc[rows[0]]) if rows else None


def thresholds_of(judged: Judged) -> np.ndarray:
    """The thresholds (n_moods,) as edited on this page, where they were, else the model's."""
    edited = st.session_state.get(_THRESHOLDS, {}).get(judged.name, {})
    return np.array([edited.get(mood, own) for mood, own in zip(judged.moods, judged.thresholds, strict=True)])


def edit_threshold(judged: Judged, mood: str) -> float:
    """A slider for the threshold of one mood with what it gives: precision, recall, F and the number of tracks."""
    truth, probabilities = judged.mood(mood)
    low, high = float(min(probabilities.min(), 0.0)), float(max(probabilities.max(), 1e-6))
    now = float(np.clip(thresholds_of(judged)[judged.moods.index(mood)], low, high))
    step = (high - low) / 500
    value = st.slider(f"Threshold of {mood}", low, high, now, step=step, format="%.3f", key=f"threshold-{judged.name}-{mood}")
    if abs(value - now) > step / 2:
        st.session_state.setdefault(_THRESHOLDS, {}).setdefault(judged.name, {})[mood] = value
    point = diagnostics.operating_point(truth, probabilities, value)
    for column, (name, figure) in zip(st.columns(4), point.items(), strict=True):
        column.metric(name.capitalize(), f"{int(figure):,}" if name == "tracks" else "–" if np.isnan(figure) else f"{figure:.2f}")
    return value


def save_thresholds(page: PageContext, judged: Judged) -> None:
    """Save the edited thresholds as a named profile, which the Predict page then offers."""
    edited = st.session_state.get(_THRESHOLDS, {}).get(judged.name, {})
    with st.form("save-profile", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = left.text_input("Name of the threshold profile", placeholder="as “strict”", max_chars=60, key="profile-name")
        pressed = right.form_submit_button("Save profile", icon=":material/save:")
    if pressed:
        try:
            threshold_profiles.save_profile(page.open_workspace.model_dir(judged.name), name, edited)
            st.success(f"Saved “{plain(name)}” with {len(edited)} edited thresholds; choose it on the Predict page.")
        except MerError as error:
            st.error(plain(error))
    st.caption(f"{len(edited)} thresholds edited here; the others stay as the model chose them on validation.")


def show_mood(page: PageContext, judged: Judged, mood: str) -> None:
    """Curves, scores, reliability, confusions and worst tracks of one mood."""
    truth, probabilities = judged.mood(mood)
    if not truth.any() or truth.all():
        st.info(f"None of these tracks has “{plain(mood)}”, or all have: nothing can be measured. Choose other tracks or another mood.")
        return
    threshold = edit_threshold(judged, mood)
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
    decisions = judged.probabilities >= thresholds_of(judged)
    chart(
        figures.confusion_figure(diagnostics.confusions(judged.truth, decisions, judged.moods, mood), mood), page, key="confusion", alt=f"Confusions of {mood}"
    )


def show_worst(page: PageContext, judged: Judged, mood: str) -> None:
    """The tracks a mood is most wrong on, to listen to."""
    table = diagnostics.most_wrong(*judged.mood(mood))
    if judged.tracks is None:
        st.caption("Which tracks these rows are is not known: the ground truth has another number of rows than the workspace's test part.")
        return
    tracks = judged.tracks.tracks.iloc[table["row"]]
    named = tracks["title"].where(tracks["title"] != "", tracks["track_id"]).to_numpy()
    shown = pd.DataFrame({"Track": named, "Artist": tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]).to_numpy(), "Error": table["error"]})
    shown["Probability"] = table["probability"]
    columns = {"Probability": st.column_config.NumberColumn(format="%.3f")}
    event = st.dataframe(shown, hide_index=True, height=300, key="worst", column_config=columns, on_select="rerun", selection_mode="single-row")
    if event["selection"]["rows"]:
        player(page.open_workspace, judged.tracks, str(tracks["track_id"].iloc[event["selection"]["rows"][0]]))


def show_comparison(page: PageContext, judged: Judged, other: Judged) -> None:
    """Two models mood by mood, on the tracks and moods both were judged on."""
    if judged.moods != other.moods or judged.truth.shape != other.truth.shape or not np.array_equal(judged.truth, other.truth):
        raise DatasetError(f"{judged.name!r} and {other.name!r} were not judged on the same tracks and moods, so they cannot be compared")
    metric = str(linked(st.segmented_control, "Metric", ("PR-AUC", "ROC-AUC"), key="metric", default="PR-AUC", required=True))
    artists = None if judged.tracks is None else judged.tracks.tracks["artist_id"].to_numpy()
    table = _compared(judged.truth, judged.probabilities, other.probabilities, judged.moods, metric, artists)
    chart(figures.comparison_figure(table, metric, (judged.name, other.name)), page, key="comparison", alt="Differences of two models mood by mood")


def _judged_files(page: PageContext) -> Judged | None:
    st.caption(
        "NumPy matrices as MediaEval's task uses them: rows are tracks, columns moods, in the same order in both files. "
        "Thresholds are then set where F is best on these very labels, which flatters F."
    )
    left, middle, right = st.columns(3)
    truth = left.file_uploader("Ground truth (.npy)", type="npy", key="truth-file")
    scores = middle.file_uploader("Predictions (.npy)", type="npy", key="scores-file")
    tags = right.file_uploader("Tags, one a line (optional)", type=["txt"], key="tags-file")
    if truth is None or scores is None:
        return None
    dataset = loaders.dataset(page.open_workspace)
    arrays = _array(truth.getvalue(), truth.name), _array(scores.getvalue(), scores.name)
    n_moods = arrays[0].shape[1] if arrays[0].ndim == 2 else 0
    moods = (
        _tags(tags.getvalue()) if tags is not None else dataset.split_moods if len(dataset.split_moods) == n_moods else [f"mood {i}" for i in range(n_moods)]
    )
    return diagnostics.judge_arrays(scores.name, moods, *arrays, _same_tracks(dataset, arrays[0]))


def _same_tracks(dataset: Dataset, truth: np.ndarray) -> Dataset | None:
    if not dataset.split_moods:
        return None
    test = dataset.split_view().in_split("test")
    return test if test.labels.shape == truth.shape and np.array_equal(test.labels, truth.astype(bool)) else None


def _array(data: bytes, name: str) -> np.ndarray:
    try:
        return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
    except (ValueError, OSError, EOFError) as error:
        raise DatasetError(f"{name} is not a NumPy matrix of numbers ({error}); save it with numpy.save(file, array)") from error


def _tags(data: bytes) -> list[str]:
    lines = data.decode("utf-8", errors="replace").splitlines()
    return [line.split("\t")[0].rpartition("---")[2].strip() for line in lines if line.strip()]


def _interval(low: float, high: float) -> str:
    return "–" if np.isnan(low) else f"{low:.2f} – {high:.2f}"


@st.cache_data(max_entries=16, show_spinner="Measuring how sure the figures are …")
def _trust(truth: np.ndarray, probabilities: np.ndarray, moods: tuple[str, ...], artists: np.ndarray | None) -> pd.DataFrame:
    return mood_trust(truth, probabilities, moods, artists)


@st.cache_data(max_entries=16, show_spinner="Comparing …")
def _compared(truth: np.ndarray, left: np.ndarray, right: np.ndarray, moods: tuple[str, ...], metric: str, artists: np.ndarray | None) -> pd.DataFrame:
    return compare_moods(truth, left, right, moods, metric, artists)
