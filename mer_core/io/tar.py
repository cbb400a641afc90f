"""Tracks out of a tar, safely: nothing but the expected files comes out, each only when its SHA-256 is right.

The tar is taken apart from its end and shortened before each track is written, so tar and tracks together never need
more room than the tar did. What is left of it is a prefix of the tar: after a crash the download completes it.
"""

import errno
import hashlib
import os
import tarfile
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mer_core.errors import DatasetError
from mer_core.io.checksums import sha256_of
from mer_core.io.files import write_bytes
from mer_core.io.http import TransferStopped

LARGEST_TRACK = 500_000_000
"""Bytes, also of memory while it is verified; 65 minutes at 320 kbit/s are 156 MB."""
MOST_MEMBERS = 20_000
LARGEST_HEADER = 2**20
"""Bytes of a header that describes the next one: names are shorter."""
MOST_NESTED = 4
_DESCRIPTIONS = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


@dataclass(frozen=True)
class Unpacked:
    """Names of the tracks that came out, and why others did not."""

    verified: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def unpack(
    tar_path: Path,
    folder: Path,
    checksums: Mapping[str, str],
    wanted: Collection[str] | None = None,
    stop: threading.Event | None = None,
) -> Unpacked:
    """Move the tracks of an uncompressed tar into `folder`; the tar is gone afterwards.

    `checksums` names every file the tar may hold (a relative path → SHA-256); `wanted` limits what comes out of it.
    `stop`, when set, calls the unpacking off (TransferStopped).

    Raises DatasetError when the tar is damaged or holds anything else (links, devices, other names): then nothing comes
    out.
    """
    try:
        with _opened(tar_path, folder, checksums) as (tar, members):
            out = _move_out(
                tar,
                tar_path,
                folder,
                [(name, member) for name, member in members if wanted is None or name in wanted],
                checksums,
                stop,
            )
    except tarfile.TarError as error:
        tar_path.unlink()
        raise DatasetError(
            f"{tar_path} was no sound tar ({error}) and has been deleted; download it again, from another mirror if "
            f"need be"
        ) from error
    except _UnexpectedMember as error:
        tar_path.unlink()
        raise DatasetError(
            f"{tar_path} held {error}; nothing was unpacked and it has been deleted: do not trust this mirror"
        ) from error
    tar_path.unlink()
    return out


@contextmanager
def _tar_errors(tar_path: Path) -> Iterator[None]:
    """Whatever Python's reader raises in a malformed tar becomes a tarfile.TarError; an OSError is only the disk's."""
    try:
        yield
    except (tarfile.TarError, _UnexpectedMember):
        raise
    except OSError as error:
        if error.errno != errno.EINVAL:  # a seek to before the beginning, or beyond what a file can be
            raise
        raise tarfile.ReadError(f"it points outside of itself: {error}") from error
    except Exception as error:
        raise tarfile.ReadError(f"it is malformed: {type(error).__name__}: {error}") from error


@contextmanager
def _opened(
    tar_path: Path, folder: Path, checksums: Mapping[str, str]
) -> Iterator[tuple[tarfile.TarFile, list[tuple[str, tarfile.TarInfo]]]]:
    """A tar and its tracks, as `_checked_members` finds them."""
    with _tar_errors(tar_path):
        _check_headers(tar_path)
        tar = tarfile.open(tar_path, "r:")  # noqa: SIM115 (closed below)
    with tar:
        with _tar_errors(tar_path):
            members = _checked_members(tar, folder, checksums)
        yield tar, members


def _check_headers(tar_path: Path) -> None:
    """Raise tarfile.ReadError where a header describes another (a long name, PAX) of more than LARGEST_HEADER bytes or
    of fewer than none, or more than MOST_NESTED follow each other: Python's reader would hold them in memory, and one
    in the other."""
    size, at, nested = tar_path.stat().st_size, 0, 0
    with tar_path.open("rb") as handle:
        while at + tarfile.BLOCKSIZE <= size:
            handle.seek(at)
            block = handle.read(tarfile.BLOCKSIZE)
            if not any(block):
                return
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            describes = info.type in _DESCRIPTIONS
            nested = nested + 1 if describes else 0
            if info.size < 0 or (describes and info.size > LARGEST_HEADER) or nested > MOST_NESTED:
                raise tarfile.ReadError(f"the header at byte {at} is malformed")
            at += tarfile.BLOCKSIZE * (1 + -(-info.size // tarfile.BLOCKSIZE))


def _checked_members(
    tar: tarfile.TarFile, folder: Path, checksums: Mapping[str, str]
) -> list[tuple[str, tarfile.TarInfo]]:
    """The tracks in the tar by name, in its order. Refuses the whole tar for one member that does not belong."""
    found: dict[str, tarfile.TarInfo] = {}
    for count, member in enumerate(tar):
        name = os.path.normpath(member.name)
        reason = "" if count < MOST_MEMBERS else f"more than {MOST_MEMBERS} members"
        reason = reason or ("of negative size" if member.size < 0 else "")
        try:
            tarfile.data_filter(member, str(folder))
        except tarfile.FilterError as error:
            reason = str(error)
        if not reason and not member.isdir():
            reason = _objection(member, name, checksums, found)
            found[name] = member
        if reason:
            raise _UnexpectedMember(f"{member.name[:100]!r}, which does not belong there ({reason})")
    return list(found.items())


def _objection(member: tarfile.TarInfo, name: str, checksums: Mapping[str, str], found: Collection[str]) -> str:
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        return "no regular file"
    if name not in checksums:
        return "not in the list of checksums"
    if name in found:
        return "there twice"
    return "" if member.size <= LARGEST_TRACK else f"larger than {LARGEST_TRACK / 1e6:.0f} MB"


def _move_out(
    tar: tarfile.TarFile,
    tar_path: Path,
    folder: Path,
    members: list[tuple[str, tarfile.TarInfo]],
    checksums: Mapping[str, str],
    stop: threading.Event | None,
) -> Unpacked:
    out = Unpacked()
    for name, member in reversed(members):
        if stop and stop.is_set():
            raise TransferStopped(f"the unpacking of {tar_path} was called off")
        target = folder / name
        if target.is_file() and sha256_of(target) == checksums[name]:
            out.verified.append(name)
            continue
        source = tar.extractfile(member)
        data = source.read() if source else b""
        digest = hashlib.sha256(data).hexdigest()
        os.truncate(tar_path, member.offset)
        if digest == checksums[name]:
            write_bytes(target, data)
            out.verified.append(name)
        else:
            out.failed[name] = (
                f"its SHA-256 is not the published one ({digest[:12]}… instead of {checksums[name][:12]}…)"
            )
    out.verified.reverse()
    return out


class _UnexpectedMember(Exception):
    """A member does not belong into the tar."""
