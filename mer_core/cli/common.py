"""What every subcommand shares: its parser, its output and how a failure is reported."""

import argparse
import contextlib
import io
import json
import logging
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mer_core.audio.folders import passed_over_line
from mer_core.cli.commands import sentence
from mer_core.cli.subcommands import name_of
from mer_core.errors import ArtifactError, MerError
from mer_core.workspace.layout import PROJECT_ROOT, Workspace, default_root

if TYPE_CHECKING:
    from mer_core.model.trained import Model

LOGGER = logging.getLogger(__name__)
Result = dict[str, Any]
NO_READER = 141
"""Exit code when whoever read the output, as `head` does, had enough: 128 + SIGPIPE, as shells report it of other
programs."""

_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal could take for a command or for a change of the writing's direction, and what UTF-8 cannot carry;
line breaks and tabs are neither."""


class _Formatter(logging.Formatter):
    """Log lines that are fit for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return fit(super().format(record))


def fit(text: object) -> str:
    """`text` with a replacement sign for every character that a terminal could obey."""
    return _COMMANDS.sub("�", str(text))


def one_line(value: object) -> str:
    """Somebody else's words (a file name, a title) as a part of one of our lines: line breaks are replaced, too."""
    return fit(value).replace("\n", "�")


def to_json(value: Any) -> str:
    """`value` in one line of JSON that a terminal shows and does not obey; NaN becomes null."""
    return _COMMANDS.sub(
        lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)
    )


def failure(error: Exception, otherwise: str) -> str:
    """What is told of one file of many that raised `error`: its sentence where it is a known one, else `otherwise` and
    the error's type; the log then has the details."""
    if isinstance(error, MerError | OSError):
        return sentence(error)
    LOGGER.error("%s", otherwise, exc_info=error)
    return f"{otherwise} ({type(error).__name__}: {error})"


def report(complaint: object) -> None:
    """Print a sentence on standard error."""
    print(fit(complaint), file=sys.stderr)


def report_passed_over(passed_over: Counter[str]) -> None:
    """Say on standard error how many files of folders were passed over, where any were."""
    if passed_over:
        report(passed_over_line(passed_over))


def make_parser(description: str, example: str) -> argparse.ArgumentParser:
    """A parser with `--json` and `-v`, and one example at the end of `--help`."""
    parser = argparse.ArgumentParser(
        description=description,
        epilog=f"example: {as_called(example)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")
    parser.add_argument("-v", "--verbose", action="store_true", help="log more on standard error")
    return parser


def as_called(example: str) -> str:
    """An example of a script as one types it where `mer` is called instead."""
    script = re.search(r"python scripts/(\w+)\.py", example)
    name = name_of(script[1]) if script else None
    called = PROJECT_ROOT is None or sys.argv[0].startswith("mer ")
    return example.replace(script[0], f"mer {name}") if script and name and called else example


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """Add the optional positional argument WORKSPACE (default: MER_WORKSPACE, else the demo workspace)."""
    parser.add_argument(
        "workspace",
        nargs="?",
        type=Path,
        default=default_root(),
        metavar="WORKSPACE",
        help="workspace folder (default: %(default)s)",
    )


def add_encoder(parser: argparse.ArgumentParser, purpose: str, *, required: bool = True) -> None:
    """Add the option --encoder: one by its name, or several joined."""
    from mer_core.encoders import ENCODERS  # here: the help of commands without encoders need not wait for NumPy

    parser.add_argument(
        "--encoder",
        type=_encoder,
        required=required,
        metavar="ENCODER",
        help=f"{purpose}; one of {', '.join(ENCODERS)}, or several joined by +",
    )


def _encoder(value: str) -> str:
    from mer_core.encoders import encoder_name

    try:
        return encoder_name(value)
    except MerError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def load_model_of(root: Path, name: str) -> "Model":
    """The model called `name` in the workspace `root`, the starter, or that of a folder; with the moods that were
    taught in the workspace, where there is one.

    Raises ArtifactError as `load_model` does.
    """
    from mer_core.model.bundle import load_model, resolve_model  # here: --help need not wait for them

    model = load_model(resolve_model(root, name))
    if not (root / "teach").is_dir():
        return model
    from mer_core.teach.own_moods import load_with_own_moods

    return load_with_own_moods(Workspace.open(root), model)


def positive(value: str) -> int:
    """The type of an option that is a whole number of at least 1."""
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{value} is not a whole number of at least 1")
    return number


def above_zero(value: str) -> float:
    """The type of an option that is a number above 0."""
    number = float(value)
    if not number > 0:
        raise argparse.ArgumentTypeError(f"{value} is not a number above 0")
    return number


def run(
    parser: argparse.ArgumentParser,
    argv: Sequence[str] | None,
    work: Callable[[argparse.Namespace], Result],
    text: Callable[[Result], str],
) -> int:
    """Parse `argv`, do `work`, print its result as JSON or as `text`; returns the exit code (0, or 1 after a reported
    failure).

    Wrong arguments end in argparse's exit code 2, output that nobody reads any more in NO_READER without a word.
    """
    args = parser.parse_args(argv)
    level = logging.INFO if args.verbose else logging.WARNING
    log = logging.StreamHandler(sys.stderr)
    log.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[log], force=True)
    try:
        result = work(args)
        output = to_json(result) if args.json else fit(text(result))
        if output:  # a script that prints as it goes has nothing left to say
            print(output, flush=True)
    except MerError as error:
        report(f"{parser.prog}: {sentence(error)}")
        return 1
    except KeyboardInterrupt:
        report(f"{parser.prog}: interrupted; what was finished is kept, run the same command to resume")
        return 1
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or Python would complain when it empties its buffer at the end
        return NO_READER
    except OSError as error:
        report(f"{parser.prog}: {error}; check that the disk is not full and that the path can be read and written")
        return 1
    return 0


def run_script(name: str, argv: Sequence[str]) -> Result:
    """Run another script of this folder as a step of the calling one; returns its JSON object.

    Raises ArtifactError when it fails; the script has then said why on standard error.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = import_module(f"mer_core.cli.{name}").main([*argv, "--json"])
    if code:
        raise ArtifactError(
            f"the step {name} failed (see above); correct that and run {Path(sys.argv[0]).name} again, finished steps "
            f"are kept"
        )
    result: Result = json.loads(said.getvalue())
    return result


def _plain(value: Any) -> Any:
    """`value` with NumPy scalars as Python numbers, NaN and infinity as null, and paths as strings."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
