"""The runs that are killed: each a script on a workspace, with the state it starts from, what must hold after any
crash, and its result."""

import hashlib
import json
import re
import resource
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from audio_files import write

from mer_core.cli import build_embeddings, build_map, import_dataset, import_library, tag_files, train_classifier
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.library.workspace import read_library
from mer_core.maps.umap import load_map, save_map
from mer_core.model.bundle import load_model
from mer_core.tags import write as tagging
from mer_core.workspace.layout import Workspace

from .small_workspace import ENCODER, MODEL, RATE, call, make_metadata, make_workspace, tune

VOLATILE = {"created", "sha256", "test_looks", "card.md"}
"""Keys of a manifest that differ from run to run: when it was written, how often a model's test part was looked at, and
what follows from that."""
LOOKS = re.compile(rb"(\*\*Figures on [^*]*\*\*).*?\n\n", re.DOTALL)
"""Where a model's card says how often."""


@dataclass(frozen=True)
class Job:
    """A run that can be killed at any moment."""

    name: str
    prepare: Callable[[Path, Path], None]
    """(templates, folder): put the state before the run into `folder`, which is new."""
    run: Callable[[Path], int]
    """Run the script in `folder`; returns its exit code."""
    check: Callable[[Path, Path], None]
    """(templates, folder): raise when what a crash left behind is not valid."""


def make_templates(folder: Path) -> Path:
    """What the jobs start from: a dataset, the whole workspace made from it, songs in several formats."""
    make_workspace(folder / "workspace", make_metadata(folder / "metadata"))
    (folder / "songs").mkdir()
    for number, kind in enumerate(("mp3", "flac", "m4a", "opus", "aiff")):
        (folder / "songs" / f"{number}.{kind}").write_bytes(write(np.tile(tune(number), (2, 1)), kind))
    soundfile.write(folder / "songs" / "5.wav", tune(5), RATE)
    return folder


def snapshot(folder: Path) -> dict[str, str]:
    """What counts of a folder: every file's path and a hash of its bytes without what differs from run to run; locks do
    not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != ".lock":
            data = path.read_bytes()
            if path.suffix == ".json":
                data = json.dumps(_lasting(json.loads(data)), sort_keys=True).encode()
            name = path.relative_to(folder).as_posix()
            if path.suffix == ".md":
                data, name = LOOKS.sub(rb"\1", data), f"{path.parent.relative_to(folder).as_posix()}/card.md"
            if path.parent.name == "journal":  # its entries are named by a hash of the song's absolute path
                name = f"journal/{Path(json.loads(data)['path']).name}"
            name += " again" * (name in found)
            found[name] = hashlib.sha256(data.replace(str(folder).encode(), b".")).hexdigest()[:16]
    return found


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in VOLATILE}
    return [_lasting(item) for item in value] if isinstance(value, list) else value


def _copy_workspace(templates: Path, folder: Path, *without: str) -> None:
    shutil.copytree(templates / "workspace", folder / "ws", ignore=shutil.ignore_patterns(".lock", *without))


def _before_embeddings(templates: Path, folder: Path) -> None:
    _copy_workspace(templates, folder, "embeddings", "models", "map")


def _before_training(templates: Path, folder: Path) -> None:
    """An older model of other data is there, and must stay whole until the new one is."""
    _copy_workspace(templates, folder, "map")
    code, _, reported = call(
        train_classifier, [str(folder / "ws"), "--encoder", ENCODER, "--name", MODEL, "--pooling", "max"]
    )
    if code:
        raise RuntimeError(reported)


def _before_map(templates: Path, folder: Path) -> None:
    """An older map with other places is there, and must stay whole until the new one is."""
    _copy_workspace(templates, folder, "models")
    old = load_map(folder / "ws" / "map" / ENCODER)
    save_map(folder / "ws" / "map" / ENCODER, replace(old, coordinates=old.coordinates + 1))


def _before_import(templates: Path, folder: Path) -> None:
    shutil.copytree(templates / "metadata", folder / "metadata")


def _before_tagging(templates: Path, folder: Path) -> None:
    shutil.copytree(templates / "songs", folder / "songs")


def _script(script: Any, *arguments: str) -> Callable[[Path], int]:
    def run(folder: Path) -> int:
        code, out, reported = call(script, [argument.replace("FOLDER", str(folder)) for argument in arguments])
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )  # the disk is full for the script alone
        (folder.parent / f"{folder.name}.output").write_text(out + reported)
        return code

    return run


def _run_tagging(folder: Path) -> int:
    songs = sorted(str(path) for path in (folder / "songs").iterdir() if not path.name.startswith("."))
    return _script(tag_files, *songs, "--write", "--moods", "happy", "calm", "--journal", "FOLDER/journal")(folder)


def _check_workspace(templates: Path, folder: Path) -> None:
    """Whatever is there can be read, to the last byte."""
    workspace = Workspace.open(folder / "ws")
    Dataset.load(workspace.dataset_dir)
    for encoder in workspace.encoders():
        store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
        for name in store.shards():
            for _ in store.open_shard(name).rows():
                pass
        store.failures()
    for model in workspace.models():
        load_model(workspace.model_dir(model))
    for encoder in workspace.maps():
        load_map(workspace.map_dir(encoder))


def _check_import(templates: Path, folder: Path) -> None:
    """No workspace yet, or a whole one."""
    if (folder / "ws" / "workspace.json").exists():
        _check_workspace(templates, folder)


def _check_library(templates: Path, folder: Path) -> None:
    _check_import(templates, folder)
    if (folder / "ws" / "workspace.json").exists() and not read_library(folder / "ws").tracks:
        raise ValueError("the records of the library are damaged")


def _check_songs(templates: Path, folder: Path) -> None:
    """Every song is what it was, or is tagged and sounds the same."""
    for original in sorted((templates / "songs").iterdir()):
        song = folder / "songs" / original.name
        if song.read_bytes() == original.read_bytes():
            continue
        if tagging.read_moods(song) != ("happy", "calm") or tagging.sound_digest(song) != tagging.sound_digest(
            original
        ):
            raise ValueError(f"{song.name} is neither as before nor tagged")
        tried = folder / f"undo-{song.name}"
        journal = {path.name: path.read_bytes() for path in (folder / "journal").iterdir()}
        tried.write_bytes(song.read_bytes())
        tagging.undo(song, folder / "journal")
        if song.read_bytes() != original.read_bytes():
            raise ValueError(f"undo does not give {song.name} back")
        tried.replace(song)
        for name, data in journal.items():
            (folder / "journal" / name).write_bytes(data)


JOBS = {
    job.name: job
    for job in (
        Job(
            "extraction",
            _before_embeddings,
            _script(build_embeddings, "FOLDER/ws", "--encoder", ENCODER, "--jobs", "2"),
            _check_workspace,
        ),
        Job(
            "training",
            _before_training,
            _script(train_classifier, "FOLDER/ws", "--encoder", ENCODER, "--name", MODEL),
            _check_workspace,
        ),
        Job("map", _before_map, _script(build_map, "FOLDER/ws", "--encoder", ENCODER), _check_workspace),
        Job(
            "import",
            _before_import,
            _script(import_dataset, "FOLDER/ws", "--metadata", "FOLDER/metadata"),
            _check_import,
        ),
        Job(
            "library",
            _before_tagging,
            _script(import_library, "FOLDER/ws", "--audio-dir", "FOLDER/songs", "--files-only"),
            _check_library,
        ),
        Job("tagging", _before_tagging, _run_tagging, _check_songs),
    )
}


def prepare(name: str, templates: Path, folder: Path) -> None:
    """Put the state before the job into `folder`, which is new."""
    folder.mkdir(parents=True)
    JOBS[name].prepare(templates, folder)


def check(name: str, templates: Path, folder: Path) -> None:
    """Raise when what is in `folder` is not valid."""
    JOBS[name].check(templates, folder)
