"""The frame of the pages: what one acts on at the left, what it answers beside it, the player below both.

At 1440 × 900 all three are within one screen. On a phone the answer slides over the page from below, above the player,
until it is closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

STYLE = """<style>
:root { --player: 9.5rem; }
[data-testid="stHeader"] { height: 2.5rem; min-height: 2.5rem; }
[data-testid="stMainBlockContainer"] { padding: 2.7rem 2rem 1.5rem; }
[class*="st-key-hidden-"] { position: absolute; height: 0; overflow: hidden; }
[data-testid="stMainBlockContainer"] h1 { padding: 0 0 .2rem; font-size: 1.7rem; }
[data-testid="stBottomBlockContainer"] { padding: .3rem 1.5rem .5rem; max-width: none; }
[data-testid="stBottom"] { border-top: 1px solid rgba(128, 128, 128, .35); }
[data-testid="stBottom"]:not(:has(.st-key-player)) { display: none; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] * { opacity: 1 !important; }
[data-testid="stCaptionContainer"] { color: color-mix(in srgb, currentColor 78%, transparent); }
[data-testid="stButtonGroup"] [role="radiogroup"] { flex-wrap: wrap; row-gap: .3rem; padding-left: 1px; }
[data-testid="stBaseButton-primary"], [data-tag], [data-tag] * { color: light-dark(#ffffff, #11161d); }
[data-testid="stMainBlockContainer"] h2 { padding: 0 0 .2rem; font-size: 1.25rem; }
.st-key-headline p { font-size: 1.9rem; line-height: 1.2; }
.st-key-answer-open, .st-key-answer-shut { position: sticky; top: 2.6rem; overflow-y: auto;
  max-height: calc(100vh - 3rem - var(--player)); overflow-x: hidden; padding-right: .3rem; }
.st-key-answer-close { display: none; }
@media (max-width: 640px) {
  [data-testid="stElementToolbar"] { top: auto; bottom: .3rem; }
  :root { --player: 9rem; }
  [data-testid="stMainBlockContainer"] { padding-left: .8rem; padding-right: .8rem; padding-bottom: 4rem; }
  [data-testid="stBottomBlockContainer"] { padding: .2rem .6rem .3rem; }
  .st-key-answer-first > [data-testid="stHorizontalBlock"],
  .st-key-answer-first > * > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; flex-wrap: nowrap; }
  [class*="st-key-wide-"] { overflow-x: auto; }
  [class*="st-key-wide-"] [data-testid="stFullScreenFrame"] { min-width: var(--least-width, 720px); }
  .st-key-answer-shut { position: static; max-height: none; }
  .st-key-answer-open { position: fixed; z-index: 98; top: auto; left: 0; right: 0; bottom: 0;
    width: auto !important; max-height: calc(52vh + var(--player)); padding: .6rem .8rem var(--player);
    background: var(--st-background-color, Canvas);
    border-top: 1px solid rgba(128, 128, 128, .5); border-radius: 12px 12px 0 0;
    box-shadow: 0 -6px 20px rgba(0, 0, 0, .25); animation: slide-over .15s ease-out; }
  .st-key-answer-open .st-key-answer-close { display: block; flex: none; position: sticky; top: 0; z-index: 2;
    align-self: flex-end; }
  @keyframes slide-over { from { transform: translateY(30%); } }
}
</style>"""
"""Less empty space at the top; choices that wrap where some would be out of sight; the sticky answer; the sheet on a
phone. A chart whose key begins with "wide-" keeps its width (720 pixels, or its own --least-width) on a phone and
scrolls within itself. In a container with the key "answer-first" the answer stands above what it answers."""

_CLOSED = "answer_closed"


def beside(left: int = 3, right: int = 2) -> list[DeltaGenerator]:
    """The place to act on, and the place of the answer (to be filled with `answer`), as wide as `left` to `right`."""
    return list(st.columns([left, right], gap="medium"))


@contextmanager
def answer(what: str | None) -> Iterator[None]:
    """The answer: `what` says to which choice (a track's id …), None while it only says what one can do. On a phone an
    answer to another choice slides over the page; a person may close it."""
    is_open = bool(what) and st.session_state.get(_CLOSED) != what
    with st.container(key="answer-open" if is_open else "answer-shut", gap="small"):
        if is_open:
            st.button("Close", key="answer-close", icon=":material/close:", on_click=_close, args=(what,))
        yield


def _close(what: str) -> None:
    st.session_state[_CLOSED] = what
