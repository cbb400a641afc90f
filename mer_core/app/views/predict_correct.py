"""Correcting the moods of a file on the predict page, whether it is a track of the workspace or not."""

import hashlib
from functools import partial
from pathlib import PurePosixPath

import streamlit as st

from mer_core.app import loaders
from mer_core.app.results import Result
from mer_core.app.shell import PageContext
from mer_core.app.teaching import Subject, controls, correction_controls, keep
from mer_core.embeddings.store import TrackEmbedding
from mer_core.teach.journal import Answer, tidy_mood
from mer_core.teach.pieces import keep_piece, piece_id


def show_corrections(page: PageContext, result: Result, key: str) -> None:
    """The buttons "Correct the moods" and "Teach a mood" for a predicted file; nothing without a workspace to keep them
    in, or once the file was dropped."""
    if page.workspace is None or result.data is None or result.prediction is None:
        return
    piece = _piece_id(hashlib.sha256(result.data).hexdigest(), result.data, result.name)
    tracks = [piece] if piece in loaders.track_ids(page.workspace) else track_of_file(page, result.name, result.data)
    if tracks:
        correction_controls(page, tracks, key=f"correct-{key}")
        return
    untouched = "the file is no track of it, so the numbers that the model heard are kept, not the sound"
    controls(page, Subject([piece], partial(_say, page, result, piece), untouched), key=f"correct-{key}")


def track_of_file(page: PageContext, name: str, data: bytes) -> list[str]:
    """The track of the workspace that an uploaded file is, by name and content, in a list; [] where it is none."""
    workspace = page.open_workspace
    tracks = loaders.dataset(workspace).tracks
    named = tracks[tracks["path"].map(lambda path: PurePosixPath(path).name == name)]
    for track_id, path in zip(named["track_id"], named["path"], strict=True):
        file = workspace.audio_path(path)
        if file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data:
            return [str(track_id)]
    return []


@st.cache_data(max_entries=200, show_spinner=False)
def _piece_id(digest: str, _data: bytes, _name: str) -> str:
    return piece_id(_data, _name)


def _say(page: PageContext, result: Result, piece: str, values: dict[str, bool | None], source: str, key: str) -> None:
    """Keep what is said of a piece, and its numbers, so that moods can be learned from it."""
    heard = result.sound or result.prediction
    assert heard is not None  # or there would be nothing to correct
    encoder = loaders.base_model(result.workspace, heard.model_name).encoder
    said = heard.moods["probability"].to_dict()

    def answers() -> list[Answer]:
        """The numbers first: an answer without them teaches nothing."""
        keep_piece(page.open_workspace, encoder, TrackEmbedding(piece, heard.duration, heard.embedding))
        return [
            Answer(
                piece,
                tidy_mood(mood),
                value,
                source,
                model=heard.model_name if mood in said else "",
                said=float(said[mood]) if mood in said else None,
                title=result.name,
            )
            for mood, value in values.items()
        ]

    keep(key, answers, page)
