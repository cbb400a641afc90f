"""MoodClassifier on real MTG-Jamendo labels: the outputs of published models are a track's features.

Validation tracks train, calibrate and set thresholds, cross-validated by artist; what is best there is looked at on
test: each track by itself, and with the predictions (never the labels) of its album's other tracks. The classifier, the
use of albums and the thresholds are those that train_classifier.py uses with `--folds`.
"""

import argparse
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.shared import SHARED
from benchmarks.stacking_ways import WAYS, Learned, correlation, cross_fitted, ranked_in_folds
from mer_core.datasets.dataset import Dataset
from mer_core.errors import DatasetError
from mer_core.metrics.bootstrap import macro_intervals
from mer_core.metrics.mediaeval import evaluate
from mer_core.model.classifier import Context, MoodClassifier
from mer_core.model.decision import decide_by_folds, fit_rule
from mer_core.model.mlp import Layer, logit, sigmoid
from mer_core.model.thresholds import METHODS
from mer_core.training.folds import cross_fit, deal_folds

DESCRIPTION = (
    "MoodClassifier and its thresholds on real MTG-Jamendo labels, with the outputs of published models as features."
)


@dataclass(frozen=True)
class Candidate:
    """A way to stack: over which models the probabilities are averaged before, and the classifier's settings."""

    name: str
    average_over: str
    """"all" (n_moods features), "loss" (models of one loss function; 3 × n_moods) or "none" (n_models × n_moods)."""
    settings: dict[str, Any] = field(default_factory=dict)


PLAIN = "plain mean of the models"
CANDIDATES = (
    Candidate("linear, mean of models", "all", {"members": 0}),
    Candidate("linear, mean of each loss", "loss", {"members": 0}),
    Candidate("linear, every model", "none", {"members": 0}),
    Candidate("networks, mean of models", "all"),
    Candidate("networks, mean of each loss", "loss"),
    Candidate("networks without the linear start, mean of models", "all", {"linear": False}),
)


FIGURES, MACRO = ("roc_auc", "pr_auc", "f_macro"), ("ROC-AUC-macro", "PR-AUC-macro", "F-score-macro")
TRACKS_ALONE = "tracks by themselves, without a trained classifier"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    data = SHARED / "data"
    parser.add_argument(
        "--metadata",
        type=Path,
        default=data / "mtg-jamendo",
        metavar="DIR",
        help="MTG-Jamendo's metadata (default: %(default)s)",
    )
    outputs = data / "jamendo-outputs" / "lileonardo2021"
    help_text = "folder with validation.npy, test.npy (n_models, n_tracks, 56) and models.txt (default: %(default)s)"
    parser.add_argument("--outputs", type=Path, default=outputs, metavar="DIR", help=help_text)
    parser.add_argument(
        "--folds",
        type=int,
        choices=range(3, 51),
        metavar="N",
        default=5,
        help="of the validation artists (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of folds and networks (default: %(default)s)")
    parser.add_argument(
        "--ways", action="store_true", help=f"only {TRACKS_ALONE}: averages, weights a mood, co-occurrence"
    )


@dataclass(frozen=True)
class Part:
    """Labels of a part of the split, and what the models say of it."""

    labels: np.ndarray
    """(n_tracks, n_moods) bool."""
    artists: np.ndarray
    albums: np.ndarray
    probabilities: np.ndarray
    """(n_models, n_tracks, n_moods)."""
    losses: np.ndarray
    """(n_models,) the loss function each model was trained with."""
    moods: tuple[str, ...]

    @property
    def mean(self) -> np.ndarray:
        """Log-odds (n_tracks, n_moods) of the probabilities averaged over all models."""
        return self.features("all")

    def features(self, average_over: str) -> np.ndarray:
        """(n_tracks, n_groups × n_moods): log-odds of each group's mean probabilities."""
        return np.concatenate(
            [logit(self.probabilities[models].mean(axis=0)) for models in self._groups(average_over)], axis=1
        )

    def known(self, average_over: str) -> Layer:
        """The map from the features to their mean over groups, which ranks the tracks well already."""
        shares = [models.mean() for models in self._groups(average_over)]
        return np.concatenate([share * np.eye(len(self.moods)) for share in shares]), np.zeros(len(self.moods))

    def _groups(self, average_over: str) -> list[np.ndarray]:
        models = np.arange(len(self.losses))
        by = {"all": np.zeros(len(models)), "loss": self.losses, "none": models}[average_over]
        return [by == value for value in np.unique(by)]


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Choose on validation, then look at test."""
    started = time.monotonic()
    validation, test = (load_outputs(args.metadata, args.outputs, part) for part in ("validation", "test"))
    folds = deal_folds(validation.labels, validation.artists, args.folds, args.seed)
    ways = _ways(validation, test, folds, Dataset.load(args.metadata).split_view().in_split("train").labels)
    if args.ways:
        return {**ways, "seconds": time.monotonic() - started}
    crossed = {candidate.name: _cross_fit(candidate, validation, folds, args.seed) for candidate in CANDIDATES}
    rows: list[dict[str, Any]] = [
        {"candidate": name, "albums": albums} | _fold_figures(validation, logits, folds, albums)
        for name, logits in {PLAIN: validation.mean, **crossed}.items()
        for albums in (False, True)
    ]
    best = max((row for row in rows if row["candidate"] != PLAIN), key=lambda row: row["roc_auc"] + row["pr_auc"])
    chosen = next(candidate for candidate in CANDIDATES if candidate.name == best["candidate"])
    fitted = _classifier(chosen, args.seed).fit_folds(
        validation.features(chosen.average_over), validation.labels, folds, _context(chosen, validation)
    )
    logits = {
        chosen.name: (crossed[chosen.name], fitted.decision_function(test.features(chosen.average_over))),
        PLAIN: (validation.mean, test.mean),
    }
    looked = {
        (name, albums): _evaluate_on_test(validation, test, folds, *logits[name], albums)
        for name in logits
        for albums in (False, True)
    }
    final, plain = looked[chosen.name, best["albums"]], looked[PLAIN, False]
    return {
        **{
            key: final[key]
            for key in (
                "roc_auc",
                "pr_auc",
                "f_macro",
                "roc_auc_interval",
                "pr_auc_interval",
                "threshold_method",
                "album_weight",
            )
        },
        "mean_of_models": {key: plain[key] for key in ("roc_auc", "pr_auc", "f_macro")},
        **ways,
        "chosen": chosen.name,
        "with_albums": best["albums"],
        "test_looks": 2,
        "candidates": rows,
        "test": [
            {"candidate": name, "albums": albums, **{key: found[key] for key in ("roc_auc", "pr_auc", "f_macro")}}
            for (name, albums), found in looked.items()
        ],
        "thresholds": final["thresholds"],
        "permuted_control": _control(chosen, validation, folds, args.seed, best["albums"]),
        "seconds": time.monotonic() - started,
    }


def text(result: dict[str, Any]) -> str:
    """A table of tracks by themselves; three of the classifier, and the outcome."""
    ways = "{ways}\n{chosen_way} was chosen on validation; test: ROC-AUC {roc_auc:.4f}, PR-AUC {pr_auc:.4f}, macro-F1 "
    ways = (ways + "{f_macro:.4f}").format(
        ways=f"{TRACKS_ALONE}, cross-validated on validation\n{_table(result['ways'])}",
        chosen_way=result["chosen_way"],
        **result["way_on_test"],
    )
    if "candidates" not in result:
        return ways
    tables = {
        "cross-validated by artist on validation (means over folds); albums: with the predictions for an album's other "
        "tracks": "candidates",
        "thresholds of what was chosen": "thresholds",
        "test": "test",
    }
    parts = [ways, *(f"{title}\n{_table(result[key])}" for title, key in tables.items())]
    albums = f", albums counting {result['album_weight']:.1f}" if result["with_albums"] else ""
    outcome = (
        "chosen on validation: {chosen}{albums}; test: ROC-AUC {roc_auc:.4f}, PR-AUC {pr_auc:.4f}, macro-F1 "
        "{f_macro:.4f}"
    ).format(albums=albums, **result)
    control = "permuted labels (chance): ROC-AUC {roc_auc:.3f}, PR-AUC {pr_auc:.3f}".format(
        **result["permuted_control"]
    )
    return "\n\n".join([*parts, f"{outcome}\n{control}"])


def _table(rows: list[dict[str, Any]]) -> str:
    return pd.DataFrame(rows).to_string(index=False, float_format="{:.4f}".format)


def _ways(validation: Part, test: Part, folds: np.ndarray, train_labels: np.ndarray) -> dict[str, Any]:
    """Every way to join the models for a track by itself on validation, and the best of them, once, on test; its
    thresholds are those of cross-validated validation."""
    learned = Learned(validation.probabilities, validation.labels, correlation(train_labels))
    crossed = {name: cross_fitted(way, learned, folds) for name, way in WAYS.items()}
    rows: list[dict[str, Any]] = [
        {"way": name} | ranked_in_folds(validation.labels, scores, folds) for name, scores in crossed.items()
    ]
    best = max(rows, key=lambda row: row["roc_auc"] + row["pr_auc"])["way"]
    rule = fit_rule(validation.labels, sigmoid(crossed[best]))
    decided = rule.apply(sigmoid(WAYS[best](learned, test.probabilities)))
    found = evaluate(test.labels, decided.calibrated, test.moods, decided.decisions).macro
    figures = {key: found[name] for key, name in zip(FIGURES, MACRO, strict=True)}
    return {"ways": rows, "chosen_way": best, "way_on_test": figures}


def load_outputs(metadata: Path, outputs: Path, part: str) -> Part:
    """A part of the dataset in `metadata` with what the published models in `outputs` make of its tracks."""
    tracks = Dataset.load(metadata).split_view().in_split(part)
    try:
        probabilities = np.load(outputs / f"{part}.npy", allow_pickle=False)
        names = (outputs / "models.txt").read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{outputs} holds no outputs of models for the {part} part ({error}); name their folder with --outputs"
        ) from error
    if probabilities.shape != (len(names), *tracks.labels.shape):
        raise DatasetError(
            f"{outputs / part}.npy has the shape {probabilities.shape}, not {(len(names), *tracks.labels.shape)} "
            f"(models, tracks, moods)"
        )
    losses = np.array([name.rsplit("-", 1)[-1] for name in names])
    artists, albums = (tracks.tracks[column].to_numpy(dtype=str) for column in ("artist_id", "album_id"))
    return Part(tracks.labels, artists, albums, probabilities.astype(float), losses, tracks.moods)


def _classifier(candidate: Candidate, seed: int) -> MoodClassifier:
    return MoodClassifier(**{"seed": seed, **candidate.settings})


def _context(candidate: Candidate, part: Part) -> Context:
    return Context(part.moods, part.artists, part.known(candidate.average_over))


def _cross_fit(candidate: Candidate, part: Part, folds: np.ndarray, seed: int) -> np.ndarray:
    return cross_fit(
        lambda: _classifier(candidate, seed),
        part.features(candidate.average_over),
        part.labels,
        folds,
        _context(candidate, part),
    )


def _fold_figures(part: Part, logits: np.ndarray, folds: np.ndarray, albums: bool) -> dict[str, float]:
    """Means over folds of ROC-AUC and PR-AUC within a fold (moods without positives there left out), and macro-F1 over
    all tracks."""
    evaluated = decide_by_folds(part.labels, sigmoid(logits), folds, albums=part.albums if albums else None)
    within = [
        evaluate(part.labels[folds == fold], evaluated.calibrated[folds == fold], part.moods).macro
        for fold in np.unique(folds)
    ]
    return {
        "roc_auc": float(np.mean([figures["ROC-AUC-macro"] for figures in within])),
        "pr_auc": float(np.mean([figures["PR-AUC-macro"] for figures in within])),
        "f_macro": evaluate(part.labels, evaluated.calibrated, part.moods, evaluated.decisions).macro["F-score-macro"],
    }


def _evaluate_on_test(
    validation: Part, test: Part, folds: np.ndarray, logits: np.ndarray, test_logits: np.ndarray, albums: bool
) -> dict[str, Any]:
    """Figures on test; how much albums count, calibration and thresholds come from cross-validated `logits` of
    validation, so does the choice of the method."""
    raw, (known, unknown) = sigmoid(logits), (validation.albums, test.albums) if albums else (None, None)
    rows: list[dict[str, Any]] = []
    for method in METHODS:
        crossed = decide_by_folds(validation.labels, raw, folds, method, known)
        rule = fit_rule(validation.labels, raw, method, known)
        evaluated = rule.apply(sigmoid(test_logits), unknown)
        on_validation = evaluate(validation.labels, crossed.calibrated, test.moods, crossed.decisions)
        looked = evaluate(test.labels, evaluated.calibrated, test.moods, evaluated.decisions)
        rows.append(
            {
                "thresholds": method,
                "f_macro_validation": on_validation.macro["F-score-macro"],
                "f_macro_test": looked.macro["F-score-macro"],
            }
        )
    best = max(rows, key=lambda row: row["f_macro_validation"])
    intervals = macro_intervals(test.labels, evaluated.calibrated, test.artists)
    return {
        "roc_auc": looked.macro["ROC-AUC-macro"],
        "pr_auc": looked.macro["PR-AUC-macro"],
        "f_macro": best["f_macro_test"],
        "threshold_method": best["thresholds"],
        "thresholds": rows,
        "roc_auc_interval": intervals["ROC-AUC"][1:],
        "pr_auc_interval": intervals["PR-AUC"][1:],
        "album_weight": rule.album.weight if rule.album else 0.0,
    }


def _control(candidate: Candidate, part: Part, folds: np.ndarray, seed: int, albums: bool) -> dict[str, float]:
    """The whole procedure on labels dealt to other tracks, mood by mood, evaluated by these labels."""
    dealt = replace(part, labels=np.random.default_rng(seed).permuted(part.labels, axis=0))
    return _fold_figures(dealt, _cross_fit(candidate, dealt, folds, seed), folds, albums)
