"""The map of a workspace's tracks: select a region, see its moods, listen."""

import streamlit as st

from mer_core.app import downloads, empty_state, guard, loaders, open_page, recall, remember, track_table
from mer_core.app.teaching import correction_controls
from mer_core.app.views import mood_map as panel
from mer_core.app.views.neighbours import tell_neighbours
from mer_core.cli.commands import command_line
from mer_core.errors import Remedy
from mer_core.maps.view import MapView

page = open_page("Mood map")


def main() -> None:
    maps = page.open_workspace.maps()
    if not maps:
        no_map()
        return
    with st.container(horizontal=True):
        choice = panel.pick_colouring()
        shown = panel.pick_maps(maps)
        views = {encoder: panel.view_of(page, encoder) for encoder in shown}
        first = next(iter(views.values()))
        mood = panel.pick_mood(first) if choice in panel.OF_ONE_MOOD else None
        tool = panel.pick_tool()
    found = panel.search(page, first)
    for column, (encoder, view) in zip(st.columns(len(views)), views.items(), strict=True):
        with column, guard("the map"):
            draw_one(
                encoder,
                view,
                (choice, mood or next(iter(first.dataset.moods), "")),
                tool,
                fly=found is not None and found == recall("track"),
            )
    with guard("the selection"):
        selection(first)
    if track := recall("track"):
        with guard("the chosen track"):
            tell_neighbours(page, next(iter(views)), first, track)


def draw_one(encoder: str, view: MapView, colour: tuple[str, str], tool: str, fly: bool) -> None:
    """One map with its explanation."""
    colouring = panel.colouring_of(view, *colour)
    if colouring is None:
        panel.no_colouring(page, encoder, *colour)
        return
    row = view.row_of.get(recall("track") or "")
    panel.draw(page, view, colouring, key=f"map-{encoder}", tool=tool, focus=None if row is None else (row, fly))
    panel.tell_labels(page, view, colour[0])
    panel.explain(loaders.mood_map(page.open_workspace, encoder).trustworthiness)


def selection(view: MapView) -> None:
    """The selected tracks: moods with lift, table, player, downloads."""
    selected = panel.selected_rows(page, view)
    if selected is None:
        st.info(
            "Draw a lasso or a box on the map, or search a track, to see what is there.", icon=":material/lasso_select:"
        )
        return
    chosen = view.dataset.subset(selected)
    st.subheader(f"{len(chosen):,} of {len(view.dataset):,} tracks selected", anchor=False)
    panel.tell_selection(view, selected)
    track = (
        str(chosen.tracks["track_id"].iloc[0]) if len(chosen) == 1 else track_table(page, chosen, key="selected-tracks")
    )
    with st.container(horizontal=True):
        downloads(page.open_workspace, chosen, key="selection", name="selection")
        st.button("Clear the selection", on_click=panel.select, args=(page, ()), icon=":material/close:")
    correction_controls(page, [track] if track else list(chosen.tracks["track_id"]), key="selection")
    if panel.is_new("selection", track) and track and track != recall("track"):
        remember("track", track)
        st.rerun()  # the map above has to mark it


def no_map() -> None:
    """What to do where there is no map yet."""
    root = page.open_workspace.root
    commands = [command_line(Remedy("build_map", root, encoder)) for encoder in page.open_workspace.encoders()]
    first = (
        []
        if commands
        else ["\n".join(command_line(Remedy(job, root, "musicnn")) for job in ("build_embeddings", "build_map"))]
    )
    empty_state(
        "No map yet",
        "The map places every track by how it sounds. It is made once, offline, from the embeddings.",
        *commands,
        *first,
    )


with guard("the mood map"):
    main()
