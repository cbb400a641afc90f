"""Files dropped that are no music, by the rule for folders (see audio.folders): let go of at once, and counted."""

from collections import Counter
from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mer_core.app.messages import plain
from mer_core.app.room import let_go
from mer_core.audio.folders import NO_ENDING, passed_over_line
from mer_core.audio.formats import LONGEST_MAGIC, is_audio_beginning, is_audio_name

_PASSED_OVER = "passed_over"


def only_music(files: list[UploadedFile], key: str) -> list[UploadedFile]:
    """Those of `files`, which the uploader `key` holds, that are named as audio or begin as audio does; the others are
    counted in a line below it."""
    over: dict[str, str] = st.session_state.setdefault(_PASSED_OVER, {}).setdefault(key, {})
    music = []
    for file in files:
        if _is_music(file):
            music.append(file)
        else:
            over[file.file_id] = PurePath(file.name).suffix.lower() or NO_ENDING
            let_go(file)
    if over:
        st.caption(f":material/block: {plain(passed_over_line(Counter(over.values())).capitalize())}")
    return music


def _is_music(file: UploadedFile) -> bool:
    if is_audio_name(file.name):
        return True
    file.seek(0)
    return is_audio_beginning(file.read(LONGEST_MAGIC))
