"""What a part of the stress test found, and the table of all parts."""

import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Report:
    """Figures of one part. `wrong` and `leaks` are sentences, one a finding; both must stay empty."""

    part: str
    tried: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    """Told errors (those that should come) by type."""
    crashes: int = 0
    """Kills and full disks survived."""
    sessions: int = 0
    wrong: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether anything is wrong, leaks, or nothing was tried at all."""
        return bool(self.wrong or self.leaks or not self.tried)


class Clock:
    """How long a part may still run."""

    def __init__(self, seconds: float) -> None:
        self.start = time.monotonic()
        self.seconds = seconds

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.start

    @property
    def left(self) -> float:
        """Seconds left, never less than 0."""
        return max(0.0, self.seconds - self.passed)


def table(reports: list[Report]) -> str:
    """Markdown: one line a part and their sum, then what was measured and found."""
    total = Report("**together**")
    for report in reports:
        total.tried += report.tried
        total.errors += report.errors
        total.crashes += report.crashes
        total.sessions += report.sessions
        total.wrong += report.wrong
        total.leaks += report.leaks
        total.seconds += report.seconds
    lines = [
        "| Part | Inputs tried | Outcomes by type | Crashes survived | Sessions | Wrong answers | Leaks | Seconds |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    lines += [_line(report) for report in [*reports, total]]
    notes = [f"- {report.part}: {note}" for report in reports for note in report.notes]
    found = [f"- WRONG, {report.part}: {item}" for report in reports for item in report.wrong]
    found += [f"- LEAK, {report.part}: {item}" for report in reports for item in report.leaks]
    return "\n".join([*lines, "", *notes, *found])


def _line(report: Report) -> str:
    errors = ", ".join(f"{name} {count}" for name, count in sorted(report.errors.items())) or "–"
    counts = f"{report.crashes or '–'} | {report.sessions or '–'} | {len(report.wrong)} | {len(report.leaks)}"
    return f"| {report.part} | {report.tried} | {errors} | {counts} | {report.seconds:.0f} |"
