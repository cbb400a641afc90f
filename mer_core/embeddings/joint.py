"""The store of several encoders joined, made of their own stores without the audio: shard by shard, each row what all
of them heard of a track (see encoders.joint).

A shard is joined again when one of the stores it is made of has a newer one.
"""

import time
from collections.abc import Sequence

from mer_core.embeddings.extract import EmbeddingProgress, Extraction
from mer_core.embeddings.failures import AudioWarning, Failure
from mer_core.embeddings.store import EmbeddingStore, TrackEmbedding
from mer_core.encoders.joint import join_frames, joint_identity, parts_of
from mer_core.errors import ArtifactError, Remedy
from mer_core.workspace.layout import Workspace


def join_stores(workspace: Workspace, encoder: str, *, progress: bool = False) -> Extraction:
    """Make, or bring up to date, the store of the encoders that `encoder` joins, from theirs; tracks that one of them
    does not have are left out.

    Raises ArtifactError when a store is missing, with the remedy that makes it, or damaged.
    """
    members = [_member(workspace, part) for part in parts_of(encoder)]
    identity = joint_identity([member.identity for member in members])
    store = EmbeddingStore.create(workspace.embeddings_dir(encoder), identity)
    _take_notes(store, members)
    shards = sorted({name for source in (store, *members) for name in source.shards()})
    started, made = time.monotonic(), EmbeddingProgress(None, shown=progress)
    for name in shards:
        if not _fresh(name, store, members):
            rows = _joined(name, members)
            store.write_shard(name, rows)
            for row in rows:
                made.add(row)
    _note(store, members)
    embedded = made.finish()
    known = len(store.track_ids)
    return Extraction(
        embedded.embedded,
        len(store.failures()),
        known - embedded.embedded,
        embedded.audio_hours,
        max(time.monotonic() - started, 1e-9),
    )


def _member(workspace: Workspace, encoder: str) -> EmbeddingStore:
    folder = workspace.embeddings_dir(encoder)
    if encoder not in workspace.encoders():
        raise ArtifactError(
            f"{folder} holds no embeddings (no manifest), and they are to be joined with others",
            remedy=Remedy("build_embeddings", workspace.root, encoder),
        )
    return EmbeddingStore.open(folder)


def _fresh(name: str, store: EmbeddingStore, members: Sequence[EmbeddingStore]) -> bool:
    """Whether the shard is there and newer than those it is made of."""
    own = store.shard_path(name)
    sources = [path for member in members if (path := member.shard_path(name)).exists()]
    if not own.exists() or len(sources) < len(members):
        return False
    return own.stat().st_mtime_ns > max(path.stat().st_mtime_ns for path in sources)


def _joined(name: str, members: Sequence[EmbeddingStore]) -> list[TrackEmbedding]:
    """The rows of the tracks that all `members` have in the shard `name`."""
    first, *others = [{row.track_id: row for row in member.read_rows(name)} for member in members]
    identities = [member.identity for member in members]
    return [
        TrackEmbedding(
            track_id,
            row.duration,
            join_frames([row.frames, *(other[track_id].frames for other in others)], identities),
            row.excerpts,
        )
        for track_id, row in first.items()
        if all(track_id in other for other in others)
    ]


def _take_notes(store: EmbeddingStore, members: Sequence[EmbeddingStore]) -> None:
    """What a store notes of the sound it was made from is that of the first of `members`."""
    for key in ("levels", "audio_type"):
        if key in members[0].manifest:
            store.manifest[key] = members[0].manifest[key]
        else:
            store.manifest.pop(key, None)


def _note(store: EmbeddingStore, members: Sequence[EmbeddingStore]) -> None:
    """Write down why tracks have no joint embedding, and what was wrong with the audio of others."""
    known = set(store.track_ids)
    failures = {
        failure.track_id: failure
        for member in members
        for failure in map(Failure._make, member.failures().itertuples(index=False))
        if failure.track_id not in known
    }
    warnings = {
        warning.track_id: warning
        for member in members
        for warning in map(AudioWarning._make, member.warnings().itertuples(index=False))
        if warning.track_id in known
    }
    before = {*store.failures()["track_id"], *store.warnings()["track_id"]}
    store.record({*known, *failures, *before}, list(failures.values()), list(warnings.values()))
