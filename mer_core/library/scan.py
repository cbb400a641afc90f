"""A folder tree of music → one record a file: what it sounds like, what its tags say, or why it cannot be used. Nothing
is written there.

A file's length is what is heard of it (see audio.measure), so that neither a cut-off file nor a lying header is
believed.

A record's `sound` is the SHA-256 of the coded audio packets. It stays the same when a file is renamed, moved or tagged
again, and is equal for copies of one recording file, whatever their names and tags. Files whose size and modification
time have not changed are not read again.
"""

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from mutagen.mp3 import MP3
from tqdm import tqdm

from mer_core.audio.cue import CueTrack, bounds, sheet_of, tracks_of
from mer_core.audio.folders import walk_audio
from mer_core.audio.measure import read_sound
from mer_core.audio.source import printable
from mer_core.datasets.mtg_jamendo.tsv import LONGEST_TRACK, is_unsafe
from mer_core.errors import AudioError, MerError
from mer_core.io.names import meant, written
from mer_core.io.spans import spanned
from mer_core.tags.safety import open_ape, open_tags
from mer_core.tags.write import read_moods

LOGGER = logging.getLogger(__name__)
LONGEST_TEXT = 300
MOST_MOODS = 50
NAMES = {
    "title": ("title", "TIT2", "Title"),
    "artist": ("artist", "TPE1", "Author"),
    "album": ("album", "TALB", "WM/AlbumTitle"),
}
"""Where titles, artists and albums stand: mutagen's easy names (and APEv2's, of any case), ID3 frames (WAV, AIFF),
ASF."""


@dataclass(frozen=True)
class FileRecord:
    """One file: `path` below the music folder with forward slashes; `size` in bytes; `duration` in seconds that can be
    read; `moods` as its tags say; `error` is "" or why it cannot be used, `damage` "" or what is missing of a file that
    can."""

    path: str
    size: int
    mtime_ns: int
    sound: str = ""
    duration: float = 0.0
    title: str = ""
    artist: str = ""
    album: str = ""
    moods: tuple[str, ...] = ()
    error: str = ""
    damage: str = ""

    @property
    def names_known(self) -> int:
        """How many of title and artist its tags state (a file without title is called as the file)."""
        return int(self.title != _clean(Path(self.path).stem)) + int(bool(self.artist))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        return {**vars(self), "moods": list(self.moods)}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> "FileRecord":
        """The reverse of `to_dict`; raises KeyError or TypeError for anything else."""
        if (
            "damage" not in value
        ):  # written before anyone looked for it: as if the file had changed, so that it is read again
            value = {**value, "damage": "", "mtime_ns": 0}
        record = cls(**{field.name: value[field.name] for field in fields(cls)})
        return cls(**{**vars(record), "moods": tuple(map(str, record.moods))})


def scan(
    root: Path,
    known: Mapping[str, FileRecord] | None = None,
    *,
    jobs: int | None = None,
    progress: bool = False,
    passed_over: Counter[str] | None = None,
    waiting: Collection[str] = (),
) -> list[FileRecord]:
    """Records of all audio files below `root`, sorted by path, of an album in one file those of its tracks; `known`
    (path → record) saves reading what has not changed. Files that are no audio are counted in `passed_over`; those
    `waiting` are not read, and stay as they are known."""
    found = sorted(find_audio(root, passed_over))
    reusable = known or {}

    records: dict[str, list[FileRecord]] = {}
    changed: list[tuple[str, os.stat_result, FileRecord | None]] = []
    for path in found:
        before = reusable.get(written(path))
        if path in waiting:
            records[path] = [before] if before else []
            continue
        try:
            status = os.stat(f"{root}/{path}")  # noqa: PTH116 (one of ten thousand: a Path would take as long as the look)
        except OSError as error:
            reason = f"it cannot be opened ({error.strerror}); check its permissions"
            records[path] = [FileRecord(path, 0, 0, error=reason)]
            continue
        same = before is not None and (before.size, before.mtime_ns) == (status.st_size, status.st_mtime_ns)
        if before and same and sheet_of(f"{root}/{path}") is None:
            records[path] = [before]
        else:
            changed.append((path, status, before if same else None))

    def read(file: tuple[str, os.stat_result, FileRecord | None]) -> list[FileRecord]:
        """The records of one file; whatever it raises is its result."""
        path, status, before = file
        try:
            return track_records(root, before or read_record(root, path, status))
        except Exception as error:
            LOGGER.exception("unexpected failure at %s", path)
            reason = f"it could not be read ({type(error).__name__}: {error}); convert it with another program"
            return [FileRecord(written(path), status.st_size, status.st_mtime_ns, error=printable(reason))]

    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        done = pool.map(read, changed)
        bar = tqdm(done, total=len(found), initial=len(records), desc="music files", unit="file", disable=not progress)
        records |= zip((path for path, *_ in changed), bar, strict=True)
    return [record for path in found for record in records[path]]


def find_audio(root: Path, passed_over: Counter[str] | None = None) -> Iterator[str]:
    """Paths below `root` of its audio files; see audio.folders for the rule."""
    return (path.relative_to(root).as_posix() for path in walk_audio(root, passed_over))


def track_records(root: Path, record: FileRecord) -> list[FileRecord]:
    """The record of each track of an album in one file, by its CUE sheet or chapters; else the record alone, with what
    is wrong with its sheet."""
    if record.error:
        return [record]
    file = meant(root, record.path)
    try:
        tracks, fault = tracks_of(file)
        spans = bounds(tracks, {file: record.duration})
    except AudioError as error:
        tracks, spans, fault = [], [], str(error)
    if not tracks:
        damage = record.damage if fault in record.damage else "; ".join(filter(None, (record.damage, fault)))
        return [replace(record, damage=damage)]
    return [_part_record(record, track, *span) for track, span in zip(tracks, spans, strict=True)]


def _part_record(record: FileRecord, track: CueTrack, start: float, end: float) -> FileRecord:
    return replace(
        record,
        path=spanned(record.path, start, end),
        sound=hashlib.sha256(f"{record.sound} {start:.3f} {end:.3f}".encode()).hexdigest(),
        duration=round(end - start, 3),
        title=_clean(track.title) or f"{record.title} {track.number}",
        artist=_clean(track.artist) or record.artist,
        album=_clean(track.album) or record.album or record.title,
    )


def read_record(root: Path, path: str, status: os.stat_result) -> FileRecord:
    """Read one file; whatever is wrong with it ends up in the record's `error`."""
    name = written(path)
    if any(character in path for character in "\t\r\n") or is_unsafe(stored_path(name)):
        return FileRecord(
            name,
            status.st_size,
            status.st_mtime_ns,
            error="a tracks file cannot hold its name (a line break or tab); rename it",
        )
    try:
        sound = read_sound(root / path, name)
    except AudioError as error:
        return FileRecord(name, status.st_size, status.st_mtime_ns, error=str(error))
    if not 0 < sound.seconds <= LONGEST_TRACK:
        return FileRecord(
            name,
            status.st_size,
            status.st_mtime_ns,
            error=f"it lasts {sound.seconds:.0f} s, which cannot be right; is it a whole music file?",
        )
    names = read_names(root / path)
    title = names.pop("title", "") or _clean(Path(name).stem)
    values = {"damage": sound.damage, **names}
    return FileRecord(
        name,
        status.st_size,
        status.st_mtime_ns,
        sound.digest,
        round(sound.seconds, 3),
        title,
        moods=_moods(root / path),
        **values,
    )


def stored_path(path: str) -> str:
    """`path` as a tracks file may hold it: one that looks like a drive or an absolute path ("1: Intro.mp3") gets a
    leading "./"."""
    return f"./{path}" if path[1:2] == ":" or path[:1] == "\\" else path


def read_names(path: Path) -> dict[str, str]:
    """title, artist and album as the tags of a file state them, "" where they do not; {} where its tags cannot be
    read."""
    try:
        file = open_tags(path, easy=True)
    except Exception as error:  # a strange tag must not keep a file out that can be played
        LOGGER.info("%s: its tags cannot be read (%s)", path, error)
        return {}
    if file is None:
        return {}
    values = {name: _first(file.tags or {}, keys) for name, keys in NAMES.items()}
    ape = open_ape(path) if isinstance(file, MP3) and not all(values.values()) else None
    return values if ape is None else {name: values[name] or _first(ape, keys) for name, keys in NAMES.items()}


def _first(tags: Any, keys: tuple[str, ...]) -> str:
    for key in keys:
        try:
            values = tags.get(key)
        except (KeyError, ValueError):
            continue
        if values:
            return _clean(str(values[0] if isinstance(values, list) else values))
    return ""


def _moods(path: Path) -> tuple[str, ...]:
    try:
        moods = read_moods(path)
    except MerError:
        return ()
    except Exception as error:  # as in _tags
        LOGGER.info("%s: its mood tags cannot be read (%s)", path, error)
        return ()
    return tuple(dict.fromkeys(filter(None, map(_clean, moods))))[:MOST_MOODS]


def _clean(text: str) -> str:
    """One line of printable text."""
    return printable(" ".join(text.split()))[:LONGEST_TEXT]
