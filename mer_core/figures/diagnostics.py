"""Figures of the diagnostics page: each has its chance line, for a curve means nothing without it."""

import numpy as np
import pandas as pd
from plotly.graph_objects import Bar, Figure, Heatmap, Scatter

from mer_core.figures.theme import ACCENT, MUTED, OUTCOME_COLOURS, mood_colour

CHANCE = {"color": MUTED, "dash": "dash", "width": 1.5}
DASHED = {"line": CHANCE, "mode": "lines", "hoverinfo": "skip"}


def pr_figure(curve: pd.DataFrame, mood: str, prevalence: float, point: dict[str, float]) -> Figure:
    """Precision against recall (`diagnostics.pr_points`), the chance line at the mood's share, the present threshold as
    a point."""
    figure = Figure(_line(curve["recall"], curve["precision"], mood))
    figure.add_trace(Scatter(x=[0, 1], y=[prevalence, prevalence], name=f"chance {prevalence:.1%}", **DASHED))
    _add_point(figure, point["recall"], point["precision"])
    figure.update_xaxes(title="Recall", range=[0, 1.02], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(title="Precision", range=[0, 1.02], tickformat=".0%", dtick=0.25)
    return figure.update_layout(title=f"Precision and recall of “{mood}”", height=340)


def roc_figure(curve: pd.DataFrame, mood: str) -> Figure:
    """True against false positive rate (`diagnostics.roc_points`), with the diagonal of chance."""
    figure = Figure(_line(curve["false positive rate"], curve["true positive rate"], mood))
    figure.add_trace(Scatter(x=[0, 1], y=[0, 1], name="chance", **DASHED))
    figure.update_xaxes(title="False positive rate", range=[0, 1.02], tickformat=".0%", dtick=0.25)
    figure.update_yaxes(title="True positive rate", range=[0, 1.02], tickformat=".0%", dtick=0.25)
    return figure.update_layout(title=f"ROC of “{mood}”", height=340, margin_t=64)


def histogram_figure(truth: np.ndarray, probabilities: np.ndarray, mood: str, threshold: float) -> Figure:
    """Scores of the tracks with and without a mood, each as shares of its own kind, and the threshold."""
    bins = {
        "start": float(probabilities.min()),
        "end": float(probabilities.max()) + 1e-9,
        "size": float(max(np.ptp(probabilities), 1e-9) / 30),
    }
    figure = Figure()
    for name, rows, colour in (("without the mood", ~truth, MUTED), ("with the mood", truth, _ink(mood))):
        values, edges = np.histogram(probabilities[rows], bins=30, range=(bins["start"], bins["end"]))
        share = values / max(values.sum(), 1)
        centres = (edges[:-1] + edges[1:]) / 2
        figure.add_trace(
            Bar(
                x=centres,
                y=share,
                width=np.diff(edges),
                name=f"{name} ({int(rows.sum()):,})",
                marker={"color": colour, "opacity": 0.7},
            )
        )
    figure.add_vline(
        x=threshold,
        line={"dash": "dot", "width": 2, "color": OUTCOME_COLOURS["false positive"]},
        annotation={"text": "threshold", "yanchor": "top", "y": 1},
    )
    figure.update_xaxes(title="Probability")
    figure.update_yaxes(title="Share of tracks", tickformat=".0%")
    return figure.update_layout(
        title=f"Scores of tracks with and without “{mood}”", barmode="overlay", height=350, margin_t=80
    )


def reliability_figure(after: pd.DataFrame, before: pd.DataFrame | None, mood: str) -> Figure:
    """Observed share against predicted probability (`diagnostics.reliability`) with intervals; `before` is before
    calibration."""
    figure = Figure()
    top = 0.02 + float(
        max(after[["predicted", "high"]].max().max(), 0.05 if before is None else before["predicted"].max())
    )
    figure.add_trace(Scatter(x=[0, top], y=[0, top], name="perfect", **DASHED))
    if before is not None:
        figure.add_trace(
            Scatter(
                x=before["predicted"], y=before["observed"], name="before", line={"color": MUTED}, mode="lines+markers"
            )
        )
    bars = {
        "type": "data",
        "symmetric": False,
        "array": after["high"] - after["observed"],
        "arrayminus": after["observed"] - after["low"],
    }
    after_line = {"color": _ink(mood), "width": 2.5}
    name = "as given" if before is None else "after calibration"
    figure.add_trace(
        Scatter(
            x=after["predicted"], y=after["observed"], error_y=bars, name=name, line=after_line, mode="lines+markers"
        )
    )
    figure.update_xaxes(title="Predicted probability", range=[0, top], tickformat=".0%")
    figure.update_yaxes(title="Share that has the mood", rangemode="tozero", tickformat=".0%")
    return figure.update_layout(title=f"Reliability of “{mood}” (bars: 95 % interval)", height=340)


def mood_bars_figure(table: pd.DataFrame) -> Figure:
    """PR-AUC of every mood with its interval (columns pr_auc, pr_auc_low, pr_auc_high, prevalence; index mood), best at
    the top."""
    table = table.dropna(subset=["pr_auc"]).sort_values("pr_auc")
    error = {
        "type": "data",
        "symmetric": False,
        "array": table["pr_auc_high"] - table["pr_auc"],
        "arrayminus": table["pr_auc"] - table["pr_auc_low"],
    }
    colours = [_ink(mood) for mood in table.index]
    figure = Figure(
        Bar(
            y=table.index,
            x=table["pr_auc"],
            orientation="h",
            marker={"color": colours},
            error_x={**error, "thickness": 1, "color": MUTED},
            showlegend=False,
        )
    )
    tick = {
        "symbol": "line-ns-open",
        "size": 19,
        "color": MUTED,
        "line": {"width": 2, "color": MUTED},
    }  # longer than a bar is thick
    figure.add_trace(
        Scatter(
            y=table.index,
            x=table["prevalence"],
            mode="markers",
            marker=tick,
            name="chance (share of tracks)",
            showlegend=True,
        )
    )
    figure.update_xaxes(title="PR-AUC (average precision)", rangemode="tozero", side="top")
    figure.update_yaxes(tickfont={"size": 12}, dtick=1)
    return figure.update_layout(
        title="How well each mood is found (bars: 95 % interval)",
        height=120 + 19 * len(table),
        bargap=0.25,
        **_many(len(table)),
    )


def comparison_figure(table: pd.DataFrame, metric: str, names: tuple[str, str]) -> Figure:
    """Difference of two models mood by mood (columns difference, low, high; index mood), zero marked."""
    table = table.sort_values("difference")
    error = {
        "type": "data",
        "symmetric": False,
        "array": table["high"] - table["difference"],
        "arrayminus": table["difference"] - table["low"],
    }
    sure = (table["low"] > 0) | (table["high"] < 0)
    colours = np.where(sure, ACCENT, MUTED)
    points = Scatter(
        y=table.index,
        x=table["difference"],
        mode="markers",
        error_x={**error, "thickness": 1, "color": MUTED},
        marker={"color": colours, "size": 8},
        name=metric,
    )
    figure = Figure(points)
    figure.add_vline(x=0, line=CHANCE)
    figure.update_xaxes(title=f"{metric} of “{names[0]}” minus “{names[1]}” (bars: 95 % interval)", side="top")
    figure.update_yaxes(tickfont={"size": 12}, dtick=1)
    title = "Differences, coloured where the interval leaves out zero"
    return figure.update_layout(title=title, height=120 + 19 * len(table), showlegend=False, **_many(len(table)))


def confusion_figure(table: pd.DataFrame, mood: str, n: int = 12) -> Figure:
    """Shares of the tracks of a mood that also have another, true and decided (`diagnostics.confusions`), greatest
    excess first."""
    rows = table.head(n).iloc[::-1]
    grid = Heatmap(
        z=rows[["true_share", "decided_share"]].to_numpy(),
        x=["labelled<br>together", "decided<br>together"],
        y=rows.index,
        zmin=0,
        autocolorscale=True,
        texttemplate="%{z:.0%}",
        textfont={"size": 14, "weight": 600},
        colorbar={"title": {"text": "share"}, "tickformat": ".0%"},
    )
    return Figure(grid).update_layout(
        title=f"Share of the tracks of “{mood}” with another mood", height=120 + 28 * max(len(rows), 1)
    )


def _many(rows: int) -> dict[str, object]:
    """Layout of a figure of many rows, which is scrolled: axis and legend stand above."""
    return {"dragmode": False, "margin": {"t": 104, "b": 8}, "legend": {"y": 1 + 44 / (19 * max(rows, 1))}}


def _ink(mood: str) -> str:
    """A mood's colour; one that is not grey as the chance line where the mood is unknown."""
    colour = mood_colour(mood)
    return ACCENT if colour == MUTED else colour


def _line(x: pd.Series, y: pd.Series, mood: str) -> Scatter:
    hover = "%{x:.1%}, %{y:.1%}<extra></extra>"
    return Scatter(
        x=x,
        y=y,
        name=mood,
        mode="lines",
        showlegend=False,
        line={"color": _ink(mood), "width": 2.5},
        hovertemplate=hover,
    )


def _add_point(figure: Figure, x: float, y: float) -> None:
    if np.isfinite(x) and np.isfinite(y):
        figure.add_trace(
            Scatter(
                x=[x],
                y=[y],
                mode="markers",
                name="at the threshold",
                marker={"size": 12, "color": OUTCOME_COLOURS["false positive"]},
            )
        )


def taken_for_figure(shares: np.ndarray, moods: tuple[str, ...]) -> Figure:
    """Moods that are taken for each other: `shares` of `curves.taken_for` as a heat map."""
    bar = {"title": {"text": "share of the missed tracks", "side": "right"}, "tickformat": ".0%", "thickness": 12}
    cells = Heatmap(
        z=shares,
        x=list(moods),
        y=list(moods),
        zmin=0,
        autocolorscale=True,
        colorbar=bar,
        hoverongaps=False,
        hovertemplate="missed: %{y}<br>found instead: %{x}<br>%{z:.0%} of the missed tracks<extra></extra>",
    )
    figure = Figure(cells)
    figure.update_xaxes(title="found instead", dtick=1, tickangle=-90, showgrid=False)
    figure.update_yaxes(title="labelled, and missed", dtick=1, autorange="reversed", showgrid=False)
    return figure.update_layout(height=170 + 14 * len(moods))
