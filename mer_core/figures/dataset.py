"""Figures of a dataset's labels: balance, co-occurrence, tags a track, lengths, shifts between splits, artists.

Bars stand at their mood on the y axis, cells at their moods on both, so that a page knows what was clicked.
"""

import html

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from mer_core.datasets.mtg_jamendo.layout import PARTS
from mer_core.figures.theme import ACCENT, MUTED, SPLIT_COLOURS, add_family_legend, empty, mood_colour

ROW = 19
"""Height of one mood's row in pixels."""

AMOUNTS = {"tracks": "tracks", "artists": "artists", "hours": "hours of music"}
"""What a balance can be counted in, and the title of its axis."""

MEASURE_TITLES = {
    "count": "tracks with both",
    "conditional": "share of the row's tracks that have the column's mood",
    "jaccard": "tracks with both ÷ tracks with either",
    "pmi": "pointwise mutual information (bits)",
}


def balance(table: pd.DataFrame, amount: str = "tracks", *, by_split: bool = False, log: bool = False) -> go.Figure:
    """Bars of `statistics.mood_balance`, one row a mood in the table's order from the top.

    amount: a key of AMOUNTS. by_split stacks the parts of the split and counts tracks, whatever `amount` says. A stack
    on a
    logarithmic axis would lie about its parts, so with both the parts are drawn as points.
    """
    if table.empty:
        return empty("No moods to count")
    moods = list(table.index)
    figure = go.Figure()
    if by_split:
        for part in PARTS:
            figure.add_trace(_split_trace(moods, table[part], part, as_points=log))
        figure.update_layout(barmode="stack")
    else:
        hover = "%{y}: %{x:,.0f} " + AMOUNTS[amount] + "<extra></extra>"
        figure.add_bar(
            y=moods,
            x=table[amount],
            orientation="h",
            marker_color=[mood_colour(mood) for mood in moods],
            hovertemplate=hover,
            showlegend=False,
        )
        add_family_legend(figure, moods)
    figure.update_xaxes(
        title_text=("tracks" if by_split else AMOUNTS[amount]) + (" (log scale)" if log else ""),
        type="log" if log else "linear",
        side="top",
    )
    return _rows(figure, moods)


def cooccurrence(
    matrix: np.ndarray, moods: list[str], measure: str = "count", tracks: np.ndarray | None = None
) -> go.Figure:
    """Heat map of `statistics.cooccurrence`, moods in the order given, both ways. Cells without a track are left
    blank,
    and so is the diagonal of "count" and "pmi", where it would drown the rest; counts are coloured on a logarithmic
    scale.
    tracks: (n, n) tracks with both, for the hover text of other measures.

    Over the cells lies one invisible marker each (x column mood, y row mood): heat maps themselves cannot be clicked.
    """
    if len(moods) < 2:
        return empty("It takes two moods to stand together")
    shown = (
        np.where(np.asarray(matrix, dtype=float) == 0, np.nan, matrix)
        if measure != "pmi"
        else np.array(matrix, dtype=float)
    )
    if measure in ("count", "pmi"):
        np.fill_diagonal(shown, np.nan)
    if not np.isfinite(shown).any():
        return empty("No two moods stand on the same track")
    cells = go.Heatmap(
        z=np.log10(shown) if measure == "count" else shown,
        x=moods,
        y=moods,
        hoverinfo="skip",
        xgap=1,
        ygap=1,
        autocolorscale=True,
    )
    cells.update(colorbar=_colour_bar(measure, shown), **_limits(measure, shown))
    figure = go.Figure([cells, _cell_markers(np.asarray(matrix), moods, measure, tracks)])
    figure.update_xaxes(
        title_text="",
        tickangle=-90,
        side="top",
        tickfont_size=11,
        showgrid=False,
        dtick=1,
        range=[-0.5, len(moods) - 0.5],
    )
    figure.update_yaxes(title_text="", tickfont_size=11, showgrid=False, dtick=1, range=[len(moods) - 0.5, -0.5])
    return figure.update_layout(
        height=max(320, 130 + 12 * len(moods)), clickmode="event+select", dragmode=False, showlegend=False
    )


def tags_per_track(counts: pd.Series) -> go.Figure:
    """Bars of `statistics.tags_per_track`."""
    total = max(int(counts.sum()), 1)
    share = [f"{count / total:.0%}" if count / total >= 0.01 else "< 1%" if count else "" for count in counts]
    hover = "%{x} moods: %{y:,} tracks (%{customdata})<extra></extra>"
    figure = go.Figure(
        go.Bar(
            x=counts.index.astype(str), y=counts, text=share, customdata=share, textposition="outside", cliponaxis=False
        )
    )
    figure.update_traces(marker_color=ACCENT, hovertemplate=hover)
    figure.update_xaxes(title_text="moods a track", type="category", showgrid=False)
    figure.update_yaxes(title_text="tracks")
    return figure.update_layout(
        height=270, uniformtext={"minsize": 10, "mode": "hide"}
    )  # many bars would shrink their texts until nobody can read them


def durations(histogram: pd.DataFrame) -> go.Figure:
    """Bars of `statistics.duration_histogram`."""
    if histogram.empty:
        return empty("No tracks")
    labels = [
        f"{_clock(low)} or longer" if np.isinf(high) else f"{_clock(low)} – {_clock(high)}"
        for low, high in zip(histogram["low"], histogram["high"], strict=True)
    ]
    figure = go.Figure(
        go.Bar(
            x=[_clock(low) for low in histogram["low"]], y=histogram["tracks"], customdata=labels, marker_color=ACCENT
        )
    )
    figure.update_traces(hovertemplate="%{customdata}: %{y:,} tracks<extra></extra>")
    figure.update_xaxes(
        title_text="minutes:seconds (last bar: all longer)", type="category", showgrid=False, nticks=9, tickangle=0
    )
    figure.update_yaxes(title_text="tracks")
    return figure.update_layout(height=270, bargap=0.08)


def split_shift(table: pd.DataFrame, first: str, second: str) -> go.Figure:
    """Dots with intervals of `statistics.split_shift`, in percentage points, in the table's order from the top."""
    known = table.dropna(subset=["difference"])
    if known.empty:
        return empty(f"There are no tracks in {first} or in {second} to compare")
    points = known[["difference", "low", "high", "first", "second"]] * 100
    spread = (points["high"] - points["difference"]).fillna(0)
    clear = (known["low"] > 0) | (known["high"] < 0)
    colours = [mood_colour(mood) if sure else MUTED for mood, sure in zip(known.index, clear, strict=True)]
    texts = [
        f"{mood}: {row.first:.1f} % of {first}, {row.second:.1f} % of {second}"
        for mood, row in zip(known.index, points.itertuples(), strict=True)
    ]
    figure = go.Figure(
        go.Scatter(x=points["difference"], y=list(known.index), mode="markers", marker={"color": colours, "size": 9})
    )
    figure.update_traces(
        error_x={"array": spread, "color": MUTED, "thickness": 1, "width": 0},
        text=texts,
        hovertemplate="%{text}<extra></extra>",
    )
    figure.add_vline(x=0, line_color=MUTED, line_width=1)
    figure.update_xaxes(title_text=f"{second} − {first} (percentage points)", side="top", zeroline=False)
    return _rows(figure, list(known.index))


def artists(table: pd.DataFrame) -> go.Figure:
    """For each mood of `statistics.mood_balance`, the share of its tracks that one known artist made; in the
    table's order."""
    known = table[table["credited"] > 0]
    if known.empty:
        return empty("No track of a known artist")
    share = known["top_share"] * 100
    texts = [
        f"{mood}: {html.escape(str(row.top_artist))} made {row.top_share:.0%} of {row.tracks:,} tracks "
        + (f"by {row.artists:,} artists" if row.credited == row.tracks else f"({row.credited:,} by known artists)")
        for mood, row in known.iterrows()
    ]
    figure = go.Figure(
        go.Bar(
            x=share, y=list(known.index), orientation="h", marker_color=[mood_colour(str(mood)) for mood in known.index]
        )
    )
    figure.update_traces(text=texts, textposition="none", hovertemplate="%{text}<extra></extra>")
    figure.update_xaxes(
        title_text="share by the most frequent artist (%)", side="top", range=[0, max(5.0, float(share.max()) * 1.05)]
    )
    return _rows(figure, list(known.index))


def _split_trace(moods: list[str], tracks: pd.Series, part: str, as_points: bool) -> go.Bar | go.Scatter:
    hover = f"%{{y}}: %{{x:,}} tracks in {part}<extra></extra>"
    shared = {"x": tracks, "y": moods, "name": part, "hovertemplate": hover}
    if as_points:
        return go.Scatter(mode="markers", marker={"color": SPLIT_COLOURS[part], "size": 9}, **shared)
    return go.Bar(orientation="h", marker_color=SPLIT_COLOURS[part], **shared)


def _limits(measure: str, shown: np.ndarray) -> dict[str, float]:
    top = float(np.nanmax(np.abs(shown)))
    return {"count": {"zmin": 0, "zmax": max(np.log10(top), 1)}, "pmi": {"zmin": -top, "zmax": top}}.get(
        measure, {"zmin": 0, "zmax": top}
    )


def _colour_bar(measure: str, shown: np.ndarray) -> dict[str, object]:
    bar: dict[str, object] = {"title": {"text": MEASURE_TITLES[measure]}}
    if measure == "count":
        steps = [step for step in (1, 3, 10, 30, 100, 300, 1000, 3000, 10000) if step <= max(np.nanmax(shown), 10)]
        bar |= {"tickvals": np.log10(steps), "ticktext": [f"{step:,}" for step in steps]}
    return bar | ({"tickformat": ".0%"} if measure == "conditional" else {})


def _cell_markers(matrix: np.ndarray, moods: list[str], measure: str, tracks: np.ndarray | None) -> go.Scattergl:
    rows, columns = (axis.ravel() for axis in np.indices(matrix.shape))
    number = {"count": "{:,.0f} tracks", "conditional": "{:.0%}", "jaccard": "{:.3f}", "pmi": "{:+.1f} bits"}[measure]
    words = ["never together" if np.isnan(value) else number.format(value) for value in matrix.ravel()]
    if tracks is not None and measure != "count":
        words = [f"{word} ({count:,.0f} tracks)" for word, count in zip(words, tracks.ravel(), strict=True)]
    names = np.array(moods, dtype=object)
    markers = go.Scattergl(x=names[columns], y=names[rows], text=np.array(words, dtype=object), mode="markers")
    return markers.update(
        marker={"symbol": "square", "size": 13, "color": "rgba(0,0,0,0)"},
        hovertemplate="%{y} · %{x}<br>%{text}<extra></extra>",
    )


def _rows(figure: go.Figure, moods: list[str]) -> go.Figure:
    figure.update_yaxes(
        title_text="",
        range=[len(moods) - 0.5, -0.5],
        dtick=1,
        tickfont_size=12,
        showgrid=False,
        categoryorder="array",
        categoryarray=moods,
    )
    figure.update_layout(
        height=110 + ROW * len(moods), bargap=0.18, dragmode=False, clickmode="event+select", margin_t=60
    )
    return figure.update_layout(
        legend_y=1 + 48 / (40 + ROW * len(moods))
    )  # 48 pixels: above the numbers and the title of the axis


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
