"""The map of a workspace's tracks: select a region, see its moods, listen."""

import numpy as np
import streamlit as st

from mer_core.map_view import MapView, find_tracks
from mer_core.ui import downloads, empty_state, guard, loaders, mood_picker, open_page, player, recall, remember, track_table
from mer_core.ui import map_panel as panel

page = open_page("Mood map")


def main() -> None:
    workspace = page.open_workspace
    maps = workspace.maps()
    if not maps:
        no_map()
        return
    left, middle, right = st.columns(3)
    with left:
        choice = panel.pick_colouring()
    with middle:
        moods = loaders.dataset(workspace).moods or loaders.model(workspace, page.model).moods
        mood = mood_picker(moods) or moods[0]
    with right:
        shown = st.multiselect("Maps", maps, default=maps[:1], max_selections=2, key="maps", help="Choose two to see them side by side with one selection.")
    views = {encoder: loaders.map_view(workspace, encoder, page.model) for encoder in shown or maps[:1]}
    first = next(iter(views.values()))
    focus = search(first)
    for column, (encoder, view) in zip(st.columns(len(views)), views.items(), strict=True):
        with column, guard("the map"):
            draw_one(encoder, view, choice, mood, focus)
    with guard("the selection"):
        selection(first)
    track = focus or recall("track")
    if track:
        with guard("the chosen track"):
            panel.tell_neighbours(page, next(iter(views)), first, track)


def draw_one(encoder: str, view: MapView, choice: str, mood: str, focus: str | None) -> None:
    """One map with its explanation."""
    colouring = panel.colouring_of(view, choice, mood)
    if colouring is None:
        st.info(
            f"The model “{page.model}” has no predictions for these tracks from the encoder {encoder}; train one: "
            f"`python scripts/train_classifier.py {page.open_workspace.root} --encoder {encoder}`",
            icon=":material/info:",
        )
        return
    rows = np.flatnonzero(view.dataset.tracks["track_id"] == (focus or recall("track")))
    panel.draw(page, view, colouring, key=f"map-{encoder}", focus=(int(rows[0]), focus is not None) if len(rows) else None)
    panel.explain(loaders.mood_map(page.open_workspace, encoder).trustworthiness)


def search(view: MapView) -> str | None:
    """Search a track or artist; the one chosen is flown to."""
    text = st.text_input("Find a track or artist", key="find", placeholder="Title, artist or track id")
    rows = find_tracks(view.dataset, text)[:50]
    if not len(rows):
        st.caption("No track on this map matches." if text.strip() else "")
        return None
    names = {str(view.dataset.tracks["track_id"].iloc[row]): panel.label(view, row) for row in rows}
    chosen = st.selectbox(f"{len(rows)} found", list(names), format_func=names.__getitem__, key="found")
    remember("track", chosen)
    return chosen


def selection(view: MapView) -> None:
    """The selected tracks: moods with lift, table, player, downloads."""
    selected = panel.selected_rows(page, view)
    if selected is None:
        st.info("Draw a lasso or a box on the map, or click a point, to see what is there.", icon=":material/lasso_select:")
        return
    chosen = view.dataset.subset(selected)
    st.subheader(f"{len(chosen):,} of {len(view.dataset):,} tracks selected", anchor=False)
    st.button("Clear the selection", on_click=panel.clear_selection, args=(page,), icon=":material/close:")
    moods, tracks = st.columns([2, 3])
    with moods:
        panel.tell_selection(view, selected)
    with tracks:
        track = track_table(page, chosen, key="selected-tracks")
        if len(chosen) == 1:
            track = str(chosen.tracks["track_id"].iloc[0])
        if track:
            remember("track", track)
            player(page.open_workspace, view.dataset, track)
        downloads(page.open_workspace, chosen, key="selection", name="selection")


def no_map() -> None:
    """What to do where there is no map yet."""
    root = page.open_workspace.root
    commands = [f"python scripts/build_map.py {root} --encoder {encoder}" for encoder in page.open_workspace.encoders()]
    first = [] if commands else [f"python scripts/build_embeddings.py {root} --encoder musicnn\npython scripts/build_map.py {root} --encoder musicnn"]
    empty_state("No map yet", "The map places every track by how it sounds. It is made once, offline, from the embeddings.", *commands, *first)


with guard("the mood map"):
    main()
