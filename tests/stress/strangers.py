"""Other people's files (tests/strange_files.py) on every way they come in: scanned, decoded, predicted, tagged and
undone, dropped into the app, and all of them as one library; each within caps on time and memory."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import hostile
import psutil
import strange_files
from _app_server import app_server
from prediction_models import make_model
from websockets.exceptions import ConnectionClosed

from mer_core.audio.decode import iter_blocks
from mer_core.errors import AudioError
from mer_core.inference.batch import predict_files
from mer_core.inference.predict import Predictor
from mer_core.inference.words import words_of
from mer_core.library.scan import read_record
from mer_core.library.workspace import import_library
from mer_core.tags import write as tagging

from . import browsing
from .isolation import isolated
from .report import Clock, Report

MAX_SECONDS = 60.0
"""Most processor time that one step with one file may take; waiting for others is not counted."""
PATIENCE = 5 * MAX_SECONDS
"""Seconds by the clock after which a file is taken for one that hangs."""
MAX_GROWTH_MB = 1024.0
"""Most memory that it may add to its process."""
FLOOD = 20_000_000
"""Bytes of the largest files that are made of tiny pieces."""
STEPS = ("scan", "decode", "predict", "tag and undo")
NEAR = 0.05
"""Seconds by which scan, waveform and prediction may differ: one frame of any coder."""


class Step(NamedTuple):
    """What a step said of a file ("": nothing wrong), how many seconds of sound it found, and what it cost: seconds of
    processor time, megabytes."""

    refused: str
    heard: float
    seconds: float
    mb: float


def run(folder: Path, clock: Clock, *, every: int = 1, flood: int = FLOOD, upload: bool = True) -> Report:
    """Take every `every`-th file of the corpus through all steps; `flood`: bytes of those of tiny pieces; `upload`:
    also through a server of the app."""
    report = Report("other people's files")
    music = folder / "music"
    music.mkdir(parents=True)
    corpus = list(strange_files.iterate_corpus(flood))[::every]
    for strange in corpus:
        (music / strange.name).write_bytes(strange.data)
    costs: dict[str, list[tuple[float, float, str]]] = {}
    for strange in corpus:
        report.tried += 1
        ended = isolated(through, music / strange.name, folder / "journal", timeout=PATIENCE)
        if ended.result is None:
            report.wrong.append(f"{strange.name}: {ended.raised or f'ended with {ended.exit_code}'}")
            continue
        steps: dict[str, Step] = ended.result
        report.errors["refused with a reason" if steps["decode"].refused else "heard"] += 1
        report.wrong += [f"{strange.name}: {fault}" for fault in _faults(steps, strange.expected)]
        for name, step in steps.items():
            costs.setdefault(name, []).append((step.seconds, step.mb, strange.name))
    report.wrong += _library_faults(music, folder, corpus, costs)
    if upload:
        report.wrong += _upload_faults(music, folder, corpus, costs)
    report.notes += [_cost(name, taken) for name, taken in costs.items()]
    shutil.rmtree(music)
    report.seconds = clock.passed
    return report


def through(path: Path, journal: Path) -> dict[str, Step]:
    """What every step makes of the file at `path`; in a process of its own."""
    predictor = Predictor(make_model())

    def scan() -> tuple[str, float]:
        record = read_record(path.parent, path.name, path.stat())
        return record.error, record.duration

    def decode() -> tuple[str, float]:
        return "", sum(len(block) for block in iter_blocks(path, 16000)) / 16000

    def predict() -> tuple[str, float]:
        (result,) = predict_files(predictor, [path], jobs=1, words=words_of)
        return result["error"] or "", result["duration"] or 0.0

    def tag() -> tuple[str, float]:
        return _tag_and_undo(path, journal), 0.0

    return {name: _measured(step) for name, step in zip(STEPS, (scan, decode, predict, tag), strict=True)}


def _measured(work: Callable[[], tuple[str, float]]) -> Step:

    before, start = hostile.reset_peak(), time.process_time()
    try:
        refused, heard = work()
    except AudioError as error:
        refused, heard = str(error), 0.0
    return Step(refused, heard, time.process_time() - start, hostile.memory_mb("VmHWM") - before)


def _tag_and_undo(path: Path, journal: Path) -> str:
    """Why the file is not tagged; else it was, and has its bytes back. Raises ValueError where it has not."""
    original = path.read_bytes()
    try:
        tagging.write(path, ("calm", "Calm sea"), journal, merge=True)
        if not {"calm", "Calm sea"} <= set(tagging.read_moods(path)):
            raise ValueError(f"the moods of {path.name} are not those that were written")
        tagging.undo(path, journal)
        refused = ""
    except AudioError as error:
        refused = str(error)
    if path.read_bytes() != original:
        raise ValueError(f"{path.name} is not as it was")
    return refused


def _faults(steps: dict[str, Step], expected: float | None) -> list[str]:
    faults = [
        f"{name} took {step.seconds:.0f} s and {step.mb:.0f} MB"
        for name, step in steps.items()
        if step.seconds > MAX_SECONDS or step.mb > MAX_GROWTH_MB
    ]
    for name in STEPS[:3]:
        step = steps[name]
        if (expected is None) != bool(step.refused):
            faults.append(f"{name}: {step.refused or 'was not refused'}")
        elif expected is not None and abs(step.heard - steps["decode"].heard) > NEAR:
            faults.append(f"{name}: {step.heard:.2f} s, the waveform lasts {steps['decode'].heard:.2f} s")
    if expected is not None and abs(steps["decode"].heard - expected) > 0.1:
        faults.append(f"{steps['decode'].heard:.2f} s are heard instead of {expected:.2f} s")
    return faults


def _library_faults(
    music: Path, folder: Path, corpus: list[strange_files.Strange], costs: dict[str, list[tuple[float, float, str]]]
) -> list[str]:
    """All of them as the library of one import."""
    ended = isolated(import_all, music, folder / "library", timeout=PATIENCE + 20 * len(corpus))
    if ended.result is None:
        return [f"the library: {ended.raised or f'ended with {ended.exit_code}'}"]
    taken, seconds, mb = ended.result
    costs["library, all of them"] = [(seconds, mb, f"{len(taken)} of {len(corpus)} taken in")]
    expected = {strange.name for strange in corpus if strange.expected is not None}
    return [f"the library: {name}" for name in sorted(expected ^ set(taken))] + (
        [f"the library took {mb:.0f} MB"] if mb > MAX_GROWTH_MB else []
    )


def import_all(music: Path, root: Path) -> tuple[list[str], float, float]:
    """Which files an import takes in, the seconds it takes and the memory it adds; in a process of its own."""
    before, start = hostile.reset_peak(), time.process_time()
    library = import_library(root, music, jobs=2).library
    cost = time.process_time() - start, hostile.memory_mb("VmHWM") - before
    return [record.path for record in library.records if not record.error], *cost


def _upload_faults(
    music: Path, folder: Path, corpus: list[strange_files.Strange], costs: dict[str, list[tuple[float, float, str]]]
) -> list[str]:
    """Each dropped into the app, in a session of its own; a server that a file made hang is started anew."""
    faults: list[str] = []
    left = list(corpus)
    while left:
        with app_server({"MER_WORKSPACES": str(folder / "none")}, folder / "server.log") as address:
            server = next(child for child in psutil.Process().children() if "streamlit" in child.cmdline())
            answered = True
            while left and answered:
                strange = left.pop(0)
                before, start = hostile.reset_peak(server.pid), sum(server.cpu_times()[:2])
                words, answered = _upload(address, strange.name, (music / strange.name).read_bytes())
                cost = sum(server.cpu_times()[:2]) - start, hostile.memory_mb("VmHWM", server.pid) - before
                costs.setdefault("upload", []).append((*cost, strange.name))
                faults += [f"{strange.name}: upload: {fault}" for fault in _page_faults(words, strange.expected, *cost)]
        if "Traceback" in (folder / "server.log").read_text(errors="replace"):
            faults.append(f"the server's log has a traceback: {folder / 'server.log'}")
    return faults


def _upload(address: str, name: str, data: bytes) -> tuple[str, bool]:
    """What the page says of a file, and whether it answered at all."""
    try:
        with mock.patch.object(browsing, "PATIENCE", PATIENCE):
            tab = browsing.Tab(address, "Predict")
            words = browsing.shown(tab.upload(name, data)).replace("\\", "")
            tab.close()
    except (TimeoutError, OSError, ConnectionClosed) as error:
        return f"{type(error).__name__}: {error}", False
    return words, True


def _page_faults(words: str, expected: float | None, seconds: float, mb: float) -> list[str]:
    faults = [f"took {seconds:.0f} s and {mb:.0f} MB"] if seconds > MAX_SECONDS or mb > MAX_GROWTH_MB else []
    answered = "Heard by the model" in words
    if "fault of this program" in words or answered != (expected is not None):
        faults.append(f"{'an answer' if answered else 'no answer'}, but {words[-300:]!r}")
    return faults


def _cost(name: str, taken: list[tuple[float, float, str]]) -> str:
    slowest, largest = max(taken), max(taken, key=lambda one: one[1])
    return (
        f"{name}: slowest {slowest[0]:.1f} s of {MAX_SECONDS:.0f} ({slowest[2]}), "
        f"most memory {largest[1]:.0f} MB of {MAX_GROWTH_MB:.0f} ({largest[2]})"
    )
