"""How fast a mood is learned from answers: the page's way of asking against random asking and the models' own mood.

Real labels answer in the place of a person. Two sets: pieces with embeddings whose words the starter's moods mean
(`--pieces`), each repeat cut again into tracks that are asked about and tracks to evaluate on; and the validation part
of MTG-Jamendo (asked) and its test part (evaluation: other artists), where a track is the mood log-odds of published
models (`--outputs`). The first three answers are three tracks that have the mood. "known": a model knows the mood and
its log-odds are the starting point. "new": nobody knows it; on MTG-Jamendo its own log-odds are then hidden.

Labels that look wrong: a twentieth of the labels of MTG-Jamendo's test part are flipped, and looked for.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from benchmarks.shared import SHARED
from benchmarks.stacking import load_outputs
from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.model.bundle import load_model, resolve_model
from mer_core.model.mlp import logit
from mer_core.moods import meanings
from mer_core.teach.examples import LEAST, Examples
from mer_core.teach.learner import Features, Space, learn_ranking
from mer_core.teach.queue import next_question
from mer_core.training.starter.checks import embeddings_of

DESCRIPTION = "How fast a mood is learned from answers, and how well wrong labels are found."
ANSWERS = (3, 5, 10, 20, 40, 50)
WAYS = ("asked", "random", "prototypes")
LEAST_POSITIVES = 12
"""Tracks with a mood that both sides together need."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One mood of one repeat: what may be asked, and what is evaluated on."""

    mood: str
    features: Features
    """Of the tracks of both sides."""
    labels: np.ndarray
    """(n_tracks,) bool"""
    asked: np.ndarray
    """(n_tracks,) bool: the side that is asked about; the other is for evaluation."""
    own: np.ndarray
    """(n_tracks,): the mood's score by the models, the starter's own mood."""
    known: bool

    def average_precision(self, scores: np.ndarray) -> float:
        """On the side for evaluation."""
        return float(average_precision_score(self.labels[~self.asked], scores[~self.asked]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    data = SHARED / "data"
    parser.add_argument(
        "--pieces",
        type=Path,
        default=data / "incompetech",
        metavar="DIR",
        help="dataset with reference_musicnn.npz (default: %(default)s)",
    )
    parser.add_argument(
        "--metadata",
        type=Path,
        default=data / "mtg-jamendo",
        metavar="DIR",
        help="MTG-Jamendo's metadata (default: %(default)s)",
    )
    outputs = data / "jamendo-outputs" / "lileonardo2021"
    parser.add_argument(
        "--outputs",
        type=Path,
        default=outputs,
        metavar="DIR",
        help="validation.npy and test.npy (default: %(default)s)",
    )
    parser.add_argument("--repeats", type=common.positive, default=20, metavar="N", help="(default: %(default)s)")
    parser.add_argument(
        "--every",
        type=common.positive,
        default=4,
        metavar="N",
        help="every Nth mood of MTG-Jamendo (default: %(default)s)",
    )
    parser.add_argument(
        "--sets", nargs="+", choices=list(SETS), default=list(SETS), help="what to measure on (default: all)"
    )


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Teach every mood of every set, in every way."""
    found = {name: _curves(SETS[name](args)) for name in args.sets}
    first = next(iter(found.values()))
    result = {"by_answers": first["by_answers"], "repeats": args.repeats, "sets": found}
    if args.metadata.exists():
        from benchmarks.teach_labels import flipped_labels

        result["wrong_labels"] = flipped_labels(args.metadata, args.outputs)
    return result


def text(result: dict[str, Any]) -> str:
    """A table a set."""
    lines = []
    for name, found in result["sets"].items():
        lines.append(
            f"{name}: {found['moods']} moods, average precision (95 % over repeats); "
            f"the models' own mood {found['starter']:.3f}, chance {found['chance']:.3f}"
        )
        for n, row in found["by_answers"].items():
            figures = "  ".join(
                f"{way} {row[key]:.3f} [{row[f'{key}_interval'][0]:.3f}, {row[f'{key}_interval'][1]:.3f}]"
                for way, key in KEYS.items()
            )
            lines.append(f"  {n:>3} answers: {figures}")
        lines.append(
            f"  asked - starter after 10: {_interval_text(found['gain_over_starter_at_10'])}; "
            f"asked after 20 - random after 40: {_interval_text(found['asked_20_minus_random_40'])}"
        )
    if wrong := result.get("wrong_labels"):
        lines.append(
            f"wrong labels: of the first {wrong['flipped']} that look wrong a share of {wrong['precision']:.2f} "
            f"had been flipped (chance {wrong['chance']:.3f})"
        )
    return "\n".join(lines)


KEYS = {"asked": "average_precision", "random": "random", "prototypes": "prototypes"}


def pieces_known(args: argparse.Namespace) -> Iterator[Trial]:
    """The pieces, each mood started from the starter's."""
    return _pieces(args, known=True)


def pieces_new(args: argparse.Namespace) -> Iterator[Trial]:
    """The pieces, each mood as if nobody knew it."""
    return _pieces(args, known=False)


def jamendo_known(args: argparse.Namespace) -> Iterator[Trial]:
    """MTG-Jamendo, each mood started from the published models'."""
    return _jamendo(args, known=True)


def jamendo_new(args: argparse.Namespace) -> Iterator[Trial]:
    """MTG-Jamendo, the mood hidden from the features."""
    return _jamendo(args, known=False)


SETS = {
    "pieces, known": pieces_known,
    "pieces, new": pieces_new,
    "jamendo, known": jamendo_known,
    "jamendo, new": jamendo_new,
}


def _pieces(args: argparse.Namespace, known: bool) -> Iterator[Trial]:
    dataset, model = Dataset.load(args.pieces), load_model(resolve_model(None))
    track_ids, X = embeddings_of(args.pieces)
    row_of = {track: row for row, track in enumerate(dataset.tracks["track_id"])}
    labels = dataset.labels[[row_of[track] for track in track_ids]]
    log_odds = logit(model.probabilities(X[:, : model.classifier.network_.n_features]))
    features = Space.fit(X, log_odds).features(X, log_odds)
    for column, word in enumerate(dataset.moods):
        means = [model.moods.index(mood) for mood in meanings(word) if mood in model.moods]
        y = labels[:, column]
        if not means or y.sum() < LEAST_POSITIVES:
            continue
        for repeat in range(args.repeats):
            rng = np.random.default_rng([repeat, column])
            asked = _cut(y, rng)
            yield Trial(word, features, y, asked, log_odds[:, means].mean(axis=1), known)


def _cut(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two thirds of the tracks of each kind are asked about."""
    asked = np.zeros(len(y), bool)
    for kind in (np.flatnonzero(y), np.flatnonzero(~y)):
        asked[rng.permutation(kind)[: round(len(kind) * 2 / 3)]] = True
    return asked


def _jamendo(args: argparse.Namespace, known: bool) -> Iterator[Trial]:
    parts = [load_outputs(args.metadata, args.outputs, part) for part in ("validation", "test")]
    log_odds = np.vstack([logit(part.probabilities).mean(axis=0) for part in parts])
    labels, moods = np.vstack([part.labels for part in parts]), parts[0].moods
    asked = np.arange(len(labels)) < len(parts[0].labels)
    whole = _features(log_odds) if known else None
    for column in range(0, len(moods), args.every):
        y = labels[:, column]
        if min(y[asked].sum(), y[~asked].sum()) < LEAST_POSITIVES:
            continue
        features = whole or _features(np.delete(log_odds, column, axis=1))
        for _ in range(args.repeats):
            yield Trial(moods[column], features, y, asked, log_odds[:, column], known)


def _features(log_odds: np.ndarray) -> Features:
    """Tracks of which nothing but moods is known."""
    return Space.fit(log_odds, log_odds).features(log_odds, log_odds)


def _curves(trials: Iterator[Trial]) -> dict[str, Any]:
    """Average precision by answers and way: mean over moods, 95 % interval over repeats."""
    values: dict[tuple[str, int], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        repeat = len(values["starter", 0][trial.mood])
        values["starter", 0][trial.mood].append(trial.average_precision(trial.own))
        values["chance", 0][trial.mood].append(float(trial.labels[~trial.asked].mean()))
        for way in WAYS:
            rng = np.random.default_rng([7, repeat])
            for n, value in _taught(trial, way, rng):
                values[way, n][trial.mood].append(value)
    means = {key: np.mean(list(by_mood.values()), axis=0) for key, by_mood in values.items()}
    rows = {
        str(n): {"starter": float(means["starter", 0].mean())}
        | {key: float(means[way, n].mean()) for way, key in KEYS.items()}
        | {f"{key}_interval": _interval(means[way, n]) for way, key in KEYS.items()}
        for n in ANSWERS
    }
    return {
        "moods": len(values["starter", 0]),
        "starter": float(means["starter", 0].mean()),
        "chance": float(means["chance", 0].mean()),
        "by_answers": rows,
        "gain_over_starter_at_10": _difference(means["asked", 10], means["starter", 0]),
        "asked_20_minus_random_40": _difference(means["asked", 20], means["random", 40]),
    }


def _taught(trial: Trial, way: str, rng: np.random.Generator) -> Iterator[tuple[int, float]]:
    """(answers, average precision) for each number of ANSWERS; "prototypes" learns from what "random" asks."""
    start = rng.choice(np.flatnonzero(trial.labels & trial.asked), LEAST, replace=False)
    rest = rng.permutation(np.setdiff1d(np.flatnonzero(trial.asked), start))
    known = trial.own if trial.known else None
    rows, why = list(start), [""] * LEAST
    for n in range(LEAST, max(ANSWERS) + 1):
        examples = Examples(trial.mood, np.array(rows), trial.labels[rows], tuple(why), np.array([], dtype=int))
        if n in ANSWERS and way == "prototypes":
            yield n, trial.average_precision(_prototype_scores(trial.features.blend, examples))
        elif n in ANSWERS or way == "asked":
            scores = learn_ranking(trial.features, examples.rows, examples.liked, known).scores(trial.features, known)
            if n in ANSWERS:
                yield n, trial.average_precision(scores)
        if way == "asked":
            question = next_question(trial.features, scores, examples, trial.asked, known=trial.known)
            if question is None:
                return
            rows.append(question.row)
            why.append(question.why)
        else:
            rows.append(rest[n - LEAST])


def _prototype_scores(X: np.ndarray, examples: Examples) -> np.ndarray:
    """The rival: nearer to the mean of "yes" than to the mean of "no" (its part grows with the answers), by cosine."""
    unit = X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)
    yes, no = unit[examples.rows[examples.liked]], unit[examples.rows[~examples.liked]]
    against = no.mean(axis=0) * len(no) / (len(no) + 3) if len(no) else 0.0
    return np.asarray(unit @ (yes.mean(axis=0) - against))


def _difference(a: np.ndarray, b: np.ndarray) -> dict[str, Any]:
    return {"mean": float((a - b).mean()), "interval": _interval(a - b)}


def _interval(values: np.ndarray) -> list[float]:
    """95 % of the mean over repeats (Student's t would hardly differ at 20)."""
    half = 1.96 * values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return [float(values.mean() - half), float(values.mean() + half)]


def _interval_text(difference: dict[str, Any]) -> str:
    return f"{difference['mean']:+.3f} [{difference['interval'][0]:+.3f}, {difference['interval'][1]:+.3f}]"
