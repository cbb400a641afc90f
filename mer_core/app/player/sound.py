"""Where a browser finds the sound of a file on this server: the file itself, or a decoded copy in memory where browsers
cannot play it."""

from pathlib import Path

import streamlit as st
from streamlit import runtime

from mer_core.app.loaders import Stamp, stamp
from mer_core.audio.playable import Playable, playable
from mer_core.errors import AudioError
from mer_core.io.names import written
from mer_core.io.spans import file_of


def of_file(path: Path) -> Playable | str:
    """The file at `path` (or the part of one, see io.spans) as browsers play it, or why they cannot."""
    return _of_file(str(path), (written(str(path)), *stamp(file_of(path))))


def of_bytes(data: bytes, name: str, key: str) -> Playable | str:
    """The same for a person's file `data`; `key` tells it from others."""
    found = _of_bytes(data, name, key)
    return found if isinstance(found, str) or found.decoded else found._replace(source=data)


def forget_copies() -> None:
    """Let go of the decoded copies of people's files, everybody's: whoever still listens has it made anew."""
    _of_bytes.clear()


def address(sound: Playable) -> str:
    """Where the browser finds it, as `st.audio` would; "" without a server."""
    if not runtime.exists():
        return ""
    source = str(sound.source) if isinstance(sound.source, Path) else sound.source
    return str(runtime.get_instance().media_file_mgr.add(source, sound.mime, "mer-player"))


# Few are held: a decoded copy may take playable.MAX_COPY_BYTES.


@st.cache_resource(max_entries=3, show_spinner="Decoding it for the browser …")
def _of_file(_path: str, key: Stamp) -> Playable | str:
    return _or_why(_path, None)


@st.cache_resource(max_entries=3, show_spinner="Decoding it for the browser …")
def _of_bytes(_data: bytes, name: str, key: str) -> Playable | str:
    """Without the bytes where they are played as they are: this outlives their session."""
    found = _or_why(_data, name)
    return found if isinstance(found, str) or found.decoded else found._replace(source=b"")


def _or_why(source: str | bytes, name: str | None) -> Playable | str:
    try:
        return playable(source, name)
    except AudioError as error:
        return str(error)
