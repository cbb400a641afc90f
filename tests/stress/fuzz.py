"""Readers of files, each as a function of bytes that must end in a value or in a MerError: for Hypothesis
(tests/test_readers.py), for
seeded mutations (mutations.py) and, where `pip install atheris` works (it is no requirement), for a search guided by
coverage:

    python -m tests.stress.fuzz tracks -max_total_time=60

What follows the reader's name goes to libFuzzer; a crash is written to crash-… in the working directory.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FunctionType

from mer_core.audio.decode import decode
from mer_core.audio.measure import probe
from mer_core.cli.commands import sentence
from mer_core.datasets.mtg_jamendo.tsv import read_names, read_tag_list, read_tracks
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import MerError, Remedy
from mer_core.inference.stored import load_predictions
from mer_core.io.files import read_bundle, read_json
from mer_core.library.workspace import read_library
from mer_core.maps.umap import load_map
from mer_core.model.bundle import load_model
from mer_core.workspace.layout import Workspace

from .small_workspace import ENCODER, MODEL
from .specimens import SPECIMENS

Reader = Callable[[Path], object]

FILES: dict[str, Reader] = {
    "tracks": read_tracks,
    "names": read_names,
    "tags": read_tag_list,
    "json": lambda path: read_json(path, Remedy("build_map")),
    "audio": lambda path: (probe(path), decode(path, 16000, max_seconds=5)),
}
"""Readers of one file that may be anything."""

_WHOLE = Path("workspace")
PLACES: dict[str, tuple[Path, Reader]] = {
    "workspace": (_WHOLE / "workspace.json", lambda root: Workspace.open(root / _WHOLE)),
    "store": (
        _WHOLE / f"embeddings/{ENCODER}/manifest.json",
        lambda root: EmbeddingStore.open(_store(root)).read_pooled(),
    ),
    "shard": (
        _WHOLE / f"embeddings/{ENCODER}/shard-00.parquet",
        lambda root: [list(EmbeddingStore.open(_store(root)).read_rows("00"))],
    ),
    "failures": (
        _WHOLE / f"embeddings/{ENCODER}/failures.csv",
        lambda root: EmbeddingStore.open(_store(root)).failures(),
    ),
    "model": (_WHOLE / f"models/{MODEL}/model.json", lambda root: load_model(root / _WHOLE / "models" / MODEL)),
    "map": (_WHOLE / f"map/{ENCODER}/map.json", lambda root: load_map(root / _WHOLE / "map" / ENCODER)),
    "bundle": (
        _WHOLE / f"map/{ENCODER}/map.json",
        lambda root: read_bundle(root / _WHOLE / "map" / ENCODER, "map.json", Remedy("build_map")),
    ),
    "predictions": (
        _WHOLE / f"predicted/{MODEL}/predicted.json",
        lambda root: load_predictions(Workspace.open(root / _WHOLE), MODEL),
    ),
    "library": (Path("library/dataset/library.json"), lambda root: read_library(root / "library")),
}
"""Readers of a whole specimen, and the file of it whose bytes are replaced."""


def _store(root: Path) -> Path:
    return root / _WHOLE / "embeddings" / ENCODER


class Target:
    """A reader and a folder of its own for the file."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder
        if name in FILES:
            self.path, self._read, self._argument = folder / name, FILES[name], folder / name
        else:
            place, self._read = PLACES[name]
            shutil.copytree(SPECIMENS / "1", folder, dirs_exist_ok=True)
            self.path, self._argument = folder / place, folder

    def read(self, data: bytes) -> str:
        """Read `data`; returns what the reader said, "" where it took it. Anything but a MerError passes through."""
        self.path.write_bytes(data)
        try:
            self._read(self._argument)
        except MerError as error:
            return sentence(error)
        return ""


def _functions_of(package: str) -> list[FunctionType]:
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == package]
    return [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    ]


def main() -> None:
    """Hand one reader to atheris."""
    import atheris

    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        target = Target(sys.argv[1], Path(folder))
        for function in _functions_of("mer_core"):
            atheris.instrument_func(function)
        atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: target.read(data) and None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
