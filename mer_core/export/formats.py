"""Taking results away: JSON, CSV, JAMS, M3U and JSPF.

Every function here gives text (or a dict) and writes nothing. References: JAMS — Humphrey et al., "JAMS: A JSON
Annotated Music Specification", ISMIR 2014; JSPF — https://www.xspf.org/jspf; M3U — the extended format of Winamp.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from mer_core import __version__
from mer_core.io.extras import need
from mer_core.io.files import csv_text

if TYPE_CHECKING:  # pages that only need playlists must not load the prediction code
    from mer_core.inference.predict import Prediction

TIMELINE_COLUMN = "start"


def to_json(prediction: Prediction) -> str:
    """One prediction as a JSON object, as `Prediction.to_dict` describes it; NaN becomes null."""
    return json.dumps(prediction.to_dict(), indent=1, ensure_ascii=False, allow_nan=False)


def to_csv(predictions: Iterable[Prediction]) -> str:
    """One row a file and mood: file, mood, probability, decided, reliable, PR-AUC, lift, support, model, warnings."""
    rows = []
    for prediction in predictions:
        notes = "; ".join(filter(None, [prediction.out_of_domain, *prediction.warnings]))
        moods = prediction.moods.rename_axis("mood").reset_index()
        rows.append(moods.assign(file=prediction.file, model=prediction.model_name, notes=notes))
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({"file": [], "mood": []})
    first = ["file", "mood"]
    return csv_text(table[first + [column for column in table if column not in first]])


def to_jams(prediction: Prediction, *, title: str = "", artist: str = "") -> str:
    """A JAMS document: moods of the whole track and over time in `tag_open`, valence and arousal in `mood_thayer`.

    `tag_open` holds one observation a mood over the whole track (confidence = probability) and, where the prediction
    has a timeline, a second annotation with one observation for each window and mood of probability at least 0.1.
    `title` and `artist` are those of the file's tags; without a title it is called as the file, without folder and
    ending. The sandbox of each annotation says why the sound is out of distribution, where it is (`out_of_domain`), and
    what to beware of in the figures (`warnings`), as in JSON. Its metadata
    names the model (`annotator`) and says what it learned from and on whom it was measured (`annotation_rules`).
    """
    need("jams", "jams")
    import jams  # takes more than a second

    document = jams.JAMS()
    document.file_metadata.duration = float(prediction.duration)
    document.file_metadata.title = title or Path(prediction.file).stem
    document.file_metadata.artist = artist
    document.annotations.append(_tag_annotation(jams, prediction, _whole_track(prediction)))
    if prediction.timeline is not None and len(prediction.timeline):
        document.annotations.append(
            _tag_annotation(jams, prediction, _windows(prediction.timeline, prediction.duration))
        )
    if pd.notna(prediction.valence) and pd.notna(prediction.arousal):
        thayer = _annotation(jams, "mood_thayer", prediction)
        thayer.append(
            time=0, duration=float(prediction.duration), value=[float(prediction.valence), float(prediction.arousal)]
        )
        document.annotations.append(thayer)
    document.validate()
    return str(document.dumps(indent=1))


class PredictionFormat(NamedTuple):
    """A file format that one prediction is written in."""

    suffix: str
    """Without the dot."""
    mime: str
    write: Callable[[Prediction], str]


FORMATS = {
    "json": PredictionFormat("json", "application/json", to_json),
    "csv": PredictionFormat("csv", "text/csv", lambda prediction: to_csv([prediction])),
    "jams": PredictionFormat("jams", "application/json", to_jams),
}
"""By name: what the page Predict offers and the export command writes."""


def to_m3u(tracks: pd.DataFrame) -> str:
    """An extended M3U playlist of `tracks`: columns location (path or address), duration (seconds), title, artist."""
    lines = ["#EXTM3U"]
    for track in tracks.to_dict("records"):
        seconds = round(track["duration"]) if pd.notna(track["duration"]) else -1
        location = _one_line(track["location"])
        lines += [f"#EXTINF:{seconds},{_label(track)}", f"./{location}" if location.startswith("#") else location]
    return "\n".join(lines) + "\n"


def to_jspf(tracks: pd.DataFrame, title: str, notes: Mapping[str, str] | None = None) -> str:
    """A JSPF playlist (XSPF as JSON) of `tracks` (columns as `to_m3u`, and track_id); `notes` by track id say why a
    track is there."""
    entries = []
    for track in tracks.to_dict("records"):
        entry: dict[str, Any] = {
            "location": [_uri(str(track["location"]))],
            "title": str(track["title"]),
            "creator": str(track["artist"]),
        }
        if pd.notna(track["duration"]):
            entry["duration"] = round(track["duration"] * 1000)
        if notes and track["track_id"] in notes:
            entry["annotation"] = notes[track["track_id"]]
        entries.append(entry)
    return json.dumps({"playlist": {"title": title, "track": entries}}, indent=1, ensure_ascii=False)


def playlist_table(tracks: pd.DataFrame, location: Mapping[str, str]) -> pd.DataFrame:
    """The columns that playlists need from a Dataset's `tracks`; `location` gives a path or address by track id."""
    table = tracks[["track_id", "duration", "title", "artist"]].copy()
    table["location"] = [location[track_id] for track_id in table["track_id"]]
    return table


def jamendo_address(track_id: str) -> str:
    """The public page of a track of MTG-Jamendo, from its id ("track_0000948")."""
    return f"https://www.jamendo.com/track/{int(track_id.removeprefix('track_'))}"


def _tag_annotation(jams: Any, prediction: Prediction, observations: Iterable[tuple[float, float, str, float]]) -> Any:
    annotation = _annotation(jams, "tag_open", prediction)
    for time, duration, mood, probability in observations:
        annotation.append(time=time, duration=duration, value=mood, confidence=probability)
    return annotation


def _whole_track(prediction: Prediction) -> Iterable[tuple[float, float, str, float]]:
    for mood, probability in prediction.moods["probability"].items():
        yield 0.0, float(prediction.duration), str(mood), float(probability)


def _windows(timeline: pd.DataFrame, duration: float, least: float = 0.1) -> Iterable[tuple[float, float, str, float]]:
    starts = [float(start) for start in timeline.index]
    for start, end, (_, row) in zip(starts, [*starts[1:], float(duration)], timeline.iterrows(), strict=True):
        for mood, probability in row[row >= least].items():
            yield start, max(end - start, 0.0), str(mood), float(probability)


def _annotation(jams: Any, namespace: str, prediction: Prediction) -> Any:
    source = jams.AnnotationMetadata(
        data_source="program",
        annotation_tools=f"Music Emotion Recognition {__version__}, model {prediction.model_name}",
        annotation_rules=prediction.sources.places if namespace == "mood_thayer" else prediction.sources.moods,
        annotator={"type": "model", "name": prediction.model_name, "version": __version__},
        version=__version__,
    )
    values = {"out_of_domain": prediction.out_of_domain, "warnings": prediction.warnings}
    sandbox = {name: value for name, value in values.items() if value}
    return jams.Annotation(
        namespace=namespace, time=0, duration=float(prediction.duration), annotation_metadata=source, sandbox=sandbox
    )


def _label(track: Mapping[Any, Any]) -> str:
    return " - ".join(part for part in (_one_line(track["artist"]), _one_line(track["title"])) if part)


def _one_line(value: object) -> str:
    """`value` without control characters: a line break in a title would start a new entry of the playlist."""
    return "".join(character if character.isprintable() else " " for character in str(value)).strip()


def _uri(location: str) -> str:
    """A path, also one of Windows, or an address as a URI reference (RFC 3986): other signs are written as %XX."""
    if location.startswith(("http://", "https://", "file://")):
        return quote(location, safe=":/?&=%@")
    kinds = (path for path in (Path(location), PureWindowsPath(location)) if path.is_absolute())
    absolute = next(kinds, None)
    return quote(location) if absolute is None else absolute.as_uri()
