"""What is played, in this session, and the bar that plays it."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from mer_core.app import profiles
from mer_core.app.player import sources
from mer_core.app.results import results
from mer_core.app.url_state import recall, remember
from mer_core.workspace.layout import Workspace

UPLOAD = "upload:"
"""Before the key of a result: a person's own file."""
LONGEST_LIST = 1000
_PLAYS, _UPLOAD, _LIST, _START, _KEY = "player_plays", "player_upload", "player_list", "player_start", "player-bar"


def play(track: str, among: Sequence[str] = (), start: float = 0.0) -> None:
    """Choose a track (its id, or UPLOAD + key of a result), and play it from second `start`; only in a callback, that
    is before the page runs. among: the list that next and previous walk; none: the list stays."""
    st.session_state[_PLAYS] = st.session_state.get(_PLAYS, 0) + 1
    choose(track)
    st.session_state[_START] = start
    if among:
        enter_list(among)


def choose(track: str) -> None:
    """Put a track in focus without playing it."""
    st.session_state[_UPLOAD] = track if track.startswith(UPLOAD) else None
    if not track.startswith(UPLOAD):
        remember("track", track)


def enter_list(tracks: Sequence[str]) -> None:
    """The list that next and previous walk from now on."""
    st.session_state[_LIST] = list(tracks[:LONGEST_LIST])


def playing() -> str | None:
    """The track in focus: its id, or UPLOAD + key; None where nothing was chosen."""
    upload = st.session_state.get(_UPLOAD)
    return upload if upload and upload.removeprefix(UPLOAD) in results() else recall("track")


def show(workspace: Workspace | None, model: str) -> None:
    """Draw the bar at the bottom, if a track is in focus that can be shown."""
    track = playing()
    data = _data_of(workspace, model, track) if track else None
    if track is None or data is None:
        return
    tracks = st.session_state.get(_LIST, [])
    if track in tracks and len(tracks) > 1:
        place = tracks.index(track)
        data |= {"place": f"{place + 1} of {len(tracks)}", "previous": place > 0, "next": place + 1 < len(tracks)}
    data |= {"plays": st.session_state.get(_PLAYS, 0), "start": st.session_state.get(_START, 0.0)}
    with st.bottom, st.container(key="player"):
        _component()(data=data, key=_KEY, on_step_change=_step)


def _data_of(workspace: Workspace | None, model: str, track: str) -> sources.Data | None:
    if track.startswith(UPLOAD):
        key = track.removeprefix(UPLOAD)
        return sources.of_result(profiles.decided(results()[key], workspace, model), key)
    return None if workspace is None else sources.of_track(workspace, model, track)


def _step() -> None:
    """To the next or the previous track of the list."""
    tracks, track = st.session_state.get(_LIST, []), playing()
    by = int(st.session_state[_KEY].get("step") or 0)
    if track in tracks and 0 <= tracks.index(track) + by < len(tracks):
        play(tracks[tracks.index(track) + by])


@cache
def _component() -> Any:
    folder = Path(__file__).parent
    html, css, js = ((folder / f"bar.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("mer_player", html=html, css=css, js=js)
