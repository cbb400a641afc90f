"""Two scripts on one workspace at the same time: each does its work, waits, or refuses; nothing is corrupted, and afterwards the
same commands give what they give alone."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement
from pathlib import Path

import build_embeddings
import build_map
import import_dataset
import predict_library
import train_classifier

from .isolation import Ended, isolated
from .jobs import snapshot
from .report import Clock, Report
from .small_workspace import ENCODER, MODEL, call, make_metadata, make_workspace

REFUSAL = "another process is writing"
SCRIPTS = ("import", "embeddings", "train", "map", "predictions")


def run(folder: Path, clock: Clock, *, rounds: int = 2, scripts: tuple[str, ...] = SCRIPTS) -> Report:
    """Every pair of `scripts`, each with itself too, `rounds` times."""
    report = Report("writers")
    metadata = make_metadata(folder / "metadata")
    whole = make_workspace(folder / "whole", metadata)
    if raised := isolated(write, "predictions", whole, metadata).raised:
        raise RuntimeError(raised)
    wanted = snapshot(whole)
    for number, pair in enumerate([*combinations_with_replacement(scripts, 2)] * rounds):
        if not clock.left:
            report.notes.append(f"time for {number} pairs only")
            break
        _try_pair(report, pair, Path(shutil.copytree(whole, folder / f"{number}")), metadata, wanted)
    report.seconds = clock.passed
    return report


def write(name: str, root: Path, metadata: Path) -> tuple[int, str]:
    """Run one of SCRIPTS on the workspace `root`: exit code and what it told."""
    common = [str(root), "--encoder", ENCODER]
    script, arguments = {
        "import": (import_dataset, [str(root), "--metadata", str(metadata)]),
        "embeddings": (build_embeddings, common),
        "train": (train_classifier, [*common, "--name", MODEL]),
        "map": (build_map, common),
        "predictions": (predict_library, [str(root), "--model", MODEL]),
    }[name]
    code, _, told = call(script, arguments)
    return code, told


def _try_pair(report: Report, pair: tuple[str, str], root: Path, metadata: Path, wanted: dict[str, str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda name: isolated(write, name, root, metadata), pair))
    report.tried += 1
    for name, ended in zip(pair, both, strict=True):
        _judge(report, f"{name} beside {' and '.join(pair)}", ended)
    for name in pair:  # whoever was refused tries again
        ended = isolated(write, name, root, metadata)
        if ended.result is None or ended.result[0]:
            report.wrong.append(f"{name} alone after {' and '.join(pair)}: {ended}")
    found = snapshot(root)
    if different := sorted(path for path in wanted.keys() & found.keys() if found[path] != wanted[path]) + sorted(wanted.keys() - found.keys()):
        report.wrong.append(f"{' and '.join(pair)}: another result in {different}")
    if more := sorted(found.keys() - wanted.keys()):
        report.leaks.append(f"{' and '.join(pair)} left behind {more}")
    shutil.rmtree(root)


def _judge(report: Report, what: str, ended: Ended) -> None:
    if ended.result is None:
        report.wrong.append(f"{what}: {ended.raised[-500:] or f'ended with {ended.exit_code}'}")
    elif ended.result[0] == 0:
        report.errors["worked or waited"] += 1
    elif REFUSAL in ended.result[1]:
        report.errors["refused"] += 1
    else:
        report.wrong.append(f"{what}: {ended.result[1][-500:]}")
