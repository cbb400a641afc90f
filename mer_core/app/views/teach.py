"""The parts of the teach page: the mood, the question, how far it is learned, the mood so far, and all answers."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders, track_search
from mer_core.app.messages import counted, plain
from mer_core.app.player import choose, enter_list, play, playing
from mer_core.app.shell import PageContext
from mer_core.app.teaching import NEW_MOOD, answers_of, moods_to_teach, say, show_kept
from mer_core.app.url_state import linked, recall
from mer_core.app.views.inspector import badges, moods_of, show_name
from mer_core.app.widgets import safe_table, track_location
from mer_core.errors import MerError
from mer_core.export import formats as exports
from mer_core.teach.examples import LEAST, Examples, examples_by_mood
from mer_core.teach.journal import Journal, tidy_mood
from mer_core.teach.learner import Taught
from mer_core.teach.own_moods import Lessons
from mer_core.teach.progress import TeachProgress, progress_of
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
LISTED = 200
"""Tracks of the mood's list that are shown; a playlist takes as many as are asked for."""


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
        st.button("Undo", key="teach-undo", icon=":material/undo:", shortcut="u", on_click=_undo, args=(lesson.page,))
    if question is not None:
        _show_question(lesson.page, question, track_id)


def _show_question(page: PageContext, question: Question, track_id: str) -> None:
    """What is asked about; below the buttons, which must not move from one question to the next."""
    dataset, row = loaders.dataset(page.open_workspace), loaders.row_of(page.open_workspace)[track_id]
    show_name(dataset, row)
    st.markdown(badges(moods_of(dataset, row)) or "No mood stands on it.")
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


def show_list(lesson: Lesson) -> None:
    """The tracks that have most of the mood, and playlists of them."""
    scores = lesson.scores
    if scores is None:
        return
    st.header(f"“{plain(lesson.mood)}” so far", anchor=False)
    order = np.argsort(-scores, kind="stable")
    order = order[~np.isin(order, lesson.examples.rows[~lesson.examples.liked])]
    tracks = lesson.lessons.tracks.iloc[order].reset_index(drop=True)
    probability = _probabilities(lesson)[order]
    said = np.isin(order, lesson.examples.rows[lesson.examples.liked])
    shown = pd.DataFrame(
        {
            "Track": tracks["title"].where(tracks["title"] != "", tracks["track_id"]),
            "Artist": tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]),
            "Probability": probability,
            "Said": np.where(said, "yes", ""),
        }
    ).head(LISTED)
    columns = {"Probability": st.column_config.ProgressColumn(format="%.2f", min_value=0, max_value=1)}
    safe_table(shown, key="teach-list", height=38 + 35 * min(len(shown), 10), column_config=columns)
    _playlists(lesson, tracks)


def show_answers(page: PageContext) -> None:
    """Everything that was said in this workspace: take back one by one, export, import."""
    answers = loaders.answers(page.open_workspace)
    with st.expander(f"All answers of this workspace ({len(answers):,})"):
        if answers:
            _answers_table(page)
            _exports(page)
        files = st.file_uploader("Import answers (CSV or JAMS)", type=["csv", "jams", "json"], key="teach-import")
        if files is not None and st.button("Import", icon=":material/upload:"):
            from mer_core.teach.exchange import from_csv, from_jams

            read = from_csv if files.name.lower().endswith(".csv") else from_jams
            kept = Journal.of(page.open_workspace).add(
                read(files.getvalue().decode("utf-8-sig", "replace"), files.name)
            )
            st.success(f"{counted(len(kept), 'answer')} imported.")


def _answers_table(page: PageContext) -> None:
    from mer_core.teach.corrections import answers_table

    table = answers_table(loaders.answers(page.open_workspace), loaders.dataset(page.open_workspace).tracks)
    words = table["value"].map({True: "yes", False: "no"}).fillna("skip")
    named = table["title"].where(table["title"] != "", table["track_id"])
    shown = pd.DataFrame({"When": table["when"].str[:16], "Track": named, "Mood": table["mood"], "Said": words})
    shown = shown.assign(By=table["source"], Model=table["model"], Before=table["said"].astype(float)).head(1000)
    columns = {
        "By": st.column_config.TextColumn("Where"),
        "Before": st.column_config.NumberColumn("The model said", format="%.2f"),
    }
    event = safe_table(
        shown, key="teach-answers", height=250, column_config=columns, on_select="rerun", selection_mode="single-row"
    )
    if rows := event["selection"]["rows"]:
        st.button(
            "Take this answer back", on_click=_undo, args=(page, str(table["id"].iloc[rows[0]])), icon=":material/undo:"
        )


def _exports(page: PageContext) -> None:
    from mer_core.teach import exchange

    answers, tracks = loaders.answers(page.open_workspace), loaders.dataset(page.open_workspace).tracks
    durations = dict(zip(tracks["track_id"], tracks["duration"], strict=True))
    titles = dict(zip(tracks["track_id"], tracks["title"], strict=True))
    with st.container(horizontal=True):
        for label, make, name, mime in (
            ("CSV", lambda: exchange.to_csv(answers), "answers.csv", "text/csv"),
            ("JAMS", lambda: exchange.to_jams(answers, durations, titles), "answers.jams", "application/json"),
        ):
            st.download_button(
                f"Download {label}",
                make,
                name,
                mime,
                key=f"teach-{label}",
                icon=":material/download:",
                on_click="ignore",
            )


def _playlists(lesson: Lesson, tracks: pd.DataFrame) -> None:
    count = int(
        st.number_input("Tracks in the playlist", 1, max(len(tracks), 1), min(20, len(tracks)), key="teach-count")
    )
    workspace = lesson.page.open_workspace
    dataset = loaders.dataset(workspace)

    def located() -> pd.DataFrame:
        """The tracks with where each lies."""
        chosen = tracks.head(count)
        places = zip(chosen["track_id"], chosen["path"], strict=True)
        return chosen.assign(location=[track_location(workspace, dataset, track, path) for track, path in places])

    with st.container(horizontal=True):
        for label, suffix, mime, make in (
            ("M3U", "m3u8", "audio/x-mpegurl", lambda: exports.to_m3u(located())),
            ("CSV", "csv", "text/csv", lambda: exports.csv_text(located())),
            ("JSPF", "jspf", "application/json", lambda: exports.to_jspf(located(), lesson.mood)),
        ):
            st.download_button(
                f"Download {label}",
                make,
                f"{lesson.mood.replace(' ', '_')}.{suffix}",
                mime,
                key=f"teach-list-{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )


def _question(lesson: Lesson) -> Question | None:
    """The next track to ask about; while nothing is known of the mood, any track."""
    scores, examples = lesson.scores, lesson.examples
    if scores is not None and lesson.taught is not None:
        return next_question(lesson.lessons.features, scores, examples)
    left = np.setdiff1d(np.arange(len(lesson.lessons.tracks)), np.concatenate([examples.rows, examples.skipped]))
    if not len(left):
        return None
    if scores is not None:
        return Question(int(left[np.argmax(scores[left])]), SURE)
    return Question(int(np.random.default_rng(len(left)).choice(left)), "")


def _answer(lesson: Lesson, question: Question, value: bool | None) -> None:
    track_id = str(lesson.lessons.tracks["track_id"].iloc[question.row])
    try:
        Journal.of(lesson.page.open_workspace).add(
            answers_of(lesson.page, [track_id], {lesson.mood: value}, "teach", question.why)
        )
    except MerError as error:
        st.session_state["teach-error"] = str(error)


def _undo(page: PageContext, answer_id: str | None = None) -> None:
    Journal.of(page.open_workspace).undo(answer_id)


def _give_examples(page: PageContext, track_ids: list[str], mood: str) -> None:
    say(page, track_ids, {mood: True}, "examples", "teach")
    st.session_state["teach-examples"] = []


def _probabilities(lesson: Lesson) -> np.ndarray:
    if lesson.taught is not None:
        return lesson.taught.probabilities(lesson.lessons.features, lesson.known)
    from mer_core.model.mlp import sigmoid

    assert lesson.known is not None  # or there were no scores to list by
    return sigmoid(lesson.known)


def _precision(progress: TeachProgress) -> str:
    return "–" if progress.precision is None else f"{progress.precision[0]:.0%}"


def _more(progress: TeachProgress) -> str:
    return "–" if progress.more is None else f"about {progress.more}"


_PRECISION_HELP = "Of the tracks that the mood was sure of when you were asked, how many you agreed with"
_MORE_HELP = "A rough estimate, from how much your last answers changed the first 20 tracks of the list"
