"""Teach a mood of one's own: give examples, answer questions, take the playlist."""

import streamlit as st

from mer_core.app import empty_state, guard, loaders, open_page
from mer_core.app.next_steps import embed_command
from mer_core.app.views import teach as panel
from mer_core.app.views import teach_tags
from mer_core.app.views.teach_answers import show_answers
from mer_core.app.views.teach_list import show_list
from mer_core.app.views.teach_question import ask

page = open_page("Teach")


def main() -> None:
    encoder = str(loaders.base_model(page.open_workspace, page.model).encoder["name"])
    if encoder not in page.open_workspace.encoders():
        text = (
            f"Moods are learned from embeddings, and the model “{page.model}” reads those of {encoder}; there are none."
        )
        empty_state(
            "Nothing to learn from yet",
            text,
            embed_command(page.open_workspace, encoder),
        )
        return
    st.caption(
        "Name a mood (rainy, for cooking), say of some tracks whether they have it. Keys: Y yes, N no, S skip, U undo."
    )
    mood = panel.pick_mood(page)
    if mood is None:
        st.info("Name a mood, or choose one, to begin.", icon=":material/school:")
        with guard("the moods in tags"):
            teach_tags.offer(page)
        show_answers(page)
        return
    lesson = panel.open_lesson(page, mood)
    with guard("the question"):
        ask(lesson)
    with guard("the progress"):
        panel.show_progress(lesson)
    with guard("the list"):
        show_list(lesson)
    with guard("the examples"), st.expander("Give tracks that you know", expanded=not lesson.examples.liked.any()):
        panel.ask_examples(lesson)
    with guard("the answers"):
        show_answers(page)


with guard("the lesson"):
    main()
