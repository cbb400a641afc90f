"""Tracks whose audio is there more than once: identical files, and songs in several codings."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted
from mer_core.app.player import play
from mer_core.app.shell import PageContext
from mer_core.app.widgets import pick_table
from mer_core.datasets.groups import identical_groups
from mer_core.errors import MerError
from mer_core.workspace.layout import Workspace

HEIGHT = 11
"""Rows shown before the table scrolls."""


def show_copies(page: PageContext) -> None:
    """Both kinds, each where there are any; a click plays a group's first track, and next its others."""
    workspace = page.open_workspace
    identical = _identical(workspace, loaders.dataset_key(workspace))
    if len(identical):
        differing, across = (int((identical[column] != "").sum()) for column in ("Moods that differ", "Parts"))
        st.markdown(
            f"**Identical audio: {counted(len(identical), 'group')}** of {identical['ids'].map(len).sum():,} tracks, "
            f"by their checksums. {differing:,} have different moods; {across:,} lie in several parts of the split."
        )
        _table(identical, key="identical")
    alike = _in_several_codings(workspace)
    if len(alike):
        st.markdown(f"**The same song in several files: {counted(len(alike), 'song')}**, by length and sound.")
        _table(alike, key="codings")


def _table(groups: pd.DataFrame, key: str) -> None:
    ids = list(groups["ids"])
    pick_table(
        groups.drop(columns="ids"),
        lambda row: play(ids[row][0], among=ids[row]),
        key=key,
        height=38 + 35 * min(len(groups), HEIGHT),
        column_config={"Tracks": st.column_config.TextColumn(width="large")},
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _identical(_workspace: Workspace, key: loaders.Stamp) -> pd.DataFrame:
    """One row a group: ids, Tracks, Moods that differ, Parts (where several)."""
    dataset, names = loaders.dataset(_workspace), loaders.track_names(_workspace)
    ids = dataset.tracks["track_id"].to_numpy(dtype=str)
    groups = identical_groups(dataset)
    rows = []
    for members, differing, parts in zip(groups["rows"], groups["differing"], groups["parts"], strict=True):
        tracks = [str(track) for track in ids[list(members)]]
        row = {"ids": tracks, "Tracks": " = ".join(map(names.of, tracks)), "Moods that differ": ", ".join(differing)}
        rows.append({**row, "Parts": ", ".join(parts) if len(parts) > 1 else ""})
    return pd.DataFrame(rows, columns=["ids", "Tracks", "Moods that differ", "Parts"])


def _in_several_codings(workspace: Workspace) -> pd.DataFrame:
    """One row a song: ids, Tracks, Files; none where there are no embeddings, or they are damaged (other pages say
    so)."""
    columns = ["ids", "Tracks", "Files"]
    try:
        if not workspace.encoders():
            return pd.DataFrame(columns=columns)
        space = loaders.sound_space(workspace, workspace.encoders()[0])
    except MerError:
        return pd.DataFrame(columns=columns)
    names = loaders.track_names(workspace)
    numbers, counts = np.unique(space.recordings, return_counts=True)
    paths = loaders.dataset(workspace).tracks.set_index("track_id")["path"]
    rows = []
    for number in numbers[counts > 1]:
        ids = [space.track_ids[row] for row in np.flatnonzero(space.recordings == number)]
        files = ", ".join(str(paths.get(track, "")) for track in ids)
        rows.append({"ids": ids, "Tracks": names.of(ids[0]), "Files": files})
    return pd.DataFrame(rows, columns=columns)
