"""What a command costs that is run once: from an empty process to its answer, with all it imports.

Each run is a process of its own. With --against the same command of another checkout (a release before) is run in turn
with this one, so that whatever else the machine does weighs on both alike.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from mer_core.cli import common
from mer_core.errors import ArtifactError

DESCRIPTION = "Measure a first answer: core-seconds, seconds and peak memory of one command in a fresh process."
ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "help": ["--help"],
    "predict": ["SONG", "--json"],
    "predict with timeline": ["SONG", "--timeline", "--json"],
    "the very first predict": ["SONG", "--timeline", "--json"],
}
"""Arguments of predict.py. The very first finds no network in the cache folder and writes it there."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this measurement's options."""
    parser.add_argument("--song", type=Path, help="audio file to predict (default: 3.5 minutes made up)")
    parser.add_argument("--runs", type=common.positive, default=5, help="runs of each command (default: %(default)s)")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="root of another checkout, measured in turn")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; returns {"commands": {name: {core_seconds, seconds, peak_mb}}, "against": the same or None}, medians."""
    checkouts = [ROOT, *([args.against.resolve()] if args.against else [])]
    if missing := [root for root in checkouts if not (root / "scripts" / "predict.py").is_file()]:
        raise ArtifactError(f"{missing[0]} has no scripts/predict.py; name the root of a checkout of this project")
    with tempfile.TemporaryDirectory() as folder:
        song = args.song or _made_up(Path(folder))
        measured: list[dict[str, dict[str, float]]] = [{} for _ in checkouts]
        for name, arguments in COMMANDS.items():
            words = [str(song) if word == "SONG" else word for word in arguments]
            runs = [
                [_run(root, words, folder if "first" in name else None) for root in checkouts] for _ in range(args.runs)
            ]
            for found, of_checkout in zip(measured, zip(*runs, strict=True), strict=True):
                found[name] = {key: median(run[key] for run in of_checkout) for key in of_checkout[0]}
    return {"commands": measured[0], "against": measured[1] if args.against else None, "runs": args.runs}


def text(result: dict[str, Any]) -> str:
    """The result as a table."""
    lines = [f"{'medians of ' + str(result['runs']) + ' runs':24} {'core-s':>8} {'s':>8} {'peak MB':>8}"]
    for name, row in result["commands"].items():
        lines.append(_line(name, row))
        if result["against"]:
            lines.append(_line("  the other checkout", result["against"][name]))
    return "\n".join(lines)


def _made_up(folder: Path) -> Path:
    """A song, written by a process of its own: what this process holds counts as its children's, too (Linux)."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.songs import write_song; "
        "write_song(Path(sys.argv[1]), 0)"
    )
    song = folder / "song.mp3"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run([sys.executable, "-c", code, str(song)], env=environment, check=True)
    return song


def _line(name: str, row: dict[str, float]) -> str:
    return f"{name:24} {row['core_seconds']:8.2f} {row['seconds']:8.2f} {row['peak_mb']:8.0f}"


def _run(root: Path, words: list[str], empty_cache_in: str | None) -> dict[str, float]:
    command = [sys.executable, str(root / "scripts" / "predict.py"), *words]
    with tempfile.TemporaryDirectory(dir=empty_cache_in) as cache:
        environment = {**os.environ, **({"MER_CACHE": cache} if empty_cache_in else {})}
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        said = process.stderr.read() if process.stderr else ""
        _, status, usage = os.wait4(process.pid, 0)  # the only call that reports one child's memory
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ArtifactError(f"{' '.join(command)} failed: {said.strip()[-500:]}")
    return {
        "core_seconds": usage.ru_utime + usage.ru_stime,
        "seconds": time.perf_counter() - start,
        "peak_mb": usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2),
    }
