"""A store keeps the type of audio it was begun with: vectors of 320 kbit/s and of low-rate files side by side would tell the files apart, not the music."""

from collections.abc import Iterable
from pathlib import Path

from mer_core.embedding_store import EmbeddingStore
from mer_core.errors import ArtifactError

KEY = "audio_type"


def keep_audio_type(store: EmbeddingStore, audio_type: str | None) -> None:
    """Note in the manifest of `store` which type of MTG-Jamendo's audio ("audio-low", "audio"; None: not known) its tracks come from.

    The note is written with the store's next change. A store with tracks and no note, as older releases wrote them, gets none.

    Raises ArtifactError when the store's tracks come from the other type.
    """
    if audio_type is None:
        return
    if not store.shards():
        store.manifest[KEY] = audio_type
    elif (begun := store.manifest.get(KEY, audio_type)) != audio_type:
        told = f"{store.folder} was begun with audio of the type {begun}, this run would add {audio_type}"
        raise ArtifactError(f"{told}; go on with --type {begun} (or the files of that type), or delete the folder and start again")


def audio_type_of(paths: Iterable[Path]) -> str | None:
    """The type of files as MTG-Jamendo names them, of those that are there; None where there are none, or both."""
    types = {"audio-low" if path.name.endswith(".low.mp3") else "audio" for path in paths if path.exists()}
    return types.pop() if len(types) == 1 else None
