"""The words of a file that a person gave: read from its tags or from what the person gives, joined with its sound.

The text is held in the memory of the person's own session. What the results keep are numbers.
"""

import io
import os
from dataclasses import replace
from pathlib import Path

import streamlit as st

from mer_core.app import loaders
from mer_core.app.results import Result, results
from mer_core.errors import LyricsError
from mer_core.inference.words import with_words, words_of
from mer_core.lyrics.lrclib import SERVER, LrcLib, TaggedSong, song_of
from mer_core.lyrics.moods import WordMoods, read_words
from mer_core.lyrics.sources import decode_text, from_tags, parse_lyrics
from mer_core.lyrics.text import Lyrics
from mer_core.model.trained import Model

SERVER_VARIABLE = "MER_LYRICS_SERVER"
"""Environment variable: the address of another server of LRCLIB's kind."""
_TEXTS = "words_texts"


def with_tagged_words(result: Result, model: Model) -> Result:
    """A result of the sound alone, joined with the lyrics in the file's tags, where there are any."""
    data = result.data
    if data is None or result.sound is None:
        return result
    words = words_of(Path(result.name), lambda _: from_tags(io.BytesIO(data)))
    return replace(result, prediction=with_words(result.sound, words, model)) if words.found else result


def give(key: str, lyrics: Lyrics | None) -> None:
    """Join the result `key` with these lyrics in place of those it had; with None it is of the sound alone again.

    Raises LyricsError when the text encoder is not installed.
    """
    result = results()[key]
    assert result.sound is not None  # only what was heard is given words
    texts()[key] = lyrics
    words: WordMoods = read_words(lyrics)
    model = loaders.model(result.workspace, result.sound.model_name)
    joined = with_words(result.sound, words, model) if words.found else result.sound
    results()[key] = replace(result, prediction=joined)


def texts() -> dict[str, Lyrics | None]:
    """The lyrics of this session's results by key; None where the person took them away."""
    found: dict[str, Lyrics | None] = st.session_state.setdefault(_TEXTS, {})
    return found


def text_of(key: str, result: Result) -> Lyrics | None:
    """The lyrics a result was joined with: those given, else those in the file's tags."""
    if key not in texts() and result.data is not None:
        try:
            texts()[key] = from_tags(io.BytesIO(result.data))
        except LyricsError:
            texts()[key] = None
    return texts().get(key)


def pasted(text: str) -> Lyrics:
    """Lyrics that a person typed or pasted, LRC or plain. Raises LyricsError for what is no text, and for nothing."""
    lyrics = parse_lyrics(text, "paste")
    if not lyrics.lines and not lyrics.instrumental:
        raise LyricsError("there is no line that somebody sings in it; paste the words of the song")
    return lyrics


def uploaded(name: str, data: bytes) -> Lyrics:
    """Lyrics in a file that a person gave. Raises LyricsError when it cannot be read."""
    return parse_lyrics(decode_text(data), "file", Path(name).suffix.lower())


def song_in(result: Result) -> TaggedSong:
    """Artist, title, album and length as the file's tags have them, "" where they do not."""
    found = None if result.data is None else song_of(io.BytesIO(result.data))
    seconds = None if result.sound is None else round(result.sound.duration)
    return found or TaggedSong("", "", "", seconds)


def fetched(song: TaggedSong) -> Lyrics | None:
    """The lyrics that LRCLIB has of a song; None where it knows none. Title, artist, album and length leave the
    machine. Raises LyricsError when the server cannot be reached or keeps failing."""
    return _client(os.environ.get(SERVER_VARIABLE) or SERVER).ask(song)


@st.cache_resource(show_spinner=False)
def _client(server: str) -> LrcLib:
    return LrcLib(server.rstrip("/"))
