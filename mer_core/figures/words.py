"""Figures of the words of a song: line by line under the timeline of its sound, their moods, and where sound and words
lie between sad and glad."""

from collections.abc import Mapping, Sequence

import numpy as np
from plotly.graph_objects import Bar, Figure, Scatter

from mer_core.figures.predict import TIME_MARGINS, set_time_axis
from mer_core.figures.theme import ACCENT, MUTED
from mer_core.lyrics.joined import WordRow
from mer_core.recommend.explain import clock

GLAD, SAD = "#2f7cc4", "#d9741f"
"""Colours of words that are glad and of those that are sad, as in the diverging scale of all figures."""
FARTHEST = 3.0
"""Standard deviations shown on both sides of the middle."""


def row_figure(row: WordRow, duration: float, texts: Mapping[float, str]) -> Figure:
    """The words line by line, one box each, blue where they are glad and orange where they are sad, the stronger the
    fuller; on the axis of `timeline_figure`.

    texts: by start in seconds, what is sung, for whoever points at a box. A box's customdata is its start.
    """
    hovers = [
        f"{clock(start)} · {mood} · valence {value:+.1f}{_line(texts.get(float(start)))}"
        for start, mood, value in zip(row.starts, row.leading, row.valence, strict=True)
    ]
    lasting = np.maximum(row.ends - row.starts, 0.2)
    figure = Figure(
        Bar(
            y=["words"] * len(row.starts),
            x=lasting,
            base=row.starts,
            orientation="h",
            customdata=row.starts,
            text=list(row.leading),
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            hovertext=hovers,
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"color": [_shade(value) for value in row.valence], "line": {"width": 0}},
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
    )
    set_time_axis(figure, duration)
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False, fixedrange=True)
    return figure.update_layout(
        title="The words, line by line (blue: glad, orange: sad; click to listen from there)",
        height=130,
        margin=TIME_MARGINS,
        bargap=0.1,
        showlegend=False,
        clickmode="event+select",
        dragmode=False,
        uniformtext={"minsize": 9, "mode": "hide"},
    )


def words_figure(moods: Sequence[str], words: Sequence[float], sound: Sequence[float]) -> Figure:
    """Moods by the words beside the same by the sound alone: probabilities in [0, 1], NaN where the sound's model does
    not know the mood."""
    rows = list(moods)[::-1]
    figure = Figure()
    for name, values, colour in (("sound", sound, MUTED), ("words", words, ACCENT)):
        figure.add_trace(
            Bar(
                y=rows,
                x=list(values)[::-1],
                orientation="h",
                name=name,
                marker={"color": colour},
                hovertemplate="%{y}, " + name + ": %{x:.0%}<extra></extra>",
            )
        )
    figure.update_xaxes(title="Probability", tickformat=".0%", range=[0, 1])
    layout = {"traceorder": "reversed"}
    return figure.update_layout(
        title="Strongest moods of the words", height=110 + 38 * len(rows), bargap=0.3, legend=layout
    )


def valences_figure(sound_z: float, words_z: float) -> Figure:
    """Where the sound and the words lie between sad and glad, in standard deviations from the middle."""
    figure = Figure()
    for name, value, colour, place in (
        ("sound", sound_z, MUTED, "top center"),
        ("words", words_z, ACCENT, "bottom center"),
    ):
        figure.add_trace(
            Scatter(
                x=[float(np.clip(value, -FARTHEST, FARTHEST))],
                y=[0],
                mode="markers+text",
                text=[name],
                textposition=place,
                marker={"size": 16, "color": colour},
                hovertemplate=f"{name}: {value:+.1f} standard deviations<extra></extra>",
                showlegend=False,
            )
        )
    figure.add_vline(x=0, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.update_xaxes(
        range=[-FARTHEST - 0.4, FARTHEST + 0.4], tickvals=[-FARTHEST, 0, FARTHEST], ticktext=["sad", "middle", "glad"]
    )
    figure.update_yaxes(visible=False, range=[-1, 1])
    return figure.update_layout(title="Between sad and glad", height=150)


def _shade(valence: float) -> str:
    """GLAD or SAD, the more transparent the nearer the middle."""
    red, green, blue = (int((GLAD if valence >= 0 else SAD)[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{0.2 + 0.8 * min(abs(float(valence)), 1.0):.2f})"


def _line(text: str | None) -> str:
    """A line of lyrics for a hover box, which takes "<" for markup."""
    return f"<br>{text.replace('&', '&amp;').replace('<', '&lt;')}" if text else ""
