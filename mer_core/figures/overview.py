"""Figures of the overview: scores side by side."""

import textwrap

import pandas as pd
import plotly.graph_objects as go

from mer_core.figures.theme import ACCENT, MUTED, empty

SCORES = {"roc_auc": "ROC-AUC (mean over moods)", "pr_auc": "PR-AUC (mean over moods)"}
"""Columns of a table of scores, and the titles of their axes."""


def scores(table: pd.DataFrame, score: str, chance: float | None = None) -> go.Figure:
    """Bars of one score; one row an entry, the first at the top.

    table: columns name, those of SCORES (NaN where unknown), own (bool: one of this workspace's models, drawn in the
    accent colour).
    chance: the score of guessing, drawn as a line.
    """
    known = table.dropna(subset=[score])
    if known.empty:
        return empty("No scores yet")
    names = ["<br>".join(textwrap.wrap(name, 24)) for name in known["name"]]
    bars = go.Bar(
        y=names, x=known[score], orientation="h", marker_color=[ACCENT if own else MUTED for own in known["own"]]
    )
    bars.update(
        texttemplate="%{x:.3f}", textposition="inside", insidetextanchor="start", textfont_color="#ffffff", textangle=0
    )
    figure = go.Figure(bars.update(customdata=known["name"], hovertemplate="%{customdata}: %{x:.4f}<extra></extra>"))
    figure.update_xaxes(title_text=SCORES[score], rangemode="tozero", nticks=5, tickangle=0)
    figure.update_yaxes(title_text="", autorange="reversed", showgrid=False)
    if chance is not None:
        figure.add_vline(x=chance, line_dash="dot", line_color=MUTED)
        figure.add_annotation(
            x=chance, y=1, yref="paper", yanchor="bottom", text="chance", showarrow=False, font_size=12
        )
    return figure.update_layout(height=90 + 36 * len(known), showlegend=False, dragmode=False, bargap=0.25, margin_t=26)
