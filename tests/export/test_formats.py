"""Each export read back by an independent reader: json, csv, jams, and an M3U parser of the tests' own."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urljoin, urlparse

import jams
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_prediction import make_prediction

from mer_core import __version__
from mer_core.export import formats as exports
from mer_core.export.playlist_paths import located
from mer_core.inference.provenance import provenance
from mer_core.model.bundle import STARTER_DIR, load_model

NASTY = [
    "=cmd|' /C calc'!A0",
    "a\nb",
    "#EXTINF:1,x",
    "ünï · 雨 🎵",
    "\u202eevil",
    '"quoted", comma',
    "../../etc/passwd",
]


def read_m3u(text: str) -> list[tuple[int, str, str]]:
    """(seconds, label, location) of each entry of an extended M3U."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    entries, reported = [], None
    for line in lines[1:]:
        if line.startswith("#EXTINF:"):
            seconds, _, label = line.removeprefix("#EXTINF:").partition(",")
            reported = (int(seconds), label)
        elif not line.startswith("#"):
            assert reported is not None
            entries.append((*reported, line))
            reported = None
    return entries


def playlist(titles: list[str]) -> pd.DataFrame:
    n = len(titles)
    columns = {
        "track_id": [f"t{i}" for i in range(n)],
        "duration": 61.4,
        "title": titles,
        "artist": "Ann",
        "location": [f"/music/{i}.mp3" for i in range(n)],
    }
    return pd.DataFrame(columns)


@pytest.mark.parametrize("name", NASTY)
def test_json_and_csv_come_back(name: str) -> None:
    prediction = make_prediction(name)
    assert json.loads(exports.to_json(prediction))["moods"] == prediction.moods["probability"].to_dict()
    rows = list(csv.DictReader(io.StringIO(exports.to_csv([prediction, prediction]))))
    assert [row["mood"] for row in rows] == [*prediction.moods.index] * 2
    assert {row["file"].removeprefix("'") for row in rows} == {name}
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values() if cell)
    assert [float(row["probability"]) for row in rows[:4]] == list(prediction.moods["probability"])


def test_no_predictions_make_an_empty_table() -> None:
    assert exports.to_csv([]).splitlines() == ["file,mood"]


def test_jams_validates_and_holds_moods_and_plane() -> None:
    prediction = make_prediction()
    document = jams.load(io.StringIO(exports.to_jams(prediction, title="Song", artist="Ann")))
    document.validate()
    whole, windows = document.search(namespace="tag_open")
    assert {item.value: item.confidence for item in whole.data} == prediction.moods["probability"].to_dict()
    assert {(item.time, item.value) for item in windows.data if item.value == "epic"} == {(3.0, "epic")}
    assert sum(item.duration for item in windows.data if item.value == "calm") == pytest.approx(prediction.duration)
    assert list(document.search(namespace="mood_thayer")[0].data[0].value) == [0.4, -0.6]
    assert document.file_metadata.duration == prediction.duration


def test_jams_says_what_learned_the_figures_and_on_whose_word() -> None:
    starter = load_model(STARTER_DIR)
    text = exports.to_jams(make_prediction(model_name="starter", sources=provenance(starter)))
    document = jams.load(io.StringIO(text), strict=True)
    assert document.validate(strict=True)
    whole, windows, plane = (annotation.annotation_metadata for annotation in document.annotations)
    assert dict(whole.annotator) == {"type": "model", "name": "starter", "version": __version__}
    assert "701 people" in plane.annotation_rules and "r 0.64" in plane.annotation_rules
    assert whole.annotation_rules == windows.annotation_rules and "not calibrated on labels" in whole.annotation_rules
    of_moods = provenance(replace(starter, plane=None)).places
    assert "this project rated" in of_moods and "not measured on listeners" in of_moods
    learned = replace(starter, name="mine", metrics={"targets": {"tracks": 40, "valence": {"r": 0.5, "r2": 0.2}}})
    assert "40 tracks" in provenance(learned).places and "valence r 0.50" in provenance(learned).places


def test_jams_without_names_is_called_as_the_file() -> None:
    assert json.loads(exports.to_jams(make_prediction("/music/My song.mp3")))["file_metadata"]["title"] == "My song"


def test_jams_without_a_place_or_a_timeline() -> None:
    document = jams.load(
        io.StringIO(exports.to_jams(make_prediction(valence=float("nan"), arousal=float("nan"), timeline=None)))
    )
    assert len(document.annotations) == 1


def test_jams_says_that_the_sound_is_out_of_distribution() -> None:
    document = jams.load(io.StringIO(exports.to_jams(make_prediction(out_of_domain="This is silence."))))
    assert [annotation.sandbox.out_of_domain for annotation in document.annotations] == ["This is silence."] * 3
    assert "out_of_domain" not in exports.to_jams(make_prediction())


def test_jams_says_what_to_beware_of() -> None:
    document = jams.load(io.StringIO(exports.to_jams(make_prediction(warnings=["not calibrated on labels"]))))
    assert [annotation.sandbox.warnings for annotation in document.annotations] == [["not calibrated on labels"]] * 3
    assert "warnings" not in exports.to_jams(make_prediction())


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_no_title_breaks_a_playlist(titles: list[str]) -> None:
    entries = read_m3u(exports.to_m3u(playlist(titles)))
    assert [location for _, _, location in entries] == [f"/music/{i}.mp3" for i in range(len(titles))]
    assert {seconds for seconds, _, _ in entries} == {61}


def test_jspf_is_xspf_as_json() -> None:
    document = json.loads(exports.to_jspf(playlist(NASTY), "Moods", {"t0": "both calm and dream"}))["playlist"]
    assert document["title"] == "Moods" and [track["title"] for track in document["track"]] == NASTY
    assert document["track"][0]["annotation"] == "both calm and dream" and "annotation" not in document["track"][1]
    assert document["track"][0]["duration"] == 61400 and document["track"][0]["location"] == ["file:///music/0.mp3"]
    places = ["/music/ü #1.mp3", "loose/a b.mp3", "https://www.jamendo.com/track/1"]
    tracks = json.loads(exports.to_jspf(playlist(["", "", ""]).assign(location=places), ""))["playlist"]["track"]
    assert [track["location"][0] for track in tracks] == [
        "file:///music/%C3%BC%20%231.mp3",
        "loose/a%20b.mp3",
        places[2],
    ]


def test_addresses_on_jamendo() -> None:
    assert exports.jamendo_address("track_0000948") == "https://www.jamendo.com/track/948"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("absolute", "file:///music/M%C3%BCller/a%20%231.mp3"),
        ("relative", "../music/M%C3%BCller/a%20%231.mp3"),
        ("/music=/srv/media", "file:///srv/media/M%C3%BCller/a%20%231.mp3"),
        ("/music=M:/media", "file:///M:/media/M%C3%BCller/a%20%231.mp3"),
        ("/music=", "M%C3%BCller/a%20%231.mp3"),
        ("/music=http://nas:8096/files", "http://nas:8096/files/M%C3%BCller/a%20%231.mp3"),
    ],
)
def test_jspf_holds_paths_as_asked(how: str, expected: str) -> None:
    """What a reader finds that resolves the location against the playlist's own address (RFC 3986)."""
    file, list_of_it = Path("/music/Müller/a #1.mp3"), Path("/lists/mine.jspf")
    table = playlist(["x"]).assign(location=[located(file, list_of_it, how)])
    [location] = json.loads(exports.to_jspf(table, "x"))["playlist"]["track"][0]["location"]
    assert location == expected
    if how in ("absolute", "relative"):
        assert unquote(urlparse(urljoin(list_of_it.as_uri(), location)).path) == str(file)
