"""The map of tracks: one point a track, placed by UMAP, drawn with WebGL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from plotly.graph_objects import Figure, Heatmap, Scattergl

from mer_core.figures.theme import MUTED, POINT_SCALE
from mer_core.maps import bounded
from mer_core.maps.path import SongPath
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
PATH = "#cf2845"
REGION = {"showarrow": False, "font": {"size": 15}, "bgcolor": "rgba(128,128,128,0.28)", "borderpad": 2}
BELOW_THE_TOOLS = {"y": 0, "yanchor": "bottom", "len": 0.93}
"""Of a colour bar: it ends below the chart's tools, which stand in the upper right corner."""


def map_figure(
    places: np.ndarray,
    texts: np.ndarray,
    colouring: Colouring,
    selected: np.ndarray | None = None,
    focus: tuple[int, bool] | None = None,
) -> Figure:
    """The map.

    places: (n_tracks, 2). texts: (n_tracks,) str, what the pointer shows, without HTML. selected: (n_tracks,) bool, the
    rest is greyed and legends count "47 / 412". focus: a row to mark, and whether to fly there. Each point's
    customdata is its row. Of very many tracks a part is drawn, over a density of all (see maps/bounded.py).
    """
    figure = Figure()
    drawn = np.ones(len(places), bool)
    if len(places) > bounded.MOST_POINTS:
        drawn[:] = False
        drawn[bounded.drawn_rows(places, always=None if focus is None else np.array([focus[0]]))] = True
        _add_density(figure, places)
    for name, all_rows, marker in _groups(colouring):
        counted = None if selected is None else int(selected[all_rows].sum())
        rows = all_rows[drawn[all_rows]]
        chosen = None if selected is None else np.flatnonzero(selected[rows])
        colours = marker["color"]
        if isinstance(colours, np.ndarray):
            marker = {**marker, "color": colours[drawn[all_rows]]}
        figure.add_trace(
            Scattergl(
                x=places[rows, 0],
                y=places[rows, 1],
                mode="markers",
                name=_legend(name, len(all_rows), counted),
                customdata=rows.astype(np.int32),
                text=texts[rows],
                hovertemplate="%{text}<extra></extra>",
                marker={"size": _size(len(places)), "opacity": 0.8, **marker},
                selectedpoints=chosen,
                selected={"marker": {"opacity": 1.0}},
                unselected={"marker": {"opacity": 0.15, "color": MUTED}},
            )
        )
    if focus is not None:
        _mark(figure, places, *focus)
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False)
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


def _mark(figure: Figure, places: np.ndarray, row: int, fly: bool) -> None:
    x, y = map(float, places[row])
    ring = {"size": 18, "color": "rgba(0,0,0,0)", "line": {"width": 3, "color": PATH}}
    figure.add_trace(
        Scattergl(x=[x], y=[y], mode="markers", name="chosen track", marker=ring, hoverinfo="skip", showlegend=False)
    )
    if fly:
        reach = 0.15 * np.ptp(places, axis=0).max()
        figure.update_xaxes(range=[x - reach, x + reach])
        figure.update_yaxes(range=[y - reach, y + reach])


def add_path(figure: Figure, path: SongPath) -> Figure:
    """Draw the way of a song over the map, from a pale beginning to a full end; returns it."""
    moments = [f"{int(start) // 60}:{int(start) % 60:02d}" for start in path.starts]
    line = {"color": PATH, "width": 2, "dash": "dot"}
    opacity = np.linspace(0.35, 1, len(moments))
    figure.add_trace(
        Scattergl(
            x=path.places[:, 0],
            y=path.places[:, 1],
            mode="lines+markers",
            name="its way over time",
            line=line,
            marker={"size": 8, "color": PATH, "opacity": opacity},
            text=moments,
            hovertemplate="the song at %{text}<extra></extra>",
            showlegend=False,
        )
    )
    return figure


def add_regions(figure: Figure, regions: Iterable[Region]) -> Figure:
    """Write the names of the regions (`maps.regions`) on a map; returns it."""
    for region in regions:
        name = region.mood.replace("<", "‹").replace(">", "›").replace("&", "+")  # Plotly reads a small HTML
        figure.add_annotation(x=region.x, y=region.y, text=f"<b>{name}</b>", **REGION)
    return figure
