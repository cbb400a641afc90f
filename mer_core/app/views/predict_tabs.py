"""The tabs below the answer to one file."""

import streamlit as st

from mer_core.app.inference import Result
from mer_core.app.messages import guard
from mer_core.app.shell import PageContext
from mer_core.app.views import predict as panel
from mer_core.app.views import predict_words as words
from mer_core.app.views.predict_around import show_place
from mer_core.app.views.predict_beside import show_beside


def show_tabs(page: PageContext, result: Result, key: str) -> None:
    """All that is shown of a predicted file beside the answer; one part that fails leaves the others standing."""
    prediction = result.prediction
    assert prediction is not None  # a failure has no parts

    def over_time() -> None:
        """The timeline, and the words sung below it."""
        panel.show_timeline(page, prediction, key)
        words.show_row(page, key, result)

    parts = {
        "All moods": lambda: panel.show_moods(page, prediction, key),
        "Over time": over_time,
        "Words": lambda: words.show_words(page, key, result),
        "Why": lambda: panel.show_why(result),
        "On the map": lambda: show_place(page, result, key),
        "Another model": lambda: show_beside(page, result, key),
        "Downloads": lambda: panel.offer_downloads(prediction, key),
    }
    for tab, (name, part) in zip(st.tabs([*parts]), parts.items(), strict=True):
        with tab, guard(name.lower()):
            part()
