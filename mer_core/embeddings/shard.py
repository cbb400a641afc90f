"""The format of one shard of an embedding store: rows ↔ the bytes of a Parquet file.

Columns: track_id string, duration double (seconds), frames list<list<float>> (n_frames, dim), mean and std list<float>
(dim,), excerpts list<list<float>> (n_excerpts, n_measures): see audio.content. Older shards lack the last; it is null
where unknown. The bytes follow from the rows alone (no time, no path; fixed compression and row groups). The identity
of the encoder stands in the schema's metadata, every page has a checksum, and both are verified by everything that
reads here.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mer_core.audio.content import MEASURES
from mer_core.embeddings.failures import AudioWarning
from mer_core.embeddings.pooling import STATISTICS
from mer_core.errors import ArtifactError, Remedies
from mer_core.io.arrays import check_values
from mer_core.io.files import check_regular, parse_json
from mer_core.io.parquet_footer import ColumnChunk

POOLED = ("mean", "std")
ADVICE = "move it away and make it again"
"""Statistics over a track's frames that have a column of their own."""
ROWS_PER_GROUP = 32
"""A group is the least that is read for one track's frames (~2 MB); more of them slow down reading the pooled
columns."""
OLD_SCHEMA = pa.schema(
    [
        ("track_id", pa.string()),
        ("duration", pa.float64()),
        ("frames", pa.list_(pa.list_(pa.float32()))),
        *((name, pa.list_(pa.float32())) for name in POOLED),
    ]
)
SCHEMA = OLD_SCHEMA.append(pa.field("excerpts", pa.list_(pa.list_(pa.float32()))))


@dataclass(frozen=True)
class TrackEmbedding:
    """One row of a store: `duration` in seconds, `frames` float32 (n_frames, dim), `excerpts` float32 (n_excerpts,
    n_measures) or None where nobody listened to them. `warning`, of one embedded just now whose audio was not whole, is
    kept beside the shards."""

    track_id: str
    duration: float
    frames: np.ndarray
    excerpts: np.ndarray | None = None
    warning: AudioWarning | None = None


def shard_bytes(rows: Iterable[TrackEmbedding], identity: Mapping[str, Any]) -> bytes:
    """The Parquet file of at least one row, sorted by track id.

    Raises ValueError for rows that are no embeddings of this encoder, ArtifactError for embeddings that are no finite
    numbers.
    """
    ordered = sorted(rows, key=lambda row: row.track_id)
    if not ordered:
        raise ValueError("a shard has at least one row")
    for row in ordered:
        if row.frames.ndim != 2 or len(row.frames) == 0 or row.frames.shape[1] != identity["dim"]:
            raise ValueError(
                f"{row.track_id} has frames of shape {row.frames.shape}; expected (at least 1, {identity['dim']}) of "
                f"{identity['name']}"
            )
        if not np.isfinite(row.frames).all():
            raise ArtifactError(
                f"the embedding of {row.track_id} holds NaN or infinite numbers and is not kept; "
                f"are the weights of {identity['name']} damaged? Fetch them again, or set MER_PRECISION=float32, and "
                f"embed the track again"
            )
    if len({row.track_id for row in ordered}) != len(ordered):
        raise ValueError("a shard holds each track once; the rows repeat a track id")
    table = pa.table(
        [
            pa.array([row.track_id for row in ordered], pa.string()),
            pa.array([row.duration for row in ordered], pa.float64()),
            _nested([row.frames for row in ordered]),
            *(_matrix(np.array([STATISTICS[name](row.frames) for row in ordered], np.float32)) for name in POOLED),
            pa.array(
                [None if row.excerpts is None else row.excerpts.tolist() for row in ordered],
                SCHEMA.field("excerpts").type,
            ),
        ],
        schema=SCHEMA.with_metadata({"encoder": json.dumps(dict(identity), sort_keys=True)}),
    )
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=ROWS_PER_GROUP,
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
        write_page_checksum=True,
    )
    return bytes(sink.getvalue())


class ShardFile:
    """A shard on disk, opened and found to be one of the encoder `identity`; errors carry the remedy `rebuild`.

    Raises ArtifactError, also from its methods, when the file is missing, damaged, or something else than it should be.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], rebuild: Remedies) -> None:
        self.path, self.rebuild = Path(path), rebuild
        self._dim = int(identity["dim"])
        with self._damage_errors():
            check_regular(self.path)
            _refuse_dictionaries(check_values(self.path))
            self._file = pq.ParquetFile(self.path, page_checksum_verification=True, memory_map=False)
            schema = self._file.schema_arrow
            made_by = parse_json((schema.metadata or {}).get(b"encoder", b"{}"))
        if not schema.equals(SCHEMA) and not schema.equals(OLD_SCHEMA):
            raise ArtifactError(
                f"{self.path} is no shard of an embedding store (columns {', '.join(schema.names)}); {ADVICE}",
                remedy=self.rebuild,
            )
        if made_by != dict(identity):
            raise ArtifactError(
                f"{self.path} was made by another encoder than its store's ({describe_difference(made_by, identity)}); "
                f"{ADVICE}",
                remedy=self.rebuild,
            )

    @property
    def n_rows(self) -> int:
        """Number of tracks."""
        return int(self._file.metadata.num_rows)

    def track_ids(self) -> list[str]:
        """Track ids, in the order of the rows."""
        with self._damage_errors():
            return self._file.read(columns=["track_id"])["track_id"].to_pylist()

    def matrix(self, statistic: str) -> np.ndarray:
        """A pooled column (one of POOLED) as float32 (n_rows, dim)."""
        with self._damage_errors():
            column = self._file.read(columns=[statistic])[statistic]
            return _flat(column).reshape(self.n_rows, self._dim)

    def excerpts(self) -> list[np.ndarray | None]:
        """By row: the measures of its excerpts, float32 (n_excerpts, n_measures), or None where they are unknown."""
        if "excerpts" not in self._file.schema_arrow.names:
            return [None] * self.n_rows
        with self._damage_errors():
            return _matrices(self._file.read(columns=["excerpts"])["excerpts"])

    def rows(self) -> Iterator[TrackEmbedding]:
        """All rows, a row group in memory at a time; verifies every page of the file."""
        for group in range(self._file.num_row_groups):
            yield from self._group_rows(group)

    def row(self, index: int) -> TrackEmbedding:
        """The row at `index`; reads only its row group."""
        group = index // ROWS_PER_GROUP
        return self._group_rows(group)[index - group * ROWS_PER_GROUP]

    def _group_rows(self, group: int) -> list[TrackEmbedding]:
        with self._damage_errors():
            table = self._file.read_row_group(group)
            values = _flat(table["frames"].combine_chunks().flatten()).reshape(-1, self._dim)
            ends = np.cumsum(table["frames"].combine_chunks().value_lengths().to_numpy())
            per_track = np.split(values, ends[:-1])
            excerpts = _matrices(table["excerpts"]) if "excerpts" in table.column_names else [None] * len(per_track)
            return [
                TrackEmbedding(*row)
                for row in zip(
                    table["track_id"].to_pylist(), table["duration"].to_pylist(), per_track, excerpts, strict=True
                )
            ]

    @contextmanager
    def _damage_errors(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise ArtifactError(f"{self.path} is missing", remedy=self.rebuild) from error
        except (pa.ArrowException, MemoryError, OSError, ValueError, KeyError, IndexError) as error:
            raise ArtifactError(
                f"{self.path} is damaged ({' '.join(str(error).split())[:200]}); {ADVICE}", remedy=self.rebuild
            ) from error


def _refuse_dictionaries(chunks: list[ColumnChunk]) -> None:
    """Raise ValueError where a column is coded by a dictionary, which shards never are: a text that stands once could
    be every track's."""
    if any(chunk.by_dictionary for chunk in chunks):
        raise ValueError("a column is coded by a dictionary")


def describe_difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What differs between two encoder identities, e.g. "version 1, not 2"."""
    keys = sorted(set(found) | set(wanted))
    return "; ".join(
        f"{key} {found.get(key)!r}, not {wanted.get(key)!r}" for key in keys if found.get(key) != wanted.get(key)
    )


def _matrix(values: np.ndarray) -> pa.ListArray:
    offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, pa.array(np.ascontiguousarray(values, np.float32).ravel()))


def _nested(arrays: Sequence[np.ndarray]) -> pa.ListArray:
    offsets = np.cumsum([0, *(len(array) for array in arrays)], dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, _matrix(np.concatenate(arrays)))


def _flat(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return values.flatten().to_numpy(zero_copy_only=False)


def _matrices(column: pa.ChunkedArray) -> list[np.ndarray | None]:
    return [
        None if rows is None else np.array(rows, dtype=np.float32).reshape(-1, len(MEASURES))
        for rows in column.to_pylist()
    ]
