"""The question of the teach page: a track to hear, and one key each for yes, no, skip and undo."""

import numpy as np
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import plain
from mer_core.app.player import choose, enter_list, play, playing
from mer_core.app.shell import PageContext
from mer_core.app.teaching import answers_of, keep, show_kept, undo
from mer_core.app.views.inspector import badges, moods_of, show_name
from mer_core.app.views.teach import Lesson
from mer_core.teach.queue import BOUNDARY, DIFFERENT, SURE, Question, next_question

KEYS = {True: ("Yes", "y", "check"), False: ("No", "n", "close"), None: ("Skip", "s", "skip_next")}
"""Label, key of the keyboard and icon of each answer."""
WHY = {
    BOUNDARY: "Asked because the mood is least sure here.",
    DIFFERENT: "Asked because it scores high and is unlike the tracks you answered.",
    SURE: "Asked to check what the mood is sure of.",
    "": "Asked because nothing is known of this mood yet.",
}
_ASKED = "teach_asked"


def ask(lesson: Lesson) -> None:
    """Play a track and ask whether it has the mood; one key each for yes, no, skip, undo."""
    question = _question(lesson)
    show_kept("teach")
    if question is None:
        st.success("Every track of this workspace is answered.", icon=":material/done_all:")
    else:
        track_id = str(lesson.lessons.tracks["track_id"].iloc[question.row])
        st.header(f"Is this “{plain(lesson.mood)}”?", anchor=False)
        _bring(track_id)
    with st.container(horizontal=True):
        for value, (label, letter, icon) in KEYS.items():
            st.button(
                label,
                key=f"teach-{label}",
                icon=f":material/{icon}:",
                shortcut=letter,
                disabled=question is None,
                on_click=_answer,
                args=(lesson, question, value),
            )
        st.button("Undo", key="teach-undo", icon=":material/undo:", shortcut="u", on_click=undo, args=(lesson.page,))
    if question is not None:
        _show_question(lesson.page, question, track_id)


def _show_question(page: PageContext, question: Question, track_id: str) -> None:
    """What is asked about; below the buttons, which must not move from one question to the next."""
    dataset, row = loaders.dataset(page.open_workspace), loaders.row_of(page.open_workspace)[track_id]
    show_name(dataset, row)
    st.markdown(badges(moods_of(dataset, row)) or "It has no mood label.")
    st.caption(WHY[question.why])


def _bring(track_id: str) -> None:
    """The question's track into the player; it sounds by itself from the second question on, for then a person has
    answered the first."""
    before = st.session_state.get(_ASKED)
    st.session_state[_ASKED] = track_id
    if playing() == track_id:
        return
    enter_list([track_id])
    (play if before not in (None, track_id) else choose)(track_id)
    st.rerun()  # the player is drawn before the question


def _question(lesson: Lesson) -> Question | None:
    """The next track to ask about; while nothing is known of the mood, any track."""
    scores, examples = lesson.scores, lesson.examples
    if scores is not None and lesson.taught is not None:
        known = lesson.known is not None
        return next_question(lesson.lessons.features, scores, examples, lesson.lessons.of_library, known=known)
    left = np.setdiff1d(np.arange(lesson.lessons.n_library), np.concatenate([examples.rows, examples.skipped]))
    if not len(left):
        return None
    if scores is not None:
        return Question(int(left[np.argmax(scores[left])]), SURE)
    return Question(int(np.random.default_rng(len(left)).choice(left)), "")


def _answer(lesson: Lesson, question: Question, value: bool | None) -> None:
    track_id = str(lesson.lessons.tracks["track_id"].iloc[question.row])
    page, values = lesson.page, {lesson.mood: value}
    keep("teach", lambda: answers_of(page, [track_id], values, "teach", question.why), page, quiet=True)
