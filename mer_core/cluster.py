"""Extraction on many machines with Dask (dask.distributed): a task is a slice of a shard, saved as soon as it is complete.

Workers leave their rows in an exchange (see exchange.py); this process collects them into the store, which becomes the
same, byte for byte, as on one machine. A worker that dies costs its task: Dask gives it to another. If this process
dies, the next run collects what workers have left meanwhile and goes on. A file that kills every worker that opens it
is found by halving its slice, and recorded as a failure.

    dask scheduler --port 8786                                              # once, where this process can reach it
    dask worker tcp://host:8786 --nthreads 1                                # on every machine: one worker uses all its cores
    python scripts/build_embeddings.py WORKSPACE --encoder vggish --scheduler tcp://host:8786

The workspace, or the exchange alone with --from-mirror, must be reachable from every machine.
"""

import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from mer_core.cluster_task import MirrorAudio, SharedAudio, Task, TaskDone, Tracks, encoder_identity, run_task
from mer_core.download import Downloader
from mer_core.embedding_store import EmbeddingStore, Failure, TrackEmbedding, shard_name
from mer_core.errors import ArtifactError, ClusterError, MerError
from mer_core.exchange import Exchange
from mer_core.extraction import Extraction, Outcome, Progress, save_part
from mer_core.shard_format import ShardFile
from mer_core.workspace import Workspace

LOGGER = logging.getLogger(__name__)
AudioOf = Callable[[str, Tracks], SharedAudio | MirrorAudio]
"""From a shard and tracks of it to where workers get their audio."""
GIVE_UP_AFTER = 3
"""Tasks in a row that fail for reasons of the set-up: then no other would fare better."""


@dataclass(frozen=True)
class ClusterJob:
    """How to run: the scheduler's address, the exchange, tracks a task (None: a whole shard), decoding threads a worker."""

    scheduler: str
    exchange: Exchange
    audio_of: AudioOf
    slice_tracks: int | None = 32
    jobs: int | None = None
    retry_failed: bool = True
    """Whether to try tracks again that are in the store's failures.csv."""
    wait_seconds: float = 60.0
    """How long to wait for the scheduler, and for a first worker."""


def shared_audio(workspace: Workspace) -> AudioOf:
    """Workers read the workspace's audio folder, which all machines see under the same path."""
    return lambda shard, tracks: SharedAudio(workspace)


def mirror_audio(downloader: Downloader) -> AudioOf:
    """Workers fetch whole parts from the mirror of `downloader`, whose checksum lists have been fetched."""

    def audio_of(shard: str, tracks: Tracks) -> MirrorAudio:
        names = [downloader.source.track_name(path) for _, path in tracks]
        return MirrorAudio(downloader.source, downloader.tars, {name: downloader.tracks[name] for name in names if name in downloader.tracks})

    return audio_of


def extract_on_cluster(tracks: pd.DataFrame, encoder: str, folder: Path, job: ClusterJob, *, progress: bool = False) -> Extraction:
    """Embed what the store in `folder` does not hold of `tracks` (columns track_id, path) on the workers of a Dask cluster.

    Raises ClusterError when scheduler or workers cannot be reached or fail three times in a row, ArtifactError as the store does.
    """
    with connect(job) as client:
        store = EmbeddingStore.create(folder, client.submit(encoder_identity, encoder).result())
        store.set_damaged_aside()
        collect(store, job.exchange)
        done = {*store.track_ids, *(() if job.retry_failed else store.failures()["track_id"])}
        waiting = [track for track in zip(tracks["track_id"], tracks["path"], strict=True) if track[0] not in done]
        run = _Run(client, store, job, Progress(len(waiting), shown=progress))
        try:
            run.all(slices(waiting, encoder, job))
        finally:
            summary = run.progress.finish(reused=len(tracks) - len(waiting))
    return summary


@contextmanager
def connect(job: ClusterJob) -> Iterator[Any]:
    """A Dask client whose scheduler answers and has a worker; raises ClusterError that says which of the two is missing."""
    from distributed import Client

    try:
        client = Client(job.scheduler, timeout=job.wait_seconds)
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler answers at {job.scheduler} ({error}); start one with: dask scheduler") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=job.wait_seconds)
        except TimeoutError as error:
            raise ClusterError(
                f"no worker joined {job.scheduler} in {job.wait_seconds:.0f} s; start some with: dask worker {job.scheduler} --nthreads 1"
            ) from error
        yield client


def slices(tracks: Sequence[tuple[str, str]], encoder: str, job: ClusterJob) -> list[Task]:
    """Cut `tracks` (id, path) into tasks of at most `job.slice_tracks`, by shard and id."""
    by_shard: dict[str, list[tuple[str, str]]] = {}
    for track in sorted(tracks):
        by_shard.setdefault(shard_name(*track), []).append(track)
    tasks = []
    for shard, own in sorted(by_shard.items()):
        size = job.slice_tracks or len(own)
        parts = [tuple(own[start : start + size]) for start in range(0, len(own), size)]
        tasks += [Task(shard, part, encoder, job.audio_of(shard, part), job.exchange, job.jobs) for part in parts]
    return tasks


def collect(store: EmbeddingStore, exchange: Exchange) -> None:
    """Take in the rows that workers of an earlier, interrupted run have left; what is not of this store's encoder is deleted."""
    for name in exchange.names():
        try:
            save_part(store, name.split("-")[1], fetch_rows(store, exchange, name))
        except (ArtifactError, IndexError):
            LOGGER.warning("%s in %s is no slice of %s; it is deleted", name, exchange.location, store.folder)
        exchange.delete(name)


def fetch_rows(store: EmbeddingStore, exchange: Exchange, name: str) -> list[TrackEmbedding]:
    """The rows of a file in the exchange; raises ArtifactError when they are not of the store's encoder, ClusterError when they are not there."""
    with tempfile.TemporaryDirectory(prefix="mer-exchange-") as folder:
        return list(ShardFile(exchange.fetch(name, Path(folder)), store.identity, store.rebuild).rows())


@dataclass
class _Run:
    client: Any
    store: EmbeddingStore
    job: ClusterJob
    progress: Progress
    errors: list[MerError] = field(default_factory=list)

    def all(self, tasks: Sequence[Task]) -> None:
        from distributed import as_completed

        under_way = {self.client.submit(run_task, task, pure=False, retries=1): task for task in tasks}
        in_a_row = 0
        completed = as_completed(under_way)
        for future in completed:
            task = under_way.pop(future)
            try:
                again = self.finish(task, future)
                in_a_row = 0
            except MerError as error:
                self.errors.append(error)
                again, in_a_row = [], in_a_row + 1
                if in_a_row == GIVE_UP_AFTER:
                    break
            future.release()
            for half in again:
                resubmitted = self.client.submit(run_task, half, pure=False)
                under_way[resubmitted] = half
                completed.add(resubmitted)
        if self.errors:
            raise ClusterError(f"{len(self.errors)} of {len(tasks)} tasks failed, the first because {self.errors[0]}; run the same command to try them again")

    def finish(self, task: Task, future: Any) -> list[Task]:
        """Save a task's outcomes; returns the halves to try where it kills its workers."""
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            done = future.result()
        except KilledWorker:
            if len(task.tracks) > 1:
                middle = len(task.tracks) // 2
                return [replace(task, tracks=part) for part in (task.tracks[:middle], task.tracks[middle:])]
            done = TaskDone(
                0, [Failure(*task.tracks[0], f"every worker that opened {task.tracks[0][1]} died; it needs too much memory, or it breaks the decoder")]
            )
        except (CancelledError, OSError) as error:
            raise ClusterError(f"the scheduler or the disk of a worker is gone ({error or 'the task was cancelled'})") from error
        except ImportError as error:
            raise ClusterError(f"a worker lacks a package ({error}); install the same requirements on every machine") from error
        outcomes: list[Outcome] = [*done.failures, *(fetch_rows(self.store, self.job.exchange, task.file_name) if done.n_rows else [])]
        save_part(self.store, task.shard, outcomes)
        self.job.exchange.delete(task.file_name)
        for outcome in outcomes:
            self.progress.add(outcome)
        return []
