"""What the loudness of a recording does to its moods, and whether normalising it (EBU R128) makes them better.

Two questions on labelled music with its audio (a folder in the MTG layout): how far moods move when the same piece is
quieter, as the product treats it; and how well the moods of each treatment agree with the labels. A label stands for
the moods that its word means (mer_core.moods). Loudness is measured on the mono waveform at the encoder's rate by
pyloudnorm (ITU-R BS.1770-4), which only this measurement needs.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mer_core.audio.decode import decode
from mer_core.audio.levels import level_of, survey_of
from mer_core.datasets.dataset import Dataset
from mer_core.inference.predictor import Predictor
from mer_core.metrics.ranking import roc_aucs
from mer_core.model.bundle import load_model, resolve_model
from mer_core.moods import coordinates, meanings

DESCRIPTION = "What loudness does to moods, and whether normalising it (EBU R128) makes them better."
TARGETS = (-9.0, -14.0, -18.0, -23.0)
"""LUFS: loud masters, streaming services, the loudness of older masters, broadcasting."""
GAINS = (-3.0, -6.0, -12.0, -15.0, -20.0, -30.0)
"""Decibels by which every piece is made quieter."""
DRAWS = 1000

Waveform = NDArray[np.float32]
Floats = NDArray[np.float64]


class Heard(NamedTuple):
    """Probabilities (n_tracks, n_moods), decisions (n_tracks, n_moods), valence and arousal (n_tracks, 2)."""

    probabilities: Floats
    decided: NDArray[np.bool_]
    places: Floats


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="labelled music in the MTG layout, with audio/")
    parser.add_argument("--model", default="starter", help="whose moods (default: %(default)s)")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Hear every piece under every treatment."""
    dataset = Dataset.load(args.folder)
    predictor = Predictor(load_model(resolve_model(None, args.model)))
    rate = predictor.ready_encoder().sample_rate
    waveforms = [decode(args.folder / "audio" / path, rate).waveform for path in dataset.tracks["path"]]
    loudness = np.array([_loudness(waveform, rate) for waveform in waveforms])
    published = _hear(predictor, waveforms, as_it_is)
    gains = [_moved(published, _hear(predictor, waveforms, _quieter(gain)), gain) for gain in GAINS]
    targets = [float(np.median(loudness)), *TARGETS]
    normalised = {}
    for target in targets:
        at = [
            waveform * np.float32(10 ** ((target - own) / 20))
            for waveform, own in zip(waveforms, loudness, strict=True)
        ]
        normalised[target] = _hear(predictor, at, lambda waveform: np.clip(waveform, -1, 1))
    return {
        "tracks": len(dataset),
        "loudness": {"median": targets[0], "lowest": loudness.min(), "highest": loudness.max()},
        "gains": gains,
        "agreement": _agreements(dataset, predictor.model.moods, published, normalised),
    }


def text(result: dict[str, Any]) -> str:
    """The two answers as tables."""
    lufs = result["loudness"]
    lines = [
        f"{result['tracks']} tracks, {lufs['lowest']:.1f} to {lufs['highest']:.1f} LUFS, median {lufs['median']:.1f}",
        "quieter by | largest move of a probability: median, 95 % | tracks with other decisions",
        *(
            f"{row['gain']:6.0f} dB | {row['median']:.3f} {row['p95']:.3f} | {row['other_decisions']:.0%}"
            for row in result["gains"]
        ),
        "treatment | ROC-AUC of the labels | r valence | r arousal",
    ]
    for row in result["agreement"]:
        cells = (
            f"{row[name]:.3f} ({row[name + '_difference'][0]:+.3f} to {row[name + '_difference'][1]:+.3f})"
            for name in MEASURES
        )
        lines.append(f"{row['treatment']} | {' | '.join(cells)}")
    return "\n".join(lines)


MEASURES = ("roc_auc", "r_valence", "r_arousal")


def as_it_is(waveform: Waveform) -> Waveform:
    """As the product treats any file (see mer_core.audio.levels)."""
    return level_of(survey_of(waveform), lossless=True).apply(waveform)


def _quieter(gain: float) -> Callable[[Waveform], Waveform]:
    return lambda waveform: as_it_is(waveform * np.float32(10 ** (gain / 20)))


def _loudness(waveform: Waveform, rate: int) -> float:
    import pyloudnorm  # no part of the product: see the top

    return float(pyloudnorm.Meter(rate).integrated_loudness(waveform.astype(np.float64)))


def _hear(predictor: Predictor, waveforms: list[Waveform], treat: Callable[[Waveform], Waveform]) -> Heard:
    encoder, moods = predictor.ready_encoder(), list(predictor.model.moods)
    rows = []
    for waveform in waveforms:
        heard = predictor.from_embedding(encoder.encode(treat(waveform)), timeline=False)
        table = heard.moods.loc[moods]
        rows.append((table["probability"], table["decided"], (heard.valence, heard.arousal)))
    probabilities, decided, places = (np.array(column) for column in zip(*rows, strict=True))
    return Heard(probabilities, decided.astype(bool), places)


def _moved(before: Heard, after: Heard, gain: float) -> dict[str, float]:
    moves = np.abs(after.probabilities - before.probabilities).max(axis=1)
    other = (after.decided != before.decided).any(axis=1)
    return {
        "gain": gain,
        "median": float(np.median(moves)),
        "p95": float(np.quantile(moves, 0.95)),
        "other_decisions": float(other.mean()),
    }


def _agreements(
    dataset: Dataset, moods: tuple[str, ...], published: Heard, normalised: dict[float, Heard]
) -> list[dict[str, Any]]:
    """Agreement of each treatment with the labels, with 95 % intervals of the difference from the music as it is
    published, of bootstrap draws of tracks."""
    rng = np.random.default_rng(0)
    draws = [rng.integers(0, len(dataset), len(dataset)) for _ in range(DRAWS)]
    base = np.array([_agreement(dataset, moods, published, rows) for rows in draws])
    every = np.arange(len(dataset))
    found = []
    for name, heard in {
        "as published": published,
        **{f"R128 to {t:.1f} LUFS": h for t, h in normalised.items()},
    }.items():
        own = _agreement(dataset, moods, heard, every)
        differences = np.array([_agreement(dataset, moods, heard, rows) for rows in draws]) - base
        row: dict[str, Any] = {"treatment": name}
        for measure, value, column in zip(MEASURES, own, differences.T, strict=True):
            row[measure] = float(value)
            row[f"{measure}_difference"] = [float(end) for end in np.nanquantile(column, (0.025, 0.975))]
        found.append(row)
    return found


def _agreement(
    dataset: Dataset, moods: tuple[str, ...], heard: Heard, rows: NDArray[np.intp]
) -> tuple[float, float, float]:
    """ROC-AUC, mean over labels; correlation of valence and of arousal with the mean place of a track's labels."""
    p = np.clip(heard.probabilities[rows], 1e-6, 1 - 1e-6)
    log_odds = np.log(p / (1 - p))
    scores = {
        column: log_odds[:, [moods.index(word) for word in meanings(label) if word in moods]].mean(axis=1)
        for column, label in enumerate(dataset.moods)
        if set(meanings(label)) & set(moods)
    }
    labels = dataset.labels[rows]
    auc = np.nanmean(roc_aucs(labels[:, list(scores)], np.stack(list(scores.values()), axis=1)))
    places = coordinates(dataset.moods)
    known = labels & np.isfinite(places[:, 0])
    with np.errstate(invalid="ignore"):
        wanted = known @ np.nan_to_num(places) / known.sum(axis=1, keepdims=True)
    some = np.isfinite(wanted[:, 0]) & np.isfinite(heard.places[rows][:, 0])
    valence, arousal = (np.corrcoef(wanted[some, axis], heard.places[rows][some, axis])[0, 1] for axis in (0, 1))
    return float(auc), float(valence), float(arousal)
