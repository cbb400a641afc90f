"""The words on the predict page: what was read of them, their moods beside those of the sound, whether the two agree,
and where a person gives lyrics."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mer_core.app import words as given
from mer_core.app.messages import plain
from mer_core.app.player import UPLOAD, play
from mer_core.app.results import Result
from mer_core.app.shell import PageContext
from mer_core.app.widgets import Point, chart
from mer_core.cli.commands import sentence
from mer_core.errors import LyricsError
from mer_core.figures import words as figures
from mer_core.inference.prediction import Prediction
from mer_core.lyrics.joined import JoinedWords, WordRow
from mer_core.lyrics.lrclib import TaggedSong
from mer_core.lyrics.sources import SUFFIXES
from mer_core.lyrics.text import Lyrics
from mer_core.recommend.explain import clock

LANGUAGES = {
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "ja": "Japanese",
    "pt": "Portuguese",
    "ru": "Russian",
    "zh": "Chinese",
}
"""Names of the languages that are read; others go by their code."""
SOURCES = {"tag": "the file's tags", "paste": "what was pasted", "file": "a file of lyrics", "LRCLIB": "LRCLIB"}
MOST_MOODS = 6
MOST_LINES = 200
"""Lines that are listed; a long rap song has as many."""
_FAULT = "words_fault"


def show_finding(prediction: Prediction) -> None:
    """In the answer: that sound and words do not agree, or what the words say; nothing without lyrics."""
    joined = prediction.words
    if joined is None:
        return
    agreement = joined.agreement
    if agreement is None:
        st.caption(f":material/lyrics: {plain(joined.words.reason or 'The valence by sound is not known.')}")
    elif agreement.finding:
        with st.container(key="words-finding", border=True):
            st.markdown(f":material/lyrics: **{agreement.finding[:1].upper() + agreement.finding[1:]}**")
            st.caption(
                f"From sad (−) to glad (+): sound {agreement.sound_z:+.1f}, words {agreement.words_z:+.1f} standard "
                f"deviations. See the tab Words."
            )
    else:
        st.caption(f":material/lyrics: The words ({', '.join(_strongest(joined, 3))}) and the sound agree.")


def show_words(page: PageContext, key: str, result: Result) -> None:
    """What was read, the moods of the words beside those of the sound, the lines, and where to give lyrics."""
    joined = None if result.prediction is None else result.prediction.words
    if joined is None:
        st.markdown("No lyrics were found in the file's tags, so the sound alone was used.")
    else:
        _show_read(joined)
    if joined is not None and joined.words.counts:
        _show_moods(page, joined, result, key)
        _list_lines(key, result)
    _ask(key, result, expanded=joined is None)


def show_row(page: PageContext, key: str, result: Result) -> None:
    """The words line by line under the timeline of the sound, on the same axis; a click plays from the line. Nothing
    without synced lyrics."""
    row = _row_of(result)
    if row is None or result.prediction is None:
        return

    def go_there(points: list[Point]) -> None:
        """Play from the line that was clicked."""
        if points and "customdata" in points[0]:
            play(UPLOAD + key, start=float(np.ravel(points[0]["customdata"])[0]))

    figure = figures.row_figure(row, result.prediction.duration, _texts(key, result))
    chart(
        figure, page, key=f"words-row-{key}", alt="Mood of the words, line by line", select=("points",), picked=go_there
    )


def _show_read(joined: JoinedWords) -> None:
    words = joined.words
    where = f"From {SOURCES.get(words.source, 'lyrics that cannot be read')}"
    if not words.counts:
        st.info(f"{where}: {plain(words.reason or '')}", icon=":material/lyrics:")
    else:
        timed = f", {len(words.lines.starts)} lines with times" if words.lines is not None else ", without times"
        st.markdown(f"{where}: {LANGUAGES.get(words.language or '', words.language)}, {words.words} words{timed}.")
    for note in words.notes:
        st.caption(f":material/info: {plain(note)}")


def _show_moods(page: PageContext, joined: JoinedWords, result: Result, key: str) -> None:
    moods = _strongest(joined, MOST_MOODS)
    sound = pd.Series(dtype=float) if result.sound is None else result.sound.moods["probability"]
    by_sound = [float(sound.get(mood, np.nan)) for mood in moods]
    left, right = st.columns([5, 4], gap="medium")
    with left:
        figure = figures.words_figure(moods, [joined.words.moods[mood] for mood in moods], by_sound)
        chart(figure, page, key=f"words-moods-{key}", alt="Moods of the words beside those of the sound")
    with right:
        if agreement := joined.agreement:
            figure = figures.valences_figure(agreement.sound_z, agreement.words_z)
            chart(figure, page, key=f"words-valence-{key}", alt="Sound and words between sad and glad")
            st.caption(f"Sound and words {'agree' if agreement.agrees else f'disagree: {agreement.finding}'}.")
        weighted = [mood for mood in joined.weights.moods if mood in joined.words.moods]
        st.caption(f"Words speak to the valence and to {', '.join(weighted)}; all else is left to the sound.")


def _list_lines(key: str, result: Result) -> None:
    row, texts = _row_of(result), _texts(key, result)
    if row is None:
        return
    with st.expander("Lines (click one to hear it)"), st.container(height=320, key="words-lines", gap=None):
        for start, mood in list(zip(row.starts, row.leading, strict=True))[:MOST_LINES]:
            st.button(
                f"{clock(start)} · {mood} · {plain(texts.get(float(start), ''))}",
                key=f"line-{key}-{start}",
                type="tertiary",
                on_click=play,
                args=(UPLOAD + key,),
                kwargs={"start": float(start)},
            )


def _ask(key: str, result: Result, *, expanded: bool) -> None:
    """Where a person gives lyrics: pasted, as a file, or from LRCLIB."""
    with st.expander("Give other words" if not expanded else "Give the words", expanded=expanded):
        if fault := st.session_state.pop(_FAULT, None):
            st.error(plain(fault), icon=":material/error:")
        st.text_area(
            "Paste the lyrics, as LRC with times or plain",
            key=f"paste-{key}",
            height=160,
            help="They are read on this machine. Kept are numbers; the text is forgotten with this session.",
        )
        st.file_uploader("Or a file of lyrics", type=[suffix[1:] for suffix in SUFFIXES], key=f"lyrics-file-{key}")
        with st.container(horizontal=True):
            st.button("Read the words", key=f"read-{key}", on_click=_read, args=(key,), icon=":material/lyrics:")
            if result.prediction is not None and result.prediction.words is not None:
                st.button("Sound alone", key=f"alone-{key}", on_click=given.give, args=(key, None))
        _ask_lrclib(key, result, st.container())


def _ask_lrclib(key: str, result: Result, place: DeltaGenerator) -> None:
    """Off until it is switched on; what will be sent stands there to be read first."""
    with place:
        if not st.toggle("Look at LRCLIB, a public collection of lyrics", value=False, key=f"lrclib-{key}"):
            return
        found = given.song_in(result)
        st.warning("Title, artist, album and length leave this machine.", icon=":material/outbox:")
        title = st.text_input("Title", found.title, max_chars=200, key=f"title-{key}")
        artist = st.text_input("Artist", found.artist, max_chars=200, key=f"artist-{key}")
        song = TaggedSong(artist.strip(), title.strip(), found.album, found.seconds)
        st.button(
            "Send and fetch",
            key=f"fetch-{key}",
            on_click=_fetch,
            args=(key, song),
            disabled=not (song.title and song.artist),
            icon=":material/cloud_download:",
        )


def _read(key: str) -> None:
    """Read what was given: the file, where there is one, else the text."""
    file, text = st.session_state.get(f"lyrics-file-{key}"), st.session_state.get(f"paste-{key}") or ""
    if file is not None:
        _give(key, lambda: given.uploaded(file.name, file.getvalue()))
    else:
        _give(key, lambda: given.pasted(text))


def _fetch(key: str, song: TaggedSong) -> None:
    def ask() -> Lyrics:
        """What LRCLIB has."""
        found = given.fetched(song)
        if found is None:
            raise LyricsError(f"LRCLIB knows no lyrics of “{song.title}” by “{song.artist}”; paste them instead")
        return found

    _give(key, ask)


def _give(key: str, get: Callable[[], Lyrics]) -> None:
    try:
        given.give(key, get())
    except LyricsError as error:
        st.session_state[_FAULT] = sentence(error)


def _strongest(joined: JoinedWords, most: int) -> list[str]:
    moods = joined.words.moods
    return sorted(moods, key=lambda mood: -moods[mood])[:most]


def _row_of(result: Result) -> WordRow | None:
    prediction = result.prediction
    return None if prediction is None or prediction.words is None else prediction.words.row(prediction.duration)


def _texts(key: str, result: Result) -> dict[float, str]:
    """What is sung from each second on."""
    lyrics = given.text_of(key, result)
    return {} if lyrics is None else {float(line.start): line.text for line in lyrics.lines if line.start is not None}
