"""Measure how fast and how good the parts are; each measurement is a module of scripts/benchmarks/."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a checkout works without installation

from mer_core.cli import common

NAMES = (
    "embeddings",
    "engines",
    "cold",
    "stacking",
    "heads",
    "app",
    "actions",
    "scale",
    "recommend",
    "lyrics",
    "teach",
    "answers",
    "loudness",
    "sounds",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one measurement; returns the exit code (see common.run)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments and arguments[0] in NAMES else None
    if name is None:
        chooser = common.make_parser(
            f"{__doc__}\n\nmeasurements: {', '.join(NAMES)}", "python scripts/benchmark.py embeddings --json"
        )
        chooser.add_argument("measurement", choices=NAMES, help="what to measure; each has its own --help")
        chooser.parse_args(
            arguments[:1]
        )  # leaves with the help or with exit code 2: the first argument names no measurement
    module = import_module(f"benchmarks.{name}")  # lazily: a measurement may need libraries the others do not
    parser = common.make_parser(module.DESCRIPTION, f"python scripts/benchmark.py {name} --json")
    parser.prog = f"benchmark.py {name}"
    module.add_arguments(parser)
    return common.run(parser, arguments[1:], module.work, module.text)


if __name__ == "__main__":
    sys.exit(main())
