"""The lesson of the teach page: the mood, what is known of it, examples given by name, and how far it is learned."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from mer_core.app import loaders, track_search
from mer_core.app.messages import counted
from mer_core.app.shell import PageContext
from mer_core.app.teaching import NEW_MOOD, moods_to_teach, say
from mer_core.app.url_state import linked, recall
from mer_core.teach.examples import LEAST, Examples, examples_by_mood
from mer_core.teach.journal import tidy_mood
from mer_core.teach.learner import Taught
from mer_core.teach.own_moods import Lessons
from mer_core.teach.progress import TeachProgress, progress_of

_PRECISION_HELP = "Of the tracks that the mood was sure of when you were asked, how many you agreed with"
_MORE_HELP = "A rough estimate, from how much your last answers changed the first 20 tracks of the list"


class Lesson(NamedTuple):
    """A mood that is being taught."""

    page: PageContext
    lessons: Lessons
    examples: Examples
    taught: Taught | None
    """None while no track is known to have it."""

    @property
    def mood(self) -> str:
        """Its name."""
        return self.examples.mood

    @property
    def known(self) -> np.ndarray | None:
        """What the model says of it (n_tracks,)."""
        return self.lessons.known(self.mood)

    @property
    def scores(self) -> np.ndarray | None:
        """(n_tracks,) the mood's, the model's while nothing is taught; None where nothing is known."""
        return self.known if self.taught is None else self.taught.scores(self.lessons.features, self.known)


def pick_mood(page: PageContext) -> str | None:
    """Choose or name the mood to teach; in the address as `teach`."""
    asked = recall("teach")
    options = list(dict.fromkeys([*moods_to_teach(page), *([asked] if asked else [])]))
    text = "Type a name that nobody knows yet, or choose a mood to correct. Letters, digits, spaces."
    chosen = linked(
        st.selectbox, "Mood", options, key="teach", accept_new_options=True, placeholder=NEW_MOOD, help=text
    )
    return tidy_mood(chosen) if chosen else None


def open_lesson(page: PageContext, mood: str) -> Lesson:
    """What is known of a mood; raises ArtifactError without embeddings."""
    lessons = loaders.lessons(page.open_workspace, page.model)
    said = lessons.said(loaders.answers(page.open_workspace))
    none = np.array([], dtype=int)
    examples = examples_by_mood(said).get(mood) or Examples(mood, none, none.astype(bool), (), none)
    return Lesson(page, lessons, examples, lessons.learn(examples) if examples.liked.any() else None)


def ask_examples(lesson: Lesson) -> None:
    """Search tracks that have the mood, and give them as examples."""
    page, ids = lesson.page, loaders.track_ids(lesson.page.open_workspace)
    found = track_search.search(page, ids, key="teach-find", label="Find tracks that have this mood")
    names = loaders.track_names(page.open_workspace)
    chosen = st.multiselect(
        "Examples",
        list(dict.fromkeys([*st.session_state.get("teach-examples", []), *found[: track_search.MOST]])),
        key="teach-examples",
        format_func=names.of,
        placeholder="Search above, then choose",
    )
    st.button(
        "These have the mood",
        icon=":material/add:",
        disabled=not chosen,
        on_click=_give_examples,
        args=(page, list(chosen), lesson.mood),
    )


def show_progress(lesson: Lesson) -> None:
    """How many answers there are, the precision to expect with its interval, and how many more answers help."""
    if lesson.taught is None or lesson.scores is None:
        st.caption(f"A mood is learned from {LEAST} tracks that have it; none is known yet.")
        return
    progress = progress_of(lesson.lessons.features, lesson.examples, lesson.scores, lesson.known)
    left, middle, right = st.columns(3)
    left.metric("Examples", progress.yes, help="Tracks you said have the mood")
    middle.metric("Expected precision", _precision(progress), help=_PRECISION_HELP)
    right.metric("More answers that help", _more(progress), help=_MORE_HELP)
    share = min(1.0, (progress.yes + progress.no) / max(progress.yes + progress.no + (progress.more or 20), 1))
    st.progress(share, text=f"{progress.yes} yes · {progress.no} no · {len(lesson.examples.skipped)} skipped")
    if progress.precision:
        _, low, high = progress.precision
        st.caption(
            f"Of the {counted(progress.checked, 'track')} it was sure of when you were asked, you agreed with "
            f"{progress.agreed}: precision {low:.0%} to {high:.0%} (95 %)."
        )
    if not lesson.examples.enough:
        st.caption(f"From {LEAST} examples on it appears on the other pages.")


def _give_examples(page: PageContext, track_ids: list[str], mood: str) -> None:
    say(page, track_ids, {mood: True}, "examples", "teach")
    st.session_state["teach-examples"] = []


def _precision(progress: TeachProgress) -> str:
    return "–" if progress.precision is None else f"{progress.precision[0]:.0%}"


def _more(progress: TeachProgress) -> str:
    return "–" if progress.more is None else f"about {progress.more}"
