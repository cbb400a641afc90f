"""The dataset page: how common the moods are, which go together, how splits and artists differ, and the tracks
themselves."""

import streamlit as st

from mer_core.app import guard, linked, open_page, show_predicted_note
from mer_core.app.views import dataset as views
from mer_core.app.views.dataset_doubtful import doubtful
from mer_core.app.views.dataset_filter import filtered, nothing_matches
from mer_core.app.views.dataset_problems import problems
from mer_core.app.views.dataset_shown import shown_dataset

VIEWS = {
    "moods": ("Moods", views.balance),
    "together": ("Together", views.together),
    "splits": ("Splits", views.splits),
    "artists": ("Artists", views.artists),
    "tracks": ("Tracks", views.tracks),
    "doubtful": ("Doubtful", doubtful),
    "problems": ("Problems", problems),
}

page = open_page("Dataset")
with guard("the dataset"):
    everything, predicted = shown_dataset(page.open_workspace, page.model)
    if predicted:
        show_predicted_note(page)
    chosen = filtered(page, everything, page.model if predicted else "")
    view = linked(
        st.segmented_control,
        "View",
        list(VIEWS),
        key="view",
        default="moods",
        required=True,
        format_func=lambda name: VIEWS[name][0],
        label_visibility="collapsed",
    )
    if len(chosen.dataset) or view == "problems":
        with guard("this view"):
            VIEWS[view][1](page, chosen)
    else:
        nothing_matches()
