"""Where things live on disk: one folder per dataset.

    workspace.json                what this workspace is (title, kind, synthetic or real, where its audio lies and its
    metadata came from)
    dataset/                      metadata in the MTG-Jamendo layout
    audio/NN/ID.mp3               audio, unless workspace.json refers to a folder elsewhere (`audio_root`)
    embeddings/<encoder>/         Parquet shards and _manifest.json (see `beside_shards`)
    models/<name>/                model.json and what it names
    map/<encoder>/                map.json and what it names
    words/<encoder>/              what the words of the tracks say, as numbers: Parquet shards and a manifest

A workspace with `dataset/` alone is valid: whatever needs no audio works on it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import platformdirs

from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.files import SCHEMA_VERSION, read_json, write_json
from mer_core.io.names import meant
from mer_core.workspace.kinds import KINDS, restore_workspace


def _checkout() -> Path | None:
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "streamlit_app.py").is_file() and (folder / "scripts").is_dir() else None


PROJECT_ROOT = _checkout()
"""The project's folder where this package runs from a checkout; None where it is installed."""


APP_ROOT = PROJECT_ROOT or Path(__file__).resolve().parents[1] / "app" / "site"
"""The folder of streamlit_app.py and pages/: the checkout, or the copy in the installed package."""


def workspaces_root() -> Path:
    """The folder whose sub-folders the app offers as workspaces: MER_WORKSPACES, else `workspaces/` in the project,
    else (where the package is installed) in the user's data folder."""
    home = PROJECT_ROOT or Path(platformdirs.user_data_dir("music-emotion-recognition"))
    return Path(os.environ.get("MER_WORKSPACES") or home / "workspaces")


def default_root() -> Path:
    """The workspace used when none is named: MER_WORKSPACE, else the demo workspace."""
    return Path(os.environ.get("MER_WORKSPACE") or workspaces_root() / "demo")


def known_workspaces() -> dict[str, Path]:
    """Workspaces by the name shown to people: the default one first, then those in `workspaces_root()`, sorted."""
    found = {default_root().name: default_root()} if (default_root() / "workspace.json").exists() else {}
    if workspaces_root().is_dir():
        for path in sorted(workspaces_root().iterdir()):
            if (path / "workspace.json").exists():
                found.setdefault(path.name, path)
    return found


@dataclass(frozen=True)
class Workspace:
    """One dataset and everything made from it. Make a new one with `create`, open one with `open`."""

    root: Path
    title: str
    kind: str
    """"mtg-jamendo", "library" (a person's own music) or "demo"."""
    synthetic: bool
    audio_root: Path
    created: str
    metadata: Path | None = None
    """The folder that the dataset was imported from; None where it was not, or where that is not known."""

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        title: str,
        kind: str,
        synthetic: bool = False,
        audio_root: Path | None = None,
        metadata: Path | None = None,
    ) -> "Workspace":
        """Write `workspace.json` in `root` (made if needed; rewritten if there). `audio_root` None means
        `root/audio`."""
        info: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "title": title,
            "kind": kind,
            "synthetic": synthetic,
            "audio_root": str(Path(audio_root).resolve()) if audio_root else "audio",
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **({"metadata": str(Path(metadata).resolve())} if metadata else {}),
        }
        write_json(Path(root) / "workspace.json", info)
        return cls.open(root)

    @classmethod
    def open(cls, root: Path | str | None = None) -> "Workspace":
        """Open the workspace at `root` (None: the default one).

        Raises ArtifactError when the folder is no workspace, or workspace.json is damaged, with the remedies
        that make one.
        """
        root = Path(root) if root else default_root()
        path = root / "workspace.json"
        try:
            info = read_json(path)
        except ArtifactError as error:
            raise ArtifactError(error, remedy=restore_workspace(root)) from error
        missing = {"title", "kind", "synthetic", "audio_root", "created"} - info.keys()
        if missing or info["kind"] not in KINDS:
            fault = f"lacks {', '.join(sorted(missing))}" if missing else f"has the kind {info['kind']!r}"
            raise ArtifactError(f"{path} {fault}; it is damaged", remedy=restore_workspace(root))
        source = Path(str(info["metadata"])) if "metadata" in info else None
        return cls(
            root,
            str(info["title"]),
            str(info["kind"]),
            bool(info["synthetic"]),
            root / str(info["audio_root"]),
            str(info["created"]),
            source,
        )

    @property
    def dataset_dir(self) -> Path:
        """Folder of the metadata."""
        return self.root / "dataset"

    def embeddings_dir(self, encoder: str) -> Path:
        """Folder of the embedding store of `encoder`."""
        return self.root / "embeddings" / encoder

    def model_dir(self, name: str) -> Path:
        """Folder of the model called `name`."""
        return self.root / "models" / name

    def predictions_dir(self, model: str) -> Path:
        """Folder of what the model called `model` predicted for the tracks."""
        return self.root / "predicted" / model

    def words_dir(self, encoder: str) -> Path:
        """Folder of what the words of the tracks say, as the text encoder `encoder` reads them."""
        return self.root / "words" / encoder

    def map_dir(self, encoder: str) -> Path:
        """Folder of the map made from the store of `encoder`."""
        return self.root / "map" / encoder

    def encoders(self) -> list[str]:
        """Names of the encoders that have a store here, sorted."""
        folder = self.root / "embeddings"
        return (
            sorted(path.name for path in folder.iterdir() if store_manifest(path).exists()) if folder.is_dir() else []
        )

    def models(self) -> list[str]:
        """Names of the models here, sorted."""
        return _folders_with(self.root / "models", "model.json")

    def predictions(self) -> list[str]:
        """Names of the models whose predictions are kept here, sorted."""
        return _folders_with(self.root / "predicted", "predicted.json")

    def maps(self) -> list[str]:
        """Names of the encoders that have a map here, sorted."""
        return _folders_with(self.root / "map", "map.json")

    def audio_path(self, track_path: str, audio_type: str | None = None) -> Path:
        """Where the audio of a track lies: `track_path` below `audio_root` ("audio"), or its `.low.mp3` form
        ("audio-low") where only that is there.

        With `audio_type` it is the path of that type, whether there or not.

        Raises DatasetError when `track_path` leaves the audio folder.
        """
        relative = Path(track_path)
        if relative.is_absolute() or ".." in relative.parts:
            raise DatasetError(
                f"the track path {track_path!r} leaves the audio folder; correct the PATH column of the dataset's TSV"
            )
        path = meant(self.audio_root, track_path)
        low = path.with_suffix(".low.mp3")
        if audio_type is None:
            return low if low.exists() and not path.exists() else path
        return low if audio_type == "audio-low" else path

    @contextmanager
    def lock(self, timeout: float = 0.0) -> Iterator[None]:
        """Hold the right to write this workspace, as `write_lock` does."""
        with write_lock(self.root, timeout):
            yield


def beside_shards(folder: Path, name: str) -> Path:
    """Where a store in `folder` keeps a file that is no shard, such as "failures.csv": under a name that begins with an
    underscore, which readers of folders of Parquet (pandas, pyarrow, Spark) pass over; an earlier release's store under
    the plain name, as it was begun."""
    plain = folder / name
    return plain if plain.exists() or (folder / "manifest.json").exists() else folder / f"_{name}"


def store_manifest(folder: Path) -> Path:
    """Where the embedding store in `folder` keeps its manifest."""
    return beside_shards(folder, "manifest.json")


@contextmanager
def write_lock(root: Path, timeout: float = 0.0) -> Iterator[None]:
    """Hold the right to write the workspace that `root` is or becomes (the folder is made if needed); waits at most
    `timeout` seconds for another writer.

    Raises ArtifactError when another process holds it.
    """
    root.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(root / ".lock", timeout=timeout):
            yield
    except filelock.Timeout as error:
        raise ArtifactError(
            f"another process is writing {root}; wait until it ends, or use another workspace"
        ) from error


def _folders_with(parent: Path, name: str) -> list[str]:
    return sorted(path.name for path in parent.iterdir() if (path / name).exists()) if parent.is_dir() else []
