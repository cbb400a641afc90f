"""The map of a workspace's tracks: a click plays one, a lasso shows the moods of many; the answer stands beside it."""

import streamlit as st

from mer_core.app import downloads, frame, guard, open_page, recall, track_table
from mer_core.app.teaching import correction_controls, note_own_moods
from mer_core.app.views import map_drawing, map_words
from mer_core.app.views import mood_map as panel
from mer_core.app.views.inspector import show_track
from mer_core.maps.view import MapView

page = open_page("Mood map")


def main() -> None:
    maps = page.open_workspace.maps()
    if not maps:
        panel.no_map(page)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = panel.pick_colouring(page)
        shown = panel.pick_maps(maps)
        views = {encoder: panel.view_of(page, encoder) for encoder in shown}
        first = next(iter(views.values()))
        mood = panel.pick_mood(first) if choice in panel.OF_ONE_MOOD else None
        ids = panel.search(page, first)
    fit = map_words.ask(page, choice)
    left, right = frame.beside(3, 2)
    with right:
        panel.pick_found(page, first, ids)
    with left:
        for column, (encoder, view) in zip(st.columns(len(views)), views.items(), strict=True):
            with column, guard("the map"):
                draw_one(
                    encoder,
                    view,
                    (choice, mood or next(iter(first.dataset.moods), "")),
                    fit,
                )
        panel.explain_labels(page, first, choice)
        note_own_moods(page, [mood] if mood else [])
    with right, guard("the answer"):
        answer(next(iter(views)), first)


def draw_one(encoder: str, view: MapView, colour: tuple[str, str], fit: map_words.FitToWords | None) -> None:
    """One map."""
    colouring = map_words.colouring(view, fit) or panel.any_colouring(page, view, *colour)
    if colouring is None:
        panel.no_colouring(page, encoder, *colour)
        return
    map_drawing.draw(page, view, colouring, key=f"map-{encoder}")


def answer(encoder: str, view: MapView) -> None:
    """What was clicked, what was selected, and what the map means."""
    selected, track = panel.selected_rows(page, view), recall("track")
    tabs = [*(["Track"] if track else []), *(["Selection"] if selected is not None else []), "About the map"]
    newest = panel.newest_answer(tabs)
    with frame.answer(newest if newest != tabs[-1] else None):
        for name, tab in zip(tabs, st.tabs(tabs, default=newest, key=f"answers-{newest}-{track}"), strict=True):
            with tab:
                if name == "Track" and track:
                    show_track(page, track)
                elif name == "Selection" and selected is not None:
                    selection(view)
                else:
                    panel.explain(page, encoder, view)


def selection(view: MapView) -> None:
    """The selected tracks: moods with lift, table, downloads."""
    selected = panel.selected_rows(page, view)
    assert selected is not None  # the tab is there only where something is selected
    chosen = view.dataset.subset(selected)
    st.markdown(f"**{len(chosen):,} of {len(view.dataset):,} tracks selected**")
    panel.show_selection(view, selected)
    track_table(chosen, key="selected-tracks", height=260)
    with st.container(horizontal=True):
        downloads(page.open_workspace, chosen, key="selection", name="selection")
        st.button("Clear the selection", on_click=panel.select, args=(page, ()), icon=":material/close:")
    correction_controls(page, list(chosen.tracks["track_id"]), key="selection")


with guard("the mood map"):
    main()
