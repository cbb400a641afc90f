"""What pages share to let a person say more: correct a track's moods, or give tracks as examples of a mood."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, guard, plain
from mer_core.app.shell import PageContext
from mer_core.cli.commands import sentence
from mer_core.errors import MerError
from mer_core.inference.predictor import own_mood_notes
from mer_core.model.mlp import sigmoid
from mer_core.teach.examples import LEAST
from mer_core.teach.journal import Answer, Journal, tidy_mood

Tell = Callable[[dict[str, bool | None], str, str], None]
"""Keeps what is said, mood by mood, where it was said (see Answer.source), and the key its message is shown under."""
NEW_MOOD = "Choose a mood or name a new one"
_SAID = "_teach_said"


class Subject(NamedTuple):
    """What moods are said of: tracks of the workspace, or a piece that is none."""

    ids: list[str]
    tell: Tell
    untouched: str = "the dataset's files stay as they are"
    """What a person need not fear."""


def correction_controls(page: PageContext, track_ids: Sequence[str], *, key: str) -> None:
    """Beside a track or several: "Correct the moods" and "Teach a mood"; nothing where there is no such track.

    key: of its widgets, other than that of any other such control of the page.
    """
    if track_ids := _here(page, track_ids):
        controls(page, Subject(track_ids, partial(say, page, track_ids)), key=key)


def controls(page: PageContext, subject: Subject, *, key: str) -> None:
    """The two buttons for anything that moods can be said of."""
    with guard("the corrections"), st.container(horizontal=True):
        show_kept(key)
        with st.popover("Correct the moods", icon=":material/edit:"):
            _correct(page, subject, key)
        _more_like_these(page, subject, key)


def _more_like_these(page: PageContext, subject: Subject, key: str) -> None:
    """ "Teach a mood": give the tracks as examples of a mood, new or known, or as what it is not."""
    with st.popover("Teach a mood", icon=":material/school:"):
        st.caption(
            f"A mood of your own is learned from {LEAST} examples on. {counted(len(subject.ids), 'track')} chosen."
        )
        mood = st.selectbox(
            "Mood",
            moods_to_teach(page),
            index=None,
            key=f"{key}-teach-mood",
            accept_new_options=True,
            placeholder=NEW_MOOD,
        )
        with st.container(horizontal=True):
            for label, value, icon in (("More like these", True, "add"), ("Not like these", False, "remove")):
                st.button(
                    label,
                    key=f"{key}-teach-{value}",
                    icon=f":material/{icon}:",
                    disabled=not mood,
                    on_click=subject.tell,
                    args=({str(mood): value}, "examples", key),
                )


def moods_to_teach(page: PageContext) -> list[str]:
    """Moods that have answers, then those of the dataset and of the model."""
    said = [answer.mood for answer in loaders.answers(page.open_workspace)]
    known = [*loaders.dataset(page.open_workspace).moods, *loaders.base_model(page.workspace, page.model).moods]
    return list(dict.fromkeys([*said, *(mood.lower() for mood in known)]))


def say(
    page: PageContext, track_ids: Iterable[str], values: dict[str, bool | None], source: str, key: str = ""
) -> None:
    """Keep in the journal what a person says of tracks, mood by mood; what is wrong, or that it is kept, is shown at
    the next drawing under `key`. For callbacks of buttons."""
    keep(key, lambda: answers_of(page, track_ids, values, source), page)


def keep(key: str, make: Callable[[], list[Answer]], page: PageContext, *, quiet: bool = False) -> None:
    """Keep the answers that `make` gives; that they are kept (unless `quiet`), or what is wrong, is shown at the next
    drawing under `key`. For callbacks of buttons."""
    try:
        kept = Journal.of(page.open_workspace).add(make())
        if not quiet:
            st.session_state[_SAID] = (key, f"Kept: {counted(len(kept), 'answer')}.", True)
    except MerError as error:
        st.session_state[_SAID] = (key, sentence(error), False)
    except OSError as error:
        st.session_state[_SAID] = (key, _not_written(page, error), False)


def _not_written(page: PageContext, error: OSError) -> str:
    return (
        f"{page.open_workspace.root} cannot be written ({error.strerror}), so nothing is kept; allow it to be written"
    )


def undo(page: PageContext, answer_id: str | None = None) -> None:
    """Take back an answer, the last one without an id; what is wrong is shown under "teach". For callbacks."""
    try:
        Journal.of(page.open_workspace).undo(answer_id)
    except MerError as error:
        st.session_state[_SAID] = ("teach", sentence(error), False)
    except OSError as error:
        st.session_state[_SAID] = ("teach", _not_written(page, error), False)


def answers_of(
    page: PageContext, track_ids: Iterable[str], values: dict[str, bool | None], source: str, why: str = ""
) -> list[Answer]:
    """An answer for each track and mood, with what the page's model had said."""
    workspace = page.open_workspace
    path_of = dict(zip(*(loaders.dataset(workspace).tracks[name] for name in ("track_id", "path")), strict=True))
    said = _model_says(page, values)
    return [
        Answer(
            track_id,
            tidy_mood(mood),
            value,
            source,
            why,
            path_of[track_id],
            page.model if track_id in said.get(mood, {}) else "",
            said.get(mood, {}).get(track_id),
        )
        for track_id in track_ids
        for mood, value in values.items()
    ]


def note_own_moods(page: PageContext, asked: Iterable[str]) -> None:
    """Say of the moods of one's own among those asked about how many examples they rest on."""
    taught = set(asked) & {answer.mood for answer in loaders.answers(page.open_workspace)}
    if taught:
        for note in own_mood_notes(loaders.model(page.workspace, page.model), taught):
            st.caption(f":material/school: {plain(note)}.")


def said_of(page: PageContext, track_id: str) -> dict[str, bool]:
    """What was said of a track and stands, by mood; what was skipped is left out."""
    last = {answer.mood: answer.value for answer in loaders.answers(page.open_workspace) if answer.track_id == track_id}
    return {mood: value for mood, value in last.items() if value is not None}


def _model_says(page: PageContext, moods: Iterable[str]) -> dict[str, dict[str, float]]:
    """The probabilities of those of the moods that the page's model knows, by mood and track id."""
    model = loaders.base_model(page.workspace, page.model)
    if str(model.encoder["name"]) not in page.open_workspace.encoders():
        return {}
    lessons = loaders.lessons(page.open_workspace, page.model)
    known = {mood: lessons.known(mood) for mood in moods}
    ids = lessons.tracks["track_id"]
    return {mood: dict(zip(ids, sigmoid(p).tolist(), strict=True)) for mood, p in known.items() if p is not None}


def _correct(page: PageContext, subject: Subject, key: str) -> None:
    if len(subject.ids) == 1:
        _show_known(page, subject.ids[0])
    else:
        st.caption(f"Said of all {counted(len(subject.ids), 'track')} chosen.")
    moods = moods_to_teach(page)
    has = st.multiselect("Has", moods, key=f"{key}-has", placeholder="Moods it has")
    lacks = st.multiselect("Has not", moods, key=f"{key}-lacks", placeholder="Moods it has not")
    both = sorted(set(has) & set(lacks))
    if both:
        st.warning(f"“{both[0]}” is in both; take it out of one.")
    values: dict[str, bool | None] = {**dict.fromkeys(has, True), **dict.fromkeys(lacks, False)}
    st.button(
        "Keep the correction",
        key=f"{key}-keep",
        icon=":material/check:",
        disabled=not values or bool(both),
        on_click=subject.tell,
        args=(values, "correction", key),
    )
    st.caption(f"Kept in this workspace; {subject.untouched}. Take it back on the Teach page.")


def _show_known(page: PageContext, track_id: str) -> None:
    """The labels of a track, and what was said of it."""
    dataset, row = loaders.dataset(page.open_workspace), loaders.row_of(page.open_workspace).get(track_id)
    if row is not None:
        given = [mood for mood, has in zip(dataset.moods, dataset.labels[row], strict=True) if has]
        st.caption("Labels: " + (plain(", ".join(given)) or "none"))
    words = [mood if value else f"not {mood}" for mood, value in said_of(page, track_id).items()]
    if words:
        st.caption(f"You said: {plain(', '.join(words))}")


def _here(page: PageContext, track_ids: Sequence[str]) -> list[str]:
    """Those of the tracks that are in the workspace."""
    if page.workspace is None or not track_ids:
        return []
    known = loaders.track_ids(page.workspace)
    return [track_id for track_id in track_ids if track_id in known]


def show_kept(key: str) -> None:
    """Say whether what was last said under `key` is kept."""
    owner, text, kept = st.session_state.get(_SAID, ("", "", True))
    if text and owner == key:
        del st.session_state[_SAID]
        if kept:
            st.toast(text, icon=":material/check:")
        else:
            st.error(text, icon=":material/error:")
