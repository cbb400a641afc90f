"""The server's uploads are bounded over all sessions, each byte counted once, and let go of when they are forgotten."""

import copy
from types import SimpleNamespace
from typing import Any

import pytest
from audio_files import pcm, tones, write
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from mer_core.app import room
from mer_core.app.player import sound
from mer_core.app.results import Kept, Result
from mer_core.errors import AudioError

SIZE = 1000


class Server:
    """Streamlit's manager of uploads, with sessions that upload into it and keep results."""

    def __init__(self) -> None:
        self.manager = MemoryUploadedFileManager("/upload")
        self.kept: dict[str, Kept] = {}
        self.session = ""

    def upload(self, session: str, name: str) -> room.Stored:
        record = UploadedFileRec(name, name, "audio/wav", bytes(bytearray(name.encode() * SIZE)[:SIZE]))
        self.manager.add_file(session, record)
        self.kept.setdefault(session, Kept(session))
        self.session = session
        (urls,) = self.manager.get_upload_urls(session, [name])
        return room.Stored(copy.deepcopy(UploadedFile(record, urls)))  # as an uploader returns it

    def predict(self, session: str, name: str) -> None:
        file = self.upload(session, name)
        room.admit(name, file)
        self.kept[session].results[name] = Result(name, file.getvalue())


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    context = lambda: SimpleNamespace(uploaded_file_mgr=made.manager, session_id=made.session)  # noqa: E731
    monkeypatch.setattr(room, "get_script_run_ctx", context)
    monkeypatch.setattr(room, "everyone", lambda: list(made.kept.values()))
    monkeypatch.setattr(room, "SERVER_BYTES", 3 * SIZE)
    return made


def audio_of(kept: Kept) -> list[str]:
    return [name for name, result in kept.results.items() if result.data is not None]


def test_an_upload_and_its_result_are_counted_once(server: Server) -> None:
    server.predict("a", "1")
    assert room.held_bytes() == SIZE
    server.manager.remove_session_files("a")  # the session ended, its results are kept
    assert room.held_bytes() == SIZE


def test_beyond_the_cap_the_audio_of_ended_sessions_goes_and_the_results_stay(server: Server) -> None:
    for session, name in (("a", "1"), ("b", "2"), ("a", "3")):
        server.predict(session, name)
    server.manager.remove_session_files("a")
    server.predict("b", "4")
    assert room.held_bytes() == 3 * SIZE
    assert audio_of(server.kept["a"]) == ["3"] and audio_of(server.kept["b"]) == ["2", "4"]
    assert list(server.kept["a"].results) == ["1", "3"]


def test_where_open_pages_hold_it_all_the_new_file_is_refused_and_not_held(server: Server) -> None:
    for name in ("1", "2", "3"):
        server.upload("a", name)
    with pytest.raises(AudioError, match=r"4 was not taken: this server holds .* forget it here and drop it again"):
        server.predict("b", "4")
    assert room.held_bytes() == 3 * SIZE and not server.manager.file_storage["b"]


def test_what_a_session_forgets_is_let_go_at_once(server: Server) -> None:
    server.upload("a", "1")
    server.upload("b", "2")
    room.forget_uploads()
    assert room.held_bytes() == SIZE and "b" not in server.manager.file_storage


def test_nothing_is_held_where_no_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    context: Any = None
    monkeypatch.setattr(room, "get_script_run_ctx", lambda: context)
    monkeypatch.setattr(room, "everyone", list)
    room.forget_uploads()
    assert room.held_bytes() == 0


def test_the_player_keeps_no_upload_beyond_its_session() -> None:
    plain, coded = pcm(tones(1.0)), write(tones(1.0), "wma")
    assert sound.of_bytes(plain, "song.wav", "plain").source is plain  # type: ignore[union-attr]
    assert sound._of_bytes(plain, "song.wav", "plain").source == b""  # type: ignore[union-attr]
    copy = sound.of_bytes(coded, "song.wma", "coded")
    assert copy.source[:4] == b"RIFF" and sound.of_bytes(coded, "song.wma", "coded") is copy  # type: ignore[index, union-attr]
    sound.forget_copies()
    assert sound.of_bytes(coded, "song.wma", "coded") is not copy
