"""What became of the files that a person gave: kept for the session, and past a reload of the page.

The results live with the server, under a token that stands in the address as `kept`. A token is random (128 bits),
and opens the results only to the browser that made them (its cookie): a copied address shows nobody else's files.
"""

import hashlib
import secrets
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from mer_core.app.url_state import recall, remember
from mer_core.inference.prediction import Prediction
from mer_core.music.tempo_key import TempoKey
from mer_core.workspace.layout import Workspace

MOST_PEOPLE = 30
"""Sessions whose results are kept after they ended; the oldest goes first."""
TOKEN = "kept"
_MINE, _COOKIE = "results", "_streamlit_xsrf"


@dataclass(frozen=True)
class Result:
    """What became of one file: a prediction or an error, and what its page needs."""

    name: str
    data: bytes | None
    """The file, for the player; None once it was dropped."""
    prediction: Prediction | None = None
    error: str | None = None
    peaks: np.ndarray | None = None
    """(n, 2) lowest and highest sample of each stretch of the waveform."""
    workspace: Workspace | None = None
    """Where the model was, and the tracks and the map around it."""
    sound: Prediction | None = None
    """The prediction of the sound alone; `prediction` may hold the words, too."""
    music: "Future[TempoKey] | None" = None
    """Tempo and key, measured while the rest is shown already."""


@dataclass
class _Kept:
    owner: str
    results: dict[str, Result] = field(default_factory=dict)


def results() -> dict[str, Result]:
    """This session's results by key, in the order they came. They outlive a change of page, and a reload."""
    if _MINE not in st.session_state:
        found = _store().get(recall(TOKEN) or "")
        mine = found if found is not None and found.owner == _owner() and found.owner else _Kept(_owner())
        st.session_state[_MINE] = mine
    kept: dict[str, Result] = st.session_state[_MINE].results
    return kept


def publish() -> None:
    """Put the token into the address, and take one for results that have none yet; called when a page opens."""
    token = recall(TOKEN)
    if not results():
        if token:
            remember(TOKEN, None)
        return
    store = _store()
    if token is None or store.get(token) is not st.session_state[_MINE]:
        token = next((known for known, kept in store.items() if kept is st.session_state[_MINE]), None)
        token = token or secrets.token_urlsafe(16)
    store[token] = st.session_state[_MINE]
    store.move_to_end(token)
    while len(store) > MOST_PEOPLE:
        store.popitem(last=False)
    remember(TOKEN, token)


def _owner() -> str:
    """Who the browser is: a digest of the secret in the cookie that Streamlit gives each; "" where there is none, then
    nothing is found again. The cookie is "2|mask|secret xor mask|time", masked again each time."""
    parts = str(st.context.cookies.get(_COOKIE, "")).split("|")
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except (IndexError, ValueError):
        return ""
    secret = bytes(byte ^ mask[place % len(mask)] for place, byte in enumerate(masked)) if mask else b""
    return hashlib.sha256(secret).hexdigest() if secret else ""


@st.cache_resource(show_spinner=False)
def _store() -> "OrderedDict[str, _Kept]":
    return OrderedDict()
