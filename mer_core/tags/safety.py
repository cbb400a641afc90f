"""Before a file's tags are opened or the file is replaced: is it a file at all, is it small enough to parse, is it
still the same one?"""

import hashlib
import os
import shutil
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import mutagen
from mutagen.apev2 import APEv2
from mutagen.id3 import _frames

from mer_core.audio.guard import ByteRange, GuardedFile
from mer_core.audio.layout import chunks, parts_of
from mer_core.errors import AudioError
from mer_core.io.files import atomic_path

LARGEST_TAG = 64 * 2**20
"""Bytes of an ID3 tag that is read."""
MOST_UNPACKED = 16 * 2**20
"""Bytes that all frames of a tag may come to when they are unpacked."""
MOST_FRAMES = 20_000
"""Frames of an ID3 tag."""
_BLOCK = 2**20
_CHANGED = (
    "{path} was changed by another program meanwhile; the file is left as that program wrote it: run the command again"
)
_left_to_unpack: ContextVar[int] = ContextVar("_left_to_unpack", default=MOST_UNPACKED)


class _BoundedZlib:
    """What mutagen unpacks frames with, which has no bound of its own: each tag may unpack to MOST_UNPACKED bytes."""

    error = zlib.error

    @staticmethod
    def decompress(data: bytes) -> bytes:
        """The unpacked data; raises AudioError beyond the bound, which mutagen, unlike zlib's own, passes on."""
        left = _left_to_unpack.get()
        unpacking = zlib.decompressobj()
        unpacked = unpacking.decompress(data, left + 1)
        if len(unpacked) > left:
            raise AudioError(f"its tag unpacks to more than {MOST_UNPACKED >> 20} MB")
        _left_to_unpack.set(left - len(unpacked))
        if not unpacking.eof:
            raise zlib.error("incomplete or truncated stream")
        return unpacked


setattr(_frames, "zlib", _BoundedZlib)  # noqa: B010 (mypy knows it as a module)


def open_tags(source: Path | BinaryIO, *, easy: bool = False) -> Any:
    """What mutagen reads of an audio file, given by its path or open: an object with its tags, None where its format is
    none of mutagen's.

    Raises AudioError when a path is no regular file or the tag is too large to be parsed; and whatever mutagen raises
    on damage.
    """
    if not isinstance(source, str | os.PathLike):
        return _open_tags(source, "the audio data", easy)
    check_file(source)
    with Path(source).open("rb") as handle:
        return _open_tags(handle, str(source), easy)


def _open_tags(handle: BinaryIO, shown: str, easy: bool) -> Any:
    parts_of(handle, shown)
    _check_id3(handle, shown)
    guarded = _Named(handle, ByteRange(0, handle.seek(0, os.SEEK_END)), shown)
    with _unpacking():
        return mutagen.File(guarded, easy=easy)


def open_ape(path: Path) -> APEv2 | None:
    """The APEv2 tag at the end of an MP3 file, None where there is none or it is damaged."""
    try:
        with Path(path).open("rb") as handle:
            size = handle.seek(0, os.SEEK_END)
            tag = APEv2(fileobj=_Named(handle, ByteRange(0, size), str(path)))
    except (mutagen.MutagenError, ValueError, EOFError):
        return None
    setattr(tag, "filename", os.fspath(path))  # noqa: B010 (mypy knows it as None)
    return tag


@contextmanager
def _unpacking() -> Iterator[None]:
    token = _left_to_unpack.set(MOST_UNPACKED)
    try:
        yield
    finally:
        _left_to_unpack.reset(token)


class _Named(GuardedFile):
    """mutagen also goes by the ending of a file's name."""

    @property
    def name(self) -> str:
        """The path."""
        return self._shown


def check_file(path: Path) -> None:
    """Raise AudioError unless `path`, or what it links to, is a regular file: a pipe or a device may never end."""
    try:
        status = Path(path).stat()
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, in Python 3.11
        raise AudioError(
            f"{path} cannot be opened ({getattr(error, 'strerror', None) or error}); check its name and its permissions"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise AudioError(f"{path} is not a file; name an audio file")


def is_rf64(path: Path) -> bool:
    """Whether the file at `path` is a WAV of the kind for more than 4 GB, which has no place for tags; raises
    AudioError as `check_file` does."""
    check_file(path)
    with Path(path).open("rb") as handle:
        return handle.read(4) in (b"RF64", b"BW64")


def resolved(path: Path) -> Path:
    """The file that `path` means, links followed; raises AudioError as `check_file` does."""
    check_file(path)
    return Path(path).resolve()


def _check_id3(handle: BinaryIO, shown: str) -> None:
    """Raise AudioError for an ID3 tag of too many bytes or frames, at the beginning of a file or in a chunk of its
    own."""
    size = handle.seek(0, os.SEEK_END)
    handle.seek(0)
    head = handle.read(4)
    places = [0] if head[:3] == b"ID3" else []
    if head in (b"RIFF", b"RF64", b"FORM"):
        places = [at + 8 for name, at, _ in chunks(handle, 0, size, shown) if name.lower() == b"id3 "]
    for place in places:
        handle.seek(place)
        header = handle.read(10)
        length = sum((byte & 127) << shift for byte, shift in zip(header[6:], (21, 14, 7, 0), strict=False))
        if length > LARGEST_TAG:
            raise AudioError(
                f"the tag of {shown} is larger than {LARGEST_TAG >> 20} MB and is not read; remove it with a tag editor"
            )
        content = handle.read(length)
        if (
            header[:3] == b"ID3"
            and max(_frames_in(content, 8 if header[3] >= 4 else 0), _frames_in(content, 0)) > MOST_FRAMES
        ):
            raise AudioError(
                f"the tag of {shown} holds more than {MOST_FRAMES} frames and is not read; remove it with a tag editor"
            )


def _frames_in(content: bytes, synchsafe: int) -> int:
    """How many frames follow each other, up to one more than MOST_FRAMES; `synchsafe`: their sizes leave every eighth
    bit free."""
    at = count = 0
    while at + 10 <= len(content) and content[at] and count <= MOST_FRAMES:
        size = struct.unpack_from(">I", content, at + 4)[0]
        if synchsafe:
            size = sum((size >> 8 * byte & 127) << 7 * byte for byte in range(4))
        at += 10 + size
        count += 1
    return count


class Snapshot(NamedTuple):
    """Which file it was, and what it held."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


def snapshot(path: Path) -> Snapshot:
    """The file at `path` as it is now; raises OSError when it cannot be read."""
    with Path(path).open("rb") as handle:
        status = os.fstat(handle.fileno())
        digest = sha256_of_open(handle)
    return Snapshot(*_identity(status), digest)


@contextmanager
def replaced(path: Path, before: Snapshot) -> Iterator[Path]:
    """Yield a copy of the file at `path` that replaces it in one step at the end; on failure it is removed.

    Raises AudioError where the file is no longer that of `before`, also when another program that had opened it writes
    while it is replaced; what that program wrote is then kept.
    """
    with path.open("rb") as held:
        with atomic_path(path) as copy:
            shutil.copy2(path, copy)
            mode = stat.S_IMODE(copy.stat().st_mode)
            copy.chmod(mode | 0o200)
            yield copy
            with copy.open("rb+") as handle:
                os.fsync(handle.fileno())  # takes long, so before the look at the file
            _check_unchanged(path, before)
        if not mode & 0o200:
            path.chmod(mode)
        if _written(os.fstat(held.fileno())) != _written_before(before):
            with atomic_path(path) as copy:
                held.seek(0)
                with copy.open("wb") as target:
                    shutil.copyfileobj(held, target, _BLOCK)
            raise AudioError(_CHANGED.format(path=path))


def _check_unchanged(path: Path, before: Snapshot) -> None:
    try:
        now = snapshot(path)
        if now == before and _identity(path.stat()) == before[:-1]:
            return
    except OSError:
        pass
    raise AudioError(_CHANGED.format(path=path))


def _written(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _written_before(before: Snapshot) -> tuple[int, int]:
    return before.size, before.mtime_ns


def sha256_of_open(handle: BinaryIO) -> str:
    """SHA-256 of a file opened for reading, from its beginning."""
    digest = hashlib.sha256()
    handle.seek(0)
    while block := handle.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _identity(status: os.stat_result) -> tuple[int, int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def check_replaceable(path: Path, *, hard_links: bool, read_only: bool) -> None:
    """Raise AudioError for a file that has other names, or that nobody may write, unless asked to replace it all the
    same."""
    status = Path(path).stat()
    if status.st_nlink > 1 and not hard_links:
        others = f"{status.st_nlink - 1} other name{'s' * (status.st_nlink > 2)} (hard links)"
        raise AudioError(
            f"{path} has {others}, which would keep the file without moods and be cut off from this one; allow "
            "hard links to tag it all the same"
        )
    if not status.st_mode & 0o222 and not read_only:
        raise AudioError(f"{path} is read-only; make it writable, or allow read-only files to replace it all the same")
