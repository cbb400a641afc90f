"""Pieces that a person corrected and that are no tracks of the workspace: kept as numbers, by the identity of the
sound.

`teach/heard/<encoder>/` of a workspace is a store of their embeddings, one shard a piece. The audio is not kept. A
piece has the id that its file would have as a track of a library, so that what was said of it counts for the track once
it is imported, whatever the file is called by then.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import pandas as pd

from mer_core.audio.measure import read_sound
from mer_core.embeddings.pooling import pooling_statistics
from mer_core.embeddings.shard import describe_difference
from mer_core.embeddings.store import EmbeddingStore, TrackEmbedding
from mer_core.errors import ArtifactError
from mer_core.teach.journal import PATIENCE
from mer_core.workspace.layout import Workspace

PIECE = "piece"
"""In the place of the part of the split that a track is in."""


def piece_id(data: bytes, name: str) -> str:
    """The id of the piece in a file's bytes, by its coded sound: tags and the file's name do not count.

    Raises AudioError where the file, called `name` in errors, holds no audio.
    """
    return f"track_{read_sound(data, name).digest[:16]}"


def keep_piece(workspace: Workspace, encoder: Mapping[str, Any], piece: TrackEmbedding) -> None:
    """Keep the frame embeddings of a piece by an encoder (its identity); nothing where they are kept already.

    Raises ArtifactError where the store there is damaged or of another version of the encoder, or another process
    holds it too long.
    """
    folder = heard_folder(workspace, str(encoder["name"]))
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(folder.parent / ".lock", timeout=PATIENCE):
            store = EmbeddingStore.create(folder, encoder)
            if piece.track_id not in store.shards():
                store.write_shard(piece.track_id, [piece])
    except filelock.Timeout as error:
        raise ArtifactError(f"another process is writing {folder}; try again when it has ended") from error


def kept_pieces(workspace: Workspace, encoder: Mapping[str, Any], pooling: str) -> tuple[pd.DataFrame, np.ndarray]:
    """The pieces that were kept as an encoder (its identity) hears them: a table as `Dataset.tracks`, and their
    embeddings (n_pieces, dim_out); those of another version of the encoder are left out.

    Raises ArtifactError where they are damaged.
    """
    folder = heard_folder(workspace, str(encoder["name"]))
    nothing = np.empty((0, int(encoder["dim"]) * len(pooling_statistics(pooling))), np.float32)
    if not folder.is_dir():
        return _as_tracks([], []), nothing
    store = EmbeddingStore.open(folder)
    if describe_difference(store.identity, {key: encoder[key] for key in store.identity}):
        return _as_tracks([], []), nothing
    track_ids, X = store.read_pooled(pooling)
    return _as_tracks(track_ids, [store.read_track(track_id).duration for track_id in track_ids]), X


def heard_folder(workspace: Workspace, encoder: str) -> Path:
    """Where pieces are kept as the encoder of that name hears them, whether there are some or not."""
    return workspace.root / "teach" / "heard" / encoder


def _as_tracks(track_ids: list[str], durations: list[float]) -> pd.DataFrame:
    """Each piece is by an artist of its own."""
    ids = pd.Series(track_ids, dtype=str)
    empty = pd.Series([""] * len(ids), dtype=str)
    named = {"track_id": ids, "artist_id": ids, "album_id": empty, "path": empty}
    words = {"split": pd.Series([PIECE] * len(ids), dtype=str), "title": empty, "artist": empty}
    return pd.DataFrame({**named, "duration": pd.Series(durations, dtype=float), **words})
