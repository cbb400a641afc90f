"""One track and the tracks that sound most like it."""

import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import plain
from mer_core.app.shell import PageContext
from mer_core.app.widgets import player, safe_table
from mer_core.embeddings.nearest import nearest
from mer_core.maps.view import MapView

NEIGHBOURS = 10


def tell_neighbours(page: PageContext, encoder: str, view: MapView, track_id: str) -> None:
    """The track with its player, and its neighbours by cosine of the standardised embeddings (not by distance on the
    map); a click plays one."""
    workspace = page.open_workspace
    if track_id not in view.row_of:
        st.caption(f"The track {plain(track_id)} has no place on this map.")
        return
    space = loaders.sound_space(workspace, encoder)
    name = view.names[view.row_of[track_id]]
    st.subheader(f"Sounds most like “{plain(name)}”", anchor=False)
    left, right = st.columns([2, 3])
    with left:
        player(workspace, view.dataset, track_id)
    if track_id not in space.row_of:
        right.caption("It has no embedding, so its neighbours are not known.")
        return
    row = space.row_of[track_id]
    found, similarities = nearest(space.X[[row]], space.X, NEIGHBOURS, exclude=[row])
    pairs = [
        (view.row_of[space.track_ids[i]], float(s))
        for i, s in zip(found[0], similarities[0], strict=True)
        if space.track_ids[i] in view.row_of
    ]
    with right:
        rows = _table(view, pairs)
    if rows:
        with left:
            player(workspace, view.dataset, str(view.dataset.tracks["track_id"].iloc[pairs[rows[0]][0]]))


def _table(view: MapView, pairs: list[tuple[int, float]]) -> list[int]:
    """The neighbours (row of the view, similarity); returns which one was clicked."""
    moods = [[view.dataset.moods[column] for column in view.dataset.labels[row].nonzero()[0]] for row, _ in pairs]
    title = "Predicted moods" if view.predicted else "Moods"
    table = pd.DataFrame(
        {
            "Track": [view.names[row] for row, _ in pairs],
            title: moods,
            "Similarity": [similarity for _, similarity in pairs],
        }
    )
    columns = {
        "Track": st.column_config.TextColumn(width=210),
        title: st.column_config.ListColumn(width=150),
        "Similarity": st.column_config.NumberColumn(
            width=75, format="%.2f", help="Cosine of the embeddings; 1: the same"
        ),
    }
    event = safe_table(table, key="neighbours", column_config=columns, on_select="rerun", selection_mode="single-row")
    return list(event["selection"]["rows"])
