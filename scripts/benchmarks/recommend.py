"""How well recommended tracks agree with people's mood labels, and how fast they are found.

Real labels: the test part of MTG-Jamendo (split 0), its tracks compared by the mood log-odds of published models
(--outputs) averaged. A workspace, where one is given, is compared by sound, by mood and by both.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit

from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.nearest import nearest, standardise
from mer_core.maps.neighbour_agreement import (
    other_artist_neighbours,
    precision_at,
    random_precision,
    same_artist_neighbours,
)
from mer_core.model.bundle import load_model, resolve_model
from mer_core.recommend.catalogue import load_catalogue
from mer_core.recommend.rank import Query, rank
from mer_core.workspace.layout import Workspace

DESCRIPTION = "How well recommended tracks agree with people's mood labels, and how fast they are found."
K = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument("--metadata", type=Path, metavar="DIR", help="MTG-Jamendo's metadata (its repository's folder)")
    parser.add_argument(
        "--outputs",
        type=Path,
        metavar="FILE",
        help="probabilities (n_models, n_test, 56) of published models on its test part, .npy",
    )
    parser.add_argument("--workspace", type=Path, metavar="DIR", help="also measure on this workspace's embeddings")
    parser.add_argument(
        "--model", default="starter", help="model that predicts the workspace's moods (default: %(default)s)"
    )
    parser.add_argument(
        "--sizes",
        type=_size,
        nargs="*",
        default=[18_486, 100_000],
        metavar="N",
        help="sizes of search to time (default: %(default)s)",
    )


def _size(value: str) -> int:
    """A number of tracks to search: more than are asked for."""
    if (number := common.positive(value)) <= K:
        raise argparse.ArgumentTypeError(
            f"{value} tracks are too few to find the {K} nearest of; name at least {K + 1}"
        )
    return number


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure what was asked for."""
    result: dict[str, Any] = {"k": K, "agreement": [], "search": [time_search(size) for size in args.sizes]}
    if args.metadata and args.outputs:
        result["agreement"] += real_labels(args.metadata, args.outputs)
    if args.workspace:
        result["agreement"] += on_workspace(args.workspace, args.model)
    return result


def text(result: dict[str, Any]) -> str:
    """Two tables."""
    tables = []
    if result["agreement"]:
        tables.append(
            f"precision at {result['k']}: neighbours by other artists that share a mood label\n"
            + pd.DataFrame(result["agreement"]).to_string(index=False)
        )
    tables.append("one query, exact search against an index\n" + pd.DataFrame(result["search"]).to_string(index=False))
    return "\n\n".join(tables)


def real_labels(metadata: Path, outputs: Path) -> list[dict[str, Any]]:
    """MTG-Jamendo's test part, compared by the mean log-odds of published models."""
    test = Dataset.load(metadata).split_view().in_split("test")
    stack = np.load(outputs, allow_pickle=False).astype(np.float64)
    log_odds = logit(np.clip(stack, 1e-4, 1 - 1e-4)).mean(axis=0)
    return _agreement("MTG-Jamendo test", test, {"mood": standardise(log_odds, log_odds)})


def on_workspace(root: Path, model_name: str) -> list[dict[str, Any]]:
    """A workspace's labelled tracks, compared by sound, by predicted mood, and by both."""
    workspace = Workspace.open(root)
    model = load_model(resolve_model(workspace, model_name))
    catalogue = load_catalogue(workspace, model)
    dataset = Dataset.load(workspace.dataset_dir)
    row_of = {track_id: row for row, track_id in enumerate(dataset.tracks["track_id"])}
    chosen = dataset.subset([row_of[track_id] for track_id in catalogue.tracks["track_id"]])
    features = {"sound": catalogue.sound, "mood": catalogue.mood}
    features["sound and mood"] = np.concatenate(
        [catalogue.sound, catalogue.mood / np.linalg.norm(catalogue.mood, axis=1, keepdims=True)], axis=1
    )
    rows = _agreement(workspace.root.name, chosen, features)
    start = time.perf_counter()
    for row in range(20):
        rank(catalogue, Query(sound=catalogue.sound[[row]], mood=catalogue.mood[row]), K)
    return [{**entry, "rank_ms": 1000 * (time.perf_counter() - start) / 20} for entry in rows]


def time_search(n: int, dim: int = 400, queries: int = 20) -> dict[str, Any]:
    """Milliseconds for the 10 nearest of one track among `n` clustered synthetic ones: exact, and by faiss's IVF index
    where it is installed."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(max(1, n // 20), dim)).astype(np.float32)
    X = centres[rng.integers(0, len(centres), n)] + 0.8 * rng.normal(size=(n, dim)).astype(np.float32)
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    asked = X[rng.integers(0, n, queries)]
    truth, exact_ms = _timed(lambda query: np.argpartition(-(X @ query), K)[:K], asked)
    entry: dict[str, Any] = {
        "tracks": n,
        "exact_ms": exact_ms,
        "index_ms": None,
        "index_build_s": None,
        "index_recall": None,
    }
    try:
        import faiss
    except ImportError:
        return entry
    start = time.perf_counter()
    index: Any = faiss.index_factory(dim, f"IVF{int(4 * n**0.5)},Flat", faiss.METRIC_INNER_PRODUCT)
    index.train(X[:100_000])
    index.add(X)
    entry["index_build_s"] = time.perf_counter() - start
    index.nprobe = 32
    found, entry["index_ms"] = _timed(lambda query: index.search(query[None], K)[1][0], asked)
    entry["index_recall"] = float(np.mean([len(set(a) & set(b)) / K for a, b in zip(found, truth, strict=True)]))
    return entry


def _agreement(name: str, dataset: Dataset, features: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    artists = dataset.tracks["artist_id"].to_numpy(dtype=str)
    several = len(np.unique(artists)) > 1
    found = {}
    for by, values in features.items():
        rows = other_artist_neighbours(values, artists, K) if several else nearest(values, values, K + 1)[0][:, 1:]
        found[by] = precision_at(dataset.labels, rows)
    entries = [
        {"data": name, "by": by, "precision": float(values.mean()), "std_error": _clustered_error(values, artists)}
        for by, values in found.items()
    ]
    entries.append({"data": name, "by": "random", "precision": random_precision(dataset.labels), "std_error": 0.0})
    rows, chosen = same_artist_neighbours(artists, K)
    if several and len(rows):
        shared = [
            (dataset.labels[row] & dataset.labels[others]).any(axis=1).mean()
            for row, others in zip(rows, chosen, strict=True)
        ]
        entries.append(
            {
                "data": name,
                "by": "same artist",
                "precision": float(np.mean(shared)),
                "std_error": _clustered_error(np.array(shared), artists[rows]),
            }
        )
    return entries


def _clustered_error(values: np.ndarray, artists: np.ndarray) -> float:
    """Standard error of the mean with artists, not tracks, as the independent units (tracks where there are few
    artists)."""
    groups = (
        pd.Series(values - values.mean())
        .groupby(artists if len(np.unique(artists)) >= 10 else np.arange(len(values)))
        .sum()
    )
    return float(np.sqrt((groups**2).sum()) / len(values))


def _timed(search: Any, queries: np.ndarray) -> tuple[list[np.ndarray], float]:
    search(queries[0])
    start = time.perf_counter()
    found = [search(query) for query in queries]
    return found, 1000 * (time.perf_counter() - start) / len(queries)
