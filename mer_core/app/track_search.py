"""Finding tracks among many: a search box narrows them to a few, so that no list of 18,000 names is sent to the
browser."""

from collections.abc import Container

import streamlit as st

from mer_core.app import loaders
from mer_core.app.shell import PageContext

MOST = 50
"""Tracks offered at a time."""


def search(page: PageContext, among: Container[str], *, key: str, label: str = "Find a track or artist") -> list[str]:
    """A search box; returns the ids of all tracks of `among` that match, [] while it is empty."""
    text = st.text_input(label, key=key, placeholder="Title, artist or track id", max_chars=100)
    found = [track_id for track_id in loaders.track_names(page.open_workspace).find(text) if track_id in among]
    if text.strip() and not found:
        st.caption("No track here matches.")
    elif len(found) > MOST:
        st.caption(f"{len(found):,} tracks match; the first {MOST} are offered.")
    return found
