"""The README is true: its Python runs, its commands parse, what it names exists."""

import argparse
import importlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from test_layers import FLOW

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py") if not path.name.startswith("_"))
DOCS = sorted((ROOT / "docs").glob("*.md"))
TEXTS = ["README.md", "CHANGELOG.md", "SECURITY.md", *(f"docs/{path.name}" for path in DOCS)]
MOST_LINES = 200


def blocks(language: str, text: str = README) -> list[str]:
    """The fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def script_commands() -> list[list[str]]:
    """Every `python scripts/NAME.py …` of the shell blocks of README and docs, as [NAME, argument …]."""
    texts = [README, *(path.read_text(encoding="utf-8") for path in DOCS)]
    lines = [line.split("#")[0] for text in texts for block in blocks("sh", text) for line in block.splitlines()]
    return [
        [Path(words[1]).stem, *words[2:]]
        for line in lines
        if len(words := shlex.split(line)) > 1 and re.fullmatch(r"scripts/\w+\.py", words[1])
    ]


class Parsed(Exception):
    """The arguments were accepted; nothing is to be run."""


def parse(script: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the script parse `arguments`, and stop before it works; SystemExit where it refuses them."""
    accept = argparse.ArgumentParser.parse_args

    def stop(parser: argparse.ArgumentParser, *given: object) -> None:
        accept(parser, *given)  # type: ignore[call-overload]
        raise Parsed

    with monkeypatch.context() as patched:
        patched.setattr(argparse.ArgumentParser, "parse_args", stop)
        importlib.import_module(script).main(arguments)


def help_of(script: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as left:
        importlib.import_module(script).main(["--help"])
    assert left.value.code == 0
    return out.getvalue()


def test_every_python_block_runs(tone_mp3: Path, tmp_path: Path) -> None:
    """In the order of the README, in a folder that holds a song.mp3; in a process of its own, as a reader would."""
    shutil.copy(tone_mp3, tmp_path / "song.mp3")
    assert len(blocks("python")) >= 2
    program = "\n".join(blocks("python"))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MER_WORKSPACES": str(tmp_path / "none"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    environment.pop("MER_WORKSPACE", None)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "probability" in done.stdout


def test_every_script_is_in_the_readme_and_every_script_in_it_exists() -> None:
    assert set(re.findall(r"scripts/(\w+)\.py", README)) == set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_works_and_its_example_is_accepted(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = help_of(script)
    example = re.search(r"example: (?:\w+=\S+ )*python scripts/(\w+)\.py(.*)", text)
    assert example and example.group(1) == script and "--json" in text and "-v" in text
    with pytest.raises(Parsed):
        parse(script, shlex.split(example.group(2)), monkeypatch)


def test_the_commands_of_the_readme_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(script_commands()) >= 5
    for script, *arguments in script_commands():
        with pytest.raises(Parsed):
            parse(script, arguments, monkeypatch)


@pytest.mark.parametrize("script", SCRIPTS)
def test_wrong_arguments_end_in_2(script: str) -> None:
    with redirect_stderr(io.StringIO()), pytest.raises(SystemExit) as left:
        importlib.import_module(script).main(["--no-such-option"])
    assert left.value.code == 2


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))
    assert {"app", "test", "check"} <= named
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_readme_is_short_and_names_every_document() -> None:
    assert len(README.splitlines()) <= MOST_LINES
    assert [path.name for path in DOCS if f"docs/{path.name}" not in README] == []


def test_the_packages_stand_in_the_architecture_in_the_order_of_imports() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    here = ROOT / "mer_core"
    assert rows == [name for name in FLOW if (here / f"{name}.py").exists() or (here / name / "__init__.py").exists()]


def test_files_and_folders_of_the_texts_exist() -> None:
    made_later = {"workspaces/", "workspaces/demo"}
    text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in TEXTS if name != "CHANGELOG.md")
    named = set(re.findall(r"`((?:mer_core|tests|pages|scripts|docs|workspaces|\.ci)/[\w/.]*)`", text)) | {
        "streamlit_app.py",
        "LICENSE",
        "requirements.lock",
    }
    assert [name for name in named - made_later if not (ROOT / name).exists()] == []


def test_every_page_is_in_the_readme() -> None:
    table = README.split("## Pages")[1].split("## Scripts")[0]
    pages = {"Overview", *(path.stem.split("_", 1)[1].replace("_", " ") for path in (ROOT / "pages").glob("*.py"))}
    assert set(re.findall(r"^\| ([A-Z][\w ]+?) \|", table, re.MULTILINE)) == pages


@pytest.mark.parametrize("name", TEXTS)
def test_texts_name_no_place_of_one_machine(name: str) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", (ROOT / name).read_text(encoding="utf-8"))


def test_the_changelog_keeps_its_format() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text
    assert set(re.findall(r"^### (.*)", text, re.MULTILINE)) <= {
        "Added",
        "Changed",
        "Deprecated",
        "Removed",
        "Fixed",
        "Security",
    }
