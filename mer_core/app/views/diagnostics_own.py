"""Moods of one's own on the diagnostics page: each evaluated on the tracks that were answered."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, plain
from mer_core.app.shell import PageContext
from mer_core.app.views.diagnostics import mood_table
from mer_core.app.views.diagnostics_cases import Case, state_of
from mer_core.model.scored import Evaluated
from mer_core.teach.examples import Examples
from mer_core.teach.held_out import held_out
from mer_core.teach.own_moods import THRESHOLD, own_examples


def own_cases(page: PageContext) -> dict[str, Case]:
    """By mood: the answers about it as truth, beside what was learned without the track's artist; none where no mood
    of one's own is learned, or no track of the workspace was answered."""
    if not loaders.own_moods_key(page.open_workspace, page.model):
        return {}
    lessons = loaders.lessons(page.open_workspace, page.model)
    base = loaders.base_model(page.open_workspace, page.model)
    own = own_examples(base, lessons.said(loaders.answers(page.open_workspace)))
    state = state_of(page, page.model)
    found = {}
    for mood, given in own.items():
        key = (f"own {mood} {given.rows.tolist()} {given.liked.tolist()}", *state)
        found[mood] = Case(key, _evaluated(page, given, key), own=True)
    return {mood: case for mood, case in found.items() if len(case.evaluated.truth)}


def show_own_summary(cases: Mapping[str, Case]) -> None:
    """What was evaluated, and why the figures are no more than a hint."""
    st.markdown(
        f"**{counted(len(cases), 'mood')} of your own** · " + "; ".join(_rests_on(case) for case in cases.values())
        if cases
        else "No mood of your own has answers about tracks of this workspace."
    )
    st.caption(
        "Cross-validated on the tracks you answered. Hard ones were asked more often: a hint, not a measurement."
    )


def own_table(cases: Mapping[str, Case]) -> pd.DataFrame:
    """The table of `mood_table`, each mood measured on its own answers."""
    return pd.concat([mood_table(case) for case in cases.values()]).sort_values(
        "pr_auc", ascending=False, kind="stable"
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _evaluated(_page: PageContext, _given: Examples, key: tuple[str, ...]) -> Evaluated:
    workspace = _page.open_workspace
    lessons, dataset = loaders.lessons(workspace, _page.model), loaders.dataset(workspace)
    probabilities = held_out(lessons, _given)
    row_of = loaders.row_of(workspace)
    rows = np.array([row_of.get(track, -1) for track in lessons.tracks["track_id"].iloc[_given.rows]], dtype=int)
    kept = np.isfinite(probabilities) & (rows >= 0)
    return Evaluated(
        loaders.base_model(workspace, _page.model).name,
        (_given.mood,),
        _given.liked[kept][:, None],
        probabilities[kept][:, None],
        None,
        np.array([THRESHOLD]),
        dataset.subset(rows[kept]),
    )


def _rests_on(case: Case) -> str:
    yes = int(case.evaluated.truth.sum())
    return f"“{plain(case.evaluated.moods[0])}” rests on {yes:,} yes and {len(case.evaluated.truth) - yes:,} no"
