"""A store keeps the type of audio it was begun with: vectors of 320 kbit/s and of low-rate files side by side would
describe the files, not the music."""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from mer_core.datasets.mtg_jamendo.source import KINDS
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.io.files import read_json
from mer_core.workspace.kinds import DATASET
from mer_core.workspace.layout import Workspace, store_manifest

KEY = "audio_type"


def keep_audio_type(store: EmbeddingStore, audio_type: str | None) -> None:
    """Note in the manifest of `store` which type of MTG-Jamendo's audio ("audio-low", "audio"; None: not known) its
    tracks come from.

    The note is written with the store's next change. A store with tracks and no note, as older releases wrote them,
    gets none.

    Raises ArtifactError when the store's tracks come from the other type.
    """
    if audio_type is None:
        return
    if not store.shards():
        store.manifest[KEY] = audio_type
    elif (begun := store.manifest.get(KEY, audio_type)) != audio_type:
        message = f"{store.folder} was begun with audio of the type {begun}, this run would add {audio_type}"
        raise ArtifactError(f"{message}; go on with audio of the type {begun}, or delete the folder and start again")


def type_at_home(workspace: Workspace, paths: Collection[str], folder: Path) -> str | None:
    """Which of the workspace's own files to embed for the store in `folder`: those of the type it was begun with, else
    of one that all `paths` have.

    Tracks without any file do not count. None where types are not kept apart: the files are not MTG-Jamendo's, or the
    store has tracks and no note.

    Raises DatasetError when tracks are there only as the other type, or a new store would have some of each.
    """
    has_tracks = any(folder.glob("shard-*.parquet"))
    begun = _noted(folder) if has_tracks else None
    if workspace.kind != DATASET or (has_tracks and begun is None):
        return None
    found = [[kind for kind in KINDS if workspace.audio_path(path, kind).exists()] for path in paths]
    only = Counter(kinds[0] for kinds in found if len(kinds) == 1)
    for kind in [begun] if begun else reversed(KINDS):
        if only[kind] == only.total():
            return kind
    message = (
        f"of the {len(found)} tracks {' and '.join(f'{only[kind]} only as {kind}' for kind in sorted(only))} "
        f"are in {workspace.audio_root}"
    )
    kept = f"{folder} was begun with audio of the type {begun}" if begun else "a store keeps to one type"
    raise DatasetError(
        f"{message}, and {kept}; get the missing ones, or choose other parts",
        remedy=Remedy("download_dataset", workspace.root, options=(("type", begun or KINDS[0]),)),
    )


def _noted(folder: Path) -> str | None:
    try:
        return read_json(store_manifest(folder)).get(KEY)
    except ArtifactError:
        return None
