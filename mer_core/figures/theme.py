"""Colours and looks shared by all figures.

A mood keeps its colour everywhere: the colour of its family, a little lighter or darker within the family. The nine
family colours were found by a search for the largest least distance (OKLab) between any two of them and grey, in normal
vision and in simulated protanopia, deuteranopia and tritanopia (Machado, Oliveira & Fernandes 2009, A
physiologically-based
model for simulation of color vision deficiency), among the colours of 3:1 contrast (WCAG 2.2, 1.4.11) with both the
app's
light and its dark background.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
from plotly.colors import find_intermediate_color, hex_to_rgb
from plotly.graph_objects import Figure as Figure
from plotly.graph_objects import Scatter
from plotly.graph_objs.layout import Template

from mer_core.moods import FAMILIES, MOODS, OTHER, family_of

FAMILY_COLOURS = dict(
    zip(
        FAMILIES,
        ("#8c6018", "#ef6600", "#d22070", "#796da1", "#b870d7", "#355cff", "#b400cd", "#067668", "#2ba54b"),
        strict=True,
    ),
) | {OTHER: "#8a919b"}

DARK_FAMILY_COLOURS = dict(
    zip(
        FAMILIES,
        ("#ffe766", "#ff8c2d", "#ff3b47", "#6069ff", "#a566c2", "#549cff", "#f29dcd", "#3df2e8", "#70df8c"),
        strict=True,
    ),
) | {OTHER: "#8a919b"}
"""The same search for the dark background alone, which leaves room for yellow and for brighter colours; `apply` puts
them in the place of the others."""
DARK_SHADES = (0.0, 0.3)
"""As SHADES, for every family on the dark background."""

SHADES = dict(
    zip(
        FAMILIES,
        (
            (-0.04, 0.2),
            (-0.2, 0.04),
            (-0.1, 0.14),
            (-0.12, 0.12),
            (-0.18, 0.06),
            (-0.09, 0.15),
            (-0.04, 0.2),
            (-0.04, 0.2),
            (-0.2, 0.03),
        ),
        strict=True,
    )
)
"""How far a family's first and last mood are mixed with black (below 0) or white: as far as leaves a contrast of 3:1 on
both sides."""

SPLIT_COLOURS = {"train": "#3388d8", "validation": "#cb7637", "test": "#9040bf", "": "#8a919b"}
"""Parts of a split; "" is "in no part"."""

ACCENT = "#3388d8"
"""For a figure with one series."""

MUTED = "#8a919b"
"""For what stands back: reference lines, tracks outside a selection."""

OUTCOME_COLOURS = {
    "true positive": "#1f7a0a",
    "false positive": "#cb7637",
    "false negative": "#9040bf",
    "true negative": "#8a919b",
}


SEQUENTIAL_SCALES = {
    False: ["#edf4fc", "#a9cdf0", "#5aa0de", "#2a6cb0", "#12386a"],
    True: ["#182838", "#1f4d7d", "#2f7cc4", "#7fb4ea", "#e3f0fd"],
}
"""For the cells of heat maps: low values sink into the background, light or dark. In every figure's template."""

POINT_SCALE = ["#2f7cc4", "#9a63ad", "#d0603a"]
"""For points by a number: from low to high by hue, at a contrast of 3:1 with both backgrounds, so that none of them
sinks into one."""

DIVERGING_SCALES = {
    False: ["#8f3f0e", "#e0915a", "#f3f4f6", "#5aa0de", "#12386a"],
    True: ["#f5b38a", "#b8602a", "#232c37", "#2f7cc4", "#a9d0f7"],
}
"""The same for values on both sides of a middle: orange below, blue above. In every figure's template."""

BACKGROUND = {False: "#ffffff", True: "#11161d"}
TEXT = {False: "#1b2430", True: "#e8edf3"}
GRID = {False: "#dfe4ea", True: "#2c3643"}
FONT = "Source Sans, Source Sans Pro, sans-serif"


def family_colour(family: str) -> str:
    """The colour ("#rrggbb") of a family of moods; grey for OTHER and for unknown words."""
    return FAMILY_COLOURS.get(family, FAMILY_COLOURS[OTHER])


def mood_colour(mood: str, dark: bool = False) -> str:
    """The colour ("#rrggbb") of a mood, the same on every page: its family's, shaded by its place within the family.
    dark: on the dark background; figures need not ask, for `apply` replaces their colours."""
    family = family_of(mood)
    colour = DARK_FAMILY_COLOURS[family] if dark else family_colour(family)
    if mood not in MOODS:  # another vocabulary's word for a mood of that family, or an unknown one
        return colour
    members = [name for name, place in MOODS.items() if place.family == family]
    first, last = DARK_SHADES if dark else SHADES[family]
    return _shade(colour, first + (last - first) * members.index(mood) / max(len(members) - 1, 1))


def on_background(colour: str, dark: bool) -> str:
    """The colour ("#rrggbb") of a mood or family as it is on the light or the dark background; others stay."""
    return _exchanged(dark).get(colour, colour)


def scale_colours(scale: list[str], steps: int) -> list[str]:
    """`steps` colours ("#rrggbb") along a scale of colours, its ends included."""
    stops = np.array([hex_to_rgb(colour) for colour in scale], dtype=float)
    at = np.linspace(0, len(stops) - 1, steps)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, channel]).round().astype(int) for channel in range(3)]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in zip(*channels, strict=True)]


def apply(figure: Figure, dark: bool = False) -> Figure:
    """Give `figure` the app's font, margins and light or dark colours, in place; what the figure sets itself stays, but
    for the colours of moods and families, which are those of the background. Returns it."""
    figure.layout.template = _template(dark)
    _recolour(figure, dark)
    if figure.layout.title.text:
        entries = [trace.showlegend for trace in figure.data if trace.showlegend is not False]
        legend = figure.layout.showlegend is not False and (len(entries) > 1 or True in entries)
        figure.layout.margin.t = figure.layout.margin.t or (64 if legend else 40)
    return figure


def _recolour(figure: Figure, dark: bool) -> None:
    colours = _exchanged(dark)

    def exchanged(value: str) -> str:
        """The colour on this background, as transparent ("#rrggbbaa") as it was."""
        return colours.get(value[:7], value[:7]) + value[7:] if value.startswith("#") else value

    for trace in figure.data:
        parts = [trace[name] for name in ("marker", "line") if name in trace]
        for part in [*parts, *(part["line"] for part in parts if "line" in part)]:
            value = part["color"] if "color" in part else None  # noqa: SIM401 - Plotly's parts have no get
            if isinstance(value, str):
                part["color"] = exchanged(value)
            elif value is not None and len(value) and isinstance(value[0], str):
                part["color"] = [exchanged(one) for one in value]


@cache
def _exchanged(dark: bool) -> dict[str, str]:
    """The colour on this background by the one on the other."""
    pairs = [(mood_colour(mood), mood_colour(mood, dark=True)) for mood in MOODS]
    pairs += [(FAMILY_COLOURS[family], DARK_FAMILY_COLOURS[family]) for family in FAMILIES]
    return dict(pairs) if dark else {bright: plain for plain, bright in pairs}


@cache
def _template(dark: bool) -> Template:
    axis = {
        **dict.fromkeys(("gridcolor", "linecolor", "zerolinecolor", "tickcolor"), GRID[dark]),
        "automargin": True,
        "title": {"standoff": 8},
        "showline": False,
        "zeroline": False,
    }
    clear = "rgba(0,0,0,0)"
    layout = {
        "font": {"family": FONT, "size": 13, "color": TEXT[dark]},
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
        "hoverlabel": {
            "bgcolor": BACKGROUND[dark],
            "bordercolor": GRID[dark],
            "font": {"color": TEXT[dark], "family": FONT},
            "align": "left",
        },
        "title": {
            "x": 0,
            "xanchor": "left",
            "xref": "container",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "pad": {"l": 8, "t": 6},
            "font": {"size": 15},
        },
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "xanchor": "left", "x": 0, "bgcolor": clear},
        "modebar": {"bgcolor": clear, "color": MUTED, "activecolor": TEXT[dark]},
        "colorscale": {"sequential": SEQUENTIAL_SCALES[dark], "diverging": DIVERGING_SCALES[dark]},
        "colorway": list(FAMILY_COLOURS.values()),
        "xaxis": axis,
        "yaxis": {**axis, "ticklabelstandoff": 4},
    }
    bars = {"title": {"side": "right"}, "thickness": 12, "outlinewidth": 0, "tickcolor": GRID[dark]}
    return Template(layout=layout, data={"heatmap": [{"colorbar": bars}]})


def add_family_legend(figure: Figure, moods: Iterable[str]) -> Figure:
    """Add one legend entry for each family among `moods`, for figures whose marks have mood colours; returns the
    figure."""
    present = {family_of(mood) for mood in moods}
    for family in (*FAMILIES, OTHER):
        if family in present:
            marker = {"color": family_colour(family), "size": 10, "symbol": "square"}
            figure.add_trace(Scatter(x=[None], y=[None], mode="markers", name=family, marker=marker, hoverinfo="skip"))
    return figure.update_layout(
        showlegend=True, legend={"itemclick": False, "itemdoubleclick": False, "entrywidth": 76}
    )


def empty(message: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = Figure()
    figure.add_annotation(
        text=message, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper", font={"size": 15, "color": MUTED}
    )
    return figure.update_layout(xaxis={"visible": False}, yaxis={"visible": False}, height=240)


def _shade(colour: str, amount: float) -> str:
    """`colour` mixed with black (amount < 0) or white (amount > 0), amount in [-1, 1]."""
    end = (255, 255, 255) if amount > 0 else (0, 0, 0)
    red, green, blue = find_intermediate_color(hex_to_rgb(colour), end, abs(amount))
    return f"#{round(red):02x}{round(green):02x}{round(blue):02x}"
