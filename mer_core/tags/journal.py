"""The journal of tagged files: for each, how to get from its bytes back to those it had before moods were first written
into it.

An entry is kept twice: under the path of the file, and under the SHA-256 of the tagged bytes, for it may be renamed or
moved. Either
copy does; what an entry says is tried before it is believed.
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mer_core.errors import ArtifactError
from mer_core.io.files import LARGEST_TEXT, SCHEMA_VERSION, parse_json, read_regular, write_bytes

_DIGEST = re.compile("[0-9a-f]{64}")


class Version(NamedTuple):
    """Tagged bytes, by their SHA-256: how many of their first and last are the original's, and what the original has in
    between."""

    tagged: str
    prefix: int
    suffix: int
    middle: bytes


class Entry(NamedTuple):
    """A file as it was called when it was tagged, the SHA-256 of its original, the versions that lead back there, and
    when the original
    was last modified (nanoseconds since 1970; None in entries of earlier releases)."""

    path: str
    original: str
    versions: tuple[Version, ...]
    mtime_ns: int | None = None

    def original_of(self, data: bytes) -> bytes | None:
        """The original of a file that holds `data` now, None where `data` is no version known; raises ValueError where
        it does not come out as noted."""
        now = _sha256(data)
        if now == self.original:
            return data
        version = next((version for version in self.versions if version.tagged == now), None)
        if version is None:
            return None
        original = data[: version.prefix] + version.middle + data[len(data) - version.suffix :]
        if _sha256(original) != self.original:
            raise ValueError("what it gives back is not the original")
        return original


def find(path: Path, data: bytes, journal: Path) -> tuple[Entry | None, bytes | None]:
    """What the journal knows of a file that holds `data` now, wherever it was, else of one that was called `path`; and
    its original.

    (None, None) where there is no entry, (entry, None) where the file was changed since by something else.

    Raises ArtifactError when the file's entry cannot be used and no copy of it is whole.
    """
    entry, original, unusable = _search((_by_content(_sha256(data), journal), _by_path(path, journal)), data)
    if unusable and original is None:  # the copy under the path that the file had before is found by its content alone
        entry, original, _ = _search(sorted(Path(journal).glob("*.json")), data)
        if original is None:
            raise ArtifactError(
                f"the journal's entry of {path} cannot be used ({'; '.join(unusable)}) and no copy of it is whole, so "
                f"the original cannot be given "
                "back; the file is left as it is. Restore the entry from a backup, or delete it: the file as it is "
                "will then count as the original"
            )
    return entry, original


def record(path: Path, original: bytes, tagged: bytes, before: Entry | None, journal: Path) -> None:
    """Note how to get from `tagged` back to `original`; the version the file has now stays noted too, until it is
    replaced."""
    now = _sha256(path.read_bytes())
    start = _common_prefix(original, tagged)
    end = _common_prefix(original[start:][::-1], tagged[start:][::-1])
    version = Version(_sha256(tagged), start, end, original[start : len(original) - end])
    kept = [known for known in before.versions if known.tagged == now] if before else []
    modified = before.mtime_ns if before and kept else path.stat().st_mtime_ns
    entry = Entry(str(path), _sha256(original), (*kept, version), modified)
    for place in (_by_path(path, journal), _by_content(version.tagged, journal)):
        write_bytes(
            place, json.dumps(_plain(entry), indent=1).encode()
        )  # in ASCII, for a name of a file need not be Unicode
    if before and before.original == entry.original:
        _drop([known for known in before.versions if known not in entry.versions], journal)


def forget(entry: Entry, path: Path, journal: Path) -> None:
    """Remove an entry, unless `path` is a copy of the file it was made for, which may want it yet."""
    first = Path(entry.path)
    if first != path and first.exists():
        return
    _drop(entry.versions, journal)
    _by_path(first, journal).unlink(missing_ok=True)


def _search(places: Iterable[Path], data: bytes) -> tuple[Entry | None, bytes | None, list[str]]:
    """The first entry in `places` that knows `data`, with the original, else the last; and which cannot be used, and
    why."""
    entry, unusable = None, []
    for place in places:
        try:
            entry = _parsed(parse_json(read_regular(place, LARGEST_TEXT)))
            original = entry.original_of(data)
        except FileNotFoundError:
            continue
        except (KeyError, TypeError, ValueError, OSError) as error:
            unusable.append(f"{place}: {f'{error} is missing' if isinstance(error, KeyError) else error}")
            continue
        if original is not None:
            return entry, original, unusable
    return entry, None, unusable


def _parsed(value: Any) -> Entry:
    """The entry of a JSON value; raises KeyError, TypeError or ValueError where it is none."""
    if not isinstance(version := value["schema_version"], int) or version > SCHEMA_VERSION:
        raise ValueError(f"it has schema version {version!r}, this release reads up to {SCHEMA_VERSION}")
    versions = tuple(
        Version(known["tagged"], known["prefix"], known["suffix"], base64.b64decode(known["middle"], validate=True))
        for known in value["versions"]
    )
    entry = Entry(value["path"], value["original"], versions, value.get("mtime_ns"))
    counts = [count for known in versions for count in (known.prefix, known.suffix)]
    if not isinstance(entry.path, str) or not all(isinstance(count, int) and count >= 0 for count in counts):
        raise TypeError("its path is no text, or a count of bytes is no number")
    if entry.mtime_ns is not None and not (isinstance(entry.mtime_ns, int) and abs(entry.mtime_ns) < 2**63):
        raise TypeError("its time of modification is no number of nanoseconds")
    if not all(_DIGEST.fullmatch(digest) for digest in (entry.original, *(known.tagged for known in versions))):
        raise ValueError("it holds something else where a SHA-256 belongs")
    return entry


def _plain(entry: Entry) -> dict[str, Any]:
    """The entry as JSON can hold it."""
    versions = [{**known._asdict(), "middle": base64.b64encode(known.middle).decode()} for known in entry.versions]
    return {"schema_version": SCHEMA_VERSION, **entry._asdict(), "versions": versions}


def _by_path(path: Path, journal: Path) -> Path:
    return Path(journal) / f"{_sha256(os.fsencode(path))[:24]}.json"


def _by_content(tagged: str, journal: Path) -> Path:
    return Path(journal) / f"content-{tagged[:24]}.json"


def _drop(versions: Sequence[Version], journal: Path) -> None:
    for version in versions:
        _by_content(version.tagged, journal).unlink(missing_ok=True)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _common_prefix(left: bytes, right: bytes) -> int:
    """Length of the common beginning of two byte strings, by bisection (each step one fast comparison)."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
