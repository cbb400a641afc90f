"""How quick the pages are: the server's time for a rerun, the size of the figures, and whether a page loads TensorFlow
or UMAP.

Every page runs in a process of its own, on the real MTG-Jamendo metadata (18,486 tracks) with as many points on the
map,
made-up embeddings and predictions. Runs are those of Streamlit's own AppTest: the page's script and everything it
sends, without a browser. The Predict page is given made-up songs, too, beside decoding and encoding them alone.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.full_workspace import fill
from benchmarks.songs import SONG_SECONDS, write_song
from mer_core.cli import common
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.errors import DatasetError
from mer_core.workspace.layout import APP_ROOT, Workspace

SONGS = 4
TRACK = "track_0000948"
WORDS = {
    "Mood_map": {"colour": "probability of the mood", "track": TRACK},
    "Recommend": {"like": TRACK},
    "Generate": {"track": TRACK},
}
"""What else is in the address of a page, so that it has something to show."""

DESCRIPTION = "Measure each page's rerun time, figure size and imports on the real metadata."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this measurement's options."""
    parser.add_argument(
        "--metadata",
        type=Path,
        default=APP_ROOT.parent / "shared/data/mtg-jamendo",
        help="MTG-Jamendo metadata (default: %(default)s)",
    )
    parser.add_argument(
        "--runs", type=common.positive, default=20, help="reruns of each view after the first (default: %(default)s)"
    )
    names = list(dict.fromkeys(name.split(":")[0] for name, _, _ in _views()))
    shown = f"pages to measure (default: all): {', '.join(names)}"
    parser.add_argument("--pages", nargs="+", choices=names, metavar="PAGE", help=shown)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; returns {"pages": {name: {median_ms, p95_ms, median_cpu_ms, first_ms, figure_kb, imports_tensorflow,
    imports_umap}}, "tracks": …,
    "predict": {page_ms, alone_ms, ratio}} (the last where the Predict page is measured)."""
    if not args.metadata.is_dir():
        raise DatasetError(
            f"there is no metadata in {args.metadata}; get it with: python scripts/download_dataset.py WORKSPACE "
            f"--metadata-only"
        )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "jamendo"
        import_dataset(root, args.metadata)
        tracks = fill(Workspace.open(root))
        views = [view for view in _views() if not args.pages or view[0].split(":")[0] in args.pages]
        pages = {
            name: apart(root=folder, file=file, words={"workspace": "jamendo", **words}, runs=args.runs)
            for name, file, words in views
        }
        songs = [str(write_song(Path(folder) / f"{number}.mp3", number)) for number in range(SONGS)]
        predict = {"predict": apart(root=folder, songs=songs)} if "Predict" in pages else {}
    return {"pages": pages, "tracks": tracks, **predict}


def text(result: dict[str, Any]) -> str:
    """The result as a table."""
    lines = [
        f"{'page':24} {'median':>9}  {'95 %':>9}  {'CPU':>9}  {'first':>9}  {'figures':>9}  heavy imports  "
        f"({result['tracks']:,} tracks)"
    ]
    for name, row in result["pages"].items():
        heavy = (
            ", ".join(key.removeprefix("imports_") for key, here in row.items() if key.startswith("imports_") and here)
            or "none"
        )
        times = "  ".join(f"{row[key]:6.0f} ms" for key in ("median_ms", "p95_ms", "median_cpu_ms", "first_ms"))
        lines.append(f"{name:24} {times}  {row['figure_kb']:6.0f} kB  {heavy}")
    if "predict" in result:
        shown = (
            "a song of {seconds} s shows its moods in {page_ms:.0f} ms, decoding and encoding alone takes "
            "{alone_ms:.0f} ms: × {ratio:.2f}"
        )
        lines.append(shown.format(seconds=SONG_SECONDS, **result["predict"]))
    return "\n".join(lines)


def _views() -> list[tuple[str, str, dict[str, str]]]:
    """Name, file and words of the address of every page, and of every view of the dataset page."""
    found: list[tuple[str, str, dict[str, str]]] = [("Overview", "", {})]
    for path in sorted((APP_ROOT / "pages").glob("*.py")):
        name = path.stem.split("_", 1)[1]
        views = ("moods", "together", "splits", "artists", "tracks", "problems") if name == "Dataset" else ("",)
        words = {"mood": "happy", **WORDS.get(name, {})}
        found += [
            (f"{name}:{view}" if view else name, f"pages/{path.name}", words | ({"view": view} if view else {}))
            for view in views
        ]
    return found


def apart(**order: Any) -> dict[str, Any]:
    """Measure in a fresh process: what it imports is part of the answer."""
    done = subprocess.run(
        [sys.executable, "-m", "mer_core.app.timing", json.dumps(order)],
        capture_output=True,
        text=True,
        cwd=APP_ROOT,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f"measuring {order.get('file', 'the Predict page') or 'the overview'} failed: {done.stderr[-2000:]}"
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))
