"""The map of tracks: one point a track, placed by UMAP, drawn with WebGL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure, Heatmap, Scattergl

from mer_core.figures.theme import MUTED, POINT_SCALE
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


def map_figure(
    places: np.ndarray,
    colouring: Colouring,
    selected: np.ndarray | None = None,
    *,
    drawn: np.ndarray | None = None,
    close_to: int | None = None,
) -> Figure:
    """The map, without names: those, and what marks a chosen track, lie over it (`app.map_layer`).

    places: (n_tracks, 2). selected: (n_tracks,) bool, the rest is greyed and legends count "47 / 412". drawn: the rows
    whose points are drawn, over a density of all (see maps/bounded.py); None: all. close_to: the row of a track that
    the view begins at. Each point's customdata is its row.
    """
    figure = Figure()
    is_drawn = np.ones(len(places), bool)
    if drawn is not None:
        is_drawn[:] = False
        is_drawn[drawn] = True
        _add_density(figure, places)
    for name, all_rows, marker in _groups(colouring):
        counted = None if selected is None else int(selected[all_rows].sum())
        rows = all_rows[is_drawn[all_rows]]
        chosen = None if selected is None else np.flatnonzero(selected[rows])
        colours = marker["color"]
        if isinstance(colours, np.ndarray):
            marker = {**marker, "color": colours[is_drawn[all_rows]]}
        figure.add_trace(
            Scattergl(
                x=places[rows, 0],
                y=places[rows, 1],
                mode="markers",
                name=_legend(name, len(all_rows), counted),
                customdata=rows.astype(np.min_scalar_type(len(places))),
                hoverinfo="none",
                marker={"size": _size(len(places)), "opacity": 0.8, **marker},
                selectedpoints=chosen,
                selected={"marker": {"opacity": 1.0}},
                unselected={"marker": {"opacity": 0.15, "color": MUTED}},
            )
        )
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
    if close_to is not None:
        _begin_close_to(figure, places, close_to)
    return figure.update_layout(
        height=HEIGHT,
        dragmode="lasso",
        showlegend=colouring.colours is not None,
        legend={"itemsizing": "constant", "yanchor": "top", "y": -0.08},
        uirevision="map",
    )


def _groups(colouring: Colouring) -> list[tuple[str, np.ndarray, dict[str, object]]]:
    if colouring.colours is None:
        low, high = colouring.limits or (float(np.nanmin(colouring.values)), float(np.nanmax(colouring.values)))
        bar = {
            "title": {"text": colouring.title, "side": "right"},
            "thickness": 12,
            "tickformat": colouring.tickformat,
            **BELOW_THE_TOOLS,
        }
        marker = {
            "color": colouring.values.astype(np.float32),
            "cmin": low,
            "cmax": high,
            "colorbar": bar,
            "colorscale": POINT_SCALE,
        }
        return [(colouring.title, np.arange(len(colouring.values)), marker)]
    groups: list[tuple[str, np.ndarray, dict[str, object]]] = []
    for word, colour in colouring.colours.items():
        rows = np.flatnonzero(colouring.values == word)
        if len(rows):
            groups.append((word, rows, {"color": colour}))
    return groups


def _add_density(figure: Figure, places: np.ndarray) -> None:
    """How many tracks lie where, below the points, which are then not all of them."""
    x, y, counts = bounded.density(places, bounded.window_of(places))
    empty_is_clear = [[0, "rgba(128,128,128,0)"], [1e-9, "rgba(128,128,128,0.12)"], [1, "rgba(128,128,128,0.7)"]]
    settings = {"colorscale": empty_is_clear, "showscale": False, "hoverinfo": "skip", "name": "tracks"}
    figure.add_trace(Heatmap(x=x, y=y, z=counts, **settings))


def _legend(name: str, total: int, chosen: int | None) -> str:
    return f"{name or 'none'} {total:,}" if chosen is None else f"{name or 'none'} {chosen:,} / {total:,}"


def _size(n_tracks: int) -> float:
    return float(np.clip(220 / np.sqrt(max(n_tracks, 1)), 3, 9))


def _begin_close_to(figure: Figure, places: np.ndarray, row: int) -> None:
    x, y = map(float, places[row])
    reach = CLOSE * np.ptp(places, axis=0).max()
    figure.update_xaxes(range=[x - reach, x + reach])
    figure.update_yaxes(range=[y - reach, y + reach])


def add_regions(figure: Figure, regions: Iterable[Region]) -> Figure:
    """Write the names of the regions (`maps.regions`) on a map; returns it."""
    for region in regions:
        name = region.mood.replace("<", "‹").replace(">", "›").replace("&", "+")  # Plotly reads a small HTML
        figure.add_annotation(x=region.x, y=region.y, text=f"<b>{name}</b>", **REGION)
    return figure
