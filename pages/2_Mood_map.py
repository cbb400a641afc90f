"""The map of a workspace's tracks: select a region, see its moods, listen."""

import streamlit as st

from mer_core.errors import MerError
from mer_core.map_view import MapView
from mer_core.ui import downloads, empty_state, guard, linked, loaders, mood_picker, open_page, plain, recall, remember, track_picker, track_table
from mer_core.ui import map_panel as panel
from mer_core.ui.neighbours import tell_neighbours

page = open_page("Mood map")


def main() -> None:
    maps = page.open_workspace.maps()
    if not maps:
        no_map()
        return
    with st.container(horizontal=True):
        choice = panel.pick_colouring()
        shown = pick_maps(maps)
        views = {encoder: panel.view_of(page, encoder) for encoder in shown}
        first = next(iter(views.values()))
        mood = mood_picker(first.dataset.moods) if choice in panel.OF_ONE_MOOD else None
        tool = panel.pick_tool()
    focus = search(first)
    for column, (encoder, view) in zip(st.columns(len(views)), views.items(), strict=True):
        with column, guard("the map"):
            draw_one(encoder, view, (choice, mood or next(iter(first.dataset.moods), "")), tool, focus)
    with guard("the selection"):
        selection(first)
    if track := focus or recall("track"):
        with guard("the chosen track"):
            tell_neighbours(page, next(iter(views)), first, track)


def pick_maps(maps: list[str]) -> list[str]:
    """One map, or two side by side; in the address as `maps`."""
    if len(maps) == 1:
        return maps
    text = "Choose two to see them side by side with one selection."
    return linked(st.multiselect, "Maps", maps, key="maps", default=maps[:1], max_selections=2, help=text) or maps[:1]


def draw_one(encoder: str, view: MapView, colour: tuple[str, str], tool: str, focus: str | None) -> None:
    """One map with its explanation."""
    colouring = panel.colouring_of(view, *colour)
    if colouring is None:
        no_colouring(encoder, *colour)
        return
    rows = view.rows(filter(None, [focus or recall("track")]))
    panel.draw(page, view, colouring, key=f"map-{encoder}", tool=tool, focus=(int(rows[0]), focus is not None) if len(rows) else None)
    panel.tell_labels(page, view, colour[0])
    panel.explain(loaders.mood_map(page.open_workspace, encoder).trustworthiness)


def search(view: MapView) -> str | None:
    """Search a track or artist; the one chosen is flown to."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        found = track_picker.search(page, view.row_of, key="find")
        if not found:
            return None
        names = {track: view.names[view.row_of[track]] for track in found[: track_picker.MOST]}
        chosen = st.selectbox(f"{len(found):,} found", list(names), format_func=names.__getitem__, key="found")
        st.button("Select all found", on_click=panel.select, args=(page, found), icon=":material/select_all:")
    remember("track", chosen)
    return chosen


def selection(view: MapView) -> None:
    """The selected tracks: moods with lift, table, player, downloads."""
    selected = panel.selected_rows(page, view)
    if selected is None:
        st.info("Draw a lasso or a box on the map, or search a track, to see what is there.", icon=":material/lasso_select:")
        return
    chosen = view.dataset.subset(selected)
    st.subheader(f"{len(chosen):,} of {len(view.dataset):,} tracks selected", anchor=False)
    st.button("Clear the selection", on_click=panel.select, args=(page, ()), icon=":material/close:")
    moods, tracks = st.columns([2, 3])
    with moods:
        panel.tell_selection(view, selected)
    with tracks:
        track = str(chosen.tracks["track_id"].iloc[0]) if len(chosen) == 1 else track_table(page, chosen, key="selected-tracks")
        downloads(page.open_workspace, chosen, key="selection", name="selection")
    if track and track != recall("track"):
        remember("track", track)
        st.rerun()  # the map above has to mark it


def no_colouring(encoder: str, choice: str, mood: str) -> None:
    """What a colouring by predictions needs."""
    try:
        model = loaders.model(page.open_workspace, page.model)
    except MerError:
        return  # `view_of` has said what is wrong with it
    if model.encoder["name"] != encoder:
        empty_state(
            "No predictions on this map",
            f"The model “{plain(page.model)}” reads another encoder than this map's, {encoder}. Choose another model in the sidebar, or train one:",
            f"python scripts/train_classifier.py {page.open_workspace.root} --encoder {encoder}",
        )
    elif mood not in model.moods:
        st.info(f"The model “{plain(page.model)}” does not know the mood “{plain(mood)}”; choose another mood or model.", icon=":material/info:")
    else:
        st.info(f"{choice.capitalize()} can be told only where people labelled tracks with it; nobody did here.", icon=":material/info:")


def no_map() -> None:
    """What to do where there is no map yet."""
    root = page.open_workspace.root
    commands = [f"python scripts/build_map.py {root} --encoder {encoder}" for encoder in page.open_workspace.encoders()]
    first = [] if commands else [f"python scripts/build_embeddings.py {root} --encoder musicnn\npython scripts/build_map.py {root} --encoder musicnn"]
    empty_state("No map yet", "The map places every track by how it sounds. It is made once, offline, from the embeddings.", *commands, *first)


with guard("the mood map"):
    main()
