"""Predicting for people: one loaded encoder for the server, a fair queue, results kept for each person's session."""

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mer_core.errors import MerError
from mer_core.fair_queue import FairQueue
from mer_core.peaks import Peaks
from mer_core.prediction import Prediction
from mer_core.ui import loaders
from mer_core.ui.page import PageContext

AT_ONCE = 1
"""Predictions computed at the same time on this server; one already uses every core."""
KEPT_BYTES = 200 * 1024 * 1024
"""Audio kept for the players of one session; the oldest goes first."""
_RESULTS = "results"


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


def results() -> dict[str, Result]:
    """This session's results by key, in the order they came. They outlive a change of page."""
    return st.session_state.setdefault(_RESULTS, {})


def key_of(page: PageContext, data: bytes) -> str:
    """The key of a file's result under the page's model."""
    root = page.workspace.root if page.workspace else ""
    return hashlib.sha256(data + f"|{root}|{page.model}".encode()).hexdigest()


def predict_upload(page: PageContext, name: str, data: bytes, tell: Callable[[str, float], None]) -> Result:
    """Predict one file in turn and keep the result; `tell(words, share done)` hears of each step. Errors become part of the result."""
    key = key_of(page, data)
    if key not in results():
        try:
            with _queue().turn(lambda place: tell(f"{name}: waiting, {place} before you", 0.0)):
                results()[key] = _predict(page, name, data, tell)
        except MerError as error:
            results()[key] = Result(name, None, error=str(error))
        _drop_oldest_audio()
    return results()[key]


def _predict(page: PageContext, name: str, data: bytes, tell: Callable[[str, float], None]) -> Result:
    tell(f"{name}: loading the model", 0.05)
    predictor = loaders.predictor(page.workspace, page.model)
    predictor.ready_encoder()
    tell(f"{name}: listening", 0.1)
    peaks = Peaks(predictor.ready_encoder().sample_rate)

    def hear(block: np.ndarray) -> None:
        peaks.add(block)
        tell(f"{name}: {peaks.seconds / 60:.1f} min heard", 1 - 1 / (1 + peaks.seconds / 120))

    prediction = predictor.from_file(data, name=name, on_block=hear)
    return Result(name, data, prediction, peaks=peaks.thinned())


def _drop_oldest_audio() -> None:
    held = 0
    for key, result in reversed(list(results().items())):
        held += len(result.data or b"")
        if held > KEPT_BYTES and result.data is not None:
            results()[key] = dataclasses.replace(result, data=None)


@st.cache_resource(show_spinner=False)
def _queue() -> FairQueue:
    return FairQueue(AT_ONCE)
