"""Two scripts on one workspace at the same time: while the first is held in the middle of its writing, the second waits
or is refused; nothing is corrupted, and afterwards the same commands give what they give alone."""

import shutil
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

from mer_core.cli import build_embeddings, build_map, import_dataset, predict_library, train_classifier

from .endings import is_change
from .isolation import Ended, isolated
from .jobs import snapshot
from .report import Clock, Report
from .small_workspace import ENCODER, MODEL, call, make_metadata, make_workspace

REFUSAL = "another process is writing"
SCRIPTS = {"import": None, "embeddings": "embeddings", "train": "models", "map": "map", "predictions": "predicted"}
"""Each script, in the order in which they build on one another, and the folder it makes; the import makes its folder
again each time."""
HELD_AT = (1, 3)
"""The change on the disk, one number a round, before which the first script is held."""
PATIENCE = 30.0
"""Seconds to see whether the second script ends while the first is held."""
_HELD, _GO_ON = "held", "go on"


def run(
    folder: Path, clock: Clock, *, rounds: tuple[int, ...] = HELD_AT, scripts: tuple[str, ...] = tuple(SCRIPTS)
) -> Report:
    """Every pair of `scripts`, each with itself too, once a round."""
    report = Report("writers")
    metadata = make_metadata(folder / "metadata")
    whole = make_workspace(folder / "whole", metadata)
    older = Path(shutil.copytree(whole, folder / "older"))
    for name, root, options in (("predictions", whole, ()), ("train", older, ("--pooling", "max"))):
        if (ended := isolated(write, name, root, metadata, *options)).result != (0, ""):
            raise RuntimeError(f"{name}: {ended}")
    wanted = snapshot(whole)
    pairs = [(pair, held_at) for held_at in rounds for pair in combinations_with_replacement(scripts, 2)]
    for number, (pair, held_at) in enumerate(pairs):
        if not clock.left:
            report.notes.append(f"time for {number} of {len(pairs)} pairs only")
            break
        root = Path(shutil.copytree(whole, folder / f"{number}" / "ws"))
        _unmake(root, pair, older)
        _try_pair(report, pair, root, metadata, held_at)
        _compare(report, pair, root, metadata, wanted)
    report.seconds = clock.passed
    return report


def _unmake(root: Path, pair: tuple[str, str], older: Path) -> None:
    """Take away what the scripts of `pair` make; in place of the model, which the predictions need, comes an older
    one."""
    for made in {SCRIPTS[name] for name in pair} - {None}:
        shutil.rmtree(root / str(made))
    if "train" in pair:
        shutil.copytree(older / "models", root / "models")


def write(name: str, root: Path, metadata: Path, *options: str) -> tuple[int, str]:
    """Run one of SCRIPTS on the workspace `root`: exit code and what it reported."""
    common = [str(root), "--encoder", ENCODER]
    script, arguments = {
        "import": (import_dataset, [str(root), "--metadata", str(metadata)]),
        "embeddings": (build_embeddings, common),
        "train": (train_classifier, [*common, "--name", MODEL]),
        "map": (build_map, common),
        "predictions": (predict_library, [str(root), "--model", MODEL]),
    }[name]
    code, _, reported = call(script, [*arguments, *options])
    return code, reported if code else ""


def write_held(name: str, root: Path, metadata: Path, held_at: int) -> tuple[int, str]:
    """Like `write`, in a process of its own; before its `held_at`-th change it makes the file "held" beside `root`, and
    waits for "go on"."""
    changes = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if is_change(event, arguments, str(root)) and not str(arguments[0]).endswith("/.lock"):
            changes += 1
            if changes == held_at:
                (root.parent / _HELD).touch()
                while not (root.parent / _GO_ON).exists():
                    time.sleep(0.01)

    sys.addaudithook(hook)
    return write(name, root, metadata)


def _try_pair(report: Report, pair: tuple[str, str], root: Path, metadata: Path, held_at: int) -> None:
    what = f"{pair[1]} beside {pair[0]}, held before change {held_at}"
    report.tried += 1
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(isolated, write_held, pair[0], root, metadata, held_at)
        overlaps = _is_held(root.parent, first)
        second = pool.submit(isolated, write, pair[1], root, metadata)
        waits = not _ends(second)
        (root.parent / _GO_ON).touch()
    if not overlaps:
        report.wrong.append(f"{what}: they did not overlap: {first.result()}")
    elif first.result().result != (0, ""):
        report.wrong.append(f"{what}: the first ended with {first.result()}")
    _check(report, what, second.result(), waits)


def _is_held(folder: Path, first: "Future[Ended]") -> bool:
    while not (held := (folder / _HELD).exists()) and not first.done():
        time.sleep(0.01)
    return held


def _ends(second: "Future[Ended]") -> bool:
    try:
        second.result(timeout=PATIENCE)
    except TimeoutError:
        return False
    return True


def _check(report: Report, what: str, second: Ended, waits: bool) -> None:
    code, reported = second.result or (second.exit_code, second.raised)
    if code == 1 and REFUSAL in reported:
        report.errors["refused"] += 1
    elif code == 0 and waits:
        report.errors["waited"] += 1
    else:
        report.wrong.append(f"{what}: was neither refused nor waited, but ended with {code} {reported[-500:]}")


def _compare(report: Report, pair: tuple[str, str], root: Path, metadata: Path, wanted: dict[str, str]) -> None:
    for name in pair:  # whoever was refused tries again
        ended = isolated(write, name, root, metadata)
        if ended.result is None or ended.result[0]:
            report.wrong.append(f"{name} alone after {' and '.join(pair)}: {ended}")
    found = snapshot(root)
    if different := sorted(path for path in wanted.keys() & found.keys() if found[path] != wanted[path]) + sorted(
        wanted.keys() - found.keys()
    ):
        report.wrong.append(f"{' and '.join(pair)}: another result in {different}")
    if more := sorted(found.keys() - wanted.keys()):
        report.leaks.append(f"{' and '.join(pair)} left behind {more}")
    shutil.rmtree(root.parent)
