"""What pages share to let a person say more: correct a track's moods, or give tracks as examples of a mood."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, guard
from mer_core.app.shell import PageContext
from mer_core.errors import MerError
from mer_core.model.mlp import sigmoid
from mer_core.teach.examples import LEAST
from mer_core.teach.journal import Answer, Journal, tidy_mood

NEW_MOOD = "Choose a mood or name a new one"
_SAID = "_teach_said"


def correction_controls(page: PageContext, track_ids: Sequence[str], *, key: str) -> None:
    """Beside a track or several: "Correct the moods" and "Teach a mood"; nothing where there is no such track.

    key: of its widgets, other than that of any other such control of the page.
    """
    track_ids = _here(page, track_ids)
    if not track_ids:
        return
    with guard("the corrections"), st.container(horizontal=True):
        show_kept(key)
        with st.popover("Correct the moods", icon=":material/edit:"):
            _correct(page, track_ids, key)
        more_like_these(page, track_ids, key=key)


def more_like_these(page: PageContext, track_ids: Sequence[str], *, key: str) -> None:
    """ "Teach a mood": give the tracks as examples of a mood, new or known, or as what it is not."""
    track_ids = _here(page, track_ids)
    if not track_ids:
        return
    with st.popover("Teach a mood", icon=":material/school:"):
        st.caption(
            f"A mood of your own is learned from {LEAST} examples on. {counted(len(track_ids), 'track')} chosen."
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
                    on_click=say,
                    args=(page, track_ids, {str(mood): value}, "examples", key),
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
    try:
        kept = Journal.of(page.open_workspace).add(answers_of(page, track_ids, values, source))
        st.session_state[_SAID] = (key, f"Kept: {counted(len(kept), 'answer')}.", True)
    except MerError as error:
        st.session_state[_SAID] = (key, str(error), False)


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


def _model_says(page: PageContext, moods: Iterable[str]) -> dict[str, dict[str, float]]:
    """The probabilities of those of the moods that the page's model knows, by mood and track id."""
    model = loaders.base_model(page.workspace, page.model)
    if str(model.encoder["name"]) not in page.open_workspace.encoders():
        return {}
    lessons = loaders.lessons(page.open_workspace, page.model)
    known = {mood: lessons.known(mood) for mood in moods}
    ids = lessons.tracks["track_id"]
    return {mood: dict(zip(ids, sigmoid(p).tolist(), strict=True)) for mood, p in known.items() if p is not None}


def _correct(page: PageContext, track_ids: list[str], key: str) -> None:
    dataset = loaders.dataset(page.open_workspace)
    if len(track_ids) == 1:
        row = dataset.tracks.index[dataset.tracks["track_id"] == track_ids[0]][0]
        given = [mood for mood, has in zip(dataset.moods, dataset.labels[row], strict=True) if has]
        st.caption("Labels: " + (", ".join(given) if given else "none"))
    else:
        st.caption(f"Said of all {counted(len(track_ids), 'track')} chosen.")
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
        on_click=say,
        args=(page, track_ids, values, "correction", key),
    )
    st.caption("Kept in this workspace; the dataset's files stay as they are. Take it back on the Teach page.")


def track_of_file(page: PageContext, name: str, data: bytes | None) -> list[str]:
    """The track of the workspace that an uploaded file is, by name and content, in a list; [] where it is none: what
    is said of a file that is not kept could not be learned from."""
    if page.workspace is None or data is None:
        return []
    tracks = loaders.dataset(page.workspace).tracks
    named = tracks[tracks["path"].map(lambda path: PurePosixPath(path).name == name)]
    for track_id, path in zip(named["track_id"], named["path"], strict=True):
        file = page.workspace.audio_path(path)
        if file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data:
            return [str(track_id)]
    return []


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
