"""Tracks of MTG-Jamendo whose audio is not here: their pages on Jamendo, and playing from there where a person asks."""

import streamlit as st

from mer_core.datasets.dataset import Dataset
from mer_core.workspace.layout import Workspace

_ASKED = "play_from_jamendo"


def on_jamendo(workspace: Workspace, dataset: Dataset) -> bool:
    """Whether the track ids are Jamendo's: the dataset is one of MTG-Jamendo's own files, not another (as the demo) in
    the same layout."""
    return not workspace.synthetic and dataset.name.startswith(("autotagging", "raw_30s"))


def offer_stream() -> None:
    """The switch that lets the player ask jamendo.com for sound; off until a person turns it on, for this session."""
    text = (
        "The browser then asks jamendo.com for each track that you play, so Jamendo learns what you listen to. "
        "Off: nothing is asked of any other machine."
    )
    asked = st.toggle("Play from jamendo.com", value=bool(st.session_state.get(_ASKED)), help=text)
    st.session_state[_ASKED] = asked


def stream_address(track_id: str) -> str:
    """Where Jamendo plays a track ("track_0000214"); "" until the person has asked for it."""
    if not st.session_state.get(_ASKED):
        return ""
    number = int("".join(filter(str.isdigit, track_id)) or 0)
    return f"https://mp3d.jamendo.com/?trackid={number}&format=mp31"
