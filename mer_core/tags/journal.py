"""The journal of tagged files: for each, how to get from its bytes back to those it had before moods were first written
into it.

An entry holds the bytes that changed and where the others stand in the tagged file (see delta), so it is small whatever
the file. It is kept twice: under the path of the file, and under the SHA-256 of the tagged bytes, for it may be renamed
or moved. Either copy does; what an entry says is tried before it is believed, also before the file is touched. Entries
of earlier releases (schema version 1), which could hold the whole file, are read too.
"""

import base64
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from mer_core.errors import ArtifactError
from mer_core.io.files import parse_json, read_regular, write_bytes
from mer_core.tags.delta import Piece, Run, difference, restored
from mer_core.tags.safety import sha256_of_open

VERSION = 2
LARGEST_ENTRY = 4 * 2**30
"""Bytes of the largest entry that is read; only earlier releases wrote large ones."""
_DIGEST = re.compile("[0-9a-f]{64}")


class Version(NamedTuple):
    """Tagged bytes, by their SHA-256, and the pieces that make the original of them."""

    tagged: str
    pieces: tuple[Piece, ...]


class Entry(NamedTuple):
    """A file as it was called when it was tagged, the SHA-256 of its original, the versions that lead back there, and
    when the original was last modified (nanoseconds since 1970; None in entries of earlier releases)."""

    path: str
    original: str
    versions: tuple[Version, ...]
    mtime_ns: int | None = None


class JournalMatch(NamedTuple):
    """What the journal knows of a file: its entry, None where there is none, and its original, None where the file was
    changed since by something else."""

    entry: Entry | None
    original: BinaryIO | None


@contextmanager
def find(path: Path, journal: Path) -> Iterator[JournalMatch]:
    """What the journal knows of the file at `path` as it is now, wherever it was, else of one that was called `path`.

    Raises ArtifactError when the file's entry cannot be used and no copy of it is whole.
    """
    with Path(path).open("rb") as file, tempfile.TemporaryFile() as target:
        now = sha256_of_open(file)
        found, unusable = _search((_by_content(now, journal), _by_path(path, journal)), now, file, target)
        # the copy under the path that the file had before is found by its content alone
        if unusable and found.original is None:
            found, _ = _search(sorted(Path(journal).glob("*.json")), now, file, target)
            if found.original is None:
                raise ArtifactError(
                    f"the journal's entry of {path} cannot be used ({'; '.join(unusable)}) and no copy of it is "
                    "whole, so the original cannot be given "
                    "back; the file is left as it is. Restore the entry from a backup; only where there is none, "
                    "move it away: the file as it is will "
                    "then count as the original"
                )
        yield found


def record(path: Path, original: BinaryIO, tagged: Path, before: Entry | None, journal: Path) -> None:
    """Note how to get from the file `tagged`, which is to replace `path`, back to `original`; the version that `path`
    has now stays noted too, until it is replaced. What was noted is read back and tried.

    Raises AudioError when too much would change (see delta), ArtifactError when what was noted does not lead back.
    """
    with Path(path).open("rb") as file, tagged.open("rb") as new:
        version = Version(sha256_of_open(new), tuple(difference(original, new)))
        now = sha256_of_open(file)
        kept = [known for known in before.versions if known.tagged == now] if before else []
        modified = before.mtime_ns if before and kept else os.fstat(file.fileno()).st_mtime_ns
        entry = Entry(str(path), sha256_of_open(original), (*kept, version), modified)
        if before and before.original == entry.original:  # first, so that a crash leaves none that no entry names
            _drop([known for known in before.versions if known not in entry.versions], journal)
        places = _by_path(path, journal), _by_content(version.tagged, journal)
        for place in places:
            # in ASCII, for a name of a file need not be Unicode
            write_bytes(place, json.dumps(_plain(entry), indent=1).encode())
        for place in places:
            with tempfile.TemporaryFile() as trial:
                found, unusable = _search([place], version.tagged, new, trial)
                if found.original is None:
                    raise ArtifactError(
                        f"{path} was not tagged: what the journal noted could not be read back "
                        f"({'; '.join(unusable)}); is the disk damaged?"
                    )


def forget(entry: Entry, path: Path, journal: Path) -> None:
    """Remove an entry, unless `path` is a copy of the file it was made for, which may want it yet."""
    first = Path(entry.path)
    if first != path and first.exists():
        return
    _drop(entry.versions, journal)
    _by_path(first, journal).unlink(missing_ok=True)


def _search(places: Iterable[Path], now: str, file: BinaryIO, target: BinaryIO) -> tuple[JournalMatch, list[str]]:
    """The first entry in `places` that knows the bytes of `file`, whose SHA-256 is `now`, with the original, else the
    last; and which cannot be used, and why. The original is written into `target`, or is `file` itself."""
    entry, unusable = None, []
    for place in places:
        try:
            entry = _parsed(parse_json(read_regular(place, LARGEST_ENTRY)), file.seek(0, os.SEEK_END))
            original = _original(entry, now, file, target)
        except FileNotFoundError:
            continue
        except (KeyError, TypeError, ValueError, OSError) as error:
            unusable.append(f"{place}: {f'{error} is missing' if isinstance(error, KeyError) else error}")
            continue
        if original is not None:
            return JournalMatch(entry, original), unusable
    return JournalMatch(entry, None), unusable


def _original(entry: Entry, now: str, file: BinaryIO, target: BinaryIO) -> BinaryIO | None:
    """The original of `file`, None where its bytes are no version known; raises ValueError where it does not come out
    as noted."""
    if now == entry.original:
        return file
    version = next((version for version in entry.versions if version.tagged == now), None)
    if version is None:
        return None
    target.seek(0)
    target.truncate()
    digest = hashlib.sha256()
    for block in restored(version.pieces, file):
        digest.update(block)
        target.write(block)
    if digest.hexdigest() != entry.original:
        raise ValueError("what it gives back is not the original")
    return target


def _parsed(value: Any, size: int) -> Entry:
    """The entry of a JSON value for a file of `size` bytes; raises KeyError, TypeError or ValueError where it is
    none."""
    if not isinstance(version := value["schema_version"], int) or version > VERSION:
        raise ValueError(f"it has schema version {version!r}, this release reads up to {VERSION}")
    entry = Entry(
        value["path"],
        value["original"],
        tuple(_version(known, size) for known in value["versions"]),
        value.get("mtime_ns"),
    )
    if not isinstance(entry.path, str):
        raise TypeError("its path is no text")
    if entry.mtime_ns is not None and not (isinstance(entry.mtime_ns, int) and abs(entry.mtime_ns) < 2**63):
        raise TypeError("its time of modification is no number of nanoseconds")
    if not all(_DIGEST.fullmatch(digest) for digest in (entry.original, *(known.tagged for known in entry.versions))):
        raise ValueError("it holds something else where a SHA-256 belongs")
    return entry


def _version(known: Any, size: int) -> Version:
    if "pieces" in known:
        return Version(known["tagged"], tuple(_piece(piece) for piece in known["pieces"]))
    # schema version 1: how many of the first and last bytes are the original's
    prefix, suffix = known["prefix"], known["suffix"]
    middle = base64.b64decode(known["middle"], validate=True)
    return Version(known["tagged"], (_run(0, prefix), middle, _run(max(size - suffix, 0), suffix)))


def _piece(piece: Any) -> Piece:
    return base64.b64decode(piece, validate=True) if isinstance(piece, str) else _run(*piece)


def _run(start: Any, length: Any) -> Run:
    if not all(isinstance(count, int) and count >= 0 for count in (start, length)):
        raise TypeError("a count of bytes is no number")
    return Run(start, length)


def _plain(entry: Entry) -> dict[str, Any]:
    """The entry as JSON can hold it."""
    versions = [
        {
            "tagged": known.tagged,
            "pieces": [
                list(piece) if isinstance(piece, Run) else base64.b64encode(piece).decode() for piece in known.pieces
            ],
        }
        for known in entry.versions
    ]
    return {"schema_version": VERSION, **entry._asdict(), "versions": versions}


def _by_path(path: Path, journal: Path) -> Path:
    return Path(journal) / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.json"


def _by_content(tagged: str, journal: Path) -> Path:
    return Path(journal) / f"content-{tagged[:24]}.json"


def _drop(versions: Sequence[Version], journal: Path) -> None:
    for version in versions:
        _by_content(version.tagged, journal).unlink(missing_ok=True)
