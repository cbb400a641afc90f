"""The moods in the tags of a library's own files on the Teach page: what each word means, shown before it is used."""

import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted
from mer_core.app.shell import PageContext
from mer_core.app.widgets import safe_table
from mer_core.errors import LyricsError
from mer_core.library.workspace import Library, read_library
from mer_core.lyrics.encoder import load_text_encoder
from mer_core.recommend.mood_words import Meaning, meanings
from mer_core.teach.file_tags import answers_in, words_in
from mer_core.teach.journal import Journal
from mer_core.workspace.kinds import RECORDS
from mer_core.workspace.layout import Workspace


def offer(page: PageContext) -> None:
    """What the files' tags say, word by word, and a button that takes it for answers; nothing where no file has a mood
    in its tags."""
    workspace = page.open_workspace
    library = _library(workspace, loaders.stamp(workspace.dataset_dir / RECORDS))
    counts = words_in(library)
    if not counts:
        return
    with st.expander(f"Moods in the tags of {counted(len(library.file_moods()), 'file')}", icon=":material/sell:"):
        found = _meanings(tuple(counts), loaders.base_model(workspace, page.model).moods)
        answers = answers_in(library, found, loaders.answers(workspace))
        st.caption("What the words in the tags mean as moods. Words that this program wrote do not count as answers.")
        table = pd.DataFrame(
            {
                "Word": [meaning.word for meaning in found],
                "Means": [meaning.mood or "not known, left out" for meaning in found],
                "By": [meaning.how if meaning.mood else "" for meaning in found],
                "Tracks": [counts[meaning.word] for meaning in found],
            }
        )
        safe_table(table, key="tag-words", height=min(300, 38 + 35 * len(table)))
        label = f"Take them as {counted(len(answers), 'answer')}" if answers else "All of it was answered already"

        def keep() -> None:
            """They stand in the journal from now on."""
            Journal.of(workspace).add(answers)

        st.button(label, disabled=not answers, on_click=keep, icon=":material/add:")


@st.cache_resource(max_entries=4, show_spinner=False)
def _library(_workspace: Workspace, key: loaders.Stamp) -> Library:
    return read_library(_workspace.root)


@st.cache_resource(max_entries=4, show_spinner="Understanding the words …")
def _meanings(words: tuple[str, ...], moods: tuple[str, ...]) -> list[Meaning]:
    try:
        encoder = load_text_encoder()
    except LyricsError:  # names and the table are left
        encoder = None
    return meanings(words, moods, encoder)
