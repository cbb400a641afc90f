"""What a worker of the cluster does: get the audio of some tracks, embed them, leave their rows in the exchange.

Workers need this package and its encoder's weights, and reach the audio on a shared path or on the mirror.
"""

import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mer_core.datasets.mtg_jamendo.download import Downloader
from mer_core.datasets.mtg_jamendo.source import JamendoSource
from mer_core.embeddings.dask.exchange import SLICE, Exchange
from mer_core.embeddings.pipeline import AudioItem, embed_tracks
from mer_core.embeddings.shard import shard_bytes
from mer_core.embeddings.store import IDENTITY_KEYS, AudioWarning, Failure, TrackEmbedding
from mer_core.embeddings.waiting import failures_of
from mer_core.encoders import Encoder, load_encoder
from mer_core.errors import ClusterError
from mer_core.workspace.layout import Workspace

Tracks = tuple[tuple[str, str], ...]
"""(track id, path in the dataset) each."""
_LOADING = threading.Lock()


@dataclass(frozen=True)
class SharedAudio:
    """Audio in a workspace's folder that every machine sees under the same path."""

    workspace: Workspace
    audio_type: str | None = None
    """Which files to take (see Workspace.audio_path)."""

    @contextmanager
    def items(self, shard: str, tracks: Tracks) -> Iterator[tuple[list[AudioItem], list[Failure]]]:
        """Yield what can be embedded and what cannot; raises ClusterError when this machine does not see the folder."""
        if not self.workspace.audio_root.is_dir():
            raise ClusterError(
                f"a worker does not see the audio folder {self.workspace.audio_root}; mount it there on every machine, "
                f"or embed from the mirror"
            )
        yield [AudioItem(*track, self.workspace.audio_path(track[1], self.audio_type)) for track in tracks], []


@dataclass(frozen=True)
class MirrorAudio:
    """Audio that each worker fetches from the mirror itself, a part at a time, and deletes when it is embedded."""

    source: JamendoSource
    tars: Mapping[str, str]
    """SHA-256 of the tars."""
    checksums: Mapping[str, str]
    """SHA-256 of the tracks wanted, by their names in the tars."""

    @contextmanager
    def items(self, shard: str, tracks: Tracks) -> Iterator[tuple[list[AudioItem], list[Failure]]]:
        """Yield what was fetched and verified and what was not; raises DatasetError when the part cannot be had."""
        with tempfile.TemporaryDirectory(prefix="mer-part-", dir=_folder_of_worker()) as folder:
            downloader = Downloader(Path(folder), self.source)
            downloader.tars, downloader.tracks = (
                dict(self.tars),
                dict(self.checksums),
            )  # instead of the lists in a workspace
            names = {self.source.track_name(path): (track_id, path) for track_id, path in tracks}
            unpacked = downloader.fetch_part(int(shard), Path(folder) / "audio", names)
            yield (
                [AudioItem(*names[name], Path(folder) / "audio" / name) for name in unpacked.verified],
                failures_of(names, unpacked),
            )


def _folder_of_worker() -> str | None:
    """The worker's local directory: whatever a killed worker leaves there, the next one deletes. None where this is
    no worker."""
    from distributed import get_worker

    try:
        return str(get_worker().local_directory)
    except ValueError:
        return None


AudioOf = Callable[[str, Tracks], SharedAudio | MirrorAudio]
"""From a shard and tracks of it to where workers get their audio."""


@dataclass(frozen=True)
class Task:
    """Some tracks of one shard, and all that a worker must know to embed them. `jobs`: decoding threads."""

    shard: str
    tracks: Tracks
    encoder: str
    audio: SharedAudio | MirrorAudio
    exchange: Exchange
    jobs: int | None = None
    precision: str | None = None
    """What the store was begun in: machines of different processors must not mix theirs."""

    @property
    def file_name(self) -> str:
        """Where its rows lie in the exchange: the same for the same work, so that doing it twice leaves one file."""
        digest = hashlib.sha256(repr((self.encoder, self.precision, self.tracks)).encode()).hexdigest()
        return SLICE.format(shard=self.shard, digest=digest[:16])


class TaskDone(NamedTuple):
    """How many rows a task has left in the exchange, the seconds of audio in them, which tracks failed, and whose audio
    was not whole."""

    n_rows: int
    audio_seconds: float
    failures: list[Failure]
    warnings: list[AudioWarning]


def run_task(task: Task) -> TaskDone:
    """Embed the tracks of `task` and leave their rows in the exchange. Raises a MerError when it cannot work at all."""
    encoder = _encoder(task.encoder, task.precision)
    with task.audio.items(task.shard, task.tracks) as (items, failures):
        outcomes = list(embed_tracks(items, encoder, task.jobs))
    rows = [outcome for outcome in outcomes if isinstance(outcome, TrackEmbedding)]
    if rows:
        identity = encoder.identity()
        task.exchange.put(task.file_name, shard_bytes(rows, {key: identity[key] for key in IDENTITY_KEYS}))
    failures = [*failures, *(outcome for outcome in outcomes if isinstance(outcome, Failure))]
    return TaskDone(
        len(rows), sum(row.duration for row in rows), failures, [row.warning for row in rows if row.warning]
    )


def encoder_identity(name: str, precision: str | None = None) -> dict[str, Any]:
    """The identity of an encoder as a worker has it."""
    return _encoder(name, precision).identity()


def _encoder(name: str, precision: str | None) -> Encoder:
    with _LOADING:  # a worker with several threads loads it once
        return _load_once(name, precision)


@cache
def _load_once(name: str, precision: str | None) -> Encoder:
    return load_encoder(name, **({"precision": precision} if precision else {}))
