"""How well moods are found from words, how well a description finds music, and how long a lyric takes.

The verses and descriptions are this project's own, labelled before any model read them (lyrics_sets/). The scale that
turns likenesses into probabilities is fitted on every other verse; calibration is measured on the rest.
"""

import argparse
import csv
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import log_loss, roc_auc_score

from benchmarks.descriptions import precision, read_descriptions, understanding
from benchmarks.lyrics_reference import beside_references
from benchmarks.memory import peak_mb
from benchmarks.shared import SHARED
from mer_core.lyrics.encoder import TextEncoder, language_of, load_text_encoder
from mer_core.lyrics.moods import read_words
from mer_core.lyrics.ruler import MOODS, Scores, lexicon_valence, ruler_of
from mer_core.lyrics.text import from_plain

DESCRIPTION = "How well moods are found from words, how well a description finds music, and how long a lyric takes."
SETS = Path(__file__).parent / "lyrics_sets"
PIECES = SHARED / "data" / "incompetech"
VERSES_A_SONG = 8
COMPARED = 50
"""Verses whose embeddings are compared with a reference's."""
Bools = NDArray[np.bool_]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument(
        "--scale", action="store_true", help="also fit and show the constants of mer_core/lyrics/moods.py"
    )
    parser.add_argument(
        "--pieces",
        type=Path,
        default=PIECES if PIECES.is_dir() else None,
        metavar="DIR",
        help="the 138 pieces of the incompetech collection, for precision at 10 (default: %(default)s)",
    )


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for."""
    start = time.process_time()
    encoder = load_text_encoder()
    ruler_of(encoder)
    language_of("the first text loads the identifier")
    cold = time.process_time() - start
    verses = read_verses()
    read = verses[verses["moods"] != "unread"]
    result: dict[str, Any] = {
        "encoder": encoder.name,
        "verses": len(read),
        "valence": valence_quality(read, encoder),
        "moods": mood_quality(read, encoder),
        "languages_told": languages_recognised(verses),
        "describe": describe_quality(args.pieces),
        "cold_start_s": cold,
        **speed(encoder),
    }
    result["reference"] = beside_references(encoder, list(read["text"])[:COMPARED])  # last: it takes memory of its own
    if args.scale:
        result["scale"] = fit_scale(read, encoder)
    return result


def text(result: dict[str, Any]) -> str:
    """A few lines and a table."""
    valence, moods = result["valence"], result["moods"]
    lines = [
        f"valence of {result['verses']} verses: ROC-AUC {valence['roc_auc']:.3f} (lexicon alone, English: "
        f"{valence['lexicon']:.3f},"
        f" words in English: {valence['english']:.3f})",
        pd.Series(valence["by_language"], name="ROC-AUC").to_string(),
        f"moods: mean ROC-AUC {moods['mean_roc_auc']:.3f}, calibration error "
        f"{moods['calibration_error']:.3f} on verses not fitted to",
        pd.Series(moods["by_mood"], name="ROC-AUC").to_string(),
        "descriptions: "
        + ", ".join(f"{name} {value:.3g}" for name, value in result["describe"].items() if value is not None),
        f"languages recognised: {result['languages_told']:.0%}",
        *reference_lines(result["reference"]),
        f"cold start {result['cold_start_s']:.2f} core-seconds, a 300-word lyric "
        f"{1000 * result['seconds_per_lyric']:.0f} ms, peak {result['peak_mb']:.0f} MB",
    ]
    return "\n".join([*lines, *([str(result["scale"])] if "scale" in result else [])])


def reference_lines(reference: dict[str, Any]) -> list[str]:
    """A line for each other implementation of the same model."""
    names = {"own_tokenizer": "the wheel with its own tokenizer", "onnx": "the same model as 8-bit ONNX"}
    lines = [
        f"beside {name}, {reference['texts']} verses: cosine {near['mean_cosine']:.4f}, rank correlation of likenesses "
        f"{near['rank']:.4f}, largest difference {near['largest_difference']:.1e}"
        for key, name in names.items()
        if (near := reference[key])
    ]
    missing = f"no other implementation is installed to compare with; {reference['install']}"
    return [*lines, missing] if reference["install"] else lines


def describe_quality(pieces: Path | None) -> dict[str, float | None]:
    """How well descriptions are understood, and what they find among the pieces, None where there are none."""
    descriptions = read_descriptions()
    found: dict[str, float | None] = {"descriptions": len(descriptions), "precision_at_10": None}
    return {**found, **understanding(descriptions), **(precision(descriptions, pieces) if pieces else {})}


def read_verses() -> pd.DataFrame:
    """The verses: columns language, valence ("+", "-", "" where unread), moods ("sad,love"), text."""
    return pd.read_csv(SETS / "verses.tsv", sep="\t", keep_default_na=False, quoting=csv.QUOTE_NONE)


def valence_quality(verses: pd.DataFrame, encoder: TextEncoder) -> dict[str, Any]:
    """ROC-AUC of pleasant against unpleasant verses: all, by language, and VADER's alone in English."""
    pleasant, english = (verses["valence"] == "+").to_numpy(), (verses["language"] == "en").to_numpy()
    valence = score(verses, encoder).valence
    lexicon = lexicon_valence(list(verses["text"][english]))
    by_language = {
        str(language): float(roc_auc_score(pleasant[rows], valence[rows]))
        for language, rows in verses.reset_index(drop=True).groupby("language").groups.items()
    }
    return {
        "roc_auc": float(roc_auc_score(pleasant, valence)),
        "lexicon": float(roc_auc_score(pleasant[english], lexicon)),
        "english": float(roc_auc_score(pleasant[english], valence[english])),
        "by_language": by_language,
    }


def mood_quality(verses: pd.DataFrame, encoder: TextEncoder) -> dict[str, Any]:
    """ROC-AUC by mood, and the calibration error of the verses that the scale was not fitted to."""
    labels = labels_of(verses)
    scores = score(verses, encoder)
    by_mood = {
        mood: float(roc_auc_score(labels[:, column], scores.moods[:, column])) for column, mood in enumerate(MOODS)
    }
    probabilities = ruler_of(encoder).probabilities(scores.moods[1::2])
    return {
        "mean_roc_auc": float(np.mean(list(by_mood.values()))),
        "calibration_error": calibration_error(probabilities.ravel(), labels[1::2].ravel()),
        "by_mood": by_mood,
    }


def labels_of(verses: pd.DataFrame) -> Bools:
    """(n_verses, n_moods)."""
    return np.array([[mood in moods.split(",") for mood in MOODS] for moods in verses["moods"]], dtype=bool)


def score(verses: pd.DataFrame, encoder: TextEncoder) -> Scores:
    """Standard deviations of the verses as `read_words` finds them, VADER's in English."""
    texts, english = list(verses["text"]), (verses["language"] == "en").to_numpy()
    embeddings, ruler = encoder.encode(texts), ruler_of(encoder)
    scores = ruler.scores(embeddings)
    with_lexicon = ruler.scores(embeddings, lexicon_valence(texts))
    return Scores(scores.moods, np.where(english, with_lexicon.valence, scores.valence), scores.arousal)


def calibration_error(probabilities: NDArray[np.floating], labels: Bools, bins: int = 10) -> float:
    """Expected calibration error with bins of equal numbers."""
    parts = np.array_split(np.argsort(probabilities, kind="stable"), bins)
    return float(sum(len(part) / len(labels) * abs(probabilities[part].mean() - labels[part].mean()) for part in parts))


def languages_recognised(verses: pd.DataFrame) -> float:
    """Share of languages recognised, all verses of one given together, as a song's lines are."""
    songs = verses.groupby("language")["text"].apply(lambda texts: "\n".join(texts[:6]))
    return float(np.mean([language_of(song) == language for language, song in songs.items()]))


def speed(encoder: TextEncoder, times: int = 20) -> dict[str, float]:
    """Seconds for a lyric of 300 words, all different, and the most memory this process has held, in MB."""
    english = read_verses().query("language == 'en'")["text"]
    lines = " ".join(english).split()[:300]
    lyrics = from_plain("\n".join(" ".join(lines[row : row + 8]) for row in range(0, 300, 8)), "paste")
    read_words(lyrics, encoder)
    start = time.process_time()
    for _ in range(times):
        read_words(lyrics, encoder)
    spent = (time.process_time() - start) / times
    return {"seconds_per_lyric": spent, "peak_mb": peak_mb()}


def fit_scale(verses: pd.DataFrame, encoder: TextEncoder) -> dict[str, Any]:
    """The constants of `moods.Scale`: means and deviations over the verses, slope and bias fitted on every other
    verse, the spread of made-up songs."""
    ruler = ruler_of(encoder)
    embeddings = encoder.encode(list(verses["text"]))
    raw, valence, arousal = embeddings @ ruler.moods.T, embeddings @ ruler.valence, embeddings @ ruler.arousal
    lexicon = lexicon_valence(list(verses["text"][verses["language"] == "en"]))
    z = ((raw - raw.mean(axis=0)) / raw.std(axis=0))[::2]
    labels = labels_of(verses)[::2].ravel()

    def loss(parameters: NDArray[np.float64]) -> float:
        return float(log_loss(labels, 1 / (1 + np.exp(-(parameters[0] + parameters[1] * z.ravel())))))

    bias, slope = minimize(loss, np.array([-2.0, 1.0]), method="Nelder-Mead").x
    rng = np.random.default_rng(0)
    songs = []
    for mood in MOODS:
        rows = np.flatnonzero(labels_of(verses)[:, MOODS.index(mood)])
        songs += [valence[rng.choice(rows, VERSES_A_SONG)].mean() for _ in range(20)]
    return {
        "moods": [
            [round(float(mean), 4), round(float(deviation), 4)]
            for mean, deviation in zip(raw.mean(axis=0), raw.std(axis=0), strict=True)
        ],
        **{
            name: [round(float(values.mean()), 4), round(float(values.std()), 4)]
            for name, values in (("valence", valence), ("arousal", arousal), ("lexicon", lexicon))
        },
        "slope": round(float(slope), 3),
        "bias": round(float(bias), 3),
        "song": round(float(np.std(songs) / valence.std()), 2),
    }
