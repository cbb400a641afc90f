"""The mood as it is taught so far: the tracks that have most of it, and playlists of them."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import plain
from mer_core.app.views.teach import Lesson
from mer_core.app.widgets import safe_table, track_location
from mer_core.export import formats as exports
from mer_core.model.mlp import sigmoid

LISTED = 200
"""Tracks of the mood's list that are shown; a playlist takes as many as are asked for."""


def show_list(lesson: Lesson) -> None:
    """The tracks that have most of the mood, and playlists of them."""
    scores = lesson.scores
    if scores is None:
        return
    st.header(f"“{plain(lesson.mood)}” so far", anchor=False)
    order = np.argsort(-scores, kind="stable")
    refused = lesson.examples.rows[~lesson.examples.liked]
    order = order[lesson.lessons.of_library[order] & ~np.isin(order, refused)]
    tracks = lesson.lessons.tracks.iloc[order].reset_index(drop=True)
    probability = _probabilities(lesson)[order]
    said = np.isin(order, lesson.examples.rows[lesson.examples.liked])
    shown = pd.DataFrame(
        {
            "Track": tracks["title"].where(tracks["title"] != "", tracks["track_id"]),
            "Artist": tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]),
            "Probability": probability,
            "Said": np.where(said, "yes", ""),
        }
    ).head(LISTED)
    columns = {"Probability": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1)}
    safe_table(shown, key="teach-list", height=38 + 35 * min(len(shown), 10), column_config=columns)
    _playlists(lesson, tracks)


def _playlists(lesson: Lesson, tracks: pd.DataFrame) -> None:
    count = int(
        st.number_input("Tracks in the playlist", 1, max(len(tracks), 1), min(20, len(tracks)), key="teach-count")
    )
    workspace = lesson.page.open_workspace
    dataset = loaders.dataset(workspace)

    def located() -> pd.DataFrame:
        """The tracks with where each lies."""
        chosen = tracks.head(count)
        places = zip(chosen["track_id"], chosen["path"], strict=True)
        return chosen.assign(location=[track_location(workspace, dataset, track, path) for track, path in places])

    with st.container(horizontal=True):
        for label, suffix, mime, make in (
            ("M3U", "m3u8", "audio/x-mpegurl", lambda: exports.to_m3u(located())),
            ("CSV", "csv", "text/csv", lambda: exports.csv_text(located())),
            ("JSPF", "jspf", "application/json", lambda: exports.to_jspf(located(), lesson.mood)),
        ):
            st.download_button(
                f"Download {label}",
                make,
                f"{lesson.mood.replace(' ', '_')}.{suffix}",
                mime,
                key=f"teach-list-{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )


def _probabilities(lesson: Lesson) -> np.ndarray:
    if lesson.taught is not None:
        return lesson.taught.probabilities(lesson.lessons.features, lesson.known)
    assert lesson.known is not None  # or there were no scores to list by
    return sigmoid(lesson.known)
