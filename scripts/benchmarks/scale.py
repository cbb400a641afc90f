"""How time grows with the number of tracks: store, dataset, training, map, neighbours and page data on synthetic rows.

Growth is fitted to core-seconds, which hardly depend on what else the machine does. A step is left out at a size where
the growth so far says that it would take more than --limit of them.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from tqdm import tqdm

from benchmarks.memory import peak_mb
from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.tsv import COLUMNS
from mer_core.embeddings.nearest import nearest
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore
from mer_core.figures.mood_map import Colouring, map_figure, painted
from mer_core.maps.bounded import MOST_POINTS, drawn_rows
from mer_core.maps.umap import fit_map
from mer_core.model.classifier import MoodClassifier

DESCRIPTION = (
    "How time grows with the number of tracks: store, dataset, training, map, neighbours and page data "
    "on synthetic rows."
)
SIZES = (1_000, 18_486, 55_701, 1_000_000)
DIM, FRAMES, MOODS, SHARDS = 200, 2, 56, 100
IDENTITY = {
    "name": "synthetic",
    "version": "1",
    "sample_rate": 16000,
    "frame_seconds": 3.0,
    "hop_seconds": 3.0,
    "dim": DIM,
}
LINEAR = 1.2
"""Exponent of the growth between two sizes up to which it counts as linear."""
UNTRIED = 100_000
"""Largest size that is tried where two smaller ones have not shown how time grows."""
PAST_IT = {
    "store write": "linear; a shard is held in memory, so past some 10 million tracks cut shards by three digits",
    "store read": "linear; past what fits in memory read single shards with pandas, or the Parquet files with DuckDB "
    "or Polars",
    "dataset read": "linear; past a million tracks keep the tables as Parquet",
    "training": "linear in tracks; past what fits in memory train on a random million",
    "map": "fit on a random 50,000 tracks, then place the others by their neighbours (projection.place)",
    "neighbours": "linear a query; past 100,000 tracks use an index (faiss IVF, see benchmark.py recommend)",
    "page data": "linear, but browsers are smooth to 100,000 points only; past that show a random sample or a density",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument(
        "--sizes",
        type=_size,
        nargs="+",
        default=list(SIZES),
        metavar="N",
        help="numbers of tracks (default: %(default)s)",
    )
    parser.add_argument(
        "--limit",
        type=common.above_zero,
        default=300.0,
        metavar="SECONDS",
        help="most core-seconds a step may be expected to take (default: %(default)s)",
    )


def _size(value: str) -> int:
    """A number of tracks: training needs one to learn from and one to stop by."""
    if (number := common.positive(value)) < 2:
        raise argparse.ArgumentTypeError(f"{value} is too few to train on; name at least 2 tracks")
    return number


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure every step at every size, and fit the growth."""
    times: dict[str, dict[int, float]] = {name: {} for name in STEPS}
    left_out: dict[str, dict[int, float]] = {}
    results: list[dict[str, Any]] = []
    for warm_up in (training, layout):
        warm_up(Synthetic(300, Path()))  # libraries are loaded before the clock runs
    for size in tqdm(sorted(set(args.sizes)), desc="sizes", disable=None):
        with tempfile.TemporaryDirectory(prefix="mer-scale-") as folder:
            rows = Synthetic(size, Path(folder))
            for name, step in STEPS.items():
                expected = expect(times[name], size)
                if expected > args.limit or size in left_out.get(PREPARED_BY.get(name, ""), {}):
                    left_out.setdefault(name, {})[size] = expected
                    continue
                measured = step(rows)
                times[name][size] = measured.core_seconds
                results.append({"step": name, "tracks": size, **measured._asdict()})
    growth = [
        {"step": name, **fit_growth(by_size), "left_out": left_out.get(name, {}), "past_it": PAST_IT[name]}
        for name, by_size in times.items()
    ]
    return {"results": results, "growth": growth, "peak_mb": peak_mb()}


def text(result: dict[str, Any]) -> str:
    """Two tables, and what to use where growth ends."""
    table = (
        pd.DataFrame(result["results"])
        .pivot(index="step", columns="tracks", values="core_seconds")
        .reindex(list(STEPS))
    )
    growth = pd.DataFrame(result["growth"]).set_index("step")
    past_it = "\n".join(f"{step}: {words}" for step, words in growth["past_it"].items())
    shown = [
        table.map(lambda value: "–" if pd.isna(value) else f"{value:.3g}").to_string(),
        growth[["exponent", "linear_to"]].to_string(),
    ]
    fitted = f"core-seconds\n{shown[0]}\n\ngrowth (core-seconds ~ tracks ** exponent)\n{shown[1]}"
    return f"{fitted}\n\nwhat to use past it\n{past_it}\n\npeak memory {result['peak_mb']:.0f} MB"


def expect(times: dict[int, float], size: int) -> float:
    """Core-seconds that a step should take at `size`, by the growth between the two largest sizes before; without two,
    0 up to UNTRIED tracks."""
    known = sorted(times)[-2:]
    if len(known) < 2:
        return 0.0 if size <= UNTRIED else float("inf")
    return float(times[known[-1]] * (size / known[-1]) ** max(1.0, _exponent(times, *known)))


def fit_growth(times: dict[int, float]) -> dict[str, Any]:
    """The exponent over all sizes (least squares on logarithms), and the largest size that growth from the size before
    was linear to."""
    sizes = sorted(times)
    if len(sizes) < 2:
        return {"exponent": float("nan"), "linear_to": sizes[-1] if sizes else 0}
    exponent = float(np.polyfit(np.log(sizes), np.log([times[size] for size in sizes]), 1)[0])
    linear = [after for before, after in pairwise(sizes) if _exponent(times, before, after) <= LINEAR]
    return {"exponent": exponent, "linear_to": max(linear, default=sizes[0])}


def _exponent(times: dict[int, float], before: int, after: int) -> float:
    return float(np.log(times[after] / times[before]) / np.log(after / before))


@dataclass
class Synthetic:
    """Rows made up from clusters: track embeddings that resemble each other as those of music do."""

    size: int
    folder: Path
    X: np.ndarray = field(init=False)
    Y: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.size)
        centres = rng.normal(size=(50, 2 * DIM)).astype(np.float32)
        cluster = rng.integers(0, len(centres), self.size)
        self.X = centres[cluster]
        self.X += rng.standard_normal(self.X.shape, dtype=np.float32)
        self.Y = rng.random((self.size, MOODS), dtype=np.float32) < rng.random((len(centres), MOODS))[cluster] * 0.06

    def track_ids(self) -> list[str]:
        """One a row."""
        return [f"track_{number:07d}" for number in range(self.size)]


class Measured(NamedTuple):
    """Seconds by the clock, seconds of all cores, and the size of what was made."""

    seconds: float
    core_seconds: float
    mb: float | None = None


def store_write(rows: Synthetic) -> Measured:
    """All rows into a store of SHARDS shards."""
    store = EmbeddingStore.create(rows.folder / "store", IDENTITY)
    frames = rows.X.reshape(rows.size, FRAMES, DIM)
    ids = rows.track_ids()

    def write() -> None:
        for shard in range(SHARDS):
            store.write_shard(
                f"{shard:02d}", [TrackEmbedding(ids[row], 6.0, frames[row]) for row in range(shard, rows.size, SHARDS)]
            )

    measured = _timed(write)
    return measured._replace(mb=sum(path.stat().st_size for path in store.folder.iterdir()) / 1e6)


def store_read(rows: Synthetic) -> Measured:
    """All pooled embeddings of that store."""
    return _timed(lambda: EmbeddingStore.open(rows.folder / "store").read_pooled())


def dataset_read(rows: Synthetic) -> Measured:
    """A table of the tracks in the MTG-Jamendo layout, with their tags."""
    tags = [f"mood/theme---mood {number}" for number in range(MOODS)]
    lines = ["\t".join(COLUMNS)]
    for number, track_id in enumerate(rows.track_ids()):
        own = [tags[mood] for mood in np.flatnonzero(rows.Y[number])] or tags[:1]
        lines.append(
            "\t".join(
                [
                    track_id,
                    f"artist_{number // 5}",
                    f"album_{number // 9}",
                    f"{number % 100:02d}/{number}.mp3",
                    "203.1",
                    *own,
                ]
            )
        )
    (rows.folder / "synthetic.tsv").write_text("\n".join(lines) + "\n")
    return _timed(lambda: Dataset.load(rows.folder))


def training(rows: Synthetic) -> Measured:
    """A classifier, on 70 % of the rows; the others stop it."""
    train = int(0.7 * rows.size)
    return _timed(lambda: MoodClassifier().fit(rows.X[:train], rows.Y[:train], rows.X[train:], rows.Y[train:]))


def layout(rows: Synthetic) -> Measured:
    """A UMAP of all rows."""
    return _timed(lambda: fit_map(rows.X))


def neighbours(rows: Synthetic) -> Measured:
    """The ten rows most like one."""
    return _timed(lambda: nearest(rows.X[:1], rows.X, 10))


def page_data(rows: Synthetic) -> Measured:
    """The map as the browser gets it: its figure, and the places and colours of its points (4 and 1 bytes)."""
    made: list[int] = []

    def build() -> None:
        colouring = Colouring("family", np.where(rows.Y[:, 0], "a", "b"), {"a": "#000000", "b": "#0072b2"})
        places = rows.X[:, :2]
        dense = len(places) > MOST_POINTS
        figure = map_figure(places, colouring, dense=dense)
        points = painted(colouring, drawn_rows(places) if dense else None)
        made.append(len(figure.to_json()) + 4 * 9 * len(points.index) // 3)  # as base64

    return _timed(build)._replace(mb=made[0] / 1e6)


def _timed(action: Callable[[], object]) -> Measured:
    start, core_start = time.perf_counter(), time.process_time()
    action()
    return Measured(time.perf_counter() - start, time.process_time() - core_start)


STEPS: dict[str, Callable[[Synthetic], Measured]] = {
    "store write": store_write,
    "store read": store_read,
    "dataset read": dataset_read,
    "training": training,
    "map": layout,
    "neighbours": neighbours,
    "page data": page_data,
}
PREPARED_BY = {"store read": "store write"}
