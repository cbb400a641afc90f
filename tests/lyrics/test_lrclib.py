"""The client of LRCLIB against a server on 127.0.0.1: what is asked, how often, and what becomes of the answers."""

import json
from collections.abc import Iterator
from pathlib import Path

import mutagen
import pytest
from audio_files import tones, write
from lyrics_server import Server, lyrics_server

from mer_core.errors import LyricsError
from mer_core.lyrics.lrclib import AGENT, LrcLib, TaggedSong, song_of

SONG = TaggedSong("Some Artist", "Some Title", "Some Album", 200)


@pytest.fixture
def server() -> Iterator[Server]:
    with lyrics_server() as running:
        yield running


def client(server: Server) -> LrcLib:
    return LrcLib(server.url, pause=0.0, longest_pause=0.0)


def body(**values: object) -> bytes:
    return json.dumps(values).encode()


def test_synced_lyrics_are_taken_first_and_asked_for_once(server: Server) -> None:
    server.answers = [(200, body(plainLyrics="plain", syncedLyrics="[00:01.00]timed", instrumental=False))]
    lrclib = client(server)
    for _ in range(3):
        lyrics = lrclib.ask(SONG)
        assert lyrics is not None
        assert [(line.text, line.start) for line in lyrics.lines] == [("timed", 1.0)]
        assert lyrics.source == "LRCLIB"
    assert server.asked == [
        {
            "artist_name": ["Some Artist"],
            "track_name": ["Some Title"],
            "album_name": ["Some Album"],
            "duration": ["200"],
        }
    ]
    assert server.agents == [AGENT]


def test_unknown_songs_and_instrumentals(server: Server) -> None:
    lrclib = client(server)
    assert lrclib.ask(SONG) is None
    server.answers = [(200, body(instrumental=True, plainLyrics=None))]
    lyrics = lrclib.ask(TaggedSong("Other", "Other", "", None))
    assert lyrics is not None and lyrics.instrumental


def test_a_busy_server_is_asked_again(server: Server) -> None:
    server.answers = [(503, b""), (429, b""), (200, body(plainLyrics="plain"))]
    assert client(server).ask(SONG) is not None
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "answer", "reported"),
    [(503, b"", "did not answer 4 times"), (400, b"", "refused"), (200, b"<html>", "in JSON"), (200, b"[]", "in JSON")],
)
def test_a_server_that_fails_gets_a_sentence(server: Server, status: int, answer: bytes, reported: str) -> None:
    server.answers = [(status, answer)]
    with pytest.raises(LyricsError, match=reported):
        client(server).ask(SONG)


def test_a_server_that_is_not_there_gets_a_sentence() -> None:
    with pytest.raises(LyricsError, match="did not answer 2 times"):
        LrcLib("http://127.0.0.1:9", pause=0.0, attempts=2, longest_pause=0.0).ask(SONG)


def test_questions_keep_their_pace(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("mer_core.lyrics.lrclib.time.sleep", slept.append)
    lrclib = LrcLib(server.url, pause=5.0)
    lrclib.ask(SONG)
    lrclib.ask(TaggedSong("Another", "Song", "", None))
    assert slept[0] == 0.0
    assert 4.0 < slept[1] <= 5.0


def test_what_is_asked_stands_in_the_tags(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(write(tones(2.0), "mp3"))
    assert song_of(path) is None
    audio = mutagen.File(path, easy=True)
    audio["artist"], audio["title"] = "A", "T"
    audio.save()
    assert song_of(path) == TaggedSong("A", "T", "", 2)
    (tmp_path / "junk.mp3").write_bytes(b"junk")
    assert song_of(tmp_path / "junk.mp3") is None
