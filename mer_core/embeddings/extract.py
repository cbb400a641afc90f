"""Audio files → embedding store, shard by shard; interrupted at any moment it loses at most the shards under way.

`extract` is the whole job on one machine. It is made of `extract_parts`, whose parts may arrive one after the other
while earlier ones are embedded (a download), and that of `embed_tracks`, which gives the same rows on any machine.
Whichever way is taken and however often the work is interrupted, the shards are the same bytes.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from mer_core.embeddings.pipeline import AudioItem, embed_tracks
from mer_core.embeddings.store import EmbeddingStore, Failure, TrackEmbedding, shard_name
from mer_core.embeddings.waiting import settled_failures
from mer_core.encoders import Encoder
from mer_core.errors import DatasetError, Remedy
from mer_core.io.progress import progress_bar
from mer_core.io.spans import file_of
from mer_core.workspace.layout import Workspace

__all__ = [
    "AudioItem",
    "EmbeddingProgress",
    "Extraction",
    "ShardPart",
    "audio_items",
    "embed_tracks",
    "extract",
    "extract_parts",
    "parts_of",
    "save_part",
]

Outcome = TrackEmbedding | Failure


@dataclass(frozen=True)
class ShardPart:
    """The tracks to embed now that belong to one shard."""

    shard: str
    items: Sequence[AudioItem]


@dataclass(frozen=True)
class Extraction:
    """What a run did: tracks embedded, failed and found done before; hours of audio embedded; seconds it took."""

    embedded: int
    failed: int
    reused: int
    audio_hours: float
    seconds: float
    failed_before: int = 0
    """Tracks that failed in an earlier run and were not tried again."""

    @property
    def x_realtime(self) -> float:
        """Seconds of audio embedded in a second."""
        return self.audio_hours * 3600 / self.seconds if self.seconds else 0.0


class EmbeddingProgress:
    """Counts outcomes and, where `shown`, reports them on standard error (see io.progress): tracks, hours of audio, ×
    real time, time left."""

    def __init__(self, total: int | None, *, shown: bool) -> None:
        self._bar = progress_bar(total, "embedded", "track", shown=shown)
        self._start = time.monotonic()
        self.embedded = self.failed = 0
        self.audio_seconds = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if isinstance(outcome, Failure):
            self.count(failed=1)
        else:
            self.count(embedded=1, audio_seconds=outcome.duration)

    def count(self, *, embedded: int = 0, failed: int = 0, audio_seconds: float = 0.0) -> None:
        """Count several tracks at once."""
        self.embedded += embedded
        self.failed += failed
        self.audio_seconds += audio_seconds
        self._bar.set_postfix_str(
            f"{self.audio_seconds / 3600:.2f} h of audio, {self.audio_seconds / self.seconds:.0f} × real time",
            refresh=False,
        )
        self._bar.update(embedded + failed)

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return max(time.monotonic() - self._start, 1e-9)

    def finish(self, reused: int = 0, failed_before: int = 0) -> Extraction:
        """Close the bar and sum up."""
        self._bar.close()
        return Extraction(self.embedded, self.failed, reused, self.audio_seconds / 3600, self.seconds, failed_before)


def extract(
    items: Sequence[AudioItem],
    encoder: Encoder,
    store: EmbeddingStore,
    *,
    jobs: int | None = None,
    retry_failed: bool = True,
    progress: bool = False,
) -> Extraction:
    """Embed what `store` does not hold of `items` yet; damaged shards are set aside and rebuilt, earlier failures
    tried again where `retry_failed` (a track whose id stands for its sound would only fail the same way).

    `jobs`: decoding threads (default: the cores). Memory depends neither on the number of tracks nor on their length.

    Raises ArtifactError when the store cannot be written or continued, OSError when the disk is full.
    """
    store.set_damaged_aside()
    done = set(store.track_ids)
    failed = set() if retry_failed else settled_failures(store) - done
    waiting = [item for item in items if item.track_id not in done | failed]
    failed_before = sum(item.track_id in failed for item in items)
    counted = EmbeddingProgress(len(waiting), shown=progress)
    try:
        for _ in extract_parts(parts_of(waiting), encoder, store, jobs=jobs, on_outcome=counted.add):
            pass
    finally:
        summary = counted.finish(len(items) - len(waiting) - failed_before, failed_before)
    return summary


def audio_items(workspace: Workspace, tracks: pd.DataFrame, audio_type: str | None = None) -> list[AudioItem]:
    """Where the audio of `tracks` (columns track_id, path) lies, or that of one type (see Workspace.audio_path).

    Raises DatasetError when none of it is there, or a path leaves the audio folder.
    """
    paths = [workspace.audio_path(path, audio_type) for path in tracks["path"]]
    if paths and not any(file_of(path).exists() for path in paths):
        raise DatasetError(
            f"none of the {len(paths)} audio files is in {workspace.audio_root}, where "
            f"{workspace.root / 'workspace.json'} says they are; "
            f"correct it, or get them",
            remedy=Remedy("download_dataset", workspace.root),
        )
    return [AudioItem(*item) for item in zip(tracks["track_id"], tracks["path"], paths, strict=True)]


def parts_of(items: Iterable[AudioItem]) -> list[ShardPart]:
    """Sort `items` into parts, by shard and track id."""
    by_shard = sorted((shard_name(item.track_id, item.path), item) for item in items)
    return [
        ShardPart(shard, [item for _, item in group]) for shard, group in groupby(by_shard, key=lambda pair: pair[0])
    ]


def extract_parts(
    parts: Iterable[ShardPart],
    encoder: Encoder,
    store: EmbeddingStore,
    *,
    jobs: int | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> Iterator[ShardPart]:
    """Embed `parts` in order, save each as soon as it is complete, and yield it then (its audio is not needed any more;
    empty ones are skipped).

    `parts` may be a generator that waits for the next one: later parts are asked for while earlier ones are embedded.
    """
    under_way: deque[ShardPart] = deque()

    def items() -> Iterator[AudioItem]:
        """The tracks of all parts in turn; which part is under way is noted as they go."""
        for part in parts:
            if part.items:
                under_way.append(part)
                yield from part.items

    outcomes: list[Outcome] = []
    for outcome in embed_tracks(items(), encoder, jobs):
        if on_outcome:
            on_outcome(outcome)
        outcomes.append(outcome)
        if len(outcomes) == len(under_way[0].items):
            part = under_way.popleft()
            save_part(store, part.shard, outcomes)
            outcomes = []
            yield part


def save_part(store: EmbeddingStore, shard: str, outcomes: Iterable[Outcome]) -> None:
    """Add `outcomes` to a shard, keeping its other rows. Failures and warnings are written first: a shard there means
    that all is recorded."""
    failures: list[Failure] = []
    rows: dict[str, TrackEmbedding] = {}
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            failures.append(outcome)
        else:
            rows[outcome.track_id] = outcome
    warnings = [row.warning for row in rows.values() if row.warning]
    store.record({*rows, *(failure.track_id for failure in failures)}, failures, warnings)
    if rows:
        kept = (row for row in store.read_rows(shard) if row.track_id not in rows)
        store.write_shard(shard, [*kept, *rows.values()])
