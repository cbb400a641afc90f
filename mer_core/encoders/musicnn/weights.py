"""MusiCNN's weights from the PyPI wheel `musicnn` 0.1.0 (ISC licence), which is read as data and never imported.

Reference: J. Pons, X. Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging", ISMIR 2019
late-breaking demo. The checkpoint is the one trained on the Million Song Dataset with its 50 commonest Last.fm tags.
"""

import ast
import hashlib
import shutil
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mer_core.encoders.cache import cache_folder
from mer_core.encoders.musicnn.checkpoint import read_checkpoint
from mer_core.errors import EncoderError, Remedy

CHECKPOINT = "MSD_musicnn"
UNPACKED = (f"musicnn/{CHECKPOINT}/", "musicnn/configuration.py")
"""What is read of the wheel."""
SHA256 = {
    ".index": "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8",
    ".data-00000-of-00001": "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6",
}
"""Digests of the checkpoint's files in the wheel; what differs is not the network this package was tested with."""

FETCH = Remedy("fetch_weights")


def unpacked_folder() -> Path:
    """Where `unpack` puts the weights, laid out as the package in the wheel."""
    return cache_folder() / "musicnn-0.1.0"


def unpack(wheel: Path) -> Path:
    """Unpack the checkpoint and the tags' names of a wheel into `unpacked_folder()`, which appears whole or not at all.

    Raises EncoderError when `wheel` is no archive.
    """
    target = unpacked_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".musicnn-", dir=target.parent) as place:
        try:
            with zipfile.ZipFile(wheel) as archive:
                wanted = [name for name in archive.namelist() if name.startswith(UNPACKED)]
                archive.extractall(place, wanted)
        except (OSError, zipfile.BadZipFile) as error:
            raise EncoderError(f"{wheel} cannot be unpacked ({error})") from error
        shutil.rmtree(target, ignore_errors=True)
        (Path(place) / "musicnn").replace(target)
    return target


def checkpoint_folder() -> Path:
    """Where the checkpoint is, its files verified: in the installed wheel, else where `unpack` puts it.

    Raises EncoderError when it is in neither place, or is not the known one.
    """
    spec = find_spec("musicnn")  # locates a top-level package without importing it
    places = [Path(spec.submodule_search_locations[0])] if spec and spec.submodule_search_locations else []
    folder = next((place for place in [*places, unpacked_folder()] if place.is_dir()), None)
    if folder is None:
        raise EncoderError(
            f"MusiCNN's weights are missing: they are neither an installed package nor in {unpacked_folder()}",
            remedy=FETCH,
        )
    folder = folder / CHECKPOINT
    for name, expected in SHA256.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise EncoderError(f"{path} is missing or not the file of musicnn 0.1.0", remedy=FETCH)
    return folder


def read_weights() -> dict[str, np.ndarray]:
    """The network's variables by their checkpoint names ("conv2d/kernel", …), without those of the optimiser."""
    index, data = (checkpoint_folder() / name for name in SHA256)
    variables = read_checkpoint(index, data)
    return {name: value for name, value in variables.items() if "Adam" not in name and "power" not in name}


def tag_names() -> tuple[str, ...]:
    """The 50 tags in the order of the network's output, read from the wheel's configuration file as text."""
    path = checkpoint_folder().parent / "configuration.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "MSD_LABELS" for target in node.targets
        ):
            return tuple(ast.literal_eval(node.value))
    raise EncoderError(f"{path} names no MSD_LABELS", remedy=FETCH)
