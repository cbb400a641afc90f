"""Run the parts one after the other, print one table, and fail when an answer is wrong or something leaks."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from .artifacts import run as run_artifacts
from .audio import run as run_audio
from .crashes import run as run_crashes
from .mutations import run as run_mutations
from .people import run as run_people
from .report import Clock, Report, table
from .strangers import run as run_strangers
from .writers import run as run_writers

PARTS: dict[str, tuple[Callable[[Path, Clock], Report], float]] = {
    "audio": (run_audio, 120.0),
    "strangers": (run_strangers, 200.0),
    "mutations": (run_mutations, 40.0),
    "people": (run_people, 190.0),
    "writers": (run_writers, 50.0),
    "crashes": (run_crashes, 300.0),
    "artifacts": (run_artifacts, 220.0),
}
"""Each part and its share of the time, in the order they run; what a part does not use is there for the later ones."""
SECONDS = 870.0
"""All parts together; with the start and the end below 15 minutes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 1 when something is wrong or leaks, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.stress", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for all parts together (default: %(default)g)")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        metavar="PART",
        help=f"some of: {', '.join(PARTS)} (default: all)",
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="work in this folder and leave what failed there (default: a temporary one)",
    )
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="mer-stress-") as temporary:
        reports = run_parts(args.parts, args.keep or Path(temporary), Clock(args.seconds))
    print(table(reports))
    return int(any(report.failed for report in reports))


def run_parts(parts: Sequence[str], folder: Path, clock: Clock) -> list[Report]:
    """Run `parts` within the time of `clock`."""
    reports = []
    for number, name in enumerate(parts):
        run, share = PARTS[name]
        seconds = clock.left * share / sum(PARTS[other][1] for other in parts[number:])
        print(f"{name} …", file=sys.stderr, flush=True)
        reports.append(run(folder / name, Clock(seconds)))
        print(table(reports[-1:]), file=sys.stderr, flush=True)
    return reports


if __name__ == "__main__":
    raise SystemExit(main())
