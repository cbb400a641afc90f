"""Every file of a workspace damaged in every way: scripts and pages must work all the same, or say which file, what is
wrong and what to run. In a process for each damage, so that even a crash is a finding."""

import json
import logging
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pages_common

from mer_core.cli import (
    build_embeddings,
    build_map,
    predict,
    predict_library,
    recommend,
    train_classifier,
    validate_dataset,
)
from mer_core.embeddings.store import EmbeddingStore
from mer_core.workspace.layout import Workspace

from .damage import Damage, damages
from .isolation import isolated
from .report import Clock, Report
from .small_workspace import ENCODER, MODEL, call, make_metadata, make_workspace

PAGES = (None, *(f"pages/{path.name}" for path in sorted((pages_common.ROOT / "pages").glob("*.py"))))
PAGES_EACH = 3
AT_ONCE = 2
REMEDIES = (
    *(
        "scripts/",
        "correct",
        "add it there",
        "remove",
        "delete",
        "keep it",
        "save it",
        "must read",
        "write one",
        "fetch it",
        "name TRACK_ID",
    ),
    *("leave ", "give ", "write it ", "are they separated"),
)
"""Words of the part of a message that says what to do; files of a dataset are corrected by hand."""


@dataclass(frozen=True)
class Bench:
    """What all damages share: the whole workspace, a song, and what the workspace's model says of it."""

    workspace: Path
    song: str
    answer: dict[str, Any]


@dataclass
class Findings:
    """What one damage led to."""

    wrong: list[str] = field(default_factory=list)
    reported: int = 0
    worked: int = 0


def run(folder: Path, clock: Clock, *, every: int = 1) -> Report:
    """Try every `every`-th damage, in an order of its own, as long as the time lasts."""
    report = Report("artifacts")
    workspace = make_workspace(folder / "ws", make_metadata(folder / "metadata"))
    marker = folder / "code was executed"
    chosen = list(damages(workspace, marker))[::every]
    random.Random(0).shuffle(chosen)
    song = str(next((folder / "metadata" / "audio").rglob("*.mp3")))

    bench = Bench(workspace, song, isolated(_predicted, workspace, song).result)

    def try_one(number: int) -> Any:
        return (
            isolated(examine, bench, folder / f"{number} tried", chosen[number], number, timeout=240)
            if clock.left
            else None
        )

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for damage, ended in zip(chosen, pool.map(try_one, range(len(chosen))), strict=True):
            if ended is not None:
                _count(report, damage, ended)
    if marker.exists():
        report.wrong.append("a pickle was loaded")
    if report.tried < len(chosen):
        report.notes.append(f"time for {report.tried} of {len(chosen)} damages only")
    report.seconds = clock.passed
    return report


def _count(report: Report, damage: Damage, ended: Any) -> None:
    report.tried += 1
    if ended.result is None:
        report.wrong.append(
            f"{damage.path} {damage.way}: the process ended with {ended.exit_code} {ended.raised[-700:]}"
        )
        return
    report.errors["reported"] += ended.result.reported
    report.errors["harmless"] += ended.result.worked
    report.wrong += [f"{damage.path} {damage.way}: {finding}" for finding in ended.result.wrong]


def examine(bench: Bench, folder: Path, damage: Damage, number: int) -> Findings:
    """Damage a copy of the workspace, then read it by pages and by scripts; those that write come last."""
    logging.disable(logging.WARNING)  # Streamlit warns of being tested
    root = folder / "ws"
    shutil.copytree(bench.workspace, root)
    damage.apply(root)
    findings = Findings()
    for shift in range(PAGES_EACH):
        _look(findings, PAGES[(number + shift * 3) % len(PAGES)], folder, number + shift, damage)
    common = [str(root), "--encoder", ENCODER]
    training = [] if damage.path.startswith(("models/", "map/")) else [(train_classifier, [*common, "--name", "new"])]
    for script, arguments in (
        (validate_dataset, [str(root)]),
        (recommend, [str(root), "--model", MODEL, "--more", "happy", "-n", "3"]),
        (predict_library, [str(root), "--model", MODEL]),
        *training,
        (build_map, common),
        (predict, [bench.song, "--model", str(root / "models" / MODEL)]),
        (build_embeddings, common),
    ):
        code = _run(findings, script, arguments, root, damage)
    if damage.path.startswith("embeddings/") and code == 0 and not _same_store(root, bench.workspace):
        findings.wrong.append("build_embeddings did not rebuild the store")
    if _predicted(root, bench.song) not in (None, bench.answer):
        findings.wrong.append("predict gives another answer")
    if not findings.wrong:
        shutil.rmtree(folder)
    return findings


def _predicted(root: Path, song: str) -> dict[str, Any] | None:
    """What the workspace's model says of the song; None where it cannot be read."""
    code, out, _ = call(predict, [song, "--model", str(root / "models" / MODEL), "--json"])
    return json.loads(out)["results"][0]["moods"] if code == 0 else None


def _same_store(root: Path, other: Path) -> bool:
    (ids, X), (other_ids, other_X) = (
        EmbeddingStore.open(Workspace.open(path).embeddings_dir(ENCODER)).read_pooled() for path in (root, other)
    )
    return ids == other_ids and np.array_equal(X, other_X)


def _run(findings: Findings, script: Any, arguments: list[str], root: Path, damage: Damage) -> int:
    """Run one script; it must work, or name the file and what to do. Returns its exit code."""
    try:
        code, _, reported = call(script, arguments)
    except Exception as error:
        findings.wrong.append(f"{script.__name__} raised {type(error).__name__}: {error}")
        return 2
    if code == 0:
        findings.worked += 1
        return 0
    findings.reported += 1
    message = reported.strip().splitlines()[-1] if reported.strip() else ""
    if code != 1 or "Traceback" in reported or not says_what(message, damage, root):
        findings.wrong.append(f"{script.__name__} ended with {code} and said {message!r}")
    return code


def says_what(message: str, damage: Damage, root: Path) -> bool:
    """Whether a message names the damaged file, or the folder that it shares with the rest of its bundle, and what to
    do."""
    path = Path(damage.path)
    folder = () if path.parent == Path() else (str(root / path.parent),)
    return any(name in message for name in (path.name, *folder)) and any(word in message for word in REMEDIES)


def _look(findings: Findings, page: str | None, folder: Path, number: int, damage: Damage) -> None:
    model = (MODEL, "starter")[number % 2]
    app = pages_common.run_page(page, folder, workspace="ws", model=model)
    said = pages_common.texts(app)
    if app.exception or "fault of this program" in said:
        findings.wrong.append(
            f"page {page or 'overview'} with the model {model}: {[error.value for error in app.exception]} "
            f"{said[-300:]}"
        )
    elif app.error:
        findings.reported += 1
        commands = " ".join(code.value for code in app.code)  # below the messages
        reported = [
            f"{error.value} {commands}".replace("\\", "") for error in app.error
        ]  # signs of Markdown are escaped
        findings.wrong += [
            f"page {page or 'overview'} said {message!r}"
            for message in reported
            if not says_what(message, damage, folder / "ws")
        ]
    else:
        findings.worked += 1
