"""More of the mood map: colours by any column, the way of a song over time, examples to begin with."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders, music
from mer_core.app.player import play
from mer_core.app.shell import PageContext
from mer_core.app.views.inspector import moods_of
from mer_core.app.widgets import pick_table
from mer_core.embeddings.pooling import pooling_statistics
from mer_core.errors import MerError
from mer_core.figures.mood_map import Colouring
from mer_core.figures.theme import FAMILY_COLOURS, MUTED
from mer_core.maps.path import SongPath, song_path
from mer_core.maps.view import MapView
from mer_core.workspace.layout import Workspace

WORDS = 9
"""Words of a column that get a colour, the commonest; all others share the last."""
OTHERS, UNKNOWN = "others", "unknown"
POOLING = "mean+std"
_SAME_FOR_ALL = ("track_id", "path", "title", "split")  # ids and names are no colours; the split has its own


def columns(workspace: Workspace) -> list[str]:
    """The columns that a map can be coloured by: those of the dataset that tell groups of tracks apart, and what was
    measured."""
    return _columns(workspace, (*loaders.dataset_key(workspace), *music.stamp(workspace)))


def colouring(workspace: Workspace, view: MapView, column: str) -> Colouring:
    """The map coloured by a column: numbers on a scale between their 2nd and 98th percentile, words by the commonest
    ones."""
    values = _values(workspace)[column].reindex(view.dataset.tracks["track_id"])
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype=float)
        known = numbers[np.isfinite(numbers)]
        low, high = (float(np.percentile(known, share)) for share in (2, 98)) if len(known) else (0.0, 1.0)
        return Colouring(column, numbers, limits=(low, max(high, low + 1e-9)))
    words = values.fillna("").astype(str).replace("", UNKNOWN)
    common = [word for word in words.value_counts().index if word != UNKNOWN][:WORDS]
    colours = dict(zip(common, FAMILY_COLOURS.values(), strict=False))
    shown = words.where(words.isin([*common, UNKNOWN]), OTHERS)
    return Colouring(column, shown.to_numpy(dtype=object), {**colours, OTHERS: MUTED, UNKNOWN: MUTED})


def path_of(page: PageContext, encoder: str, track_id: str) -> SongPath | None:
    """The way of a track over the map; None where it is short, or its embeddings are not here."""
    workspace = page.open_workspace
    if encoder not in workspace.encoders():
        return None
    try:
        key = loaders.stamp(workspace.embeddings_dir(encoder), workspace.map_dir(encoder))
        path = _path(workspace, encoder, track_id, key)
    except MerError:  # the page says what is damaged
        return None
    return path if len(path.starts) > 2 else None


def show_examples(page: PageContext, view: MapView) -> None:
    """Tracks in the middle of the densest parts; a click plays one."""
    rows = [int(row) for row in view.examples]
    if len(rows) < 2:
        return
    ids = [str(view.dataset.tracks["track_id"].iloc[row]) for row in rows]
    title = "Predicted moods" if view.predicted else "Moods"
    table = pd.DataFrame({"Track": view.names[rows], title: [moods_of(view.dataset, row) for row in rows]})
    settings = {"Track": st.column_config.TextColumn(width=200), title: st.column_config.ListColumn(width=180)}
    st.caption("Begin where the map is densest:")
    pick_table(table, lambda row: play(ids[row], among=ids), key="map-examples", column_config=settings)


@st.cache_resource(max_entries=8, show_spinner=False)
def _columns(_workspace: Workspace, key: loaders.Stamp) -> list[str]:
    found = []
    for name, values in _values(_workspace).items():
        kinds = values.where(values != "").nunique()
        groups = pd.api.types.is_numeric_dtype(values) or kinds <= len(values) / 2  # ids would be a colour a track
        if kinds > 1 and groups:
            found.append(name)
    return found


@st.cache_resource(max_entries=200, show_spinner=False)
def _path(_workspace: Workspace, encoder: str, track_id: str, key: loaders.Stamp) -> SongPath:
    stored, (track_ids, X) = loaders.mood_map(_workspace, encoder), loaders.pooled(_workspace, encoder, POOLING)
    row_of = {known: row for row, known in enumerate(track_ids)}
    mapped = [row for row, known in enumerate(stored.track_ids) if known in row_of]
    kept = [stored.track_ids[row] for row in mapped]
    width = X.shape[1] // len(pooling_statistics(POOLING))
    frames = loaders.frames(_workspace, encoder, track_id)
    hop = float(loaders.store(_workspace, encoder).identity["hop_seconds"])
    own = kept.index(track_id) if track_id in kept else None
    means = X[[row_of[known] for known in kept], :width]
    return song_path(frames, hop, means, stored.coordinates[mapped], own)


def _values(workspace: Workspace) -> dict[str, "pd.Series[float]"]:
    """By column, indexed by track id."""
    tracks = loaders.dataset(workspace).tracks.set_index("track_id")
    found = {name: tracks[name] for name in tracks if name not in (*_SAME_FOR_ALL, "duration", "artist_id")}
    found = {"length (minutes)": tracks["duration"] / 60, **found}
    if not (tracks["artist"] != "").any():
        found = {**found, "artist": tracks["artist_id"]}
    measured = music.music_of(workspace)
    return found | {name: measured[name] for name in ("tempo", "key", "voice")}
