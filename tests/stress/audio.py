"""The hostile corpus through the predictor, in processes bounded in memory and time (tests/hostile.py makes, reads and
judges it)."""

from pathlib import Path

import hostile

from .report import Clock, Report


def run(folder: Path, clock: Clock, *, every: int = 1) -> Report:
    """Read every `every`-th input of the corpus."""
    report = Report("audio")
    results = hostile.run_corpus(folder, every=every, timeout=max(60.0, clock.left))
    report.tried = len(results)
    for result in results:
        if result["outcome"] == hostile.ERROR:
            report.errors["AudioError"] += 1
    report.errors["moods"] = sum(result["outcome"] == hostile.AUDIO for result in results)
    report.crashes = sum(result["outcome"].startswith("crashed") for result in results)
    for result in hostile.wrong(results):
        (report.leaks if result["outcome"].startswith("left") else report.wrong).append(
            f"{result['name']}: {result['outcome']}"
        )
    slowest, biggest = (max(results, key=lambda result: result[key]) for key in ("seconds", "grown_mb"))
    report.notes.append(f"slowest {slowest['seconds']:.1f} s of {hostile.MAX_SECONDS:.0f} ({slowest['name']})")
    report.notes.append(f"most memory {biggest['grown_mb']:.0f} MB of {hostile.MAX_GROWTH_MB:.0f} ({biggest['name']})")
    report.seconds = clock.passed
    return report
