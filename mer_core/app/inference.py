"""Predicting for people: one loaded encoder for the server, a fair queue, results kept for each person's session."""

import dataclasses
import gc
import hashlib
import io
import logging
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mer_core.app import loaders, music, words
from mer_core.app.messages import plain
from mer_core.app.player.sound import forget_copies
from mer_core.app.results import Result as Result
from mer_core.app.results import results as results
from mer_core.app.room import Stored, admit, forget_uploads
from mer_core.app.shell import PageContext
from mer_core.audio.measure import measure
from mer_core.audio.peaks import Peaks
from mer_core.cli.commands import sentence
from mer_core.errors import MerError
from mer_core.inference.prediction import Prediction
from mer_core.recommend.explain import clock
from mer_core.serving.limits import MAX_SECONDS, Allowance
from mer_core.serving.queue import FairQueue

EXAMPLE, EXAMPLE_CLIP = "Example song (synthetic)", 16
"""What the example is called, and the number of the demo's clip that it is."""
AT_ONCE = 1
"""Predictions computed at the same time on this server; one already uses every core."""
KEPT_BYTES = 200 * 1024 * 1024
"""Audio kept for the players of one session; the oldest goes first."""
_DIGESTS, _ROUND, _EXAMPLE, _BESIDE = "digests", "upload_round", "example_asked", "heard_beside"

logger = logging.getLogger(__name__)


class Readable(Protocol):
    """What a file's bytes come from: Streamlit's uploaded files, and the example."""

    def getvalue(self) -> bytes:
        """All of its bytes."""


class Upload(NamedTuple):
    """A file a person gave: what to call it, the file, the SHA-256 of its bytes."""

    name: str
    file: Readable
    digest: str


def forget_all() -> None:
    """Forget all results, and empty the uploaders, which would bring them back."""
    results().clear()
    st.session_state.pop(_BESIDE, None)
    st.session_state.pop(_EXAMPLE, None)
    st.session_state[_ROUND] = upload_round() + 1
    forget_copies()
    forget_uploads()


def upload_round() -> int:
    """Part of the uploaders' keys: another number is another, empty uploader."""
    return int(st.session_state.get(_ROUND, 0))


def take_upload(name: str, file: UploadedFile) -> Upload:
    """An uploaded or recorded file with its digest, which is computed once."""
    digests: dict[str, str] = st.session_state.setdefault(_DIGESTS, {})
    stored = Stored(file)
    if file.file_id not in digests:
        digests[file.file_id] = hashlib.sha256(stored.getvalue()).hexdigest()
    return Upload(name, stored, digests[file.file_id])


def ask_example() -> None:
    """From now on the example song is among the files of this session."""
    st.session_state[_EXAMPLE] = True


def example() -> list[Upload]:
    """The example song, where the person asked for it."""
    return [Upload(EXAMPLE, io.BytesIO(_example_song()), _EXAMPLE)] if st.session_state.get(_EXAMPLE) else []


@st.cache_resource(show_spinner=False)
def _example_song() -> bytes:
    """A clip of the demo, composed by a program (about a second's work)."""
    from mer_core.demo.corpus import make_clip  # the synthesiser is only for those who ask
    from mer_core.demo.rendering import render, to_mp3

    return to_mp3(render(make_clip(EXAMPLE_CLIP).score))


def key_of(page: PageContext, upload: Upload) -> str:
    """The key of a file's result under the page's model."""
    root = page.workspace.root if page.workspace else ""
    return hashlib.sha256(f"{upload.digest}|{root}|{page.model}".encode()).hexdigest()[:24]


def predict_upload(page: PageContext, upload: Upload, report: Callable[[str, float], object]) -> Result:
    """Predict one file in turn and keep the result; `report(words, share done)` is called at each step. Errors become
    part of the result."""
    key = key_of(page, upload)
    if key not in results():
        try:
            if isinstance(upload.file, Stored):
                _take_in(upload.name, upload.file)
            with _queue().turn(lambda place: report(f"waiting, {place} before you", 0.0)):
                hear = _hear_example if upload.digest == _EXAMPLE else _predict
                results()[key] = hear(page, upload, report)
        except MerError as error:
            results()[key] = Result(upload.name, None, error=sentence(error))
        except Exception:  # the other files must still have their turn
            logger.exception("predicting an upload failed")
            results()[key] = Result(
                upload.name,
                None,
                error="It could not be predicted. That is a fault of this program; its log has the details.",
            )
        _drop_oldest_audio()
    return results()[key]


def _take_in(name: str, file: Stored) -> None:
    """Raise AudioError where the server has no room for a file; the uploader lets go of it then, too."""
    try:
        admit(name, file)
    except MerError:
        st.session_state[_ROUND] = upload_round() + 1
        raise


def hear_by(page: PageContext, model: str, result: Result) -> Prediction:
    """A file that was predicted before, by another model of the page's workspace; kept for the session.

    Raises MerError where that model is damaged or its encoder is not here.
    """
    heard: dict[str, Prediction] = st.session_state.setdefault(_BESIDE, {})
    data = result.data or b""
    key = hashlib.sha256(data).hexdigest() + f"|{page.workspace.root if page.workspace else ''}|{model}"
    if key not in heard:
        with st.spinner(f"Listening by the model “{plain(model)}” …"), _queue().turn(lambda place: None):
            heard[key] = loaders.predictor(page.workspace, model).from_file(data, name=result.name)
    return heard[key]


def _predict(page: PageContext, upload: Upload, report: Callable[[str, float], object]) -> Result:
    report("loading the model", 0.0)
    predictor = loaders.predictor(page.workspace, page.model)
    encoder = predictor.ready_encoder()
    data = upload.file.getvalue()
    allowance = Allowance(upload.name)
    length = measure(data, enough=MAX_SECONDS, name=upload.name)
    allowance.check_length(length or 0.0)
    peaks = Peaks(encoder.sample_rate)

    def hear(block: np.ndarray) -> None:
        """Follow the decoding: waveform, allowance, progress."""
        peaks.add(block)
        allowance.check(peaks.seconds)  # what a header states may be wrong
        of = f" of {clock(length)}" if length else ""
        report(f"{clock(peaks.seconds)}{of} heard", min(peaks.seconds / length, 0.99) if length else 0.5)

    report("listening", 0.01)
    prediction = predictor.from_file(data, name=upload.name, on_block=hear)
    _settle(encoder.name)
    heard = music.listen(data)
    result = Result(
        upload.name,
        data,
        prediction,
        peaks=peaks.thinned(),
        workspace=page.workspace,
        sound=prediction,
        music=heard,
    )
    return words.with_tagged_words(result, predictor.model)


def _hear_example(page: PageContext, upload: Upload, report: Callable[[str, float], object]) -> Result:
    """The example is the same for everybody, so it is heard once."""
    report("listening", 0.5)
    key = (str(page.workspace and page.workspace.root), page.model, *loaders.predictor_key(page.workspace, page.model))
    return _heard_example(page, upload, key)


@st.cache_resource(max_entries=4, show_spinner=False)
def _heard_example(_page: PageContext, _upload: Upload, key: loaders.Stamp) -> Result:
    return _predict(_page, _upload, lambda words, share: None)


def _drop_oldest_audio() -> None:
    held = 0
    for key, result in reversed(list(results().items())):
        held += len(result.data or b"")
        if held > KEPT_BYTES and result.data is not None:
            results()[key] = dataclasses.replace(result, data=None)


@st.cache_resource(show_spinner=False)
def _settle(encoder: str) -> None:
    """Once an encoder has worked: keep the garbage collector off what it left in memory. Streamlit collects after every
    run of every page, and walking TensorFlow's objects takes 0.2 s each time."""
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def _queue() -> FairQueue:
    return FairQueue(AT_ONCE)
