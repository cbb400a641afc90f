"""What the words of a workspace's tracks say, kept as numbers beside the embeddings of their sound.

    words/<encoder>/_manifest.json     the text encoder, the moods, the finished shards
    words/<encoder>/shard-NN.parquet   one row a track: where its lyrics came from, language, number of words, why they
                                       do not count, valence and arousal, z of each mood, the embedding (dim,)

The text of lyrics is not kept. A track is read again when its file, or the file of lyrics beside it, has changed.
"""

import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.errors import ArtifactError, Remedy
from mer_core.io.arrays import read_table
from mer_core.io.files import SCHEMA_VERSION, read_json, remove_leftovers, write_bytes, write_json
from mer_core.io.spans import split_span
from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.ruler import MOODS
from mer_core.lyrics.sources import sidecar
from mer_core.workspace.layout import Workspace

ENCODER = "use-multilingual-3"
DIM = 512
"""Numbers of an embedding by ENCODER."""
MANIFEST = "_manifest.json"
SHARDS = 50
TEXTS = ("track_id", "stamp", "source", "language", "reason")
NUMBERS = ("words", "valence", "arousal", "valence_z")

Reader = Callable[[Path], WordMoods]
"""The moods of the words of an audio file."""


@dataclass(frozen=True)
class Wanted:
    """Which words are to be read, and how."""

    files: Mapping[str, Path]
    """The audio file of each track, by id; a part of a file (see io.spans) has no lyrics of its own."""
    read: Reader
    asks: bool = False
    """Whether `read` also asks a server for what the files do not have."""
    again: bool = False
    """Whether to read all, also what has not changed."""


@dataclass(frozen=True)
class KeptWords:
    """The words of tracks, one row each."""

    table: pd.DataFrame
    """Index track_id; columns stamp, source ("" without lyrics), language, reason ("" where the words count), words,
    valence and arousal in [-1, 1], valence_z, and "z:mood" in standard deviations; NaN where words do not count."""
    embeddings: NDArray[np.float32]
    """(n_tracks, dim), each a mean over lines; zeros where words do not count."""

    @property
    def counts(self) -> NDArray[np.bool_]:
        """(n_tracks,): the words say something about the track."""
        return (self.table["reason"] == "").to_numpy()

    def z(self, moods: Iterable[str]) -> NDArray[np.float64]:
        """(n_tracks, n_moods): z of the words, NaN where they do not count or say nothing of the mood."""
        columns = [self.table.get(f"z:{mood}", pd.Series(np.nan, self.table.index)) for mood in moods]
        return np.column_stack([column.to_numpy(dtype=float) for column in columns])

    def of(self, track_ids: Iterable[str]) -> "KeptWords":
        """The rows of these tracks in their order; tracks that were not read do not count."""
        ids = list(track_ids)
        place = self.table.index.get_indexer(pd.Index(ids))
        table = self.table.reindex(ids)
        for name in TEXTS[1:]:
            table[name] = table[name].where(place >= 0, "not read" if name == "reason" else "")
        embeddings = np.where((place >= 0)[:, None], self.embeddings[place], np.float32(0))
        return KeptWords(table, embeddings.astype(np.float32))


def update_words(workspace: Workspace, wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Bring the store of words up to date, shard by shard, and yield after each how many tracks were read anew and how
    many it has; a run that is killed goes on where it stopped.

    Raises LyricsError when the text encoder is missing, ArtifactError when another encoder made the store.
    """
    folder = workspace.words_dir(ENCODER)
    folder.mkdir(parents=True, exist_ok=True)
    remove_leftovers(folder)
    _write_manifest(folder, _shards(folder))
    by_shard: dict[str, list[str]] = {}
    for track_id in sorted(wanted.files):
        by_shard.setdefault(f"{zlib.crc32(track_id.encode()) % SHARDS:02d}", []).append(track_id)
    for name in set(_shards(folder)) - by_shard.keys():
        _shard_path(folder, name).unlink(missing_ok=True)
    for name, track_ids in sorted(by_shard.items()):
        known = {} if wanted.again else {row["track_id"]: row for row in _known(_shard_path(folder, name))}
        rows = [_row(track_id, wanted, known.get(track_id)) for track_id in track_ids]
        fresh = sum(row is not known.get(row["track_id"]) for row in rows)
        if fresh or len(rows) != len(known):
            write_bytes(_shard_path(folder, name), _shard_bytes(rows))
        yield fresh, len(rows)
    _write_manifest(folder, _shards(folder))


def read_kept_words(workspace: Workspace) -> KeptWords:
    """All words that a workspace keeps. Raises ArtifactError, with the remedy that reads them, when there are none or
    a file is damaged."""
    folder = workspace.words_dir(ENCODER)
    remedy = Remedy("read_words", workspace.root)
    manifest = read_json(folder / MANIFEST, remedy)
    if manifest.get("encoder") != ENCODER or manifest.get("moods") != list(MOODS):
        raise ArtifactError(f"{folder / MANIFEST} does not describe words read by {ENCODER}; delete it", remedy=remedy)
    try:
        tables = [read_table(_shard_path(folder, name)) for name in _shards(folder)]
        table = pd.concat(tables) if tables else _frame([])
        names = [*TEXTS, *NUMBERS, *(f"z:{mood}" for mood in MOODS)]
        embeddings = np.stack(list(table["embedding"])) if len(table) else np.zeros((0, 1))
        kept = table[names].set_index("track_id")
        kept[list(NUMBERS)] = kept[list(NUMBERS)].astype(float)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{folder} is damaged ({error}); delete it", remedy=remedy) from error
    return KeptWords(kept, embeddings.astype(np.float32))


def words_folder(workspace: Workspace) -> Path:
    """Where a workspace keeps what the words of its tracks say."""
    return workspace.words_dir(ENCODER)


def has_words(workspace: Workspace) -> bool:
    """Whether the words of the workspace's tracks were read."""
    return (words_folder(workspace) / MANIFEST).is_file()


def stamp_of(song: Path) -> str:
    """A mark that changes with a file or the lyrics beside it."""
    beside = sidecar(song)
    states = [path.stat() for path in (song, beside) if path is not None and path.is_file()]
    return " ".join(f"{status.st_size}-{status.st_mtime_ns}" for status in states)


def _row(track_id: str, wanted: Wanted, known: dict[str, Any] | None) -> dict[str, Any]:
    song = wanted.files[track_id]
    file, span = split_span(song)
    stamp = stamp_of(file)
    if known is not None and known["stamp"] == stamp and (known["source"] or not wanted.asks):
        return known
    whole = span is None
    words = wanted.read(song) if whole else WordMoods("", None, 0, "It is a part of a file, which has no lyrics.")
    return {
        "track_id": track_id,
        "stamp": stamp,
        "source": words.source,
        "language": words.language or "",
        "reason": words.reason or "",
        **{name: float(getattr(words, name)) for name in NUMBERS},
        **{f"z:{mood}": words.z.get(mood, np.nan) for mood in MOODS},
        "embedding": np.zeros(DIM, np.float32) if words.embedding is None else words.embedding,
    }


def _known(path: Path) -> list[dict[str, Any]]:
    """The rows of a shard; none where it is missing or damaged, for it is then made anew."""
    try:
        return [{str(key): value for key, value in row.items()} for row in read_table(path).to_dict("records")]
    except (OSError, ValueError):
        return []


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*TEXTS, *NUMBERS, *(f"z:{mood}" for mood in MOODS), "embedding"])


def _shard_bytes(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    _frame(rows).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _shards(folder: Path) -> list[str]:
    return sorted(path.stem.removeprefix("shard-") for path in folder.glob("shard-??.parquet"))


def _shard_path(folder: Path, name: str) -> Path:
    return folder / f"shard-{name}.parquet"


def _write_manifest(folder: Path, shards: list[str]) -> None:
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "encoder": ENCODER,
        "dim": DIM,
        "moods": list(MOODS),
        "shards": shards,
    }
    write_json(folder / MANIFEST, manifest)
