"""Commands as messages and pages print them: pasted into a shell in the project's folder, they do what is meant."""

import shlex
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


def command(script: str, *arguments: object) -> str:
    """The command that runs a script of this project; paths in the project are as one types them there, what a shell
    would take apart is quoted."""
    return " ".join(["python", f"scripts/{script}.py", *(shlex.quote(_typed(argument)) for argument in arguments)])


def _typed(argument: object) -> str:
    inside = isinstance(argument, Path) and argument.is_relative_to(PROJECT_ROOT)
    return str(argument.relative_to(PROJECT_ROOT) if inside else argument)  # type: ignore[attr-defined]
