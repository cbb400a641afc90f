"""Figures of the overview: scores side by side."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mer_core.figures.theme import ACCENT, MUTED, empty


def scores(table: pd.DataFrame, chance: tuple[float, float] | None = None) -> go.Figure:
    """ROC-AUC and PR-AUC as two panels of bars; one row an entry, the first at the top.

    table: columns name, roc_auc, pr_auc, own (bool: one of this workspace's models, drawn in the accent colour).
    chance: ROC-AUC and PR-AUC of guessing, drawn as a line in each panel.
    """
    if table.empty:
        return empty("No scores yet")
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.04)
    colours = [ACCENT if own else MUTED for own in table["own"]]
    for column, (name, title) in enumerate({"roc_auc": "ROC-AUC (macro)", "pr_auc": "PR-AUC (macro)"}.items(), start=1):
        bars = go.Bar(y=table["name"], x=table[name], orientation="h", marker_color=colours, texttemplate="%{x:.3f}", textposition="inside")
        bars.update(insidetextanchor="start", textfont_color="#ffffff", hovertemplate="%{y}: %{x:.4f}<extra></extra>")
        figure.add_trace(bars, 1, column)
        figure.update_xaxes(title_text=title, rangemode="tozero", row=1, col=column)
        if chance:
            figure.add_vline(x=chance[column - 1], line_dash="dot", line_color=MUTED, annotation_text="chance", row=1, col=column)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure.update_layout(height=110 + 32 * len(table), showlegend=False, dragmode=False, bargap=0.25)
