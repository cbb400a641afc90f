"""The map of tracks: what its points are drawn over, and the colours of the points."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure, Heatmap, Scatter

from mer_core.figures.theme import MUTED, POINT_SCALE, on_background, scale_colours
from mer_core.maps import bounded
from mer_core.maps.regions import Region


@dataclass(frozen=True)
class Colouring:
    """What the points' colour means: `values` (n_tracks,) are words with a colour each in `colours`, or numbers on the
    theme's scale."""

    title: str
    values: np.ndarray
    colours: Mapping[str, str] | None = None
    limits: tuple[float, float] | None = None
    tickformat: str | None = None


HEIGHT = 500
"""Pixels: with the player below it, the map is within one screen of 900."""
REGION = {"showarrow": False, "font": {"size": 15}, "bgcolor": "rgba(128,128,128,0.28)", "borderpad": 2}
BELOW_THE_TOOLS = {"y": 0, "yanchor": "bottom", "len": 0.93}
"""Of a colour bar: it ends below the chart's tools, which stand in the upper right corner."""
CLOSE = 0.15
"""Half the width of what is in view round a track, as a share of the map's."""
AROUND = 0.04
"""Empty space at each side, as a share of the map's width and height."""
STEPS = 64
"""Colours of a scale of numbers."""
SMALL, LETTER, MARGIN = 12, 6.0, 8
"""Size of the legend's letters, pixels of one (an entry must hold the numbers of a selection) and between entries."""


@dataclass(frozen=True)
class Painted:
    """Colours of points: `index` (n,) into `palette` ("#rrggbb"); `groups` has for each colour the entry of the legend
    that shows and hides its points, "" for none."""

    index: np.ndarray
    palette: tuple[str, ...]
    groups: tuple[str, ...]


def map_figure(places: np.ndarray, colouring: Colouring, *, dense: bool = False, close_to: int | None = None) -> Figure:
    """What the points of a map are drawn over (see `app.map_layer`): axes, legend or colour bar.

    places: (n_tracks, 2). dense: a density of all tracks lies below, for points that are a part of them. close_to: the
    row of a track that the view begins at.
    """
    figure = Figure()
    if dense:
        _add_density(figure, places)
    nowhere = {"x": [None], "y": [None], "mode": "markers", "hoverinfo": "skip"}
    if colouring.colours is None:
        figure.add_trace(Scatter(name=colouring.title, marker=_bar(colouring), **nowhere))
    for name, (entry, _) in _entries(colouring).items():
        marker = {"color": (colouring.colours or {})[name], "size": 9, "opacity": 0.9}
        figure.add_trace(Scatter(name=entry, marker=marker, **nowhere))
    _begin_at(figure, places, close_to)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
    widest = max((len(counted) for _, counted in legend_counts(colouring).items()), default=0)
    return figure.update_layout(
        height=HEIGHT,
        dragmode="lasso",
        margin={"l": 8, "r": 8, "t": 28, "b": 8},  # above it stand the chart's tools
        showlegend=colouring.colours is not None,
        legend={
            "itemsizing": "constant",
            "yanchor": "top",
            "y": -0.04,
            "entrywidth": MARGIN + LETTER * widest,
            "font": {"size": SMALL},
        },
        uirevision="map",
    )


def legend_counts(colouring: Colouring, selected: np.ndarray | None = None) -> dict[str, str]:
    """Each entry of the legend ("calm 412"), and what it says of a selection ("calm 47 / 412"); selected: (n_tracks,)
    bool, None: all."""
    chosen = {name: total for name, (_, total) in _entries(colouring).items()}
    if selected is not None:
        chosen = {name: int((colouring.values[selected] == name).sum()) for name in chosen}
    entries = _entries(colouring)
    return {entry: f"{name or 'none'} {chosen[name]:,} / {total:,}" for name, (entry, total) in entries.items()}


def painted(colouring: Colouring, rows: np.ndarray | None = None, dark: bool = False) -> Painted:
    """The colours of the points `rows` (None: all), on the light or the dark background."""
    values = colouring.values if rows is None else colouring.values[rows]
    if colouring.colours is None:
        low, high = _limits(colouring)
        at = (values.astype(float) - low) / max(high - low, 1e-12)
        known = np.isfinite(at)
        index = np.where(known, np.clip(np.nan_to_num(at), 0, 1) * (STEPS - 1), STEPS).round().astype(np.uint8)
        return Painted(index, (*scale_colours(POINT_SCALE, STEPS), MUTED), ("",) * (STEPS + 1))
    entries = _entries(colouring)
    index = np.zeros(len(values), np.uint8)
    for place, name in enumerate(entries):
        index[values == name] = place
    colours = tuple(on_background(colouring.colours[name], dark) for name in entries)
    return Painted(index, colours, tuple(entry for entry, _ in entries.values()))


def point_size(n_tracks: int) -> float:
    """Pixels across a point of a map of so many tracks."""
    return float(np.clip(220 / np.sqrt(max(n_tracks, 1)), 3, 9))


def _entries(colouring: Colouring) -> dict[str, tuple[str, int]]:
    """By word: its entry in the legend, and how many tracks have it; only words that some have."""
    totals = {name: int((colouring.values == name).sum()) for name in colouring.colours or {}}
    return {name: (f"{name or 'none'} {total:,}", total) for name, total in totals.items() if total}


def _limits(colouring: Colouring) -> tuple[float, float]:
    if colouring.limits:
        return colouring.limits
    known = colouring.values[np.isfinite(colouring.values.astype(float))]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def _bar(colouring: Colouring) -> dict[str, object]:
    low, high = _limits(colouring)
    title = {"text": colouring.title, "side": "right"}
    bar = {"title": title, "thickness": 12, "tickformat": colouring.tickformat, **BELOW_THE_TOOLS}
    return {"color": [low], "cmin": low, "cmax": high, "colorbar": bar, "colorscale": POINT_SCALE, "showscale": True}


def _add_density(figure: Figure, places: np.ndarray) -> None:
    """How many tracks lie where, below the points, which are then not all of them."""
    x, y, counts = bounded.density(places, bounded.window_of(places))
    empty_is_clear = [[0, "rgba(128,128,128,0)"], [1e-9, "rgba(128,128,128,0.12)"], [1, "rgba(128,128,128,0.7)"]]
    settings = {"colorscale": empty_is_clear, "showscale": False, "hoverinfo": "skip", "name": "tracks"}
    figure.add_trace(Heatmap(x=x, y=y, z=counts, **settings))


def _begin_at(figure: Figure, places: np.ndarray, close_to: int | None) -> None:
    """Set what is in view: all, or the surroundings of a track."""
    low, high = places.min(axis=0).astype(float), places.max(axis=0).astype(float)
    edge = AROUND * np.maximum(high - low, 1e-6)
    low, high = low - edge, high + edge
    if close_to is not None:
        reach = CLOSE * float(np.ptp(places, axis=0).max())
        low, high = places[close_to] - reach, places[close_to] + reach
    figure.update_xaxes(range=[float(low[0]), float(high[0])])
    figure.update_yaxes(range=[float(low[1]), float(high[1])])


def add_regions(figure: Figure, regions: Iterable[Region]) -> Figure:
    """Write the names of the regions (`maps.regions`) on a map; returns it."""
    for region in regions:
        name = region.mood.replace("<", "‹").replace(">", "›").replace("&", "+")  # Plotly reads a small HTML
        figure.add_annotation(x=region.x, y=region.y, text=f"<b>{name}</b>", **REGION)
    return figure
