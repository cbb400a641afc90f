"""Writing files so that a crash at any moment leaves the old version or the new one, never half of either.

A *bundle* is a folder described by one JSON manifest. The other files of a bundle carry a piece of their SHA-256 in
their names, so replacing the manifest (one atomic rename) is the moment a new version takes effect, and a damaged
file is recognised when it is read.
"""

import codecs
import errno
import hashlib
import json
import os
import platform
import re
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mer_core.errors import ArtifactError, Remedies

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1
"""Version of every manifest this release writes; later releases must read all versions up to their own."""

CHECK = "sha256"
"""Key of a bundle's manifest under which a hash of all its other values stands."""

PLAIN_NAME = re.compile(r"\w[\w.-]*")
"""A file name that stays in its folder."""


LARGEST_TEXT = 256 * 2**20
"""Bytes of the largest JSON or TSV file that is read: the records of a library of 500,000 files are smaller."""

DEEPEST = 50
"""How many lists and objects of a JSON text may lie in one another; what this package writes stays below 10."""


class Bundle(NamedTuple):
    """A verified bundle: its manifest and, by logical name, where its files lie."""

    manifest: dict[str, Any]
    files: dict[str, Path]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it replaces `path` in one step, on failure it is removed.

    Temporary files that killed processes of this machine left in the folder are removed first.

    Raises whatever the body raises, an OSError that names no other file with the name of `path`; `path` is then
    untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    remove_leftovers(path.parent)
    short = hashlib.sha256(path.name.encode(errors="surrogateescape")).hexdigest()[
        :12
    ]  # the name itself may be as long as names may be
    temporary = path.with_name(f".{short}-{platform.node()}-{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as handle:
            os.fsync(handle.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(temporary), temporary):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of `atomic_path` that killed processes of this machine left in `folder`."""
    ours = re.compile(rf"\.[0-9a-f]{{12}}-{re.escape(platform.node())}-(\d+)-\d+\.tmp")
    for path in Path(folder).glob(".*.tmp"):
        if (match := ours.fullmatch(path.name)) and not _is_running(match[1]):
            path.unlink(missing_ok=True)


def _is_running(pid: str) -> bool:
    """Whether the process exists; where that cannot be asked without harm (Windows), or `pid` is no number, it is taken
    to."""
    if os.name != "posix" or not pid.isdecimal():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it belongs to somebody else
        return True
    return True


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def write_json(path: Path, value: Any) -> None:
    """Write `value` to `path` atomically as readable JSON; NaN is refused (ValueError): write None instead."""
    write_bytes(path, (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode())


_FORMULA = re.compile(r"(^|[;|\t\r\n])(\s*)([=+\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet may take text for a formula: at its beginning, and behind what it may take for the end of a cell;
full-width signs count as the others."""


def csv_text(table: "pd.DataFrame") -> str:
    """`table` as CSV without its index; text that a spreadsheet would run as a formula gets an apostrophe in front.

    Source of the rule: OWASP, "CSV Injection".
    """
    return str(safe_cells(table).to_csv(index=False))


def safe_cells(table: "pd.DataFrame") -> "pd.DataFrame":
    """`table` with an apostrophe in front of whatever a spreadsheet would run as a formula, in every text cell, name of
    a column, and text in a list."""
    return table.map(_safe_cell).rename(columns=_safe_cell)


def _safe_cell(value: Any) -> Any:
    if isinstance(value, list):
        return [_safe_cell(item) for item in value]
    if not isinstance(value, str):
        return value
    return _FORMULA.sub(r"\1\2'\3", f"'{value}" if value.startswith(("\t", "\r", "\n")) else value)


def check_regular(path: Path) -> None:
    """Raises OSError where `path`, or what it links to, is no regular file: reading a pipe or a device may never
    end."""
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def read_regular(path: Path, most: int | None = None) -> bytes:
    """The bytes of a regular file.

    Raises OSError when it cannot be read, is a folder, pipe or device, holds more than `most` bytes, or does not fit
    into memory.
    """
    check_regular(path)
    try:
        with Path(path).open("rb") as handle:
            data = handle.read(-1 if most is None else most + 1)
    except MemoryError as error:
        raise OSError(errno.ENOMEM, "it does not fit into memory") from error
    if most is not None and len(data) > most:
        raise OSError(errno.EFBIG, f"it holds more than {most:,} bytes")
    return data


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text (bytes: UTF-8); raises ValueError when it is none, does not fit into memory, or is
    nested deeper than DEEPEST."""
    try:
        value = json.loads(text if isinstance(text, str) else text.decode("utf-8"))
    except RecursionError as error:
        raise ValueError(f"it is nested more than {DEEPEST} deep") from error
    except MemoryError as error:
        raise ValueError("it does not fit into memory") from error
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            item
            for holder in level
            if isinstance(holder, dict | list)
            for item in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return value
    raise ValueError(f"it is nested more than {DEEPEST} deep")


def read_json(path: Path, rebuild: Remedies = ()) -> dict[str, Any]:
    """Read a JSON object written by this package.

    `rebuild` says how to rebuild the file; every error carries it.

    Raises ArtifactError when the file is missing, is not a JSON object, or has a newer schema version.
    """
    try:
        value = parse_json(read_regular(path, LARGEST_TEXT))
    except FileNotFoundError as error:
        raise ArtifactError(f"{path} is missing", remedy=rebuild) from error
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} cannot be read as JSON ({error}); it is damaged", remedy=rebuild) from error
    if not isinstance(value, dict):
        raise ArtifactError(f"{path} holds no JSON object; it is damaged", remedy=rebuild)
    version = value.get("schema_version", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        raise ArtifactError(
            f"{path} has schema version {version!r}, this release reads up to {SCHEMA_VERSION}; update the software or "
            f"make the file again",
            remedy=rebuild,
        )
    return value


def write_bundle(folder: Path, manifest_name: str, manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Write `files` and then the manifest that names them; older versions of them, also of runs that were killed, are
    removed last."""
    listed = {}
    stale = _listed_files(Path(folder) / manifest_name)
    for name, data in files.items():
        digest = hashlib.sha256(data).hexdigest()
        stem, dot, suffix = name.partition(".")
        stored = f"{stem}-{digest[:12]}{dot}{suffix}"
        stale |= {path.name for path in Path(folder).glob(f"{stem}-{'[0-9a-f]' * 12}{dot}{suffix}")}
        write_bytes(Path(folder) / stored, data)
        listed[name] = {"file": stored, "sha256": digest}
    content = {"schema_version": SCHEMA_VERSION, **manifest, "files": listed}
    write_json(Path(folder) / manifest_name, {**content, CHECK: _check(content)})
    for stored in stale - {entry["file"] for entry in listed.values()}:
        (Path(folder) / stored).unlink(missing_ok=True)


def read_bundle(folder: Path, manifest_name: str, rebuild: Remedies) -> Bundle:
    """Read a manifest and verify that it and every file it names are there and unchanged.

    Raises ArtifactError naming the file that is missing or damaged, with the remedy that rebuilds it.
    """
    folder = Path(folder)
    manifest = read_json(folder / manifest_name, rebuild)
    if manifest.get(CHECK, _check(manifest)) != _check(manifest):  # the first manifests were written without it
        raise ArtifactError(
            f"{folder / manifest_name} is damaged (its content is not what was written)", remedy=rebuild
        )
    paths = {}
    for name, entry in _entries(manifest, folder / manifest_name, rebuild):
        path = folder / entry["file"]
        try:
            data = read_regular(path)
        except FileNotFoundError as error:
            raise ArtifactError(f"{path} is missing ({error.strerror})", remedy=rebuild) from error
        except OSError as error:
            raise ArtifactError(f"{path} cannot be read ({error.strerror})", remedy=rebuild) from error
        if hashlib.sha256(data).hexdigest() != entry["sha256"]:
            raise ArtifactError(
                f"{path} is damaged (its SHA-256 differs from the one in {manifest_name})", remedy=rebuild
            )
        paths[name] = path
    return Bundle(manifest, paths)


def _check(manifest: Mapping[str, Any]) -> str:
    """A hash over the values of a manifest, however they are laid out."""
    values = {key: value for key, value in manifest.items() if key != CHECK}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _entries(manifest: Mapping[str, Any], path: Path, rebuild: Remedies) -> list[tuple[str, dict[str, str]]]:
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise ArtifactError(f"{path} names no files; it is damaged", remedy=rebuild)
    for name, entry in files.items():
        stored = entry.get("file") if isinstance(entry, dict) else None
        if not isinstance(stored, str) or not PLAIN_NAME.fullmatch(stored) or not isinstance(entry.get("sha256"), str):
            raise ArtifactError(f"{path} has a bad entry for {name!r}; it is damaged", remedy=rebuild)
    return list(files.items())


def _listed_files(manifest_path: Path) -> set[str]:
    try:
        return {entry["file"] for _, entry in _entries(read_json(manifest_path), manifest_path, ())}
    except ArtifactError:
        return set()


def players_text(data: bytes) -> str:
    """The text of a list that a player wrote: UTF-16 by its byte order mark, else UTF-8 with or without one, else
    Windows' code page 1252."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
