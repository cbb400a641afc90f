"""The command `mer` (also `python -m mer_core.cli`): one subcommand a job, imported when it is asked for."""

import sys
from collections.abc import Sequence
from importlib import import_module

from mer_core import __version__
from mer_core.cli.subcommands import SUBCOMMANDS, find


def main(argv: Sequence[str] | None = None) -> int:
    """Run the subcommand that the first argument names; returns its exit code, 2 where it names none."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    first = arguments[0] if arguments else "--help"
    if first in ("-h", "--help"):
        print(overview())
        return 0
    if first == "--version":
        print(f"mer {__version__}")
        return 0
    module = find(first)
    if module is None:
        print(f"mer: there is no subcommand {first!r}; there are {', '.join(SUBCOMMANDS)}", file=sys.stderr)
        return 2
    sys.argv[0] = f"mer {first}"  # how help and errors call it
    code: int = import_module(f"mer_core.cli.{module}").main(arguments[1:])
    return code


def overview() -> str:
    """The help: a line a subcommand."""
    lines = [f"  {name:17} {subcommand.does}" for name, subcommand in SUBCOMMANDS.items()]
    start = "usage: mer SUBCOMMAND …\n\nMoods of music: predict, explore and use them.\n\nsubcommands:\n"
    return (
        start + "\n".join(lines) + "\n\nmer SUBCOMMAND --help lists the options of one.\nexample: mer predict song.mp3"
    )


if __name__ == "__main__":
    raise SystemExit(main())
