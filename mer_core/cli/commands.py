"""A remedy as the command line that does it: pasted into a shell, it works from a checkout and where the package is
installed."""

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from mer_core.cli.rebuild_options import trained_encoder, training_options
from mer_core.cli.subcommands import name_of
from mer_core.errors import Job, MerError, Remedy
from mer_core.workspace.layout import PROJECT_ROOT

DISTRIBUTION = "music-emotion-recognition"
SCHEDULER = "python -m dask scheduler --port 8786"
WORKER = "python -m dask worker {scheduler} --nthreads 1 --memory-limit 0"
"""How a cluster is started: `python -m` imports mer_core from the current folder, the program `dask` does not.

Without `--memory-limit 0` Dask allows a worker of one thread the share of one core, on most machines less than an
encoder needs."""
WORKS_ON = {"predict": "FILE", "validate_dataset": "DIR"}
"""What a job works on where that is no workspace."""
PLACEHOLDERS = {"metadata": "DIR", "labels": "FILE_OR_FOLDER", "audio": "DIR", "audio_dir": "MUSIC_FOLDER"}
"""What stands in a command for a value that is the person's to choose."""


def command_line(remedy: Remedy) -> str:
    """The command that does what `remedy` says; what a shell would take apart is quoted."""
    if remedy.job == "restore_starter":
        return _restore_starter()
    if remedy.job == "install_extra":
        return _install(str(dict(remedy.options)["extra"]))
    if remedy.job == "install_package":
        return shlex.join(["pip", "install", "--force-reinstall", "--no-deps", str(dict(remedy.options)["package"])])
    if remedy.job == "fetch_model":
        options = dict(remedy.options)
        return command(
            "models", "get", options["name"], *(["--accept-licence"] if options.get("accept_licence") else [])
        )
    if remedy.job == "start_scheduler":
        return SCHEDULER
    if remedy.job == "start_worker":
        return WORKER.format(**{"scheduler": "ADDRESS", **dict(remedy.options)})
    return command(remedy.job, *_arguments(remedy))


def command(job: Job, *arguments: object) -> str:
    """The command that runs a job: the script in a checkout, the subcommand of `mer` where the package is installed."""
    if PROJECT_ROOT is None:
        program = ["mer", name_of(job) or job]
    else:
        python = "python" if _in_project() else sys.executable
        program = [python, _typed(PROJECT_ROOT / "scripts" / f"{job}.py")]
    return shlex.join([*program, *map(_typed, arguments)])


def sentence(error: Exception) -> str:
    """The error's text with the commands that help (alternatives, if there are several)."""
    remedies = error.remedies if isinstance(error, MerError) else ()
    commands = [command_line(remedy) + (f" ({remedy.makes})" if remedy.makes else "") for remedy in remedies]
    return f"{error}; run: {' or '.join(commands)}" if commands else str(error)


def _arguments(remedy: Remedy) -> list[object]:
    encoder, options = remedy.encoder, list(remedy.options)
    name = "--name" if remedy.job == "train_classifier" else "--model"
    if remedy.job == "train_classifier" and remedy.workspace and remedy.model:
        manifest = remedy.workspace / "models" / remedy.model / "model.json"
        encoder = encoder or trained_encoder(manifest)
        options += training_options(manifest)
    words: list[object] = [remedy.workspace or WORKS_ON.get(remedy.job, "WORKSPACE")]
    words += ["--encoder", encoder] if encoder else []
    words += [name, remedy.model] if remedy.model else []
    for option, value in options:
        words.append(f"--{option.replace('_', '-')}")
        if value is not True:
            words.append(PLACEHOLDERS.get(option, "VALUE") if value is None else value)
    return [] if remedy.job == "fetch_weights" else words


def app_command() -> str:
    """The command that starts the web app."""
    if PROJECT_ROOT is None:
        return "mer app"
    python = "python" if _in_project() else sys.executable
    return shlex.join([python, "-m", "streamlit", "run", _typed(PROJECT_ROOT / "streamlit_app.py")])


def _install(extra: str) -> str:
    """The command that installs an extra. What plays the demo's notes declares PyAudio, which has no wheel for Linux
    and is not needed; so it comes without it. In a checkout requirements.txt holds what all extras bring."""
    wanted = [f"{DISTRIBUTION}[{extra}]"] if PROJECT_ROOT is None else ["-r", _typed(PROJECT_ROOT / "requirements.txt")]
    install = shlex.join(["pip", "install", *wanted])
    return f"{install} && pip install --no-deps tinysoundfont" if extra == "demo" else install


def _restore_starter() -> str:
    if PROJECT_ROOT is None:
        return shlex.join(["pip", "install", "--force-reinstall", "--no-deps", _installed_from()])
    return shlex.join(["git", "checkout", _typed(PROJECT_ROOT / "mer_core" / "model" / "starter_model")])


def _installed_from() -> str:
    """What pip installed this package from: a wheel or a folder as a URL, else the package's name."""
    try:
        recorded = distribution(DISTRIBUTION).read_text("direct_url.json") or "{}"
    except PackageNotFoundError:
        return DISTRIBUTION
    return str(json.loads(recorded).get("url", DISTRIBUTION))


def _in_project() -> bool:
    return Path.cwd() == PROJECT_ROOT


def _typed(argument: object) -> str:
    """`argument` as one types it: a path in the project is relative to it where that is the current folder."""
    inside = isinstance(argument, Path) and PROJECT_ROOT and _in_project() and argument.is_relative_to(PROJECT_ROOT)
    return str(argument.relative_to(PROJECT_ROOT) if inside else argument)  # type: ignore[attr-defined]
