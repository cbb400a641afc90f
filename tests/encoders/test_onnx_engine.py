"""ONNX Runtime as it is run here: nothing of it is written about a person, nothing is sent."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mer_core.encoders.registry import ENTRIES

RUN = """
import numpy as np
from mer_core.encoders import load_encoder
encoder = load_encoder("musicnn")
encoder.encode(np.zeros(encoder.framing.shortest_samples, np.float32))
"""


def test_its_telemetry_is_off(tmp_path: Path) -> None:
    """It keeps an id of the device and sends events to its makers, unless it is told not to before it is imported."""
    if not ENTRIES["musicnn"].installed:
        pytest.skip("the weights of MusiCNN are not installed")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "MER_CACHE"))}
    environment = {**kept, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", RUN], env=environment, check=True)
    found = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"music-emotion-recognition"}
