"""Pooling × head on a workspace's labelled embeddings, cross-validated by artist, with intervals."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from mer_core.baseline import LogisticBaseline
from mer_core.classifier import MoodClassifier
from mer_core.folds import Fitted, cross_fit, deal_folds, grouped_by_artist
from mer_core.pooling import POOLINGS
from mer_core.training_data import load_training_data
from mer_core.trust import MIN_SUPPORT, macro_intervals
from mer_core.workspace import Workspace, default_root

DESCRIPTION = "Which pooling and which head does best on a workspace's labels, cross-validated with artists apart."

HEADS: dict[str, Callable[[], Fitted]] = {
    "logistic regression": LogisticBaseline,
    "linear start alone": lambda: MoodClassifier(members=0),
    "one network": lambda: MoodClassifier(members=1, linear=False),
    "ensemble of networks": lambda: MoodClassifier(linear=False),
    "linear start + ensemble (default)": MoodClassifier,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument("workspace", nargs="?", type=Path, default=default_root(), metavar="WORKSPACE", help="labelled and embedded (default: %(default)s)")
    parser.add_argument("--encoder", default="musicnn", help="whose embeddings (default: %(default)s)")
    parser.add_argument("--poolings", nargs="+", choices=POOLINGS, default=["mean", "mean+std", "max"], help="frames to track embedding")
    parser.add_argument("--heads", nargs="+", choices=list(HEADS), default=list(HEADS), metavar="HEAD", help=f"any of: {'; '.join(HEADS)}")
    parser.add_argument("--folds", type=int, default=5, help="default: %(default)s")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """One row a pooling and head."""
    results = []
    for pooling in args.poolings:
        data = load_training_data(Workspace.open(args.workspace), args.encoder, pooling)
        folds = deal_folds(data.labels, data.artists, args.folds)
        artists = data.artists if grouped_by_artist(data.artists, args.folds) else None
        for head in args.heads:
            started = time.process_time()
            logits = cross_fit(HEADS[head], data.X, data.labels, folds, data.context())
            figures = macro_intervals(data.labels, logits, artists, MIN_SUPPORT)
            results.append({"pooling": pooling, "head": head} | _row(figures) | {"core_seconds": time.process_time() - started})
    return {
        "workspace": args.workspace,
        "tracks": len(data.labels),
        "moods": int((data.labels.sum(axis=0) >= MIN_SUPPORT).sum()),
        "folds": args.folds,
        "results": results,
        "best": max(results, key=lambda row: float(row["roc_auc"])),
    }


def text(result: dict[str, Any]) -> str:
    """The table."""
    title = f"{result['tracks']} tracks, {result['moods']} moods with at least {MIN_SUPPORT} positives, {result['folds']} folds"
    return title + "\n" + pd.DataFrame(result["results"]).round(3).to_string(index=False)


def _row(figures: dict[str, tuple[float, float, float]]) -> dict[str, float]:
    (roc, roc_low, roc_high), (pr, pr_low, pr_high) = figures["ROC-AUC"], figures["PR-AUC"]
    return {"roc_auc": roc, "roc_low": roc_low, "roc_high": roc_high, "pr_auc": pr, "pr_low": pr_low, "pr_high": pr_high}
