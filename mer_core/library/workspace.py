"""A person's own music as a workspace. Files stay where they are and are never written to.

    dataset/library.tsv        one track for each recording, in the MTG-Jamendo layout and without labels
    dataset/library.meta.tsv   titles, artists, albums
    dataset/library.json       one record a file, also of duplicates and broken ones, with the moods its tags name

A track's id comes from its coded audio, so it survives renaming, moving and tagging, and its embedding with it.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mer_core.datasets.mtg_jamendo.tsv import COLUMNS
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.files import SCHEMA_VERSION, read_json, write_bytes, write_json
from mer_core.library.scan import FileRecord, scan, stored_path
from mer_core.workspace.kinds import LIBRARY, RECORDS, kind_of
from mer_core.workspace.layout import Workspace, write_lock


@dataclass(frozen=True)
class Library:
    """The music of a workspace: `tracks` maps each track id to the file that stands for it, `records` are all files."""

    tracks: dict[str, FileRecord]
    records: tuple[FileRecord, ...] = ()

    @property
    def broken(self) -> list[FileRecord]:
        """Files that cannot be used; `error` says why."""
        return [record for record in self.records if record.error]

    @property
    def damaged(self) -> list[FileRecord]:
        """Files that are used as far as they can be read; `damage` says what is missing."""
        return [record for record in self.records if record.damage]

    @property
    def duplicates(self) -> list[tuple[FileRecord, FileRecord]]:
        """Files that hold the same audio as a track's file: (the copy, the track's file)."""
        chosen = {record.path for record in self.tracks.values()}
        return [
            (record, self.tracks[track_id(record)])
            for record in self.records
            if not record.error and record.path not in chosen
        ]

    def file_moods(self) -> dict[str, tuple[str, ...]]:
        """By track id: the moods in the tags of its file and of the copies of it, each once, where there are any."""
        found: dict[str, dict[str, str]] = {name: {} for name in self.tracks}
        copies = [(track_id(record), record) for record in self.records if not record.error]
        for name, record in [*self.tracks.items(), *copies]:
            for mood in record.moods if name in found else ():
                found[name].setdefault(mood.casefold(), mood)
        return {name: tuple(moods.values()) for name, moods in found.items() if moods}


@dataclass(frozen=True)
class LibraryImport:
    """What an import found: the library, and how its tracks differ from those of the import before."""

    workspace: Workspace
    library: Library
    added: int
    removed: int
    unchanged: int
    passed_over: Mapping[str, int] = field(default_factory=dict)
    """How many files of the folder are not named as audio, by ending."""


def track_id(record: FileRecord) -> str:
    """The id of the track that a usable file holds."""
    return f"track_{record.sound[:16]}"


def import_library(
    root: Path | str,
    audio_dir: Path | str,
    *,
    jobs: int | None = None,
    progress: bool = False,
    waiting: Collection[str] = (),
) -> LibraryImport:
    """Make or update the library workspace `root` from the music below `audio_dir`; embeddings of tracks that have gone
    are dropped. Files `waiting` to be whole (paths below `audio_dir`) stay as they were known, or out.

    Raises DatasetError when `audio_dir` holds no music, `root` lies in it, or `root` is another kind of workspace.
    """
    root, audio_dir = Path(root), Path(audio_dir).expanduser()
    before = check_folders(root, audio_dir)
    known = read_library(root)
    usable = (
        {record.path: record for record in known.records} if before and before.audio_root == audio_dir.resolve() else {}
    )
    passed_over: Counter[str] = Counter()
    records = scan(audio_dir.resolve(), usable, jobs=jobs, progress=progress, passed_over=passed_over, waiting=waiting)
    library = Library(_choose(records, known), tuple(records))
    if not library.tracks:
        broken = (
            f"; {len(records)} files were found and none can be read, the first because {records[0].error}"
            if records
            else ""
        )
        raise DatasetError(
            f"{audio_dir} holds no music that can be read{broken}; is it the right folder, and its drive connected?"
        )
    with write_lock(root):
        _write(root / "dataset", library, audio_dir.resolve())
        title = before.title if before else audio_dir.resolve().name or LIBRARY
        if not before or before.audio_root != audio_dir.resolve():
            Workspace.create(root, title=title, kind=LIBRARY, audio_root=audio_dir)
        workspace = Workspace.open(root)
        _drop_embeddings(workspace, library)
    old, new = known.tracks.keys(), library.tracks.keys()
    return LibraryImport(workspace, library, len(new - old), len(old - new), len(new & old), dict(passed_over))


def read_library(root: Path | str) -> Library:
    """The library of the workspace `root` as its last import found it; an empty one when its records are missing or
    damaged."""
    try:
        stored = read_json(Path(root) / "dataset" / RECORDS)
        records = tuple(FileRecord.from_dict(record) for record in stored["files"])
        by_path = {record.path: record for record in records}
        return Library({name: by_path[path] for name, path in stored["tracks"].items()}, records)
    except (ArtifactError, KeyError, TypeError, AttributeError, ValueError):
        return Library({})


def check_folders(root: Path, audio_dir: Path) -> Workspace | None:
    """The library workspace that is there already, None where it is new or its workspace.json lost; DatasetError where
    importing would be wrong."""
    if not audio_dir.is_dir():
        raise DatasetError(f"{audio_dir} is no folder; name the folder that holds your music")
    if root.resolve().is_relative_to(audio_dir.resolve()):
        raise DatasetError(
            f"the workspace {root} lies in the music folder {audio_dir}, where nothing may be written; name a folder "
            f"elsewhere"
        )
    if (kind := kind_of(root)) not in (None, LIBRARY):
        raise DatasetError(f"{root} is a workspace of the kind {kind!r}; name a new folder for your library")
    try:
        return Workspace.open(root)
    except ArtifactError:
        return None


def _choose(records: Iterable[FileRecord], known: Library) -> dict[str, FileRecord]:
    """One file for each recording: the one that stood for it before, else the one whose tags state most of title and
    artist, else the first by path."""
    tracks: dict[str, FileRecord] = {}
    stood = {record.path for record in known.tracks.values()}
    usable = [record for record in records if not record.error]
    for record in sorted(usable, key=lambda record: (record.path not in stood, -record.names_known, record.path)):
        tracks.setdefault(track_id(record), record)
    return dict(sorted(tracks.items(), key=lambda track: track[1].path))


def _write(folder: Path, library: Library, audio_dir: Path) -> None:
    rows = [
        (name, _id("artist", [record.artist]), _id("album", [record.artist, record.album]), record)
        for name, record in library.tracks.items()
    ]
    tracks = [
        COLUMNS,
        *(
            (name, artist, album, stored_path(record.path), f"{record.duration:.3f}")
            for name, artist, album, record in rows
        ),
    ]
    names = [
        ("TRACK_ID", "TRACK_NAME", "ARTIST_NAME", "ALBUM_NAME"),
        *((name, record.title, record.artist, record.album) for name, _, _, record in rows),
    ]
    files = {
        "tracks": {name: record.path for name, record in library.tracks.items()},
        "files": [record.to_dict() for record in library.records],
    }
    # first: it shows the next import that the rest is a library's, and where the music lies if workspace.json is lost
    write_json(folder / RECORDS, {"schema_version": SCHEMA_VERSION, "audio_root": str(audio_dir), **files})
    write_bytes(folder / "library.meta.tsv", _tsv(names))
    write_bytes(folder / "library.tsv", _tsv(tracks))


def _id(kind: str, names: Sequence[str]) -> str:
    """An id that is the same wherever the names are, in any case of letters; "" where the last is not known."""
    return (
        f"{kind}_{hashlib.sha256(repr([name.casefold() for name in names]).encode()).hexdigest()[:12]}"
        if names[-1]
        else ""
    )


def _tsv(lines: Iterable[Sequence[str]]) -> bytes:
    return "".join("\t".join(fields) + "\n" for fields in lines).encode()


def _drop_embeddings(workspace: Workspace, library: Library) -> None:
    for encoder in workspace.encoders():
        try:
            EmbeddingStore.open(workspace.embeddings_dir(encoder)).retain(library.tracks)
        except ArtifactError:
            continue  # a damaged store is mended by the next build; rows of tracks that have gone harm nobody
