"""A labelled table → rows: CSV, TSV or JSON lines with a path, and labels in one cell or in columns.

Columns are known by their names, in any case: a path (path, file, file_name …), labels in one cell (labels, tags,
moods, mood …, separated by ; , or |), split, artist, album, title, id, and the numbers valence and arousal. Every
other column whose cells are 0 or 1 (true, false, yes, no, empty) is a label of its own.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mer_core.errors import DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular

PATHS = ("path", "file_name", "filename", "file", "filepath", "file_path", "audio", "audio_file", "audio_path")
LABELS = ("labels", "label", "tags", "tag", "moods", "mood", "emotions", "emotion")
SPLITS = {"train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation"}
SPLITS |= {"dev": "validation", "test": "test", "testing": "test"}
NAMES = {
    "path": PATHS,
    "labels": LABELS,
    "split": ("split", "subset", "fold", "set"),
    "artist": ("artist", "artist_name", "performer"),
    "album": ("album", "album_name", "release"),
    "title": ("title", "track_name", "song", "song_title", "song title"),
    "id": ("id", "track_id", "song_id", "musicid"),
    "valence": ("valence", "valence_mean", "mean_valence", "valence(mean)"),
    "arousal": ("arousal", "arousal_mean", "mean_arousal", "arousal(mean)"),
}
"""By what is meant: the names a column may have."""
YES, NO = {"1", "1.0", "true", "yes", "x"}, {"0", "0.0", "false", "no", ""}
_SEPARATOR = re.compile(r"\s*[;,|]\s*")


@dataclass(frozen=True)
class LabelledRow:
    """One track: `path` as written; `labels` as written; `place` valence and arousal on the source's scale, or None."""

    path: str
    labels: tuple[str, ...] = ()
    split: str = ""
    artist: str = ""
    album: str = ""
    title: str = ""
    id: str = ""
    place: tuple[float, float] | None = None
    where: str = field(default="", compare=False)
    """`file:line`"""


def read_table(path: Path) -> list[LabelledRow]:
    """The rows of a labelled table.

    Raises DatasetError with file and line where it cannot be read: no path, no label, a split or a number that is none.
    """
    records = read_records(path)
    if not records:
        raise DatasetError(f"{path} holds no row; write one track a row under the names of the columns")
    column = columns_of(records[0][1])
    if "path" not in column:
        raise DatasetError(
            f"{path}:1 names no column with the files ({', '.join(records[0][1])[:200]}); call it path or file_name"
        )
    flags = _flag_columns(records, set(column.values()))
    if "split" in column and all(_cell(record.get(column["split"])).isdecimal() for _, record in records):
        del column["split"]  # numbers of folds: training deals its own
    if "labels" not in column and not flags and not {"valence", "arousal"} <= column.keys():
        raise DatasetError(
            f"{path}:1 has neither labels nor valence and arousal; name a column labels (words separated by ;), one "
            f"column a label with 0 and 1, or valence and arousal"
        )
    return [_row(where, record, column, flags) for where, record in records]


def read_records(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """(`file:line`, cells by stripped column name) of every row of a CSV, TSV or JSON lines file."""
    try:
        text = read_regular(path, LARGEST_TEXT).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text ({error}); save it as UTF-8") from error
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return _json_lines(path, text)
    if text.lower().startswith("sep="):  # Excel's hint
        text = text.partition("\n")[2]
    first = text.partition("\n")[0]
    separator = max("\t,;", key=first.count) if any(sign in first for sign in "\t,;") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, restkey="")
    try:
        records = [(f"{path}:{reader.line_num}", record) for record in reader if not _is_blank(record)]
    except csv.Error as error:
        raise DatasetError(f"{path}:{reader.line_num} is no row of a table ({error}); save it again as CSV") from error
    for where, record in records:
        if any(map(_cell, record.get("") or [])) and "" not in (reader.fieldnames or ()):
            raise DatasetError(f"{where} has more cells than the first line names columns; are cells with , quoted?")
    return [(where, {str(key).strip(): (value or "") for key, value in record.items()}) for where, record in records]


def columns_of(record: Sequence[str] | dict[str, Any]) -> dict[str, str]:
    """Which column is what, by the keys of NAMES."""
    lower = {name.strip().lower(): name for name in record}
    found = {meaning: next((lower[name] for name in names if name in lower), None) for meaning, names in NAMES.items()}
    return {meaning: name for meaning, name in found.items() if name is not None}


def _json_lines(path: Path, text: str) -> list[tuple[str, dict[str, Any]]]:
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DatasetError(f"{path}:{number} is no JSON ({error}); write one object a line") from error
        if not isinstance(record, dict):
            raise DatasetError(f"{path}:{number} is no JSON object; write one object a line")
        records.append((f"{path}:{number}", {str(key).strip(): value for key, value in record.items()}))
    return records


def _flag_columns(records: list[tuple[str, dict[str, Any]]], known: set[str]) -> list[str]:
    """Columns that are labels of their own: yes or no in every row, and yes in some."""
    names = [name for name in records[0][1] if name and name not in known]
    cells = {name: {_cell(record.get(name)).lower() for _, record in records} for name in names}
    return [name for name in names if cells[name] <= YES | NO and cells[name] & YES]


def _row(where: str, record: dict[str, Any], column: dict[str, str], flags: list[str]) -> LabelledRow:
    entries = {meaning: record.get(name) for meaning, name in column.items()}
    text = {meaning: _cell(entries.get(meaning)) for meaning in ("path", "artist", "album", "title", "id", "split")}
    if not text["path"]:
        raise DatasetError(f"{where} names no file; write its path, or delete the row")
    split = text["split"].lower()
    if split and split not in SPLITS:
        raise DatasetError(f"{where} has the split {split[:40]!r}; write train, validation or test")
    given = entries.get("labels")
    labels = [str(word).strip(" '\"") for word in given] if isinstance(given, list) else [*labels_in(_cell(given))]
    labels += [name for name in flags if _cell(record.get(name)).lower() in YES]
    return LabelledRow(
        text["path"],
        tuple(dict.fromkeys(filter(None, labels))),
        SPLITS.get(split, ""),
        text["artist"],
        text["album"],
        text["title"],
        text["id"],
        place_of(where, entries.get("valence"), entries.get("arousal")),
        where,
    )


def labels_in(text: str) -> tuple[str, ...]:
    """The labels in one cell or name, as "calm; rainy"."""
    words = (word.strip(" '\"") for word in _SEPARATOR.split(text.strip("[]")))
    return tuple(dict.fromkeys(filter(None, words)))


def place_of(where: str, valence: Any, arousal: Any) -> tuple[float, float] | None:
    """Valence and arousal as numbers; None where both cells are empty. Raises DatasetError where one is no number."""
    cells = _cell(valence), _cell(arousal)
    if cells == ("", ""):
        return None
    try:
        place = float(cells[0].replace(",", ".")), float(cells[1].replace(",", "."))
    except ValueError as error:
        raise DatasetError(f"{where} has valence {cells[0]!r} and arousal {cells[1]!r}; write two numbers") from error
    if not all(abs(number) < float("inf") for number in place):
        raise DatasetError(f"{where} has valence or arousal that is no finite number; write two numbers")
    return place


def _is_blank(record: dict[str, Any]) -> bool:
    cells = [cell for value in record.values() for cell in (value if isinstance(value, list) else [value])]
    return not any(map(_cell, cells))


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()
