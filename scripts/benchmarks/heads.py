"""Pooling × head on a workspace's labelled embeddings, cross-validated by artist, with intervals.

Beside the poolings of mer_core.embeddings.pooling there is "windows": each WINDOW_SECONDS of a track are an example
with the track's labels, pooled by their mean, and the log-odds of a track's windows are averaged.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from mer_core.embeddings.pooling import POOLINGS, pool
from mer_core.embeddings.store import EmbeddingStore
from mer_core.metrics.bootstrap import MIN_SUPPORT, macro_intervals
from mer_core.model.classifier import Context, MoodClassifier
from mer_core.training.baseline import LogisticBaseline
from mer_core.training.data import TrainingData, load_training_data
from mer_core.training.folds import Fitted, cross_fit, deal_folds, grouped_by_artist
from mer_core.workspace.layout import Workspace, default_root

DESCRIPTION = "Which pooling and which head does best on a workspace's labels, cross-validated with artists apart."

WINDOWS, WINDOW_SECONDS = "windows", 15.0

HEADS: dict[str, Callable[[], Fitted]] = {
    "logistic regression": LogisticBaseline,
    "linear start alone": lambda: MoodClassifier(members=0),
    "one network": lambda: MoodClassifier(members=1, linear=False),
    "ensemble of networks": lambda: MoodClassifier(linear=False),
    "linear start + ensemble (default)": MoodClassifier,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument(
        "workspace",
        nargs="?",
        type=Path,
        default=default_root(),
        metavar="WORKSPACE",
        help="labelled and embedded (default: %(default)s)",
    )
    parser.add_argument("--encoder", default="musicnn", help="whose embeddings (default: %(default)s)")
    text = f"frames to track embedding; {WINDOWS}: each {WINDOW_SECONDS:.0f} s by themselves"
    parser.add_argument(
        "--poolings", nargs="+", choices=[*POOLINGS, WINDOWS], default=["mean", "mean+std", "max", WINDOWS], help=text
    )
    parser.add_argument(
        "--heads",
        nargs="+",
        choices=list(HEADS),
        default=list(HEADS),
        metavar="HEAD",
        help=f"any of: {'; '.join(HEADS)}",
    )
    parser.add_argument("--folds", type=int, choices=range(3, 51), metavar="N", default=5, help="default: %(default)s")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """One row a pooling and head."""
    results = []
    for pooling in args.poolings:
        data = load_training_data(
            Workspace.open(args.workspace), args.encoder, "mean" if pooling == WINDOWS else pooling
        )
        examples = _windows(args.workspace, data) if pooling == WINDOWS else Examples(data.X, np.arange(len(data.X)))
        folds = deal_folds(data.labels, data.artists, args.folds)
        artists = data.artists if grouped_by_artist(data.artists, args.folds) else None
        for head in args.heads:
            started = time.process_time()
            logits = _cross_fit(HEADS[head], examples, data, folds)
            figures = macro_intervals(data.labels, logits, artists, MIN_SUPPORT)
            results.append(
                {"pooling": pooling, "head": head} | _row(figures) | {"core_seconds": time.process_time() - started}
            )
    return {
        "workspace": args.workspace,
        "tracks": len(data.labels),
        "moods": int((data.labels.sum(axis=0) >= MIN_SUPPORT).sum()),
        "folds": args.folds,
        "results": results,
        "best": max(results, key=lambda row: float(row["roc_auc"])),
    }


class Examples(NamedTuple):
    """What a head is trained on: X (n_examples, n_features), and the row (n_examples,) of the track that each is of."""

    X: np.ndarray
    track: np.ndarray


def _windows(workspace: Path, data: TrainingData) -> Examples:
    """The mean of every whole window of a track's frames, and of the rest where it is at least half a window or the
    track has no more."""
    store = EmbeddingStore.open(Workspace.open(workspace).embeddings_dir(str(data.encoder["name"])))
    width = max(1, round(WINDOW_SECONDS / float(data.encoder["hop_seconds"])))
    cut = [store.read_frames(track_id) for track_id in data.dataset.tracks["track_id"]]
    starts = [range(0, max(len(frames) - width // 2, 1), width) for frames in cut]
    X = [pool(frames[start : start + width], "mean") for frames, own in zip(cut, starts, strict=True) for start in own]
    return Examples(np.stack(X), np.repeat(np.arange(len(cut)), [len(own) for own in starts]))


def _cross_fit(head: Callable[[], Fitted], examples: Examples, data: TrainingData, folds: np.ndarray) -> np.ndarray:
    """Log-odds (n_tracks, n_moods): the mean over each track's examples, none of which stands in another fold."""
    track = examples.track
    artists = (
        data.artists if grouped_by_artist(data.artists) else np.arange(len(data.artists))
    )  # else windows of a track would be evaluated by each other
    logits = cross_fit(head, examples.X, data.labels[track], folds[track], Context(data.moods, artists[track]))
    total = np.zeros(data.labels.shape)
    np.add.at(total, track, logits)
    return total / np.bincount(track, minlength=len(total))[:, None]


def text(result: dict[str, Any]) -> str:
    """The table."""
    title = (
        f"{result['tracks']} tracks, {result['moods']} moods with at least {MIN_SUPPORT} positives, "
        f"{result['folds']} folds"
    )
    return title + "\n" + pd.DataFrame(result["results"]).round(3).to_string(index=False)


def _row(figures: dict[str, tuple[float, float, float]]) -> dict[str, float]:
    (roc, roc_low, roc_high), (pr, pr_low, pr_high) = figures["ROC-AUC"], figures["PR-AUC"]
    return {
        "roc_auc": roc,
        "roc_low": roc_low,
        "roc_high": roc_high,
        "pr_auc": pr,
        "pr_low": pr_low,
        "pr_high": pr_high,
    }
