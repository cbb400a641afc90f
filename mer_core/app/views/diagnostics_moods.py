"""The diagnostics page's table of all moods, and the mood in focus beside it."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from mer_core.app import frame
from mer_core.app.messages import guard, plain
from mer_core.app.shell import PageContext
from mer_core.app.views import diagnostics as panel
from mer_core.app.views.diagnostics_cases import Case
from mer_core.app.widgets import chart, mood_picker
from mer_core.figures.diagnostics import mood_bars_figure

FEWEST_BARS = 4
"""Moods from which a figure says more than the table."""


def show_moods(page: PageContext, table: pd.DataFrame, case_of: Mapping[str, Case]) -> None:
    """The table of all moods, and the one in focus beside it."""
    left, right = frame.beside(1, 1)
    with left:
        st.caption("Click a row to see that mood. Intervals: 95 %, resampled by artist where artists are known.")
        panel.show_table(table)
        if len(table) >= FEWEST_BARS:
            with st.container(height=440, border=False):
                alt = "PR-AUC of every mood with its interval and the chance line"
                chart(mood_bars_figure(table), page, key="bars", alt=alt)
    with right:
        mood = mood_picker(tuple(case_of), default=str(table.index[0])) or str(table.index[0])
        with frame.answer(panel.chosen_mood(table, mood)):
            _show_one(page, case_of[mood], mood)


def _show_one(page: PageContext, case: Case, mood: str) -> None:
    """One mood: its threshold, its curves, the tracks that are found and missed, what it is taken for."""
    truth, _ = case.evaluated.mood(mood)
    if not truth.any() or truth.all():
        st.info(
            f"None of these tracks has “{plain(mood)}”, or all have: nothing can be measured. "
            + ("Say “no” of some on the Teach page." if case.own else "Choose other tracks or another mood.")
        )
        if case.own:
            panel.edit_threshold(case, mood)
            panel.save_thresholds(page, case)
        return
    with guard("the threshold"):
        panel.edit_threshold(case, mood)
    parts = {"Tracks": panel.show_tracks, "Curves": panel.show_mood}
    if len(case.evaluated.moods) > 1:
        parts["Confusions"] = panel.show_confusions
    tabs = st.tabs([*parts, "Profile"])
    for tab, (name, part) in zip(tabs, parts.items(), strict=False):
        with tab, guard(name.lower()):
            part(page, case, mood)
    with tabs[-1], guard("the profile"):
        panel.save_thresholds(page, case)
