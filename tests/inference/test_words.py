"""The words of a piece joined with the prediction of its sound."""

from pathlib import Path

import numpy as np
import pytest
from audio_files import tones, write
from prediction_models import make_model

from mer_core.encoders import load_encoder
from mer_core.inference.prediction import Prediction
from mer_core.inference.predictor import Predictor, Sound
from mer_core.inference.words import with_words, words_of
from mer_core.lyrics.moods import WordMoods, read_words
from mer_core.lyrics.ruler import MOODS
from mer_core.lyrics.text import from_plain

DARK = WordMoods(
    "file", "en", 90, None, dict.fromkeys(MOODS, 0.1), {**dict.fromkeys(MOODS, 0.0), "dark": 2.5}, -0.7, 0.2, -1.7
)


MODEL = make_model()


@pytest.fixture(scope="module")
def sound() -> Prediction:
    frames = np.random.default_rng(0).normal(size=(20, load_encoder("placeholder").dim))
    return Predictor(MODEL).from_embedding(frames, Sound("a.mp3", 60.0))


def without_lyrics(prediction: Prediction) -> dict[str, object]:
    return {key: value for key, value in prediction.to_dict().items() if key != "lyrics"}


@pytest.mark.parametrize("words", [read_words(None), read_words(from_plain("too short", "paste"))])
def test_words_that_do_not_count_change_nothing(sound: Prediction, words: WordMoods) -> None:
    joined = with_words(sound, words, MODEL)
    assert without_lyrics(joined) == without_lyrics(sound)
    assert joined.moods is sound.moods
    assert sound.to_dict()["lyrics"] is None


def test_words_move_the_moods_they_have_a_weight_for_and_nothing_else(sound: Prediction) -> None:
    joined = with_words(sound, DARK, MODEL)
    before, after = sound.moods["probability"], joined.moods["probability"]
    assert after["dark"] > before["dark"]
    assert (after.drop("dark").sort_index() == before.drop("dark").sort_index()).all()
    assert joined.arousal == sound.arousal
    assert joined.valence < sound.valence
    assert joined.moods["probability"].is_monotonic_decreasing
    assert joined.timeline is sound.timeline
    described = joined.to_dict()
    assert described["lyrics"]["sound_valence"] == sound.valence
    assert described["moods"]["dark"] == after["dark"]


def test_decisions_follow_the_joined_probabilities(sound: Prediction) -> None:
    joined = with_words(sound, DARK, MODEL)
    above = joined.moods["probability"] >= joined.moods["threshold"]
    assert not (joined.moods["decided"] & ~above).any()
    assert joined.nothing_fits == (not joined.decided)


def test_words_are_joined_once(sound: Prediction) -> None:
    with pytest.raises(ValueError, match="sound alone"):
        with_words(with_words(sound, DARK, MODEL), DARK, MODEL)


def test_lyrics_that_cannot_be_read_do_not_count_and_say_why(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(write(tones(1.0), "mp3"))
    assert not words_of(tmp_path / "a.mp3").found
    (tmp_path / "a.lrc").write_text("[-00:10.00]before")
    words = words_of(tmp_path / "a.mp3")
    assert words.found and not words.counts
    assert words.reason is not None
    assert "before the beginning" in words.reason
