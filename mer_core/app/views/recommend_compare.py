"""Whether tracks are compared by their sound, by their words, or by both."""

from dataclasses import replace

import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted
from mer_core.app.url_state import linked
from mer_core.app.views.recommend_query import Shop
from mer_core.lyrics.space import SOUND, WAYS, WORDS
from mer_core.lyrics.store import has_words

NAMES = {"sound": "Sound", "words": "Words", "both": "Sound and words"}


def ask_compared(shop: Shop) -> Shop:
    """Choose what tracks are compared by, where the words of this workspace were read; in the address as `compare`."""
    page = shop.page
    if not has_words(page.open_workspace):
        return shop
    by = str(
        linked(
            st.segmented_control,
            "Alike in",
            WAYS,
            key="compare",
            default=SOUND,
            required=True,
            format_func=NAMES.__getitem__,
        )
    )
    found = None if by == SOUND else loaders.by_words_catalogue(page.open_workspace, page.model, by)
    if found is None:
        return shop
    number = counted(int((~found.counts).sum()), "track")
    st.caption(
        f"{number} without words that count {'cannot be compared' if by == WORDS else 'are compared by sound alone'}."
    )
    return replace(shop, catalogue=found.catalogue, words=found)
