"""What several pages show: charts, the mood filter, the table of tracks, the downloads."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import pandas as pd
import streamlit as st

from mer_core.app.jamendo import on_jamendo as on_jamendo
from mer_core.app.messages import plain
from mer_core.app.player import play
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.filters import MATCHES
from mer_core.export.formats import jamendo_address, playlist_table, to_m3u
from mer_core.figures import theme
from mer_core.io.files import csv_text, safe_cells
from mer_core.workspace.layout import Workspace

TABLE_ROWS = 1000
"""Rows of a track table that are sent to the browser; the downloads have all of them."""

WRAPPING = 66
"""Height of a table's row in pixels from which Streamlit (1.67) wraps long texts."""

Point = dict[str, Any]
"""A point selected in a chart: x, y, customdata …"""

SelectionMode = Literal["points", "box", "lasso"]


def chart(
    figure: theme.Figure,
    page: PageContext,
    *,
    key: str,
    alt: str,
    select: tuple[SelectionMode, ...] = (),
    picked: Callable[[list[Point]], None] | None = None,
    config: Mapping[str, Any] | None = None,
) -> list[Point]:
    """Show a figure in the page's colours; returns the points selected in it (with their `customdata`), if `select`
    allows any.

    alt: what the chart shows, for people who cannot see it. picked: called with the points once, before the page runs,
    when
    the selection changes; it may set the session state of a widget (`st.session_state["mood"] = …`), the page itself
    may not. config: more of Plotly's.
    """
    settings: dict[str, Any] = {
        "theme": None,
        "config": {
            "displaylogo": False,
            "displayModeBar": "lasso" in select,
            "scrollZoom": "lasso" in select,
            **(config or {}),
        },
    }
    theme.apply(figure, page.dark)
    if not select:
        st.plotly_chart(figure, key=key, alt=alt, **settings)
        return []

    def changed() -> None:
        """Tell who wants to know what was selected, before the page runs."""
        if picked:
            picked(list(st.session_state[key]["selection"]["points"]))

    event = st.plotly_chart(figure, key=key, alt=alt, on_select=changed, selection_mode=select, **settings)
    return list(event["selection"]["points"])


def mood_picker(moods: tuple[str, ...], label: str = "Mood", default: str | None = None) -> str | None:
    """Choose the one mood in focus; kept in the address as `mood` on every page."""
    return linked(st.selectbox, label, moods, key="mood", default=default, placeholder="Choose a mood")


def mood_filter(moods: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Choose moods and how they combine ("any", "all", "none" of them); in the address as `moods` and `match`."""
    chosen = linked(st.multiselect, "Moods", moods, key="moods", placeholder="All moods")
    match = "any"
    if chosen:
        match = linked(
            st.segmented_control,
            "Tracks with",
            MATCHES,
            key="match",
            default="any",
            required=True,
            format_func=lambda word: f"{word} of them",
        )
    return tuple(chosen), match


def safe_table(rows: pd.DataFrame, **settings: Any) -> Any:
    """`st.dataframe` without the index; returns what that returns.

    Cells that a spreadsheet would run as formulas get a leading apostrophe, for the table's own button "Download as
    CSV" gives them as they are.
    """
    return st.dataframe(safe_cells(rows), hide_index=True, **settings)


def pick_table(rows: pd.DataFrame, picked: Callable[[int], None], *, key: str, **settings: Any) -> None:
    """A table (as `safe_table`) whose rows are picked by a click anywhere in them, or by the arrow keys; `picked` gets
    the row's number, before the page runs."""

    def changed() -> None:
        """Tell which row it is."""
        cells = st.session_state[key]["selection"]["cells"]
        if cells and cells[0][0] < len(rows):
            picked(int(cells[0][0]))

    safe_table(rows, key=key, on_select=changed, selection_mode="single-cell", **settings)


def track_table(dataset: Dataset, *, key: str, height: int = 420) -> None:
    """Show tracks (at most TABLE_ROWS) with their moods; a click on one plays it, and next and previous walk the table.

    Titles and artists are shown where the dataset has them.
    """
    shown = dataset.subset(range(min(len(dataset), TABLE_ROWS)))
    table = _readable(shown)
    columns = {
        "track_id": st.column_config.TextColumn("Track"),
        "title": st.column_config.TextColumn("Title", width="medium"),
        "artist": st.column_config.TextColumn("Artist"),
        "moods": st.column_config.ListColumn("Moods", width="medium" if "split" in table else 275),
        "minutes": st.column_config.NumberColumn("Length", format="%.1f min"),
        "split": st.column_config.TextColumn("Split", width=84),
    }
    ids = [str(track) for track in shown.tracks["track_id"]]
    pick_table(
        table,
        lambda row: play(ids[row], among=ids),
        key=key,
        height=min(height, 38 + 35 * max(len(table), 1)),
        column_config=columns,
    )
    if len(dataset) > TABLE_ROWS:
        st.caption(
            f"The first {TABLE_ROWS:,} of {len(dataset):,} tracks; narrow the filter to see others, or download them "
            f"all."
        )


def show_predicted_note(page: PageContext) -> None:
    """Say that the moods shown as the tracks' own are predictions."""
    st.caption(
        f":material/smart_toy: Nobody labelled these tracks: their moods are predicted by the model "
        f"“{plain(page.model)}”."
    )


def downloads(
    workspace: Workspace, dataset: Dataset, *, key: str, name: str = "tracks", extra: pd.DataFrame | None = None
) -> None:
    """Buttons that download all tracks of `dataset` as CSV (spreadsheet-safe) and as M3U; written only when clicked."""
    with st.container(horizontal=True):
        stem = re.sub(r"[^\w-]+", "_", name)[:60]
        _download("Download CSV", lambda: track_csv(dataset, extra), f"{stem}.csv", "text/csv", f"{key}-csv")
        _download(
            "Download M3U", lambda: track_m3u(workspace, dataset), f"{stem}.m3u8", "audio/x-mpegurl", f"{key}-m3u"
        )


def track_csv(dataset: Dataset, extra: pd.DataFrame | None = None) -> str:
    """The tracks as CSV: the columns of `Dataset.tracks`, the moods joined by ";", and `extra` (index track_id)."""
    table = dataset.tracks.assign(moods=[";".join(moods) for moods in _mood_lists(dataset)])
    return csv_text(table if extra is None else table.join(extra, on="track_id"))


def track_m3u(workspace: Workspace, dataset: Dataset) -> str:
    """The tracks as a playlist: files where the audio is here, else pages of Jamendo."""
    tracks = dataset.tracks
    location = {
        track_id: track_location(workspace, dataset, track_id, path)
        for track_id, path in zip(tracks["track_id"], tracks["path"], strict=True)
    }
    return to_m3u(playlist_table(tracks, location))


def track_location(workspace: Workspace, dataset: Dataset, track_id: str, path: str) -> str:
    """Where a playlist finds a track: its file where the audio is here, else its page on Jamendo."""
    file = workspace.audio_path(path)
    return jamendo_address(track_id) if on_jamendo(workspace, dataset) and not file.is_file() else str(file.resolve())


def _download(label: str, data: Callable[[], str], file_name: str, mime: str, key: str) -> None:
    st.download_button(
        label, data, file_name=file_name, mime=mime, key=key, icon=":material/download:", on_click="ignore"
    )


def _readable(dataset: Dataset) -> pd.DataFrame:
    tracks = dataset.tracks
    table = tracks[["track_id", "title", "artist"]].copy()
    if not (table["title"] != "").any():
        table = table.drop(columns=["title", "artist"]).assign(artist=tracks["artist_id"])
    table = table.assign(moods=pd.Series(_mood_lists(dataset), dtype=object), minutes=tracks["duration"] / 60)
    return table.assign(split=tracks["split"]) if (tracks["split"] != "").any() else table


def _mood_lists(dataset: Dataset) -> list[list[str]]:
    return [[dataset.moods[column] for column in row.nonzero()[0]] for row in dataset.labels]
