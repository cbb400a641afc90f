"""Tempo, key and voice on the pages: what is known of a track, columns of a table, a filter."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import plain
from mer_core.app.results import Result
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked, linked_range
from mer_core.cli.commands import command_line
from mer_core.errors import MerError, Remedy
from mer_core.music.facts import FILE, in_words, read_facts
from mer_core.music.measure import excerpt
from mer_core.music.tempo_key import NOTHING, TempoKey, measure
from mer_core.music.voice import PLAYED, SUNG, voices
from mer_core.recommend.explain_music import Music
from mer_core.workspace.layout import Workspace

TEMPI = (40, 220)
"""Beats a minute between which the filter's slider moves."""
ENCODER = "musicnn"


def music_of(workspace: Workspace) -> pd.DataFrame:
    """Index track_id, columns tempo (NaN: unknown), key and voice ("": unknown); only tracks of which something may be
    known."""
    return _music_of(workspace, stamp(workspace))


def stamp(workspace: Workspace) -> loaders.Stamp:
    """A mark that changes with its state, for caches."""
    folders = [workspace.embeddings_dir(ENCODER)] if ENCODER in workspace.encoders() else []
    return loaders.stamp(workspace.root / FILE, *folders)


def of_track(workspace: Workspace, track_id: str) -> Music:
    """What is known of a track."""
    table = music_of(workspace)
    if track_id not in table.index:
        return Music()
    found = table.loc[[track_id]]
    return Music(float(found["tempo"].iloc[0]), str(found["key"].iloc[0]), str(found["voice"].iloc[0]))


def show_track(workspace: Workspace, track_id: str) -> None:
    """One line about a track: what is known, or that tempo and key were measured of no track, and what does it."""
    if words := in_words(*of_track(workspace, track_id)):
        st.caption(f":material/music_note: {plain(words)}")
    if loaders.has_audio(workspace) and not music_of(workspace)["tempo"].notna().any():
        remedy = command_line(Remedy("measure_music", workspace.root))
        st.caption("Tempo and key: not measured yet.", help=f"`{remedy}` measures them.")


def listen(data: bytes) -> "Future[TempoKey]":
    """Tempo and key of a person's own file, measured beside everything else: the first time takes some seconds."""
    return _ears().submit(_measured, data)


def show_result(result: Result) -> None:
    """One line about a person's own file; while it is still listened to, that."""
    if result.prediction is None or result.music is None:
        return
    if not result.music.done():
        _wait(result.music)
        return
    reader = loaders.model(result.workspace, result.prediction.model_name)
    pooled = result.prediction.embedding.mean(axis=0)[None]
    found = result.music.result()
    words = in_words(found.tempo, found.key, voices(str(reader.encoder["name"]), "mean", pooled)[0])
    st.caption(f":material/music_note: {plain(words or 'tempo and key unclear')}")  # what stands below does not move


@st.fragment(run_every=1.0)
def _wait(music: "Future[TempoKey]") -> None:
    if music.done():
        st.rerun()
    st.caption(":material/music_note: Listening for tempo and key …")


def add_columns(table: pd.DataFrame, workspace: Workspace, track_ids: Sequence[str]) -> dict[str, Any]:
    """Add what is known to a table of these tracks, in place; returns how to show it."""
    known = music_of(workspace).reindex(list(track_ids))
    columns: dict[str, Any] = {}
    if known["tempo"].notna().any():
        table["Tempo"] = known["tempo"].to_numpy()
        columns["Tempo"] = st.column_config.NumberColumn(width=58, format="%.0f", help="Beats a minute")
    for name in ("key", "voice"):
        if (known[name].fillna("") != "").any():
            table[name.capitalize()] = known[name].fillna("").to_numpy()
            columns[name.capitalize()] = st.column_config.TextColumn(width=80)
    return columns


def ask_unwanted(page: PageContext) -> list[str]:
    """Choose tempo, key and voice; returns the ids of the tracks that do not answer. Says what measures them where
    nothing was measured."""
    table = music_of(page.open_workspace)
    measured = table["tempo"].notna().any()
    sung = (table["voice"] != "").any()
    kept = np.ones(len(table), bool)
    with st.expander("Tempo, key, voice", icon=":material/music_note:"):
        if not measured:
            _say_unmeasured(page.open_workspace)
        if measured:
            low, high = linked_range("Tempo (beats a minute)", *TEMPI, key="tempo")
            if (low, high) != TEMPI:
                kept &= table["tempo"].between(low, high).to_numpy()
            keys = sorted(set(table["key"]) - {""})
            chosen = linked(st.multiselect, "Key", keys, key="keys", placeholder="Any key")
            if chosen:
                kept &= table["key"].isin(chosen).to_numpy()
        if sung:
            voice = linked(st.segmented_control, "Voice", (SUNG, PLAYED), key="voice")
            if voice:
                kept &= (table["voice"] == voice).to_numpy()
    known = set(table.index[kept])
    return [] if kept.all() else [str(track) for track in loaders.track_ids(page.open_workspace) if track not in known]


def _say_unmeasured(workspace: Workspace) -> None:
    """What measures tempo and key, which takes audio; and what tells voice."""
    if loaders.has_audio(workspace):
        st.caption("Tempo and key were not measured yet. This does it, some seconds a track:")
        st.code(command_line(Remedy("measure_music", workspace.root)), language=None, wrap_lines=True)
    else:
        st.caption("Tempo and key are measured on audio, and there is none here.")
    if ENCODER not in workspace.encoders():
        st.caption(f"Voice or instrumental is known of tracks with embeddings by {ENCODER}; there are none here.")


def _measured(data: bytes) -> TempoKey:
    try:
        return measure(excerpt(data))
    except MerError:  # the prediction has said what is wrong with it
        return NOTHING


@st.cache_resource(show_spinner=False)
def _ears() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "tempo-and-key")


@st.cache_resource(max_entries=6, show_spinner=False)
def _music_of(_workspace: Workspace, key: loaders.Stamp) -> pd.DataFrame:
    table = read_facts(_workspace)[["tempo", "key"]]
    if ENCODER not in _workspace.encoders():
        return table.assign(voice="")
    track_ids, X = loaders.pooled(_workspace, ENCODER)
    voice = pd.Series(voices(ENCODER, "mean", X), index=pd.Index(track_ids, name="track_id"), dtype=object)
    table = table.reindex(table.index.union(voice.index))
    return table.assign(key=table["key"].fillna(""), voice=voice.reindex(table.index).fillna(""))
