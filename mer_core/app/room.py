"""What the server holds of people's uploads, all sessions together: bounded, and given back.

Streamlit keeps the bytes of an upload until its session ends, and the results of a session keep them for the player;
they are the same bytes, held once. Here they are counted over all sessions, and where they come to more than
SERVER_BYTES the audio of sessions that have ended goes (the moods stay). Where that is not enough, the new file is
refused.
"""

import ctypes
import dataclasses
import gc
from collections.abc import Iterator
from contextlib import suppress

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mer_core.app.results import everyone
from mer_core.errors import AudioError

SERVER_BYTES = 1000 * 1024 * 1024
"""Bytes of uploads held at most, of all sessions together, beside those on their way."""


class Stored:
    """An uploaded file as Streamlit holds it. What an uploader returns is a copy, made anew in every run: kept, it
    would be held twice."""

    def __init__(self, file: UploadedFile) -> None:
        context = get_script_run_ctx()
        found = context.uploaded_file_mgr.get_files(context.session_id, [file.file_id]) if context else []
        self._data = found[0].data if found else file.getvalue()

    def getvalue(self) -> bytes:
        """All of its bytes."""
        return self._data


def admit(name: str, file: Stored) -> None:
    """Make room for a file that was uploaded; raises AudioError, having let go of it, where there is none."""
    in_use = {id(data) for data in _uploaded()}  # open pages hold these, whatever is done here
    for kept in everyone():
        for key, result in kept.results.items():
            if result.data is not None and id(result.data) not in in_use and held_bytes() > SERVER_BYTES:
                kept.results[key] = dataclasses.replace(result, data=None)
    if held_bytes() > SERVER_BYTES:
        _let_go(file.getvalue())
        raise AudioError(
            f"{name} was not taken: this server holds {SERVER_BYTES >> 20} MB of uploads for all its people, its "
            "limit; forget it here and drop it again in a few minutes, or predict it outside the app"
        )


def held_bytes() -> int:
    """Bytes of uploads that this server holds for all sessions, each counted once."""
    sizes = {
        id(result.data): len(result.data) for kept in everyone() for result in kept.results.values() if result.data
    }
    return sum({**sizes, **{id(data): len(data) for data in _uploaded()}}.values())


def forget_uploads() -> None:
    """Let go of all that this session has uploaded."""
    context = get_script_run_ctx()
    if context is not None:
        context.uploaded_file_mgr.remove_session_files(context.session_id)
    give_back_memory()


def let_go(file: UploadedFile) -> None:
    """Let go of an upload that nobody wants; the uploader hands it out no more."""
    _let_go(Stored(file).getvalue())


def give_back_memory() -> None:
    """Return to the system what was freed: the allocator of Linux would keep it."""
    gc.collect()
    with suppress(OSError, AttributeError):  # another system, or another C library
        ctypes.CDLL(None).malloc_trim(0)


def _manager() -> MemoryUploadedFileManager | None:
    context = get_script_run_ctx()
    manager = context.uploaded_file_mgr if context is not None else None
    return manager if isinstance(manager, MemoryUploadedFileManager) else None


def _uploaded() -> Iterator[bytes]:
    manager = _manager()
    for files in list(manager.file_storage.values()) if manager else []:
        yield from (file.data for file in list(files.values()))


def _let_go(data: bytes) -> None:
    """Take an upload out of Streamlit's hands, known by its very bytes."""
    manager = _manager()
    for session, files in list(manager.file_storage.items()) if manager else []:
        for file in list(files.values()):
            if manager and file.data is data:
                manager.remove_file(session, file.file_id)
