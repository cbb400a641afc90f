"""Fixtures that every test may use: where other people's data lies, and small audio made on the spot."""

import os
import sys
from pathlib import Path

import hypothesis
import numpy as np
import pytest
import soundfile

ROOT = Path(__file__).resolve().parent.parent
TESTS = Path(__file__).resolve().parent
sys.path[:0] = [
    str(ROOT),
    str(ROOT / "scripts"),
    str(TESTS),
    *(str(path) for path in sorted(TESTS.iterdir()) if path.is_dir()),
]

hypothesis.settings.register_profile(
    "project", deadline=None, derandomize=True
)  # a slow machine must not fail, and runs must be alike
hypothesis.settings.load_profile("project")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's data (`../shared`, or MER_SHARED); the test is skipped where it is absent."""
    folder = Path(os.environ.get("MER_SHARED") or ROOT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"needs the shared data, looked for in {folder} (set MER_SHARED)")
    return folder


@pytest.fixture(scope="session")
def tone_mp3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of a 440 Hz tone with a little noise as a 44.1 kHz stereo MP3."""
    path = tmp_path_factory.mktemp("audio") / "tone.mp3"
    time = np.arange(8 * 44100) / 44100
    noise = np.random.default_rng(0).normal(0, 0.01, time.size)
    mono = (0.4 * np.sin(2 * np.pi * 440 * time) + noise).astype(np.float32)
    soundfile.write(path, np.stack([mono, mono], axis=1), 44100, format="MP3")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium for Playwright (MER_CHROMIUM, else Debian's); where absent the test is skipped, in CI it
    fails."""
    path = os.environ.get("MER_CHROMIUM") or "/usr/bin/chromium"
    if not Path(path).exists():
        missing = f"no Chromium at {path}; install it (apt-get install chromium) or set MER_CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return path
