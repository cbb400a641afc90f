"""Runs killed, or left without disk, at random points: afterwards what they left is valid, the same command goes on,
and the
result equals that of a run that nobody disturbed."""

import random
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from .endings import Ending, run_job
from .isolation import Ended, isolated
from .jobs import JOBS, check, make_templates, prepare, snapshot
from .report import Clock, Report

KILLS, FULL_DISKS = 50, 12
DRAWS = 5
"""Points tried until one disturbs the run: what comes after its end, or on a disk that is large enough, is a miss."""
AT_ONCE = 2
KILLED, REPORTED, MISSED = "killed", "disk full, reported", "came to its end"
UNKNOWN_EXIT = 255
"""The exit code that multiprocessing gives a killed process where its fork server had no time to tell the true one."""
STAND_INS = (
    "in place of the real thing: a placeholder encoder, least squares for the training of the network, a "
    "map of nine tracks without UMAP"
)
BEFORE = "before"
LARGEST_FILE = 12_000
"""Bytes; the limit on file sizes is drawn below this, so that most runs hit it."""


@dataclass(frozen=True)
class Undisturbed:
    """A run that was left alone: its result, how many changes on the disk it made, how long it took."""

    result: dict[str, str]
    changes: int
    seconds: float


def run(
    folder: Path,
    clock: Clock,
    *,
    kills: int = KILLS,
    full_disks: int = FULL_DISKS,
    jobs: tuple[str, ...] = tuple(JOBS),
    seed: int = 0,
) -> Report:
    """Every job: `kills` kills and `full_disks` full disks, two at once; what does not fit into the time is left out
    and noted."""
    report = Report("crashes", notes=[STAND_INS])
    templates = make_templates(folder / "templates")
    for number, name in enumerate(jobs):
        trial = Trial(name, templates, folder / name, Clock(clock.left / (len(jobs) - number)), seed)
        _disturb(report, trial, ["kill"] * kills + ["full disk"] * full_disks)
    report.seconds = clock.passed
    return report


@dataclass(frozen=True)
class Trial:
    """What all disturbed runs of a job share; `folder` is theirs."""

    name: str
    templates: Path
    folder: Path
    clock: Clock
    seed: int


def _disturb(report: Report, trial: Trial, kinds: list[str]) -> None:
    undisturbed = _undisturbed(trial.name, trial.templates, trial.folder)
    plans = list(enumerate(kinds))
    random.Random(f"{trial.seed} {trial.name}").shuffle(plans)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda plan: _until_disturbed(trial, *plan, undisturbed), plans))
    met = Counter[str]()
    for ended, faults in (outcome for tried in outcomes for outcome in tried):
        report.tried += 1
        report.crashes += ended != MISSED and not faults
        report.errors[ended] += 1
        met[ended] += 1
        for fault in faults:
            (report.leaks if fault.startswith("left behind") else report.wrong).append(f"{trial.name}, {fault}")
    note = (
        f"{trial.name}: {met[KILLED]} of {kinds.count('kill')} kills, {met[REPORTED]} of "
        f"{kinds.count('full disk')} full disks"
    )
    left_out = sum(not tried for tried in outcomes)
    report.notes.append(f"{note}; ONLY SO FEW, {left_out} more did not fit into the time" if left_out else note)


def _until_disturbed(trial: Trial, number: int, kind: str, undisturbed: Undisturbed) -> list[tuple[str, list[str]]]:
    """Draw points, each time from the earlier half of those before, until the run is disturbed or DRAWS are spent;
    nothing once the time is over."""
    rng = random.Random(f"{trial.seed} {trial.name} {number}")
    outcomes: list[tuple[str, list[str]]] = []
    while len(outcomes) < DRAWS and trial.clock.left and (not outcomes or outcomes[-1][0] == MISSED):
        point = (_kill if kind == "kill" else _full_disk)(number, undisturbed, rng, 0.5 ** len(outcomes))
        outcomes.append(
            _survive(trial.name, trial.templates, _copy(trial.folder, f"{number} {len(outcomes)}"), *point, undisturbed)
        )
    return outcomes


def _undisturbed(name: str, templates: Path, folder: Path) -> Undisturbed:
    before = folder / BEFORE
    if raised := isolated(prepare, name, templates, before).raised:
        raise RuntimeError(raised)
    left_alone = _copy(folder, "undisturbed")
    clock = Clock(0)
    ended = isolated(run_job, name, left_alone)
    if ended.result is None or ended.result[0] != 0:
        raise RuntimeError(f"{name} fails without any disturbance: {ended} {_output_of(left_alone)}")
    return Undisturbed(snapshot(left_alone), ended.result[1], clock.passed)


def _copy(folder: Path, name: str) -> Path:
    """A copy of the state before the job, for one run."""
    return Path(shutil.copytree(folder / BEFORE, folder / name))


def _kill(number: int, undisturbed: Undisturbed, rng: random.Random, share: float) -> tuple[Ending, float | None]:
    """Two kills in three before a change on the disk, one at any moment; within the first `share` of the run."""
    if number % 3:
        return Ending(kill_at=_change(undisturbed, rng, share)), None
    return Ending(), rng.uniform(0, share * undisturbed.seconds)


def _full_disk(number: int, undisturbed: Undisturbed, rng: random.Random, share: float) -> tuple[Ending, None]:
    if number % 2:
        return Ending(full_at=_change(undisturbed, rng, share)), None
    return Ending(file_limit=rng.randint(0, round(share * LARGEST_FILE))), None


def _change(undisturbed: Undisturbed, rng: random.Random, share: float) -> int:
    return rng.randint(1, max(1, round(share * undisturbed.changes)))


def _survive(
    name: str, templates: Path, folder: Path, ending: Ending, kill_after: float | None, undisturbed: Undisturbed
) -> tuple[str, list[str]]:
    """How the disturbed run ended, and everything that is wrong afterwards."""
    point = f"{ending} {'' if kill_after is None else f'after {kill_after:.3f} s'}"
    ended = isolated(run_job, name, folder, ending, kill_after=kill_after)
    faults = _faults_of_ending(ended, folder)
    faults += [
        f"not valid afterwards: {fault[-700:]}" for fault in [isolated(check, name, templates, folder).raised] if fault
    ]
    again = isolated(run_job, name, folder)
    if again.result is None or again.result[0] != 0:
        faults.append(f"does not go on: {again.raised[-500:]} {_output_of(folder)}")
    else:
        faults += _differences(undisturbed.result, snapshot(folder))
    if not faults:
        shutil.rmtree(folder)
    return _how(ended), [f"{fault} [{point}, {folder.name}]" for fault in faults]


def _how(ended: Ended) -> str:
    if ended.result is None:
        return KILLED if ended.exit_code in (-9, UNKNOWN_EXIT) else "crashed"
    return REPORTED if ended.result[0] else MISSED


def _faults_of_ending(ended: Ended, folder: Path) -> list[str]:
    """A run may be killed, come to its end, or say in one sentence why it stopped."""
    if ended.exit_code is None:
        return ["hangs"]
    if ended.raised:
        return [f"unhandled {ended.raised[-700:]}"]
    if ended.result and ended.result[0] and "Traceback" in _output_of(folder):
        return [f"tells a traceback: {_output_of(folder)}"]
    return []


def _differences(wanted: dict[str, str], found: dict[str, str]) -> list[str]:
    more = sorted(found.keys() - wanted.keys())
    other = sorted(path for path in wanted if found.get(path) != wanted[path])
    return [f"left behind {more}"] * bool(more) + [f"result differs in {other}"] * bool(other)


def _output_of(folder: Path) -> str:
    path = folder.parent / f"{folder.name}.output"
    return path.read_text()[-600:] if path.exists() else ""
