"""One run on a cluster: hand out tasks, note what comes back, save each shard when all its slices are there."""

import hashlib
import json
import logging
import tempfile
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mer_core.embeddings.dask.exchange import Exchange
from mer_core.embeddings.dask.worker import AudioOf, Task, TaskDone, run_task
from mer_core.embeddings.extract import EmbeddingProgress, save_part
from mer_core.embeddings.shard import ShardFile
from mer_core.embeddings.store import EmbeddingStore, Failure, TrackEmbedding
from mer_core.errors import ArtifactError, ClusterError, MerError, Remedy

LOGGER = logging.getLogger(__name__)
LEAST_MEMORY = 3e9
"""Bytes that a worker must be allowed: VGGish takes 1.8 GB, and Dask pauses a worker at 80 % of its limit."""
GIVE_UP_AFTER = 3
"""Tasks in a row that fail for reasons of the set-up: then no other would fare better."""


@dataclass(frozen=True)
class ClusterJob:
    """How to run: the scheduler's address, the exchange, tracks a task (None: a whole shard), decoding threads a
    worker."""

    scheduler: str
    exchange: Exchange
    audio_of: AudioOf
    slice_tracks: int | None = 32
    jobs: int | None = None
    retry_failed: bool = True
    """Whether to try tracks again that are in the store's failures.csv."""
    audio_type: str | None = None
    """Of MTG-Jamendo's audio, where it is known (see embeddings/audio_type.py)."""
    wait_seconds: float = 60.0
    """How long to wait for the scheduler, and for a first worker."""


@dataclass
class ClusterRun:
    """The tasks of one run; `client` is a Dask client, `errors` are the tasks that failed for reasons of the set-up."""

    client: Any
    store: EmbeddingStore
    job: ClusterJob
    progress: EmbeddingProgress
    errors: list[MerError] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    """By shard: tasks that have not come back."""
    arrived: dict[str, list[tuple[Task, TaskDone]]] = field(default_factory=dict)
    """By shard: tasks that have come back and are not saved; writing a shard for each slice would keep this process
    busier than the workers."""

    def all(self, tasks: Sequence[Task]) -> None:
        """Run `tasks` to the end; raises ClusterError when some failed for reasons of the set-up, at once when three in
        a row did."""
        from distributed import as_completed

        self.missing.update(task.shard for task in tasks)
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
        for shard in list(self.arrived):
            self.save(shard)
        if self.errors:
            raise ClusterError(
                f"{len(self.errors)} of {len(tasks)} tasks failed, the first because {self.errors[0]}; run the same "
                f"command to try them again"
            )

    def finish(self, task: Task, future: Any) -> list[Task]:
        """Note a task's result, and save its shard when it was the last; returns the halves to try where it kills its
        workers."""
        done = self.result(task, future)
        if done is None:
            middle = len(task.tracks) // 2
            self.missing[task.shard] += 1
            return [replace(task, tracks=part) for part in (task.tracks[:middle], task.tracks[middle:])]
        self.progress.count(embedded=done.n_rows, failed=len(done.failures), audio_seconds=done.audio_seconds)
        self.arrived.setdefault(task.shard, []).append((task, done))
        self.missing[task.shard] -= 1
        if not self.missing[task.shard]:
            self.save(task.shard)
        return []

    def result(self, task: Task, future: Any) -> TaskDone | None:
        """What a task has done; None where its workers died and it has several tracks. Raises ClusterError and what the
        worker raised."""
        from distributed import CancelledError
        from distributed.scheduler import KilledWorker

        try:
            done: TaskDone = future.result()
            return done
        except KilledWorker:
            if len(task.tracks) > 1:
                return None
            track_id, path = task.tracks[0]
            why = f"every worker that opened {path} died; it needs too much memory, or it breaks the decoder"
            return TaskDone(0, 0.0, [Failure(track_id, path, why)], [])
        except (CancelledError, OSError) as error:
            raise ClusterError(
                f"the scheduler or the disk of a worker is gone ({error or 'the task was cancelled'})"
            ) from error
        except ImportError as error:
            raise lacking_package(error) from error

    def save(self, shard: str) -> None:
        """Save what has arrived of a shard, and delete it from the exchange."""
        finished = self.arrived.pop(shard)
        files = [task.file_name for task, done in finished if done.n_rows]
        failures = [failure for _, done in finished for failure in done.failures]
        warnings = {warning.track_id: warning for _, done in finished for warning in done.warnings}
        rows = [row for name in files for row in fetch_rows(self.store, self.job.exchange, name)]
        save_part(self.store, shard, [*failures, *(replace(row, warning=warnings.get(row.track_id)) for row in rows)])
        for name in files:
            self.job.exchange.delete(name)


def start_worker(scheduler: str) -> Remedy:
    """What starts a worker of the scheduler at this address."""
    return Remedy("start_worker", options=(("scheduler", scheduler),))


def lacking_package(error: ImportError) -> ClusterError:
    """What to say when the scheduler or a worker cannot import something."""
    if (error.name or "").partition(".")[0] == "mer_core":
        return ClusterError(
            f"the scheduler or a worker cannot import mer_core ({error}); start both where it can be imported (in the "
            f"project's folder)",
            remedy=(Remedy("start_scheduler"), Remedy("start_worker")),
        )
    return ClusterError(
        f"the scheduler or a worker lacks a package ({error}); install the same requirements on every machine"
    )


def check_memory(client: Any, scheduler: str) -> None:
    """Raise ClusterError when a worker is allowed too little memory: Dask would pause or restart it for ever, and
    nobody see a message."""
    for address, worker in client.scheduler_info()["workers"].items():
        if 0 < (worker["memory_limit"] or 0) < LEAST_MEMORY:
            allowed = (
                f"the worker {address} may use only {worker['memory_limit'] / 1e9:.1f} GB of memory, at least "
                f"{LEAST_MEMORY / 1e9:.0f} GB are needed"
            )
            raise ClusterError(
                f"{allowed}; start all workers without a limit, where this program is installed",
                remedy=start_worker(scheduler),
            )


def own_exchange(exchange: Exchange, store: EmbeddingStore) -> Exchange:
    """The sub-folder of `exchange` that no other store uses, nor this one once it is deleted and started again."""
    owner = {"folder": str(store.folder.absolute()), **{key: store.manifest.get(key) for key in ("created", "encoder")}}
    return exchange.below(hashlib.sha256(json.dumps(owner, sort_keys=True).encode()).hexdigest()[:16])


def collect(store: EmbeddingStore, exchange: Exchange, wanted: Collection[str]) -> None:
    """Take in the rows that workers of an earlier, interrupted run have left, those of the tracks `wanted`; what cannot
    be read stays where it is."""
    asked = set(wanted)
    for name, shard in exchange.slices().items():
        try:
            rows = fetch_rows(store, exchange, name)
        except ArtifactError as error:
            LOGGER.warning("%s in %s is left alone: %s", name, exchange.location, error)
            continue
        save_part(store, shard, [row for row in rows if row.track_id in asked])
        exchange.delete(name)


def fetch_rows(store: EmbeddingStore, exchange: Exchange, name: str) -> list[TrackEmbedding]:
    """The rows of a file in the exchange; raises ArtifactError when they are not of the store's encoder, ClusterError
    when they are not there."""
    with tempfile.TemporaryDirectory(prefix="mer-exchange-") as folder:
        return list(ShardFile(exchange.fetch(name, Path(folder)), store.identity, store.rebuild).rows())
