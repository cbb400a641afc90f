"""Figures of one prediction: the moods, the moods over time, the waveform, the place on the plane of valence and
arousal."""

import numpy as np
import pandas as pd
from plotly.graph_objects import Bar, Figure, Heatmap, Scatter, Scattergl

from mer_core.figures.theme import MUTED, mood_colour
from mer_core.moods import MOODS
from mer_core.recommend.explain import clock

CLEAR = "rgba(0,0,0,0)"
PALE = "59"
"""After a colour "#rrggbb": 35 % opaque."""
TIME_MARGINS = {"l": 84, "r": 100}
"""Pixels left and right of what lies over time, the same everywhere, so that a second stands below the same second."""
PERCENT_COLUMN = 44
"""Pixels right of the bars in which the widest percentage, "100%", has room."""
PLANE_HEIGHT = 320
"""Pixels."""
LANDMARKS = ("happy", "energetic", "sad", "calm", "dark", "epic")
"""Well-known moods that show what is where on the plane of valence and arousal."""
SIDES = ("top center", "bottom center", "middle left", "middle right")
"""Where the name of a mood stands on the plane: of the first among near ones, of the second …"""


def strongest(moods: pd.DataFrame, most: int = 15) -> pd.DataFrame:
    """The rows of a prediction's moods that are shown, strongest first: by rank in music where there is one (column
    percentile; moods of one's own have none and stay with their probability), else by probability."""
    if not _ranked(moods):
        return moods.head(most)
    ranked = moods.assign(
        percentile=moods["percentile"].fillna(moods["probability"]),
        threshold_percentile=moods["threshold_percentile"].fillna(moods["threshold"]),
    )
    return ranked.sort_values("percentile", ascending=False, kind="stable").head(most)


def moods_figure(moods: pd.DataFrame, most: int = 15) -> Figure:
    """The strongest moods (index mood; columns probability, threshold, reliable), the threshold of each as a tick;
    pale: not reliable.

    Where moods have a rank in music (columns percentile, threshold_percentile) that is shown, for such a model's
    probabilities are not calibrated on labels. The percentages stand in a column right of the plot, where neither bar
    nor tick can reach them.
    """
    ranked, rows = _ranked(moods), strongest(moods, most).iloc[::-1]
    value, limit = ("percentile", "threshold_percentile") if ranked else ("probability", "threshold")
    colours = [mood_colour(mood) for mood in rows.index]
    fills = [colour if reliable else colour + PALE for colour, reliable in zip(colours, rows["reliable"], strict=True)]
    figure = Figure(
        Bar(
            y=rows.index,
            x=rows[value],
            orientation="h",
            marker={"color": fills, "line": {"color": colours, "width": 1}},
            showlegend=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    )
    tick = {"symbol": "line-ns-open", "size": 16, "line": {"width": 3, "color": MUTED}, "color": MUTED}
    figure.add_trace(
        Scatter(
            y=rows.index,
            x=rows[limit],
            mode="markers",
            marker=tick,
            name="decided from here on",
            showlegend=True,
            hoverinfo="skip",
        )
    )
    for mood, share in rows[value].items():
        text = f"{int(100 * share) if ranked else round(100 * share)}%" if share >= 0.01 else "<1%"
        figure.add_annotation(
            text=text, y=mood, x=1, xref="paper", xanchor="right", xshift=PERCENT_COLUMN, showarrow=False
        )
    figure.update_xaxes(
        title="Stronger than in so much music" if ranked else "Probability",
        tickformat=".0%",
        range=[0, min(1.0, float(rows[[value, limit]].max().max()) * 1.05 + 0.01)],
    )
    title = "Moods of the track (pale: not reliable or not measured)"
    return figure.update_layout(title=title, height=70 + 27 * len(rows), bargap=0.3, margin_r=PERCENT_COLUMN + 8)


def _ranked(moods: pd.DataFrame) -> bool:
    return "threshold_percentile" in moods and bool(moods["percentile"].notna().any())


def timeline_figure(
    timeline: pd.DataFrame,
    moods: list[str],
    duration: float,
    hint: str = "click to listen from there",
    *,
    percent: bool = True,
) -> Figure:
    """Probabilities over time as a heat map: `timeline` has one row a window (index start in seconds). Without
    `percent`, as for a model that is not calibrated on labels, colours say which moments are stronger, no figures.

    Over the cells lies one invisible marker each, customdata its start: heat maps themselves cannot be clicked.
    """
    starts = np.array(timeline.index, dtype=float)
    values = timeline[moods].to_numpy(dtype=float).T
    bar = {"title": {"text": "probability" if percent else "strength", "side": "right"}, "thickness": 12}
    bar |= {"tickformat": ".0%"} if percent else {"showticklabels": False}
    figure = Figure(
        Heatmap(
            z=values, x=_edges(starts, duration), y=moods, zmin=0, autocolorscale=True, hoverinfo="skip", colorbar=bar
        )
    )
    middles = (starts + np.append(starts[1:], max(duration, starts[-1]))) / 2
    cells = Scattergl(
        x=np.tile(middles, len(moods)),
        y=np.repeat(np.array(moods, dtype=object), len(starts)),
        mode="markers",
        showlegend=False,
    )
    words = np.array(
        [
            clock(start) + (f" · {value:.0%}" if percent else "")
            for row in values
            for start, value in zip(starts, row, strict=True)
        ],
        dtype=object,
    )
    cells.update(
        text=words,
        customdata=np.tile(starts, len(moods)),
        hovertemplate="%{y} · %{text}<extra></extra>",
        marker={"size": 18, "color": CLEAR},
    )
    figure.add_trace(cells.update(selected={"marker": {"color": CLEAR}}, unselected={"marker": {"color": CLEAR}}))
    set_time_axis(figure, duration)
    figure.update_yaxes(range=[len(moods) - 0.5, -0.5], dtick=1, showgrid=False)
    return figure.update_layout(
        title=f"Moods over time ({hint})",
        height=110 + 26 * len(moods),
        margin=TIME_MARGINS,
        clickmode="event+select",
        dragmode=False,
        hoverdistance=-1,
    )


def waveform_figure(peaks: np.ndarray, duration: float) -> Figure:
    """A waveform of `duration` seconds as its `peaks` (n, 2): the lowest and the highest sample of each stretch, in
    [-1, 1]."""
    time = np.linspace(0, duration, len(peaks))
    outline = Scatter(
        x=np.r_[time, time[::-1]],
        y=np.r_[peaks[:, 1], peaks[::-1, 0]],
        fill="toself",
        line={"width": 0},
        fillcolor=MUTED,
        hoverinfo="skip",
    )
    figure = Figure(outline)
    set_time_axis(figure, duration)
    figure.update_yaxes(title="Amplitude", range=[-1.3, 1.3], tickvals=[-1, 0, 1])
    return figure.update_layout(title="Waveform", height=170, showlegend=False, dragmode=False, margin=TIME_MARGINS)


def plane_figure(
    valence: float,
    arousal: float,
    moods: list[str],
    intervals: tuple[tuple[float, float], tuple[float, float]] | None = None,
) -> Figure:
    """A track on the plane of valence and arousal, with its moods and some landmarks.

    intervals: of valence and of arousal, drawn as a box around the track; None or NaN: unknown.
    """
    own = [mood for mood in moods if mood in MOODS]
    landmarks = [mood for mood in LANDMARKS if all(_apart(mood, other) for other in own)]
    figure = Figure()
    for names, size, opacity in ((landmarks, 6, 0.45), (own, 10, 1.0)):
        places = [MOODS[mood] for mood in names]
        crowd = [sum(not _apart(mood, other) for other in names[:row]) for row, mood in enumerate(names)]
        marker = {"size": size, "color": [mood_colour(mood) for mood in names], "opacity": opacity}
        figure.add_trace(
            Scatter(
                x=[p.valence for p in places],
                y=[p.arousal for p in places],
                mode="markers+text",
                text=names,
                hovertext=names,
                hoverinfo="text",
                textposition=[SIDES[min(near, len(SIDES) - 1)] for near in crowd],
                marker=marker,
            )
        )
    if intervals is not None and np.isfinite(intervals).all():
        (left, right), (low, high) = intervals
        box = {"color": "#cf2845", "width": 1, "dash": "dot"}
        figure.add_shape(x0=left, x1=right, y0=low, y1=high, line=box, fillcolor="rgba(207,40,69,0.10)")
    if np.isfinite(valence) and np.isfinite(arousal):
        figure.add_trace(
            Scatter(
                x=[valence],
                y=[arousal],
                mode="markers",
                marker={"symbol": "x", "size": 14, "color": "#cf2845"},
                name="this track",
            )
        )
    figure.update_xaxes(title="Valence (unpleasant to pleasant)", range=[-1.1, 1.1])
    figure.update_yaxes(title="Arousal (calm to excited)", range=[-1.1, 1.1])
    return figure.update_layout(title="Valence and arousal (×: this track)", height=PLANE_HEIGHT, showlegend=False)


def _apart(one: str, other: str) -> bool:
    """Whether the names of two moods have room beside each other."""
    a, b = MOODS[one], MOODS[other]
    return abs(a.valence - b.valence) > 0.35 or abs(a.arousal - b.arousal) > 0.12


def _edges(starts: np.ndarray, duration: float) -> np.ndarray:
    return np.append(starts, max(duration, starts[-1] + 0.1))


def set_time_axis(figure: Figure, duration: float) -> None:
    """Let the horizontal axis of a figure be the time of a piece of `duration` seconds."""
    step = next((step for step in (5, 10, 15, 30, 60, 120, 300, 600, 1200) if duration / step <= 10), 3600)
    ticks = np.arange(0, duration + 1e-6, step)
    figure.update_xaxes(
        title="Time (min:s)", tickvals=ticks, ticktext=[clock(tick) for tick in ticks], range=[0, duration]
    )
