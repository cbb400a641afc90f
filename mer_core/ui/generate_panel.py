"""The parts of the generate page: what is known of the song beside its moods, its colours, where templates are kept."""

import streamlit as st

from mer_core.audio import decode
from mer_core.generate import MusicContext, estimate_tempo
from mer_core.ui.inference import Result

TEMPO_RATE = 22050
TEMPO_SECONDS = 120


def ask_context(key: str, result: Result) -> MusicContext:
    """Tempo, genre and instruments: estimated or typed by the person."""
    left, middle, right = st.columns([1, 2, 2], vertical_alignment="bottom")
    known = st.session_state.get(f"{key}-tempo")
    with left:
        if known is None and result.data is not None and st.button("Estimate the tempo", help="Takes some seconds the first time"):
            with st.spinner("Listening for the beat …"):
                waveform = decode(result.data, TEMPO_RATE, name=result.name).waveform[: TEMPO_SECONDS * TEMPO_RATE]
                known = st.session_state[f"{key}-tempo"] = estimate_tempo(waveform, TEMPO_RATE)
        tempo = st.number_input("Tempo (BPM)", 20.0, 300.0, known, step=1.0, format="%.0f", key=f"{key}-bpm-{known}", placeholder="unknown")
    genres = middle.text_input("Genre", key=f"{key}-genre", placeholder="as ambient, cinematic", max_chars=100)
    instruments = right.text_input("Instruments", key=f"{key}-instruments", placeholder="as piano, strings", max_chars=100)
    return MusicContext(tempo, _words(genres), _words(instruments))


def show_palette(colours: list[str]) -> None:
    """The colours as a strip of pickers that show their code."""
    if not colours:
        return
    st.caption("Colours that fit its place on valence and arousal")
    for column, colour in zip(st.columns(len(colours)), colours, strict=True):
        column.color_picker(colour, colour, key=f"colour-{colour}", disabled=True)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))
