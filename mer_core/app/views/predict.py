"""The parts of the predict page: one file's moods, trust, timeline, reasons, place and downloads; the table of all
files."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mer_core.app import music
from mer_core.app.inference import Result
from mer_core.app.messages import plain
from mer_core.app.player import UPLOAD, play, playing
from mer_core.app.shell import PageContext
from mer_core.app.views.predict_around import show_nearest
from mer_core.app.widgets import Point, chart, pick_table, safe_table
from mer_core.export import formats as exports
from mer_core.figures import predict as figures
from mer_core.inference.prediction import Prediction
from mer_core.metrics.trust_grade import describe, how_strong
from mer_core.model.bundle import STARTER
from mer_core.moods import FEELING, THEME
from mer_core.recommend.explain import clock

MOODS_OVER_TIME = 8


def show_step(place: DeltaGenerator, name: str, words: str, share: float) -> DeltaGenerator:
    """Show how far the work on one file is; returns the place."""
    place.progress(share, f"{plain(name)}: {words}")
    return place


def _in_short(prediction: Prediction) -> str:
    """The decided moods, or why there are none."""
    return ", ".join(prediction.decided) or ("not music" if prediction.out_of_domain else "nothing fits")


def show_model(result: Result) -> None:
    """Which model heard the file: it stays so when another one is picked."""
    if result.prediction is not None:
        where = (
            ""
            if result.workspace is None or result.prediction.model_name == STARTER
            else f" of the workspace “{plain(result.workspace.root.name)}”"
        )
        st.caption(f"Heard by the model “{plain(result.prediction.model_name)}”{where}.")


def show_answer(page: PageContext, result: Result, key: str) -> None:
    """What a person wants to know first: the feeling, how sure that is, three feelings, the themes, and the place on
    the plane of valence and arousal."""
    prediction = result.prediction
    assert prediction is not None  # a failure has its own words
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _show_headline(prediction)
        feelings, themes = prediction.leading(FEELING, 3), prediction.leading(THEME, 2)
        lines = [f"**{plain(mood)}** · {plain(_how_sure(prediction, mood))}" for mood in feelings]
        st.markdown("  \n".join(lines))
        if themes:
            st.markdown(f"Sounds made for: {', '.join(f'**{plain(theme)}**' for theme in themes)}")
        if others := [plain(mood) for mood in prediction.decided if mood not in (*feelings, *themes)]:
            st.caption(f"Also heard: {', '.join(others)}")
        music.show_result(result)
        show_model(result)
        for place in prediction.published_places:
            st.caption(f"Beside it: {plain(place.in_words())}.")
        for warning in prediction.warnings:
            st.caption(f":material/info: {plain(warning[:1].upper() + warning[1:])}.")
    with right:
        intervals = (prediction.valence_interval, prediction.arousal_interval)
        own = prediction.leading(FEELING, 3)
        figure = figures.plane_figure(prediction.valence, prediction.arousal, own, intervals)
        chart(figure, page, key=f"plane-{key}", alt="Place on valence and arousal")


def _show_headline(prediction: Prediction) -> None:
    if prediction.out_of_domain:
        st.warning(
            f"{plain(prediction.out_of_domain)} So no mood is decided, however probable it looks.",
            icon=":material/help:",
        )
        return
    if prediction.headline:
        line = plain(prediction.headline[:1].upper() + prediction.headline[1:])
        with st.container(key="headline"):
            st.markdown(f"**{line}**")
    if prediction.nothing_fits:
        st.caption(
            ":material/sentiment_neutral: Nothing fits well: no mood is probable and reliable enough to be decided. "
            "The nearest:"
        )


def _how_sure(prediction: Prediction, mood: str) -> str:
    """ "heard, 41 % likely, stronger than in 96 % of music (fair: 6 × chance, 112 tracks)".

    A feeling below its threshold that is decided because none is nearer is "the nearest", not heard.
    """
    row = prediction.moods.loc[mood].to_dict()
    heard = "heard" if row["probability"] >= row["threshold"] else "the nearest"
    words = [heard if row["decided"] else "perhaps", how_strong(row)]
    return f"{', '.join(filter(None, words))} ({describe(row)})"


def show_moods(page: PageContext, prediction: Prediction, key: str) -> None:
    """The moods ranked, and how far each can be trusted."""
    left, right = st.columns(2)
    with left:
        chart(
            figures.moods_figure(prediction.moods),
            page,
            key=f"moods-{key}",
            alt="The strongest moods with their thresholds",
        )
    with right:
        rows = figures.strongest(prediction.moods)
        shown = pd.DataFrame(
            {
                "Mood": rows.index,
                "Likely": ["–" if np.isnan(share) else f"{share:.0%}" for share in rows["likelihood"]],
                "How far to trust it": [describe(row) for row in rows.to_dict("records")],
                "PR-AUC": rows["pr_auc"].to_numpy(),
            }
        )
        columns = {
            "Mood": st.column_config.TextColumn(width=85),
            "Likely": st.column_config.TextColumn(
                width=55, help="That people say this mood; – where nobody said anything of it"
            ),
            "How far to trust it": st.column_config.TextColumn(width=180),
            "PR-AUC": st.column_config.ProgressColumn(
                width=75, format="%.2f", min_value=0, max_value=1, help=_measured(prediction)
            ),
        }
        safe_table(shown, height=38 + 35 * len(shown), key=f"trust-{key}", column_config=columns)


def _measured(prediction: Prediction) -> str:
    if prediction.model_name == STARTER:
        return (
            "What the ROC-AUC that was measured on people's words and ratings means where one track in five has the "
            "mood; 1 is perfect"
        )
    return "Measured on labelled tracks that the model had not seen; 1 is perfect"


def show_timeline(page: PageContext, prediction: Prediction, key: str) -> None:
    """Moods over time; a click moves the player there."""
    timeline = prediction.timeline
    if timeline is None or len(timeline) < 2:
        st.caption("Too short for a timeline.")
        return
    moods = [str(mood) for mood in prediction.moods.index[:MOODS_OVER_TIME]]

    def go_there(points: list[Point]) -> None:
        """Play from the cell that was clicked."""
        if points and "customdata" in points[0]:
            play(UPLOAD + key, start=float(np.ravel(points[0]["customdata"])[0]))

    figure = figures.timeline_figure(timeline, moods, prediction.duration, percent=prediction.calibrated)
    chart(
        figure,
        page,
        key=f"timeline-{key}",
        alt="Probability of each mood over time",
        select=("points",),
        picked=go_there,
    )


def show_why(result: Result) -> None:
    """The seconds that drive each of the leading moods, and the nearest tracks with their moods."""
    prediction = result.prediction
    assert prediction is not None  # a failure has no reasons
    timeline = prediction.timeline
    if prediction.out_of_domain:
        st.caption("What drives the moods of a sound that is no music for the model means nothing, so it is not shown.")
    elif timeline is not None and len(timeline) > 1:
        lines = []
        for mood in prediction.decided[:5] or [str(mood) for mood in prediction.moods.index[:5]]:
            moments = prediction.why(mood, most=2)
            lines.append(
                f"- **{mood}** comes most from " + " and ".join(f"{clock(m.start)} to {clock(m.end)}" for m in moments)
            )
        st.markdown("\n".join(lines))
    show_nearest(result)


def offer_downloads(prediction: Prediction, key: str) -> None:
    """The prediction in every format there is."""
    with st.container(horizontal=True):
        for name, form in exports.FORMATS.items():
            st.download_button(
                f"Download {name.upper()}",
                partial(form.write, prediction),
                f"moods.{form.suffix}",
                form.mime,
                key=f"{key}-{form.suffix}",
                icon=":material/download:",
                on_click="ignore",
            )


def in_focus(results: dict[str, Result]) -> str:
    """The key of the result that is shown: of the file in the player, else the newest that could be read."""
    key = (playing() or "").removeprefix(UPLOAD)
    if key in results:
        return key
    return next((key for key, result in reversed(results.items()) if result.prediction), list(results)[-1])


def show_all(results: dict[str, Result]) -> None:
    """One row a file: its decided moods or its error; a click plays and shows it. All of them as one CSV."""
    st.markdown(f"**{len(results)} files**")
    rows = []
    for result in results.values():
        length = "–" if result.prediction is None else clock(result.prediction.duration)
        moods_or_error = result.error or ("" if result.prediction is None else _in_short(result.prediction))
        model = "–" if result.prediction is None else result.prediction.model_name
        rows.append(
            {
                "File": result.name,
                "State": "failed" if result.error else "done",
                "Moods": moods_or_error,
                "Length": length,
                "Model": model,
            }
        )
    columns = {
        "File": st.column_config.TextColumn(width=130),
        "State": st.column_config.TextColumn(width=60),
        "Moods": st.column_config.TextColumn("Moods, or why it failed", width=300),
        "Length": st.column_config.TextColumn(width=65, help="minutes:seconds"),
        "Model": st.column_config.TextColumn(width=90),
    }
    keys = [UPLOAD + key for key in results]
    pick_table(
        pd.DataFrame(rows),
        lambda row: play(keys[row], among=keys),
        key="all-files",
        height=38 + 35 * min(len(rows), 5),
        column_config=columns,
    )
    if done := [result.prediction for result in results.values() if result.prediction is not None]:
        st.download_button(
            "Download all as CSV",
            lambda: exports.to_csv(done),
            "all_moods.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
