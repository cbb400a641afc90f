"""The embedding store: a folder of Parquet shards, one for each `NN` folder of the tracks' paths, that
`pandas.read_parquet(folder)` alone can read.

    _manifest.json       the encoder that made it (name, version, rate, hop, dim …), the code's version, the finished
    shards
    shard-NN.parquet     one row a track, sorted by track id (see embeddings.shard)
    _failures.csv        track_id, path, error: tracks that could not be embedded, and why
    _warnings.csv        track_id, path, warning: tracks embedded from cut-off or damaged audio (not there without any)

Stores of earlier releases have the names without underscore, and keep them (`workspace.layout.beside_shards`).
The manifest is rewritten after every change, so its modification time shows whether a cached reading is stale.
"""

import logging
import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_core import __version__
from mer_core.audio.levels import TREATMENT
from mer_core.embeddings.failures import AudioWarning, Failure, failures_path, read_notes, record_notes
from mer_core.embeddings.pooling import pool, pooling_statistics
from mer_core.embeddings.precision import check_precision
from mer_core.embeddings.shard import POOLED, ShardFile, TrackEmbedding, describe_difference, shard_bytes
from mer_core.errors import ArtifactError, Remedy
from mer_core.io.files import (
    LARGEST_TEXT,
    PLAIN_NAME,
    SCHEMA_VERSION,
    parse_json,
    read_json,
    read_regular,
    write_bytes,
    write_json,
)
from mer_core.workspace.layout import store_manifest

__all__ = ["AudioWarning", "EmbeddingStore", "Failure", "TrackEmbedding", "shard_name"]

LOGGER = logging.getLogger(__name__)
IDENTITY_KEYS = ("name", "version", "sample_rate", "frame_seconds", "hop_seconds", "dim")
"""What of an encoder decides its vectors. A manifest may record more, e.g. the check of the weights, which measures."""
SHARDS_OF_OTHER_LAYOUTS = 100


def shard_name(track_id: str, path: str) -> str:
    """The shard of a track: the two-digit folder its path begins with, else one of 100 chosen by its id."""
    folder = Path(path).parts[0] if len(Path(path).parts) > 1 else ""
    return (
        folder
        if re.fullmatch(r"\d\d", folder, re.ASCII)
        else f"{zlib.crc32(track_id.encode()) % SHARDS_OF_OTHER_LAYOUTS:02d}"
    )


class EmbeddingStore:
    """A store on disk. `create` makes a new one or continues one, `open` reads one.

    Every method that reads raises ArtifactError naming the file that is missing, damaged or not ours, and the remedy.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self.manifest = dict(manifest)
        self._rows: dict[str, dict[str, int]] | None = None

    @classmethod
    def create(cls, folder: Path, identity: Mapping[str, Any]) -> "EmbeddingStore":
        """Make a store for the encoder `identity` in `folder`, or continue the one there: killed runs' leftovers go.

        A damaged manifest is rebuilt, for the shards say themselves which encoder made them.

        Raises ArtifactError when the store there was made by another encoder or version, or in another precision.
        """
        folder = Path(folder)
        for leftover in folder.glob(".*.tmp"):
            leftover.unlink(missing_ok=True)
        if _is_json(store_manifest(folder)):
            check_precision(folder, identity)
            return cls.open(folder, identity)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        store = cls(
            folder,
            {
                "schema_version": SCHEMA_VERSION,
                "encoder": dict(identity),
                "levels": TREATMENT,
                "code_version": __version__,
                "created": created,
                "shards": [],
            },
        )
        store._write_manifest()
        return store

    @classmethod
    def open(cls, folder: Path, identity: Mapping[str, Any] | None = None) -> "EmbeddingStore":
        """Open the store in `folder`; with `identity`, only if that encoder made it."""
        folder = Path(folder)
        rebuild = _rebuild(folder, folder.name)
        path = store_manifest(folder)
        manifest = read_json(path, rebuild)
        encoder, listed = manifest.get("encoder"), manifest.get("shards")
        named = isinstance(listed, list) and all(
            isinstance(name, str) and PLAIN_NAME.fullmatch(name) for name in listed
        )
        if not isinstance(encoder, dict) or not named or not set(IDENTITY_KEYS) <= set(encoder):
            raise ArtifactError(
                f"{path} does not describe an encoder and its shards; delete the file",
                remedy=rebuild,
            )
        store = cls(folder, manifest)
        if identity is not None and (difference := describe_difference(store.identity, _deciding(identity))):
            raise ArtifactError(
                f"{folder} was made by another encoder ({difference}); use another folder, or delete this one",
                remedy=rebuild,
            )
        return store

    @property
    def identity(self) -> dict[str, Any]:
        """What decides the vectors of the encoder that made this store: name, version, sample_rate, frame_seconds,
        hop_seconds, dim."""
        return _deciding(self.manifest["encoder"])

    @property
    def rebuild(self) -> Remedy:
        """What completes or repairs this store."""
        return _rebuild(self.folder, self.identity["name"])

    def shards(self) -> list[str]:
        """Names of the finished shards, sorted; also of one that is listed in the manifest but gone, so that a reader
        finds out."""
        on_disk = (
            path.name.removeprefix("shard-").removesuffix(".parquet") for path in self.folder.glob("shard-*.parquet")
        )
        return sorted({*self.manifest["shards"], *on_disk})

    def shard_path(self, name: str) -> Path:
        """Where the shard `name` lies."""
        return self.folder / f"shard-{name}.parquet"

    def open_shard(self, name: str) -> ShardFile:
        """Open one shard for reading."""
        return ShardFile(self.shard_path(name), self.identity, self.rebuild)

    def write_shard(self, name: str, rows: Iterable[TrackEmbedding]) -> None:
        """Write a shard in one step, replacing what was there; without rows it is removed."""
        if data := list(rows):
            write_bytes(self.shard_path(name), shard_bytes(data, self.identity))
        else:
            self.shard_path(name).unlink(missing_ok=True)
        self.manifest["shards"] = sorted(
            {*self.manifest["shards"], name} if data else {*self.manifest["shards"]} - {name}
        )
        self._write_manifest()

    def read_rows(self, name: str) -> list[TrackEmbedding]:
        """All rows of a shard with their frames; none when there is no such shard."""
        return list(self.open_shard(name).rows()) if name in self.shards() else []

    @property
    def track_ids(self) -> list[str]:
        """Ids of the tracks with an embedding, in the order of `read_pooled`."""
        return [track_id for rows in self._contents().values() for track_id in rows]

    def read_pooled(self, pooling: str = "mean+std") -> tuple[list[str], np.ndarray]:
        """Track ids and track embeddings float32 (n_tracks, dim_out), by shard and id. Mean and standard deviation are
        stored, so poolings of these read no frames; others take one row group of frames at a time.
        """
        statistics = pooling_statistics(pooling)
        track_ids = self.track_ids
        pooled = np.empty((len(track_ids), self.identity["dim"] * len(statistics)), dtype=np.float32)
        done = 0
        for name, rows in self._contents().items():
            shard = self.open_shard(name)
            if set(statistics) <= set(POOLED):
                values = np.concatenate([shard.matrix(statistic) for statistic in statistics], axis=1)
            else:
                values = np.stack([pool(row.frames, pooling) for row in shard.rows()])
            pooled[done : done + len(rows)] = values[list(rows.values())]
            done += len(rows)
        return track_ids, pooled

    def read_excerpts(self) -> list[np.ndarray | None]:
        """By track, in the order of `read_pooled`: the measures of its excerpts (see `excerpts`), None where an earlier
        release embedded it."""
        found = [(self.open_shard(name).excerpts(), rows) for name, rows in self._contents().items()]
        return [excerpts[row] for excerpts, rows in found for row in rows.values()]

    def read_frames(self, track_id: str) -> np.ndarray:
        """Frame embeddings float32 (n_frames, dim) of one track; raises ArtifactError when it has none here."""
        return self.read_track(track_id).frames

    def read_track(self, track_id: str) -> TrackEmbedding:
        """The row of one track; raises ArtifactError when it has none here."""
        for name, rows in self._contents().items():
            if track_id in rows:
                return self.open_shard(name).row(rows[track_id])
        raise ArtifactError(
            f"{track_id} has no embedding in {self.folder}; look in its {failures_path(self.folder).name}, or complete "
            f"it",
            remedy=self.rebuild,
        )

    def failures(self) -> pd.DataFrame:
        """The tracks that could not be embedded: columns track_id, path, error, sorted by id."""
        return read_notes(Failure, self.folder, self.rebuild)

    def warnings(self) -> pd.DataFrame:
        """The tracks embedded from cut-off or damaged audio: columns track_id, path, warning, sorted by id."""
        return read_notes(AudioWarning, self.folder, self.rebuild)

    def record(
        self, tried: Collection[str], failures: Collection[Failure] = (), warnings: Collection[AudioWarning] = ()
    ) -> None:
        """Replace what the lists of failures and warnings say of the tracks `tried` by `failures` and `warnings`."""
        record_notes(Failure, self.folder, self.rebuild, tried, failures)
        record_notes(AudioWarning, self.folder, self.rebuild, tried, warnings)

    def set_damaged_aside(self) -> list[str]:
        """Verify every page of every shard; rename damaged ones to `_….damaged` and forget missing ones. Returns their
        names."""
        damaged = []
        for name in self.shards():
            try:
                for _ in self.open_shard(name).rows():
                    pass
            except ArtifactError as error:
                LOGGER.warning("%s (set aside; it is rebuilt now)", error)
                if self.shard_path(name).exists():
                    path = self.shard_path(name)
                    path.replace(path.with_name(f"_{path.name}.damaged"))
                damaged.append(name)
        self._write_manifest(sorted(set(self.shards()) - set(damaged)))
        return damaged

    def retain(self, track_ids: Collection[str]) -> int:
        """Drop the rows, failures and warnings of all other tracks; returns how many rows went. Shards without such
        rows stay untouched."""
        wanted = set(track_ids)
        dropped = 0
        for name in self.shards():
            if unwanted := set(self.open_shard(name).track_ids()) - wanted:
                self.write_shard(name, [row for row in self.read_rows(name) if row.track_id in wanted])
                dropped += len(unwanted)
        if gone := {*self.failures()["track_id"], *self.warnings()["track_id"]} - wanted:
            self.record(gone)
        return dropped

    def _contents(self) -> dict[str, dict[str, int]]:
        """By shard: the row of each track; a track that several shards hold counts in the first."""
        if self._rows is None:
            contents: dict[str, dict[str, int]] = {}
            seen: set[str] = set()
            for name in self.shards():
                contents[name] = {
                    track_id: row
                    for row, track_id in enumerate(self.open_shard(name).track_ids())
                    if track_id not in seen
                }
                seen.update(contents[name])
            self._rows = contents
        return self._rows

    def _write_manifest(self, shards: list[str] | None = None) -> None:
        if shards is not None:
            self.manifest["shards"] = shards
        self._rows = None
        write_json(store_manifest(self.folder), self.manifest)


def _deciding(identity: Mapping[str, Any]) -> dict[str, Any]:
    return {key: identity[key] for key in IDENTITY_KEYS}


def _rebuild(folder: Path, encoder: str) -> Remedy:
    return Remedy("build_embeddings", folder.absolute().parent.parent, encoder)


def _is_json(path: Path) -> bool:
    try:
        return isinstance(parse_json(read_regular(path, LARGEST_TEXT)), dict)
    except (OSError, ValueError):
        return False
