"""Drawing a mood map: the figure, which stays as it is while tracks are clicked, and the layer over it."""

from functools import lru_cache

import numpy as np
import streamlit as st

from mer_core.app import map_layer, player
from mer_core.app.shell import PageContext
from mer_core.app.url_state import recall
from mer_core.app.views import map_extras
from mer_core.app.views.mood_map import FLOWN, NEWEST, WINDOWS, select, selected_rows
from mer_core.app.widgets import Point, chart
from mer_core.figures.mood_map import CLOSE, Colouring, add_regions, map_figure
from mer_core.maps import bounded
from mer_core.maps.bounded import Window, chosen_rows
from mer_core.maps.view import MapView


def draw(page: PageContext, view: MapView, colouring: Colouring, *, key: str) -> None:
    """Show the map: a click plays a track, dragging draws a lasso. All maps of the page share the selection."""
    ids = view.dataset.tracks["track_id"]

    def picked(_: list[Point]) -> None:
        """What the lasso holds becomes the selection."""
        rows = chosen_rows(st.session_state[key]["selection"], view.places)
        if rows:
            select(page, ids.iloc[rows])

    def clicked(row: int) -> None:
        """Play that track; next and previous walk the selection it lies in, else the whole map."""
        chosen = selected_rows(page, view)
        among = ids[chosen] if chosen is not None and chosen[row] else ids
        st.session_state[NEWEST] = "Track"
        player.play(str(ids.iloc[row]), among=[str(track) for track in among])

    def moved(window: Window) -> None:
        """Draw the points in view."""
        st.session_state.setdefault(WINDOWS, {})[key] = window

    close_to = view.row_of.get(st.session_state.get(FLOWN))
    window = _window(view, key, close_to)
    figure = map_figure(
        view.places, colouring, selected_rows(page, view), drawn=drawn_rows(view, window), close_to=close_to
    )
    add_regions(figure, view.regions)
    alt = f"Map of {len(view.dataset):,} tracks coloured by {colouring.title}"
    chart(figure, page, key=key, alt=alt, select=("lasso",), picked=picked)
    map_layer.show(key, _layer(page, view, key, window), clicked, moved)


def drawn_rows(view: MapView, window: Window | None = None) -> np.ndarray | None:
    """The rows whose points are drawn, round the window or of the whole map; None: all."""
    return _drawn_rows(view, window) if len(view.places) > bounded.MOST_POINTS else None


@lru_cache(maxsize=4)
def names(view: MapView, window: Window | None = None) -> str:
    """What the pointer shows of the points that are drawn, packed for the layer."""
    rows = drawn_rows(view, window)
    shown = np.arange(len(view.places)) if rows is None else rows
    return map_layer.pack(view.labels_of(shown), None if rows is None else rows.tolist())


@lru_cache(maxsize=4)
def _drawn_rows(view: MapView, window: Window | None) -> np.ndarray:
    return bounded.drawn_rows(view.places, None if window is None else bounded.around(window))


def _window(view: MapView, key: str, close_to: int | None) -> Window | None:
    """What is in view of a map that draws a part of its points."""
    if len(view.places) <= bounded.MOST_POINTS:
        return None
    told: Window | None = st.session_state.get(WINDOWS, {}).get(key)
    if told is None and close_to is not None:
        x, y = map(float, view.places[close_to])
        reach = CLOSE * float(np.ptp(view.places, axis=0).max())
        return Window(x - reach, y - reach, x + reach, y + reach)
    return told


def _layer(page: PageContext, view: MapView, key: str, window: Window | None) -> map_layer.Layer:
    track = recall("track") or ""
    row = view.row_of.get(track)
    partial = len(view.places) > bounded.MOST_POINTS
    if row is None:
        return map_layer.Layer(names(view, window), partial=partial)
    return map_layer.Layer(
        names(view, window),
        place=(float(view.x[row]), float(view.y[row])),
        path=map_extras.path_of(page, key.removeprefix("map-"), track),
        heard=player.playing() == track,
        partial=partial,
    )
