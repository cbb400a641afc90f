"""The package as people install it: a wheel in an environment without the checkout."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("mer_core", "pages", ".streamlit")
FILES = ("streamlit_app.py", "pyproject.toml", "setup.py", "README.md", "LICENSE")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; what the package depends on comes from the one that runs the tests."""
    folder = tmp_path_factory.mktemp("installed")
    source, environment = folder / "source", folder / "environment"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run([*pip, *build], check=True, timeout=300)
    shutil.rmtree(source)
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    [wheel] = folder.glob("*.whl")
    install = ["--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*pip, *install], check=True, timeout=300)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True).stdout.strip())
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment


def run(command: list[object], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run in `folder`, with a home of its own there and nothing of the checkout in the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MER_", "PYTHON", "XDG_"))}
    environment = {**kept, "HOME": str(folder), "MER_CACHE": os.environ.get("MER_CACHE", str(folder / "cache"))}
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


def test_a_real_song_has_the_same_moods_as_by_the_script(installed: Path, shared: Path, tmp_path: Path) -> None:
    song = next(path for path in sorted((shared / "data/incompetech/audio").rglob("*.mp3")))
    shutil.copy(song, tmp_path / "song.mp3")
    by_wheel = run([installed / "bin" / "mer", "predict", "song.mp3", "--json"], tmp_path)
    by_script = run([sys.executable, ROOT / "scripts" / "predict.py", "song.mp3", "--json"], tmp_path)
    assert by_wheel.returncode == 0, by_wheel.stderr
    found = json.loads(by_wheel.stdout)["results"][0]
    assert len(found["moods"]) == 56 and found["error"] is None
    assert found == json.loads(by_script.stdout)["results"][0]


def test_it_keeps_workspaces_with_the_user_and_names_its_own_commands(installed: Path, tmp_path: Path) -> None:
    missing = run([installed / "bin" / "mer", "map", "--encoder", "musicnn"], tmp_path)
    assert missing.returncode == 1
    assert "run: mer demo" in missing.stderr and "scripts/" not in missing.stderr
    assert str(tmp_path) in missing.stderr and "site-packages" not in missing.stderr


def test_the_app_comes_with_it(installed: Path, tmp_path: Path) -> None:
    ask = "from mer_core.workspace.layout import APP_ROOT; print(APP_ROOT)"
    site = Path(run([installed / "bin" / "python", "-c", ask], tmp_path).stdout.strip())
    assert site.is_relative_to(installed)
    for path in [*(ROOT / "pages").glob("*.py"), ROOT / "streamlit_app.py", ROOT / ".streamlit" / "config.toml"]:
        assert (site / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_help_and_import_load_nothing_heavy(installed: Path, tmp_path: Path) -> None:
    ask = "import sys, mer_core, mer_core.cli.__main__ as cli; cli.main(['--help']); print(*sys.modules)"
    said = run([installed / "bin" / "python", "-c", ask], tmp_path).stdout
    assert "predict" in said
    assert not {"tensorflow", "streamlit", "numpy", "pandas"} & set(said.splitlines()[-1].split())
