"""The set-up: pinned requirements that agree with each other, a Makefile that says what it does, safe server
settings."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
OWN = {"mer_core", "scripts", "tests"}
PEERS = {"essentia", "openvino", "atheris", "onnxruntime_extensions"}
"""Measured beside us by the benchmark, or fuzzing us, where somebody installed them."""
DISTRIBUTIONS = metadata.packages_distributions()


def requirements(name: str) -> dict[str, Requirement]:
    """The requirements of a file by normalized name; comments, hashes and includes left out."""
    lines = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    wanted = [line.split(" --hash")[0].split("  #")[0].strip() for line in lines if line[:1].isalnum()]
    return {normalized(Requirement(line).name): Requirement(line) for line in wanted}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def version(requirement: Requirement) -> str:
    return str(requirement.specifier).removeprefix("==")


@pytest.mark.parametrize(
    ("direct", "lock"), [("requirements.txt", "requirements.lock"), ("requirements-dev.txt", "requirements-dev.lock")]
)
def test_the_lock_holds_every_direct_requirement_as_asked(direct: str, lock: str) -> None:
    locked = requirements(lock)
    for name, requirement in requirements(direct).items():
        assert name in locked and requirement.specifier.contains(version(locked[name])), name


def test_every_direct_requirement_says_why() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = [line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]
        assert [line for line in lines if not re.search(r"  # \w", line)] == []


def test_both_locks_agree() -> None:
    development = requirements("requirements-dev.lock")
    assert [
        name for name, wanted in requirements("requirements.lock").items() if str(development[name]) != str(wanted)
    ] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-nodeps.txt"])
def test_every_locked_package_is_pinned_and_hashed_and_comes_from_no_special_place(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[A-Za-z0-9])", "\n" + text) if re.match(r"\n?[A-Za-z0-9]", entry)]
    assert len(entries) >= 2
    assert [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|file:|--index-url|--find-links|^-e|^/", text, re.MULTILINE)


def test_what_the_code_imports_is_required_directly() -> None:
    """Libraries come from requirements.txt (tests and scripts for developers: also requirements-dev.txt), not by luck
    through another one."""
    asked = set(requirements("requirements.txt")) | set(requirements("requirements-nodeps.txt"))
    developers = asked | set(requirements("requirements-dev.txt"))
    missing = set()
    for folder, allowed in {"mer_core": asked, "pages": asked, "scripts": developers, "tests": developers}.items():
        for path in (ROOT / folder).rglob("*.py"):
            for library in imported_libraries(path) - local_modules(folder) - PEERS:
                names = {normalized(name) for name in DISTRIBUTIONS.get(library, [library])}
                missing |= {(folder, path.name, library)} if not names & allowed else set()
    assert missing == set()


def imported_libraries(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
        found |= {name.split(".")[0] for name in names}
    return {name for name in found if name not in sys.stdlib_module_names}


def local_modules(folder: str) -> set[str]:
    """Names that files of `folder` may import from the project itself."""
    beside = {
        name
        for part in {folder, "scripts"}
        for path in (ROOT / part).rglob("*.py")
        for name in (path.stem, path.parent.name)
    }
    return OWN | beside


def test_the_installed_packages_are_the_locked_ones() -> None:
    """Elsewhere than in an environment made by `make install` other versions are allowed to be tried; there the test is
    skipped."""
    if not Path(sys.prefix).joinpath("installed").exists():
        pytest.skip("this environment was not made by make install")
    for name, wanted in requirements("requirements.lock").items():
        if wanted.marker is None or wanted.marker.evaluate():
            assert metadata.version(name) == version(wanted), name


def test_what_the_package_asks_for_is_what_was_tested() -> None:
    """Every pinned version lies in its range, in the dependencies or in an extra, and the ranges end."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ranges = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    asked = {normalized(Requirement(line).name): Requirement(line).specifier for line in ranges}
    pinned = requirements("requirements.txt")
    assert set(pinned) <= set(asked)
    for name, requirement in pinned.items():
        signs = {bound.operator for bound in asked[name]}
        assert "<" in signs and (name == "setuptools" or (asked[name].contains(version(requirement)) and ">=" in signs))


def test_every_data_file_of_the_library_is_packed() -> None:
    """What lies in mer_core beside Python files is listed as package data, or an installed library would miss it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = {
        path
        for package, patterns in project["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    }
    data = {
        path for path in (ROOT / "mer_core").rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc", ".tmp"}
    }
    assert data - packed == set()


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person does, also where the tests themselves were started by make (which speaks differently to a
    make inside it)."""
    outside = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, env={**outside, **environment}
    )


@needs_make
def test_make_help_lists_every_target_for_people() -> None:
    listed = set(re.findall(r"^  make ([a-z-]+)", make("help").stdout, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony and listed == set(phony.group(1).split())
    assert {"app", "test", "check", "demo", "stress", "screenshots", "benchmark", "clean"} <= listed
    assert make().stdout == make("help").stdout


@needs_make
def test_scripts_and_modules_of_the_makefile_exist() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    files = re.findall(r"(?:scripts/\w+|streamlit_app)\.py", text)
    assert files and [name for name in files if not (ROOT / name).exists()] == []


@needs_make
def test_make_app_plans_environment_demo_and_server_in_this_order(tmp_path: Path) -> None:
    plan = make("--dry-run", "app", f"VENV={tmp_path / 'venv'}", MER_WORKSPACES=str(tmp_path)).stdout
    steps = [
        "-m venv",
        "-r requirements.lock",
        "-r requirements-nodeps.txt",
        "scripts/make_demo.py",
        "streamlit run streamlit_app.py",
    ]
    places = [plan.find(step) for step in steps]
    assert -1 not in places and places == sorted(places)
    assert plan.count("--require-hashes") == 2


@needs_make
def test_make_app_does_nothing_twice(tmp_path: Path) -> None:
    """With stamps newer than the requirements and a finished demo the server starts at once."""
    venv, demo_map = tmp_path / "venv", tmp_path / "demo" / "map" / "musicnn" / "map.json"
    for path in (venv / "bin" / "python", venv / "installed", demo_map):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    plan = make("--dry-run", "app", f"VENV={venv}", MER_WORKSPACES=str(tmp_path)).stdout.splitlines()
    assert len(plan) == 1 and "streamlit run" in plan[0]


@needs_make
def test_an_old_python_is_refused_in_words(tmp_path: Path) -> None:
    old = tmp_path / "python"
    old.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'import sys; sys.version_info = (3, 9); exec(sys.argv[1])' \"$2\"\n"
    )
    old.chmod(0o755)
    done = make("install", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}")
    assert done.returncode != 0 and "Python 3.11 or newer is needed" in done.stderr


def test_ci_runs_the_readme_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0
    assert "make test" in script.read_text(encoding="utf-8") and "make test" in (ROOT / "README.md").read_text(
        encoding="utf-8"
    )


def test_the_server_is_for_this_machine_only_and_shows_no_tracebacks() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    server = config["server"]
    assert server["address"] == "127.0.0.1" and set(server["allowedHosts"]) == {"localhost", "127.0.0.1"}
    assert server["enableXsrfProtection"] is True and server["enableCORS"] is True and server["maxUploadSize"] <= 200
    assert config["client"]["showErrorDetails"] == "none" and config["browser"]["gatherUsageStats"] is False


def test_streamlit_knows_every_option_that_is_set() -> None:
    """A misspelt option is only a warning in the server's log, and its protection would be off."""
    from streamlit import config

    reported = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    known = set(config.get_config_options())
    assert [
        f"{section}.{key}"
        for section, values in reported.items()
        for key in flattened(values)
        if f"{section}.{key}" not in known
    ] == []


def flattened(values: dict[str, object], prefix: str = "") -> list[str]:
    return [
        name
        for key, value in values.items()
        for name in (flattened(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key])
    ]
