"""A folder tree of music → one record a file: what it sounds like, what its tags say, or why it cannot be used. Nothing
is written there.

A file's length is what its audio packets add up to, so that a cut-off file is not taken for whole; nothing is decoded
for that.

A record's `sound` is the SHA-256 of the coded audio packets. It stays the same when a file is renamed, moved or tagged
anew, and is equal for copies of one recording file, whatever their names and tags. Files whose size and modification
time have not changed are not read again.
"""

import hashlib
import logging
import os
import re
import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import av
import mutagen
from tqdm import tqdm

from mer_core.audio.container import open_audio, printable
from mer_core.datasets.mtg_jamendo.tsv import LONGEST_TRACK, is_unsafe
from mer_core.errors import AudioError, MerError
from mer_core.tags.write import read_moods

LOGGER = logging.getLogger(__name__)
AUDIO_NAME = re.compile(
    r".*\.(mp[234]|m4[ab]|aac|og[ga]|opus|flac|wma|wave?|aif[fc]?|au|caf|wv|ape|tta|mka|webm|ac3|dsf)",
    re.IGNORECASE | re.DOTALL,
)
"""Names of the files that are looked into."""
LONGEST_TEXT = 300
MOST_MOODS = 50
NAMES = {
    "title": ("title", "TIT2", "Title"),
    "artist": ("artist", "TPE1", "Author"),
    "album": ("album", "TALB", "WM/AlbumTitle"),
}
"""Where titles, artists and albums stand: mutagen's easy names, ID3 frames (WAV, AIFF), ASF."""


_SHORTFALL = (0.2, 0.002)  # seconds, and share of the declared length, that the packets of a whole file may lack


class Sound(NamedTuple):
    """The coded audio of a file: SHA-256 of its packets, how many seconds can be read, and "" or what is missing."""

    digest: str
    seconds: float
    damage: str


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
        return {**asdict(self), "moods": list(self.moods)}

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

    def record(path: str) -> FileRecord:
        """What there is to know of the file at `path`; as it was told before where the file has not changed."""
        before = reusable.get(path)
        try:
            status = (root / path).stat()
        except OSError as error:
            return FileRecord(path, 0, 0, error=f"it cannot be opened ({error.strerror}); check its permissions")
        if before and (before.size, before.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return before
        return read_record(root, path, status)

    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        return list(
            tqdm(pool.map(record, found), total=len(found), desc="music files", unit="file", disable=not progress)
        )


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
            if AUDIO_NAME.fullmatch(name) and not name.startswith(".") and _is_regular(path):
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
        sound = _sound(root / path, path)
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
        file = mutagen.File(path, easy=True)
    except Exception as error:  # a strange tag must not keep a file out that can be played
        LOGGER.info("%s: its tags cannot be read (%s)", path, error)
        return {}
    return {} if file is None else {name: _first(file.tags or {}, keys) for name, keys in NAMES.items()}


def _sound(path: Path, shown: str) -> Sound:
    """Read the audio packets of a file. Raises AudioError when there are none."""
    digest, ticks, packets, timed = hashlib.sha256(), 0, 0, 0
    with open_audio(path, shown) as audio:
        try:
            for packet in audio.container.demux(audio.stream):
                if packet.size:
                    digest.update(memoryview(packet))
                    packets += 1
                    ticks += packet.duration or 0
                    timed += bool(packet.duration)
        except (av.FFmpegError, ValueError) as error:  # what came before counts, as it does in decoding
            LOGGER.info("%s: reading ended early (%s)", shown, error)
        counted = (
            float(ticks * (audio.stream.time_base or 0)) * packets / timed if timed else 0.0
        )  # in WMA some packets tell no length
        declared = audio.declared_seconds or counted
    if not packets:
        raise AudioError(f"{shown} holds no audio; is it a whole music file?")
    if not audio.exact_length or not counted:
        return Sound(digest.hexdigest(), counted or declared, audio.ended_early)
    short = declared - counted > _SHORTFALL[0] + _SHORTFALL[1] * declared
    damage = f"{counted:.0f} of {declared:.0f} s can be read" if short else audio.ended_early
    return Sound(
        digest.hexdigest(), min(counted, declared), damage
    )  # the packets of a whole file hold a coder's delay, too


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
