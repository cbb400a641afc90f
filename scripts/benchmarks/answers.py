"""Whether answers are lost, and whether many of them slow the teach page.

*Kills*: a process gives one answer after the other and reports each that was kept; it is killed (SIGKILL) at a random
moment, and what it reported is looked for in the journal. *Windows*: several processes answer at once. *Page*: reruns
of the teach page on MTG-Jamendo's 18,486 tracks with made-up embeddings, after 20 answers about one mood and after
1,000 about fifty, in processes of their own.
"""

import argparse
import multiprocessing
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.app import apart
from benchmarks.full_workspace import fill
from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.teach.journal import Answer, Journal
from mer_core.workspace.layout import APP_ROOT, Workspace

DESCRIPTION = "Whether answers on the teach page are lost, and whether many of them slow it."
WINDOWS = 2
MOODS = 50
ENDLESS = """
import sys
from pathlib import Path
from mer_core.teach.journal import Answer, Journal
number = 0
while True:
    (kept,) = Journal(Path(sys.argv[1])).add([Answer(f"track {number}", "rainy", True)])
    print(kept.id, flush=True)
    number += 1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this measurement."""
    parser.add_argument(
        "--metadata",
        type=Path,
        default=APP_ROOT.parent / "shared/data/mtg-jamendo",
        help="MTG-Jamendo metadata, for the page (default: %(default)s)",
    )
    parser.add_argument("--kills", type=common.positive, default=20, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--answers", type=common.positive, default=1000, metavar="N", help="(default: %(default)s)")
    parser.add_argument("--runs", type=common.positive, default=20, help="reruns of the page (default: %(default)s)")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Kill, answer from several windows, and time the page where there is metadata."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kills = [_killed(folder / f"{number}" / "answers.jsonl", number) for number in range(args.kills)]
        found: dict[str, Any] = {
            "kills": {
                "killed": len(kills),
                "kept": sum(kept for kept, _ in kills),
                "lost": sum(lost for _, lost in kills),
            },
            "windows": _windows(folder / "windows" / "answers.jsonl", args.answers),
        }
        if args.metadata.is_dir():
            found["page"] = _page(folder, args)
    return found


def text(result: dict[str, Any]) -> str:
    """A line each."""
    lines = [
        "{killed} writers were killed; of {kept} answers that they had reported as kept {lost} were lost".format(
            **result["kills"]
        ),
        "{windows} windows gave {answers} answers at once: {missing} are missing; {ms_per_answer:.1f} ms an "
        "answer".format(**result["windows"]),
    ]
    if "page" in result:
        lines.append(
            "the teach page is redrawn in {after_20_ms:.0f} ms after 20 answers, in {after_many_ms:.0f} ms after "
            "{answers}".format(**result["page"])
        )
    return "\n".join(lines)


def _killed(path: Path, seed: int) -> tuple[int, int]:
    """How many answers a writer reported before it was killed, and how many of them are not in the journal."""
    writer = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, str(path)], stdout=subprocess.PIPE, text=True, cwd=APP_ROOT
    )
    assert writer.stdout is not None  # it is a pipe
    reported = [writer.stdout.readline().strip()]
    time.sleep(random.Random(seed).uniform(0.05, 0.4))
    writer.kill()
    reported += [line.strip() for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    standing = {answer.id for answer in Journal(path).read()}
    return len(reported), len(set(reported) - standing)


def _windows(path: Path, answers: int) -> dict[str, Any]:
    """WINDOWS processes give so many answers between them."""
    each = answers // WINDOWS
    context = multiprocessing.get_context("spawn")
    windows = [context.Process(target=_answer, args=(path, number, each)) for number in range(WINDOWS)]
    started = time.monotonic()
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    seconds = time.monotonic() - started
    missing = WINDOWS * each - len(Journal(path).read())
    return {
        "windows": WINDOWS,
        "answers": WINDOWS * each,
        "missing": missing,
        "ms_per_answer": 1000 * seconds / (WINDOWS * each),
    }


def _answer(path: Path, window: int, count: int) -> None:
    for number in range(count):
        Journal(path).add([Answer(f"window {window}, track {number}", "rainy", True)])


def _page(folder: Path, args: argparse.Namespace) -> dict[str, Any]:
    """The median time of a rerun of the page after few and after many answers."""
    root = folder / "spaces" / "jamendo"
    import_dataset(root, args.metadata)
    workspace = Workspace.open(root)
    fill(workspace)
    ids, rng = list(Dataset.load(workspace.dataset_dir).tracks["track_id"]), np.random.default_rng(0)
    order = {"root": str(root.parent), "file": "pages/7_Teach.py", "runs": args.runs}
    words = {"words": {"workspace": "jamendo", "teach": "mood 0"}}
    Journal.of(workspace).add(Answer(ids[i], "mood 0", i % 2 == 0) for i in range(20))
    few = apart(**order, **words)
    chosen = rng.permutation(len(ids) - 20)[: args.answers - 20] + 20
    Journal.of(workspace).add(
        Answer(ids[row], f"mood {number % MOODS}", bool(rng.random() < 0.4)) for number, row in enumerate(chosen)
    )
    many = apart(**order, **words)
    return {
        "answers": args.answers,
        "after_20_ms": few["median_ms"],
        "after_many_ms": many["median_ms"],
        "after_20_cpu_ms": few["median_cpu_ms"],
        "after_many_cpu_ms": many["median_cpu_ms"],
    }
