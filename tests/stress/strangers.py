"""Other people's files (tests/strange_files.py): each scanned, decoded and tagged dry in a process of its own, within
caps on time and memory."""

import resource
import time
from pathlib import Path
from typing import Any

import strange_files

from .isolation import isolated
from .report import Clock, Report

MAX_SECONDS = 60.0
"""Longest that one file may take, on two busy cores."""
MAX_GROWTH_MB = 1024.0
"""Most memory that one file may add to its process."""


def run(folder: Path, clock: Clock, *, every: int = 1) -> Report:
    """Read every `every`-th file of the corpus."""
    report, slowest, largest = Report("other people's files"), (0.0, ""), (0.0, "")
    folder.mkdir(parents=True, exist_ok=True)
    for strange in list(strange_files.iterate_corpus())[::every]:
        path = folder / strange.name
        path.write_bytes(strange.data)
        ended = isolated(read, path, timeout=2 * MAX_SECONDS)
        report.tried += 1
        if ended.result is None:
            report.wrong.append(f"{strange.name}: {ended.raised or f'ended with {ended.exit_code}'}")
            continue
        found = ended.result
        report.errors["AudioError" if found["error"] else "heard"] += 1
        slowest, largest = max(slowest, (found["seconds"], strange.name)), max(largest, (found["mb"], strange.name))
        report.wrong += [f"{strange.name}: {fault}" for fault in _faults(found, strange.expected)]
        path.unlink()
    report.notes.append(f"slowest {slowest[0]:.1f} s of {MAX_SECONDS:.0f} ({slowest[1]})")
    report.notes.append(f"largest {largest[0]:.0f} MB of {MAX_GROWTH_MB:.0f} ({largest[1]})")
    report.seconds = clock.passed
    return report


def read(path: Path) -> dict[str, Any]:
    """What the scan and the decoder make of the file at `path`, and what it cost."""
    from mer_core.audio.decode import iter_blocks
    from mer_core.errors import AudioError
    from mer_core.library.scan import read_record
    from mer_core.tags.write import read_moods

    start, before = time.monotonic(), _peak_mb()
    record = read_record(path.parent, path.name, path.stat())
    error, heard = record.error, 0.0
    try:
        blocks = iter_blocks(path, 16000)
        heard = sum(len(block) for block in blocks) / 16000
        read_moods(path)
    except AudioError as refused:
        error = error or ("" if heard else str(refused))  # a tag that is refused leaves the sound
    return {
        "error": error,
        "scanned": record.duration,
        "heard": heard,
        "seconds": time.monotonic() - start,
        "mb": _peak_mb() - before,
    }


def _faults(found: dict[str, Any], expected: float | None) -> list[str]:
    faults = []
    if (expected is None) != bool(found["error"]):
        faults.append(found["error"] or "was not refused")
    elif (
        expected is not None
        and not abs(found["scanned"] - found["heard"]) < 0.05 > abs(found["heard"] - expected) - 0.1
    ):
        faults.append(f"scanned {found['scanned']:.2f} s, heard {found['heard']:.2f} s, expected {expected:.2f} s")
    if found["seconds"] > MAX_SECONDS or found["mb"] > MAX_GROWTH_MB:
        faults.append(f"took {found['seconds']:.0f} s and {found['mb']:.0f} MB")
    return faults


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
