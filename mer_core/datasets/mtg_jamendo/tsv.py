"""Reading the files of the MTG-Jamendo layout, line by line: tracks, tag lists, names.

A tracks file is tab-separated with the columns TRACK_ID, ARTIST_ID, ALBUM_ID, PATH, DURATION and TAGS, where every
further field of a row is one more tag, so that rows differ in length. A tag is `category---name`. Fields are taken
literally (titles hold unpaired quotation marks). Files are UTF-8, with or without a byte order mark, lines end in LF or
CRLF.

What is wrong in a line becomes a `Problem`; a file that cannot be read at all raises DatasetError.

Reference: Bogdanov et al., "The MTG-Jamendo Dataset for Automatic Music Tagging", ML4MD at ICML 2019.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from mer_core.errors import DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular
from mer_core.workspace.kinds import restore_dataset

COLUMNS = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS")
CATEGORIES = ("genre", "instrument", "mood/theme")
LONGEST_TRACK = 24 * 3600.0
"""Seconds; a longer duration is taken for a mistake (the longest track of MTG-Jamendo has 65 minutes)."""
LONGEST_NAME = 255
"""Bytes of one part of a path."""
_ID = re.compile(r"[^\s/\\]+")
_OPENING, _CLOSING = "\"'“„”‘’«", "\"'“”‘’»"
_MARKUP = re.compile(r"[<>\[\]`$\\\x00-\x1f\x7f\"]")
"""What no tag has, and what figures and pages could take for markup."""


class Problem(NamedTuple):
    """Something wrong in a dataset: what kind, where (`file:line` or a file), and in words."""

    kind: str
    where: str
    message: str
    severity: str = "error"
    """"error": the dataset cannot be used like this; "warning": it can, but its figures may mislead."""


class TrackRow(NamedTuple):
    """One line of a tracks file; `duration` in seconds (0: unknown), `tags` with their category."""

    where: str
    track_id: str
    artist_id: str
    album_id: str
    path: str
    duration: float
    tags: tuple[str, ...]


def read_tracks(path: Path) -> tuple[list[TrackRow], list[Problem]]:
    """Read a tracks file: its usable rows in order, and what is wrong with it.

    Raises DatasetError when the file is missing, is not UTF-8 text, or lacks a column.
    """
    lines = _lines(path)
    _, header = next(lines, ("", []))
    missing = [column for column in COLUMNS if column not in header]
    if missing or header[-1] != "TAGS":
        detail = f"lacks the column {missing[0]}" if missing else "does not end with the column TAGS"
        raise DatasetError(
            f"{path}:1 {detail} (found {', '.join(header)[:200] or 'nothing'}); the first line must read "
            f"{' '.join(COLUMNS)}, separated by tabs"
        )
    order = [header.index(column) for column in COLUMNS[:-1]]
    rows: list[TrackRow] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for where, fields in lines:
        row = _row(where, fields, order, len(header) - 1, problems)
        if row is None:
            continue
        if row.track_id in seen:
            problems.append(
                Problem(
                    "duplicate_id",
                    where,
                    f"track {row.track_id} is already in {seen[row.track_id]}; keep one of the two lines",
                )
            )
            continue
        seen[row.track_id] = where
        rows.append(row)
    return rows, problems


def _row(where: str, fields: list[str], order: list[int], first_tag: int, problems: list[Problem]) -> TrackRow | None:
    """The row in `fields`, or None where it cannot be used; what is wrong with it is appended to `problems`."""
    if len(fields) < first_tag:
        problems.append(
            Problem(
                "malformed_line",
                where,
                f"{len(fields)} fields where at least {first_tag} are needed: {fields[0][:80]!r}; are they separated "
                f"by tabs?",
            )
        )
        return None
    track_id, artist_id, album_id, path, duration = (fields[index] for index in order)
    tags = tuple(dict.fromkeys(fields[first_tag:]))
    faults = list(_faults(where, track_id, path, duration, tags))
    problems += faults
    if len(tags) < len(fields) - first_tag:
        problems.append(
            Problem("duplicate_tag", where, f"track {track_id} names a tag twice; it counts once", "warning")
        )
    return None if faults else TrackRow(where, track_id, artist_id, album_id, path, float(duration or 0), tags)


def _faults(where: str, track_id: str, path: str, duration: str, tags: tuple[str, ...]) -> Iterator[Problem]:
    if not track_id:
        yield Problem("missing_id", where, "the line has no TRACK_ID; give each track one of its own")
    elif not _ID.fullmatch(track_id):
        yield Problem(
            "malformed_line", where, f"the TRACK_ID {track_id[:80]!r} holds a space or a slash; write it without"
        )
    if is_unsafe(path):
        yield Problem(
            "path_outside",
            where,
            f"the path {path[:200]!r} is empty, too long or leaves the audio folder; write it relative, as in "
            f"48/948.mp3",
        )
    if not _is_duration(duration):
        yield Problem(
            "absurd_duration",
            where,
            f"the duration {duration[:80]!r} is not between 0 and {LONGEST_TRACK:.0f}; write it in seconds, as in "
            f"212.7",
        )
    for tag in tags:
        if not _is_tag(tag):
            fault = _tag_fault(tag)
            yield Problem("malformed_line", where, f"the tag {tag[:80]!r} {fault}")


def read_tag_list(path: Path) -> list[str]:
    """Read a tag list, one `category---name` a line (a second, tab-separated field is ignored), in the file's order.

    Raises DatasetError when the file cannot be read, has no tag, or a line is no tag or repeated.
    """
    tags: dict[str, None] = {}
    for where, fields in _lines(path):
        if not _is_tag(fields[0]) or fields[0] in tags:
            raise DatasetError(
                f"{where}: {fields[0][:80]!r} is "
                f"{'listed twice' if fields[0] in tags else 'no tag; write one as mood/theme---happy'}"
            )
        tags[fields[0]] = None
    if not tags:
        raise DatasetError(f"{path} holds no tag; fetch it again, or write one a line as mood/theme---happy")
    return list(tags)


def read_names(path: Path) -> tuple[dict[str, tuple[str, str]], list[Problem]]:
    """Read a names file (`*.meta.tsv` with TRACK_ID, TRACK_NAME, ARTIST_NAME …): track id → (title, artist), and what
    is wrong.

    Raises DatasetError when the file cannot be read or lacks a column.
    """
    lines = _lines(path)
    _, header = next(lines, ("", []))
    missing = {"TRACK_ID", "TRACK_NAME", "ARTIST_NAME"} - set(header)
    if missing:
        raise DatasetError(
            f"{path}:1 lacks the column {min(missing)}; name TRACK_ID, TRACK_NAME and ARTIST_NAME there, separated by "
            f"tabs, or delete the file"
        )
    track_id, title, artist = (header.index(name) for name in ("TRACK_ID", "TRACK_NAME", "ARTIST_NAME"))
    names, problems = {}, []
    for where, fields in lines:
        if len(fields) == len(header) + 1 and fields[title + 1] == "":
            del fields[title + 1]  # two rows of MTG's raw.meta.tsv have an empty field after the title
        fields += [""] * (len(header) - len(fields))  # trailing empty fields were cut
        if len(fields) > len(header):
            problems.append(
                Problem(
                    "malformed_line",
                    where,
                    f"{len(fields)} fields under {len(header)} columns; the line is ignored",
                    "warning",
                )
            )
        else:
            names[fields[track_id]] = (fields[title], fields[artist])
    return names, problems


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield (`file:line`, fields) of every line that is not blank; empty fields at a line's end are cut."""
    try:
        text = read_regular(path, LARGEST_TEXT).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing", remedy=restore_dataset(path.parent)) from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}); check what it is and its permissions") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    if "\0" in text:
        raise DatasetError(f"{path} holds NUL bytes, so it is damaged or not text; fetch it again, or save it as UTF-8")
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r\t")
        if line.strip():
            yield f"{path}:{number}", line.split("\t")


@lru_cache(4096)
def _is_tag(tag: str) -> bool:
    category, separator, name = tag.partition("---")
    return bool(category and separator and name) and "---" not in name and not _MARKUP.search(tag)


def without_quotes(tag: str) -> str:
    """`tag` without the quotation marks around it or around its name; as it is where there are none."""
    tag = _inside(tag)
    category, separator, name = tag.partition("---")
    return f"{category}{separator}{_inside(name)}"


def _inside(text: str) -> str:
    bare = text.strip()
    return bare[1:-1].strip() if len(bare) > 2 and bare[0] in _OPENING and bare[-1] in _CLOSING else text


def _tag_fault(tag: str) -> str:
    """What is wrong with a tag, and how to write it."""
    bare = without_quotes(tag).strip(" \"'")
    if bare != tag and _is_tag(bare):
        return f"stands in quotation marks; write it without: {bare}"
    if tag.count("---") > 1:
        apart = re.split(r"[,;|]\s*", bare)
        hint = ", ".join(apart) if len(apart) > 1 and all(map(_is_tag, apart)) else "as in mood/theme---happy"
        return f"is several tags in one field; separate them by tabs: {hint}"
    return "has no category, or signs of markup; write it as in mood/theme---happy"


def _is_duration(text: str) -> bool:
    if not text:
        return True  # read from the audio by the import
    try:
        return 0 < float(text) <= LONGEST_TRACK  # False for NaN and infinity too
    except ValueError:
        return False


def is_unsafe(path: str) -> bool:
    """Whether a path is absolute, climbing with `..`, naming a drive, empty, or with a part longer than file systems
    take."""
    if path[:1] in ("", "/", "\\") or path[1:2] == ":":
        return True
    if ".." not in path and len(path) * 4 <= LONGEST_NAME:
        return False
    parts = re.split(r"[/\\]", path)
    return ".." in parts or max(len(part.encode()) for part in parts) > LONGEST_NAME
