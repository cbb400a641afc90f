"""Which layout a folder or table has, and its rows: what people keep themselves, and published sets.

table         a CSV, TSV or JSONL file, or a folder with metadata.csv or metadata.jsonl (Hugging Face)
audiofolder   a folder a label, with or without train, validation and test above
DEAM          static_annotations_averaged_songs_*.csv; valence and arousal from 1 to 9 (Aljanaki, Yang & Soleymani 2017)
PMEmo         annotations/static_annotations.csv, metadata.csv; 0 to 1 (Zhang et al. 2018)
Emotify       data.csv, one row a listener; GEMS words (Aljanaki, Wiering & Veltkamp 2016)
4Q            panda_dataset_taffc_annotations.csv; a quadrant a clip (Panda, Malheiro & Paiva 2018)
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mer_core.audio.formats import is_audio_name
from mer_core.datasets.labelled.table import (
    SPLITS,
    YES,
    LabelledRow,
    columns_of,
    labels_in,
    place_of,
    read_records,
    read_table,
)
from mer_core.errors import DatasetError

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
METADATA = ("metadata.csv", "metadata.jsonl", "metadata.tsv")
GEMS = (
    *("amazement", "solemnity", "tenderness", "nostalgia", "calmness"),
    *("power", "joyful_activation", "tension", "sadness"),
)
SHARE = 1 / 3
"""Of a piece's listeners in Emotify, who chose up to three of nine words: from this share on it has the word."""


@dataclass(frozen=True)
class Layout:
    """What was recognised: `rows` with paths below `audio`; `scale` of valence and arousal, None without any."""

    name: str
    audio: Path
    rows: tuple[LabelledRow, ...]
    scale: tuple[float, float] | None = None


def recognise(source: Path, audio: Path | None = None) -> Layout:
    """The layout of a file or folder; audio: where its audio lies, where that is elsewhere.

    Raises DatasetError when it is none of those known, or what it names cannot be read.
    """
    if source.is_file():
        return _table(source, audio or source.parent)
    if not source.is_dir():
        raise DatasetError(f"{source} is neither a file nor a folder; name a table, or a folder with a folder a label")
    for finder, reader in PUBLISHED.items():
        if found := sorted(source.rglob(finder)):
            layout = reader(source, found, audio or source)
            if layout is not None:
                return layout
    for name in METADATA:
        if (source / name).is_file():
            return _table(source / name, audio or source)
    return _divided_tables(source, audio or source) or _audiofolder(source)


def _divided_tables(source: Path, audio: Path) -> Layout | None:
    """A table in each folder of a part (train/metadata.csv …); None where there is none."""
    rows = []
    for folder in sorted(source.iterdir()):
        part = SPLITS.get(folder.name.lower())
        table = next((folder / name for name in METADATA if (folder / name).is_file()), None)
        if part and table:
            rows += [replace(row, path=f"{folder.name}/{row.path}", split=part) for row in read_table(table)]
    return Layout("table", audio, tuple(rows), _scale(rows)) if rows else None


def _table(path: Path, audio: Path) -> Layout:
    if path.suffix.lower() not in TABLES:
        raise DatasetError(f"{path} is no table known here; name a file that ends in {', '.join(TABLES)}")
    rows = read_table(path)
    if not any(row.labels or row.place for row in rows):
        raise DatasetError(f"no row of {path} has a label; write them into the column labels, separated by ;")
    return Layout("table", audio, tuple(rows), _scale(rows))


def _audiofolder(folder: Path) -> Layout:
    rows = []
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if not is_audio_name(file.name) or not file.is_file() or len(parts) < 2:
            continue
        split = SPLITS.get(parts[0].lower(), "") if len(parts) > 2 else ""
        label = parts[1] if split else parts[0]
        rows.append(LabelledRow(Path(*parts).as_posix(), labels_in(label), split, where=str(file)))
    if not rows:
        raise DatasetError(
            f"{folder} holds neither a table (metadata.csv) nor folders with audio; put each label's files into a "
            f"folder called as the label"
        )
    return Layout("audiofolder", folder, tuple(rows))


def _deam(source: Path, found: list[Path], audio: Path) -> Layout:
    names = {name: row for path in source.rglob("metadata_201*.csv") for name, row in _by_id(path).items()}
    rows = [_named(row, names) for path in found for row in _rated(path)]
    return Layout("DEAM", audio, _with_files(rows, audio, "DEAM"), (1.0, 9.0))


def _pmemo(source: Path, found: list[Path], audio: Path) -> Layout | None:
    rows = list(_rated(found[0]))
    if not rows:
        return None
    table = source / "metadata.csv"
    names = _by_id(table) if table.is_file() else {}
    rows = [_named(row, names) for row in rows]
    return Layout("PMEmo", audio, _with_files(rows, audio, "PMEmo", prefer="chorus"), (0.0, 1.0))


def _emotify(source: Path, found: list[Path], audio: Path) -> Layout | None:
    records = read_records(found[0])
    if not records or not {*GEMS, "track id", "genre"} <= {name.lower() for name in records[0][1]}:
        return None
    said: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for _, record in records:
        lower = {name.lower(): value for name, value in record.items()}
        said[str(lower["genre"]).strip(), str(lower["track id"]).strip()].append(lower)
    rows = []
    for (genre, track), answers in sorted(said.items()):
        if not track.isdecimal():
            raise DatasetError(f"{found[0]} has the track id {track[:40]!r}; Emotify's are the numbers 1 to 400")
        number = (int(track) - 1) % 100 + 1  # files are numbered 1 to 100 within a genre, ids 1 to 400
        shares = {word: sum(str(a[word]).strip() in YES for a in answers) / len(answers) for word in GEMS}
        words = tuple(word.replace("_", " ") for word, share in shares.items() if share >= SHARE)
        rows.append(LabelledRow(f"{genre}/{number}.mp3", words, title=f"{genre} {track}", id=track))
    folder = next((file.parent.parent for file in sorted(audio.rglob("1.mp3"))), audio)
    return Layout("Emotify", folder, tuple(rows))


def _four_quadrants(source: Path, found: list[Path], audio: Path) -> Layout:
    names = {
        name: row for path in source.rglob("panda_dataset_taffc_metadata.csv") for name, row in _by_id(path).items()
    }
    rows = []
    for where, record in read_records(found[0]):
        lower = {name.lower(): str(value).strip() for name, value in record.items()}
        row = LabelledRow("", (lower.get("quadrant", ""),), id=lower.get("song", ""), where=where)
        rows.append(_named(row, names))
    return Layout("4Q", audio, _with_files(rows, audio, "4Q"))


PUBLISHED: dict[str, Callable[[Path, list[Path], Path], Layout | None]] = {
    "static_annotations_averaged_songs_*.csv": _deam,
    "panda_dataset_taffc_annotations.csv": _four_quadrants,
    "static_annotations.csv": _pmemo,
    "data.csv": _emotify,
}
"""By the file that marks a published layout."""


def _rated(path: Path) -> Iterator[LabelledRow]:
    """Rows with an id and valence and arousal; their files are found by the id."""
    for where, record in read_records(path):
        column = columns_of(record)
        if {"id", "valence", "arousal"} <= column.keys():
            place = place_of(where, record[column["valence"]], record[column["arousal"]])
            yield LabelledRow("", id=str(record[column["id"]]).strip(), place=place, where=where)


def _named(row: LabelledRow, names: dict[str, dict[str, str]]) -> LabelledRow:
    names_of = names.get(row.id, {})
    return replace(row, artist=names_of.get("artist", ""), title=names_of.get("title", ""))


def _by_id(path: Path) -> dict[str, dict[str, str]]:
    """Artist and title by id."""
    found: dict[str, dict[str, str]] = {}
    for _, record in read_records(path):
        column = columns_of(record)
        key = column.get("id") or next((name for name in record if name.lower() == "song"), None)
        if key:
            names = [name for name in ("artist", "title") if column.get(name, key) != key]
            found[str(record[key]).strip()] = {name: str(record[column[name]]).strip() for name in names}
    return found


def _with_files(rows: Iterable[LabelledRow], audio: Path, name: str, prefer: str = "") -> tuple[LabelledRow, ...]:
    """The rows whose audio is there, each with the file called as its id."""
    files: dict[str, Path] = {}
    for file in sorted(audio.rglob("*"), key=lambda file: (prefer.lower() not in str(file.parent).lower(), file)):
        if is_audio_name(file.name):
            files.setdefault(file.stem, file)
    found = [
        replace(row, path=files[row.id].relative_to(audio).as_posix()) for row in rows if row.id and row.id in files
    ]
    if not found:
        raise DatasetError(
            f"{audio} looks like {name}, but holds the audio of none of its tracks; name the folder that holds it"
        )
    return tuple(found)


def _scale(rows: list[LabelledRow]) -> tuple[float, float] | None:
    """The scale that the numbers seem to be on: -1 to 1, 0 to 1, 1 to 5, 1 to 9, 0 to 10 or 0 to 100."""
    numbers = [number for row in rows if row.place for number in row.place]
    if not numbers:
        return None
    scales = ((0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), (1.0, 9.0), (0.0, 10.0), (0.0, 100.0))
    low, high = min(numbers), max(numbers)
    return next((scale for scale in scales if scale[0] <= low and high <= scale[1]), (low, high))
