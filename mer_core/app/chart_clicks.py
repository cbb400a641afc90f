"""Clicks on the points of a chart in which dragging draws a lasso; Streamlit (1.67) lets one have either."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


def listen(chart: str, clicked: Callable[[int], None]) -> None:
    """`clicked` gets the customdata of a point of the chart with the key `chart` that is clicked, before the page
    runs."""
    key = f"clicks-{chart}"

    def report() -> None:
        """Tell which point it is."""
        row = st.session_state[key].get("row")
        if row is not None:
            clicked(int(row))

    with st.container(key=f"hidden-{chart}"):
        _component()(data={"chart": chart}, key=key, on_row_change=report)


@cache
def _component() -> Any:
    script = (Path(__file__).parent / "chart_clicks.js").read_text(encoding="utf-8")
    return st.components.v2.component("mer_chart_clicks", js=script)
