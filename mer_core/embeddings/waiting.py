"""Which tracks a run has left to embed, and how those are reported that the mirror does not have as published."""

import errno
import os
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from mer_core.embeddings.store import EmbeddingStore, Failure
from mer_core.io.tar import Unpacked

_NOT_AS_PUBLISHED = "cannot be had from the mirror"
_NOT_THERE = os.strerror(errno.ENOENT)
"""What the failure of a track says whose file was not there."""


class Waiting(NamedTuple):
    """The tracks to embed now (columns as given), how many the store holds, and how many failed earlier and are not
    tried again."""

    tracks: pd.DataFrame
    reused: int
    failed_before: int


def waiting_tracks(tracks: pd.DataFrame, store: EmbeddingStore, *, retry_failed: bool) -> Waiting:
    """What `store` does not hold of `tracks` (columns track_id, path).

    Without `retry_failed` its failures are left out, but for those whose audio was not there or did not arrive as
    published: that may change.
    """
    held = tracks["track_id"].isin(store.track_ids)
    failed = tracks["track_id"].isin([] if retry_failed else settled_failures(store)) & ~held
    return Waiting(tracks[~held & ~failed], int(held.sum()), int(failed.sum()))


def settled_failures(store: EmbeddingStore) -> set[str]:
    """Ids of the tracks whose audio was there, and could not be embedded."""
    failures = store.failures()
    return set(failures["track_id"][~failures["error"].str.contains(f"{_NOT_AS_PUBLISHED}|{_NOT_THERE}")])


def failures_of(names: Mapping[str, tuple[str, str]], unpacked: Unpacked) -> list[Failure]:
    """The tracks that did not come out of a part; `names`: name in the tar → (track id, path)."""
    failed = [(names[name], reason) for name, reason in unpacked.failed.items() if name in names]
    return [
        Failure(track_id, path, f"{path} {_NOT_AS_PUBLISHED}: {reason}; the next run tries again")
        for (track_id, path), reason in failed
    ]
