"""A folder tree of music → one record a file: what it sounds like, what its tags say, or why it cannot be used. Nothing
is written there.

A file's length is what is heard of it (see audio.measure), so that neither a cut-off file nor a lying header is
believed.

A record's `sound` is the SHA-256 of the coded audio packets. It stays the same when a file is renamed, moved or tagged
anew, and is equal for copies of one recording file, whatever their names and tags. Files whose size and modification
time have not changed are not read again.
"""

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from mutagen.mp3 import MP3
from tqdm import tqdm

from mer_core.audio.formats import is_audio_name
from mer_core.audio.measure import read_sound
from mer_core.audio.source import printable
from mer_core.datasets.mtg_jamendo.tsv import LONGEST_TRACK, is_unsafe
from mer_core.errors import AudioError, MerError
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
    read; `moods`
    as its tags say; `error` is "" or why it cannot be used, `damage` "" or what is missing of a file that can."""

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
    def names_told(self) -> int:
        """How many of title and artist its tags tell (a file without title is called as the file)."""
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
    root: Path, known: Mapping[str, FileRecord] | None = None, *, jobs: int | None = None, progress: bool = False
) -> list[FileRecord]:
    """Records of all audio files below `root`, sorted by path; `known` (path → record) saves reading what has not
    changed."""
    found = sorted(find_audio(root))
    reusable = known or {}

    records: dict[str, FileRecord] = {}
    changed: list[tuple[str, os.stat_result]] = []
    for path in found:
        before = reusable.get(path)
        try:
            status = os.stat(f"{root}/{path}")  # noqa: PTH116 (one of ten thousand: a Path would take as long as the look)
        except OSError as error:
            told = f"it cannot be opened ({error.strerror}); check its permissions"
            records[path] = FileRecord(path, 0, 0, error=told)
            continue
        if before and (before.size, before.mtime_ns) == (status.st_size, status.st_mtime_ns):
            records[path] = before
        else:
            changed.append((path, status))

    def read(file: tuple[str, os.stat_result]) -> FileRecord:
        """The record of one file; whatever it raises is its result."""
        path, status = file
        try:
            return read_record(root, path, status)
        except Exception as error:
            LOGGER.exception("unexpected failure at %s", path)
            reason = f"it could not be read ({type(error).__name__}: {error}); convert it with another program"
            return FileRecord(_utf8(path), status.st_size, status.st_mtime_ns, error=printable(reason))

    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        done = pool.map(read, changed)
        bar = tqdm(done, total=len(found), initial=len(records), desc="music files", unit="file", disable=not progress)
        records |= zip((path for path, _ in changed), bar, strict=True)
    return [records[path] for path in found]


def find_audio(root: Path) -> Iterator[str]:
    """Paths below `root` of regular files with an audio ending. Links to folders are followed, each folder once; hidden
    ones are passed over."""
    seen: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(
        root, followlinks=True, onerror=lambda error: LOGGER.warning("%s; it is left out", error)
    ):
        status = Path(folder).stat()
        if (status.st_dev, status.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        subfolders[:] = sorted(
            name for name in subfolders if not name.startswith(".")
        )  # so that it is always the same path that is taken
        for name in names:
            path = Path(folder) / name
            if is_audio_name(name) and _is_regular(path):
                yield path.relative_to(root).as_posix()


def read_record(root: Path, path: str, status: os.stat_result) -> FileRecord:
    """Read one file; whatever is wrong with it ends up in the record's `error`."""
    if _utf8(path) != path or any(character in path for character in "\t\r\n") or is_unsafe(stored_path(path)):
        return FileRecord(
            _utf8(path),
            status.st_size,
            status.st_mtime_ns,
            error="a tracks file cannot hold its name (a line break, tab or broken text); rename it",
        )
    try:
        sound = read_sound(root / path, path)
    except AudioError as error:
        return FileRecord(path, status.st_size, status.st_mtime_ns, error=str(error))
    if not 0 < sound.seconds <= LONGEST_TRACK:
        return FileRecord(
            path,
            status.st_size,
            status.st_mtime_ns,
            error=f"it lasts {sound.seconds:.0f} s, which cannot be right; is it a whole music file?",
        )
    names = read_names(root / path)
    title = names.pop("title", "") or _clean(Path(path).stem)
    told = {"damage": sound.damage, **names}
    return FileRecord(
        path,
        status.st_size,
        status.st_mtime_ns,
        sound.digest,
        round(sound.seconds, 3),
        title,
        moods=_moods(root / path),
        **told,
    )


def stored_path(path: str) -> str:
    """`path` as a tracks file may hold it: one that looks like a drive or an absolute path ("1: Intro.mp3") gets a
    leading "./"."""
    return f"./{path}" if path[1:2] == ":" or path[:1] == "\\" else path


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return path.is_symlink()  # a broken link is reported when it is read


def read_names(path: Path) -> dict[str, str]:
    """title, artist and album as the tags of a file tell them, "" where they do not; {} where its tags cannot be
    read."""
    try:
        file = open_tags(path, easy=True)
    except Exception as error:  # a strange tag must not keep a file out that can be played
        LOGGER.info("%s: its tags cannot be read (%s)", path, error)
        return {}
    if file is None:
        return {}
    told = {name: _first(file.tags or {}, keys) for name, keys in NAMES.items()}
    ape = open_ape(path) if isinstance(file, MP3) and not all(told.values()) else None
    return told if ape is None else {name: told[name] or _first(ape, keys) for name, keys in NAMES.items()}


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


def _utf8(path: str) -> str:
    return path.encode(errors="replace").decode()
