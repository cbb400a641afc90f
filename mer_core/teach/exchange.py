"""Answers out of a workspace and into another: CSV and JAMS."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from mer_core.errors import DatasetError
from mer_core.io.extras import need
from mer_core.io.files import LARGEST_TEXT, csv_text, parse_json, read_regular
from mer_core.teach.journal import Answer, tidy_mood

WORDS = {"yes": True, "no": False, "skip": None}
COLUMNS = ("track_id", "path", "mood", "value", "source", "model", "said", "when", "title")
NAMESPACE = "tag_open"


def to_csv(answers: Iterable[Answer]) -> str:
    """One answer a row: track_id, path, mood, value ("yes", "no", "skip"), source, model, said, when, title; safe
    in a spreadsheet."""
    word = {value: name for name, value in WORDS.items()}
    rows = [{name: getattr(a, name) for name in COLUMNS} | {"value": word[a.value]} for a in answers]
    return csv_text(pd.DataFrame(rows, columns=list(COLUMNS)))


def to_jams(answers: Iterable[Answer], durations: Mapping[str, float], titles: Mapping[str, str]) -> str:
    """A JSON object of JAMS documents (Humphrey et al. 2014) by track id: "yes" with confidence 1, "no" with 0; skips
    are left out."""
    need("jams", "jams")
    import jams  # takes more than a second

    by_track: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.value is not None:
            by_track.setdefault(answer.track_id, []).append(answer)
    documents = {track: _document(jams, track, said, durations, titles) for track, said in by_track.items()}
    return json.dumps(documents, indent=1, ensure_ascii=False)


def read_answers(path: Path) -> list[Answer]:
    """The answers in a file of `to_csv` or `to_jams`, or in one JAMS document whose title is a track id.

    Raises DatasetError with file and line or track where it cannot be read.
    """
    try:
        data = read_regular(path, LARGEST_TEXT)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text ({error}); export it again") from error
    return from_jams(text, str(path)) if path.suffix.lower() in (".jams", ".json") else from_csv(text, str(path))


def from_csv(text: str, name: str) -> list[Answer]:
    """The answers of a CSV with at least the columns track_id, mood and value."""
    reader = csv.DictReader(io.StringIO(text))
    missing = {"track_id", "mood", "value"} - set(reader.fieldnames or ())
    if missing:
        raise DatasetError(f"{name}:1 lacks the column {min(missing)}; name track_id, mood and value there")
    answers = []
    for row in _rows(reader, name):
        value = str(row["value"]).strip().lower()
        if value not in WORDS or not row["track_id"]:
            raise DatasetError(
                f"{name}:{reader.line_num} has the value {value[:40]!r}; write yes, no or skip, and a track_id"
            )
        answer = Answer(_unquoted(row["track_id"]), tidy_mood(_unquoted(row["mood"] or "")), WORDS[value], "import")
        answers.append(
            replace(
                answer,
                path=_unquoted(row.get("path") or ""),
                model=_unquoted(row.get("model") or ""),
                title=_unquoted(row.get("title") or ""),
                said=_probability(row.get("said")),
            )
        )
    return answers


def _rows(reader: "csv.DictReader[str]", name: str) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise DatasetError(f"{name}:{reader.line_num} is no row of a table ({error}); export it again") from error


def from_jams(text: str, name: str) -> list[Answer]:
    """The answers of JAMS documents by track id, or of one document; a confidence below 0.5 means "no"."""
    try:
        documents = parse_json(text)
    except ValueError as error:
        raise DatasetError(f"{name} is no JAMS ({error}); export it again") from error
    if isinstance(documents, dict) and "annotations" in documents:
        documents = {_track_of(documents, name): documents}
    try:
        return [
            Answer(str(track), tidy_mood(seen["value"]), float(seen["confidence"]) >= 0.5, "import")
            for track, document in documents.items()
            for annotation in document["annotations"]
            if annotation["namespace"] == NAMESPACE
            for seen in annotation["data"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DatasetError(
            f"{name} is no JAMS that holds answers ({type(error).__name__}: {error}); export it again"
        ) from error


def _track_of(document: dict[str, Any], name: str) -> str:
    """The track id that a JAMS document states, else its title."""
    try:
        metadata = document["file_metadata"]
        track = metadata.get("identifiers", {}).get("track_id") or metadata.get("title")
    except (AttributeError, KeyError, TypeError):
        track = None
    if not track:
        raise DatasetError(f"{name} names no track; write its id into file_metadata.identifiers.track_id")
    return str(track)


def _document(
    jams: Any, track: str, said: list[Answer], durations: Mapping[str, float], titles: Mapping[str, str]
) -> Any:
    duration = float(durations.get(track, 0.0))
    document = jams.JAMS()
    document.file_metadata.duration = duration
    document.file_metadata.title = titles.get(track, "") or said[-1].title
    document.file_metadata.identifiers = jams.Sandbox(track_id=track)
    source = jams.AnnotationMetadata(data_source="manual", annotation_rules="is this track MOOD? 1: yes, 0: no")
    annotation = jams.Annotation(NAMESPACE, time=0, duration=duration, annotation_metadata=source)
    for answer in said:
        annotation.append(time=0, duration=duration, value=answer.mood, confidence=float(bool(answer.value)))
    document.annotations.append(annotation)
    document.validate()
    return json.loads(document.dumps())


def _unquoted(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from running a cell."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in tuple("=+-@\t\r\n") else cell


def _probability(cell: str | None) -> float | None:
    try:
        value = float(cell or "nan")
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
