"""Uploaders whose files outlive a change of page, which the uploaders themselves do not."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mer_core.app.messages import plain

KEPT_BYTES = 200 * 1024 * 1024
"""Files kept in one session; larger ones last only until another page is opened."""
_KEPT, _HELD, _ROUND = "kept_files", "held_files", "kept_round"


def uploader(label: str, kind: str | list[str], *, key: str, most: int = 1) -> list[UploadedFile]:
    """Show an uploader for files that end in `kind` (or one of them); returns the newest `most` files given here in
    this session and not taken back.

    Those that the uploader itself no longer shows, because another page was opened since, are named below it.
    """
    widget = f"{key}-{st.session_state.get(_ROUND, 0)}"
    given = st.file_uploader(
        label, type=kind, key=widget, accept_multiple_files=most > 1, on_change=_take_back, args=(key, widget)
    )
    held = _as_list(given)
    st.session_state.setdefault(_HELD, {})[key] = held
    older = [file for file in _kept().get(key, []) if file not in held]
    files = [*older, *held][-most:]
    _kept()[key] = files if _fits(key, files) else []
    if named := ", ".join(plain(file.name) for file in files if file in older):
        st.caption(f":material/attach_file: Still here: {named}")
    return files


def forget_all() -> None:
    """Forget all kept files, and empty the uploaders, which would bring them back; only in a callback."""
    _kept().clear()
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _take_back(key: str, widget: str) -> None:
    """What a person removes from the uploader is kept no longer."""
    now = _as_list(st.session_state[widget])
    gone = [file for file in st.session_state[_HELD][key] if file not in now]
    _kept()[key] = [file for file in _kept().get(key, []) if file not in gone]


def _fits(key: str, files: list[UploadedFile]) -> bool:
    others = [file for other, kept in _kept().items() if other != key for file in kept]
    return sum(file.size for file in [*others, *files]) <= KEPT_BYTES


def _kept() -> dict[str, list[UploadedFile]]:
    return st.session_state.setdefault(_KEPT, {})


def _as_list(given: UploadedFile | list[UploadedFile] | None) -> list[UploadedFile]:
    return given if isinstance(given, list) else [given] if given else []
