"""Runs killed, or left without disk, at random points: afterwards what they left is valid, the same command goes on, and the
result equals that of a run that nobody disturbed."""

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .endings import Ending, run_job
from .isolation import Ended, isolated
from .jobs import JOBS, check, make_templates, prepare, snapshot
from .report import Clock, Report

KILLS, FULL_DISKS = 50, 12
AT_ONCE = 2
BEFORE = "before"
LARGEST_FILE = 12_000
"""Bytes; the limit on file sizes is drawn below this, so that most runs hit it."""


@dataclass(frozen=True)
class Undisturbed:
    """A run that was left alone: its result, how many changes on the disk it made, how long it took."""

    result: dict[str, str]
    changes: int
    seconds: float


def run(folder: Path, clock: Clock, *, kills: int = KILLS, full_disks: int = FULL_DISKS, jobs: tuple[str, ...] = tuple(JOBS), seed: int = 0) -> Report:
    """Every job: `kills` kills and `full_disks` full disks, two at once; what does not fit into the time is left out and noted."""
    report = Report("crashes")
    templates = make_templates(folder / "templates")
    for number, name in enumerate(jobs):
        _disturb(report, name, templates, folder / name, Clock(clock.left / (len(jobs) - number)), kills, full_disks, random.Random(f"{seed} {name}"))
    report.seconds = clock.passed
    return report


def _disturb(report: Report, name: str, templates: Path, folder: Path, clock: Clock, kills: int, full_disks: int, rng: random.Random) -> None:
    undisturbed = _undisturbed(name, templates, folder)
    plans = [_kill(number, undisturbed, rng) for number in range(kills)] + [_full_disk(number, undisturbed, rng) for number in range(full_disks)]
    rng.shuffle(plans)

    def try_plan(number: int) -> tuple[str, list[str]] | None:
        if not clock.left:
            return None
        return _survive(name, templates, _copy(folder, str(number)), *plans[number], undisturbed)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = [outcome for outcome in pool.map(try_plan, range(len(plans))) if outcome is not None]
    for ended, faults in outcomes:
        report.tried += 1
        report.crashes += not faults
        report.errors[ended] += 1
        for fault in faults:
            (report.leaks if fault.startswith("left behind") else report.wrong).append(f"{name}, {fault}")
    if len(outcomes) < len(plans):
        report.notes.append(f"{name}: time for {len(outcomes)} of {len(plans)} points only")


def _undisturbed(name: str, templates: Path, folder: Path) -> Undisturbed:
    before = folder / BEFORE
    if raised := isolated(prepare, name, templates, before).raised:
        raise RuntimeError(raised)
    left_alone = _copy(folder, "undisturbed")
    clock = Clock(0)
    ended = isolated(run_job, name, left_alone)
    if ended.result is None or ended.result[0] != 0:
        raise RuntimeError(f"{name} fails without any disturbance: {ended} {_told(left_alone)}")
    return Undisturbed(snapshot(left_alone), ended.result[1], clock.passed)


def _copy(folder: Path, name: str) -> Path:
    """A copy of the state before the job, for one run."""
    return Path(shutil.copytree(folder / BEFORE, folder / name))


def _kill(number: int, undisturbed: Undisturbed, rng: random.Random) -> tuple[Ending, float | None]:
    """Two kills in three before a change on the disk, one at any moment."""
    if number % 3:
        return Ending(kill_at=rng.randint(1, undisturbed.changes)), None
    return Ending(), rng.uniform(0, undisturbed.seconds)


def _full_disk(number: int, undisturbed: Undisturbed, rng: random.Random) -> tuple[Ending, None]:
    return (Ending(full_at=rng.randint(1, undisturbed.changes)) if number % 2 else Ending(file_limit=rng.randint(0, LARGEST_FILE))), None


def _survive(name: str, templates: Path, folder: Path, ending: Ending, kill_after: float | None, undisturbed: Undisturbed) -> tuple[str, list[str]]:
    """How the disturbed run ended, and everything that is wrong afterwards."""
    point = f"{ending} {'' if kill_after is None else f'after {kill_after:.3f} s'}"
    ended = isolated(run_job, name, folder, ending, kill_after=kill_after)
    faults = _faults_of_ending(ended, folder)
    faults += [f"not valid afterwards: {fault[-700:]}" for fault in [isolated(check, name, templates, folder).raised] if fault]
    again = isolated(run_job, name, folder)
    if again.result is None or again.result[0] != 0:
        faults.append(f"does not go on: {again.raised[-500:]} {_told(folder)}")
    else:
        faults += _differences(undisturbed.result, snapshot(folder))
    if not faults:
        shutil.rmtree(folder)
    how = "killed" if ended.exit_code == -9 else "disk full, told" if ended.result and ended.result[0] else "came to its end"
    return how, [f"{fault} [{point}, {folder.name}]" for fault in faults]


def _faults_of_ending(ended: Ended, folder: Path) -> list[str]:
    """A run may be killed, come to its end, or say in one sentence why it stopped."""
    if ended.exit_code is None:
        return ["hangs"]
    if ended.raised:
        return [f"unhandled {ended.raised[-700:]}"]
    if ended.result and ended.result[0] and "Traceback" in _told(folder):
        return [f"tells a traceback: {_told(folder)}"]
    return []


def _differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    more = sorted(found.keys() - wanted.keys())
    other = sorted(path for path in wanted if found.get(path) != wanted[path])
    return [f"left behind {more}"] * bool(more) + [f"result differs in {other}"] * bool(other)


def _told(folder: Path) -> str:
    path = folder.parent / f"{folder.name}.told"
    return path.read_text()[-600:] if path.exists() else ""
