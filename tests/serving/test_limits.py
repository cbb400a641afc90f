"""What one file may take in the app: an hour of sound, two minutes of work; the others wait no longer."""

import time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from audio_files import KINDS, melody, pcm, write
from prediction_models import make_model

from mer_core.app import inference, loaders
from mer_core.inference.predict import Predictor
from mer_core.serving import limits as allowance

RATE = 16000
PAGE: Any = SimpleNamespace(workspace=None, model="small")


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor, kept = Predictor(make_model()), {}
    monkeypatch.setattr(loaders, "predictor", lambda *of: predictor)
    monkeypatch.setattr(inference, "results", lambda: kept)


def predict(name: str, data: bytes) -> tuple[inference.Result, list[str]]:
    """The result, and what was reported meanwhile."""
    reported: list[str] = []
    upload: Any = inference.Upload(name, SimpleNamespace(getvalue=lambda: data), name)
    return inference.predict_upload(PAGE, upload, lambda words, share: reported.append(words)), reported


def silence(kind: str, seconds: float) -> bytes:
    return write(np.zeros((1, round(seconds * RATE)), np.float32), KINDS[kind]._replace(rate=RATE))


@pytest.mark.parametrize("kind", ["flac", "aac"])
def test_sound_that_is_too_long_is_refused_before_it_is_decoded(kind: str) -> None:
    start = time.monotonic()
    result, reported = predict(f"long.{kind}", silence(kind, allowance.MAX_SECONDS + 60))
    refused = f"long.{kind} lasts more than 60:00, the longest that the app listens to; {allowance._ELSEWHERE}"
    assert result.error == f"{refused}; run: python scripts/predict.py FILE"
    assert not any("heard" in words for words in reported)
    assert time.monotonic() - start < 60


def test_sound_that_goes_on_after_what_its_header_states_is_refused_once_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inference, "measure", lambda *of, **how: 3.0)
    monkeypatch.setattr(allowance, "MAX_SECONDS", 90.0)
    result, reported = predict("lies.wav", pcm(melody(300.0, RATE), RATE))
    assert "lies.wav lasts more than 1:30" in str(result.error)
    assert len([words for words in reported if "heard" in words]) < 3


def test_work_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "WORK_SECONDS", 0.0)
    result, _ = predict("slow.wav", pcm(melody(300.0, RATE), RATE))
    assert "slow.wav took more than the 0 s that the app has for a file, 1:00 were heard; cut it" in str(result.error)


def test_a_song_is_predicted() -> None:
    result, reported = predict("song.wav", pcm(melody(30.0, RATE), RATE))
    assert result.error is None and result.prediction is not None and "0:30 of 0:30 heard" in reported
