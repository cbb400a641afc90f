"""Drawing a mood map: a figure without points, which stays as it is while tracks are clicked, the points over it, and
what a click or a selection changes."""

from functools import lru_cache

import numpy as np
import streamlit as st

from mer_core.app import map_layer, player
from mer_core.app.map_layer import Marks, Points, Told
from mer_core.app.shell import PageContext
from mer_core.app.url_state import recall
from mer_core.app.views import map_extras
from mer_core.app.views.mood_map import FLOWN, NEWEST, WINDOWS, select, selected_rows
from mer_core.app.widgets import chart
from mer_core.figures.mood_map import CLOSE, Colouring, add_regions, legend_counts, map_figure, painted
from mer_core.maps import bounded
from mer_core.maps.bounded import Window
from mer_core.maps.view import MapView

CONFIG = {"modeBarButtonsToRemove": ["toImage", "autoScale2d"], "doubleClick": "reset"}
"""Plotly cannot see the points, so it can neither save a picture of them nor find where they end."""


def draw(page: PageContext, view: MapView, colouring: Colouring, *, key: str) -> None:
    """Show the map: a click plays a track, dragging draws a lasso. All maps of the page share the selection."""
    ids = view.dataset.tracks["track_id"]

    def clicked(row: int) -> None:
        """Play that track; next and previous walk the selection it lies in, else the whole map."""
        chosen = selected_rows(page, view)
        among = ids[chosen] if chosen is not None and chosen[row] else ids
        st.session_state[NEWEST] = "Track"
        player.play(str(ids.iloc[row]), among=[str(track) for track in among])

    def lassoed(corners: np.ndarray) -> None:
        """What the lasso holds becomes the selection."""
        inside = bounded.in_lasso(view.places, corners)
        if inside.any():
            select(page, ids[inside])

    def moved(window: Window) -> None:
        """Draw the points in view."""
        st.session_state.setdefault(WINDOWS, {})[key] = window

    close_to = view.row_of.get(st.session_state.get(FLOWN, ""))
    figure = map_figure(view.places, colouring, dense=is_partial(view), close_to=close_to)
    add_regions(figure, view.regions)
    alt = f"Map of {len(view.dataset):,} tracks coloured by {colouring.title}"
    chart(figure, page, key=key, alt=alt, select=("lasso",), config=CONFIG)
    points = points_of(view, colouring, page.dark, _window(view, key, close_to))
    map_layer.show(key, points, Told(clicked, lassoed, moved))
    map_layer.mark(key, _marks(page, view, colouring, key))


def is_partial(view: MapView) -> bool:
    """Whether only a part of the tracks is drawn."""
    return len(view.places) > bounded.MOST_POINTS


def points_of(view: MapView, colouring: Colouring, dark: bool, window: Window | None = None) -> Points:
    """The points of a map in their colours; window: what is in view where they are a part."""
    rows = _drawn_rows(view, window) if is_partial(view) else None
    places = view.places if rows is None else view.places[rows]
    colours = painted(colouring, rows, dark)
    return Points(places, colours, _names(view, window), len(view.places), rows is not None)


@lru_cache(maxsize=4)
def _names(view: MapView, window: Window | None) -> str:
    """What the pointer shows of the points that are drawn, packed."""
    rows = _drawn_rows(view, window) if is_partial(view) else None
    shown = np.arange(len(view.places)) if rows is None else rows
    return map_layer.pack(view.labels_of(shown), None if rows is None else rows.tolist())


@lru_cache(maxsize=4)
def _drawn_rows(view: MapView, window: Window | None) -> np.ndarray:
    return bounded.drawn_rows(view.places, None if window is None else bounded.around(window))


def _window(view: MapView, key: str, close_to: int | None) -> Window | None:
    """What is in view of a map that draws a part of its points."""
    if not is_partial(view):
        return None
    told: Window | None = st.session_state.get(WINDOWS, {}).get(key)
    if told is None and close_to is not None:
        x, y = map(float, view.places[close_to])
        reach = CLOSE * float(np.ptp(view.places, axis=0).max())
        return Window(x - reach, y - reach, x + reach, y + reach)
    return told


def _marks(page: PageContext, view: MapView, colouring: Colouring, key: str) -> Marks:
    selected = selected_rows(page, view)
    legend = {} if selected is None else legend_counts(colouring, selected)
    track = recall("track") or ""
    row = view.row_of.get(track)
    if row is None:
        return Marks(selected=selected, legend=legend)
    path = map_extras.path_of(page, key.removeprefix("map-"), track)
    place = (float(view.x[row]), float(view.y[row]))
    return Marks(place, path, player.playing() == track, selected, legend)
