"""Extraction on many machines with Dask (dask.distributed): a task is a slice of a shard.

Workers leave their rows in an exchange (see exchange.py); this process saves a shard when all its slices are there. The
store becomes the same, byte for byte, as on one machine. A worker that dies costs its task: Dask gives it to another.
If this process dies, the next run collects what workers have left meanwhile and goes on. A file that kills every worker
that opens it is found by halving its slice, and recorded as a failure.

The scheduler and the workers are started in the project's folder, or where the package is installed, so that they can
import mer_core (docs/many-machines.md has the commands). The workspace, or the exchange alone where the audio comes
from the mirror, must be reachable from every machine.
"""

import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mer_core.datasets.mtg_jamendo.download import Downloader
from mer_core.embeddings.audio_type import keep_audio_type
from mer_core.embeddings.dask.run import (
    ClusterJob,
    ClusterRun,
    check_memory,
    collect,
    lacking_package,
    own_exchange,
    start_worker,
)
from mer_core.embeddings.dask.worker import AudioOf, MirrorAudio, SharedAudio, Task, Tracks, encoder_identity
from mer_core.embeddings.extract import EmbeddingProgress, Extraction
from mer_core.embeddings.precision import store_precision
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.embeddings.waiting import waiting_tracks
from mer_core.errors import ClusterError, Remedy
from mer_core.io.extras import need
from mer_core.workspace.layout import Workspace

__all__ = ["ClusterJob", "connect", "extract_on_cluster", "mirror_audio", "shared_audio", "slices"]


def shared_audio(workspace: Workspace, audio_type: str | None = None) -> AudioOf:
    """Workers read the files of one type in the workspace's audio folder, which all machines see under the same
    path."""
    audio = SharedAudio(
        replace(workspace, root=workspace.root.absolute(), audio_root=workspace.audio_root.absolute()), audio_type
    )
    return lambda shard, tracks: audio


def mirror_audio(downloader: Downloader) -> AudioOf:
    """Workers fetch whole parts from the mirror of `downloader`, whose checksum lists have been fetched."""

    def audio_of(shard: str, tracks: Tracks) -> MirrorAudio:
        """Where a worker finds the audio of `tracks`, which lie in the part `shard`."""
        names = [downloader.source.track_name(path) for _, path in tracks]
        return MirrorAudio(
            downloader.source,
            downloader.tars,
            {name: downloader.tracks[name] for name in names if name in downloader.tracks},
        )

    return audio_of


def extract_on_cluster(
    tracks: pd.DataFrame, encoder: str, folder: Path, job: ClusterJob, *, progress: bool = False
) -> Extraction:
    """Embed what the store in `folder` does not hold of `tracks` (columns track_id, path) on the workers of a Dask
    cluster.

    Raises ClusterError when scheduler or workers cannot be reached or fail three times in a row, ArtifactError as the
    store does.
    """
    with connect(job) as client:
        try:
            identity = client.submit(encoder_identity, encoder, store_precision(folder)).result()
        except ImportError as error:
            raise lacking_package(error) from error
        store = EmbeddingStore.create(folder, identity)
        keep_audio_type(store, job.audio_type)
        store.set_damaged_aside()
        given, was_there = job.exchange, job.exchange.is_there
        job = replace(job, exchange=own_exchange(given, store))
        collect(store, job.exchange, tracks["track_id"])
        waiting = waiting_tracks(tracks, store, retry_failed=job.retry_failed)
        run = ClusterRun(client, store, job, EmbeddingProgress(len(waiting.tracks), shown=progress))
        try:
            left = list(zip(waiting.tracks["track_id"], waiting.tracks["path"], strict=True))
            run.all([replace(task, precision=identity.get("precision")) for task in slices(left, encoder, job)])
        finally:
            summary = run.progress.finish(waiting.reused, waiting.failed_before)
            for place in (job.exchange, *([] if was_there else [given])):
                place.remove_if_empty()
    return summary


@contextmanager
def connect(job: ClusterJob) -> Iterator[Any]:
    """A Dask client whose scheduler answers and has a worker, both of which know this package; raises ClusterError that
    says what is missing, memory too."""
    need("cluster", "dask", "distributed")
    from distributed import Client

    try:
        client = Client(job.scheduler, timeout=job.wait_seconds)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {job.scheduler} ({error}); start one where this program is installed",
            remedy=Remedy("start_scheduler"),
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=job.wait_seconds)
        except TimeoutError as error:
            raise ClusterError(
                f"no worker joined {job.scheduler} in {job.wait_seconds:.0f} s; start some where mer_core is",
                remedy=start_worker(job.scheduler),
            ) from error
        # asked with a function of Python's own: a worker that cannot unpickle a task ends, and its task would wait for
        # ever
        try:
            client.run_on_scheduler(pkgutil.resolve_name, "mer_core:__version__")
            client.run(pkgutil.resolve_name, "mer_core:__version__")
        except ImportError as error:
            raise lacking_package(error) from error
        check_memory(client, job.scheduler)
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
