"""The same song in several codings is one recording; a playlist is extended, and its paths are as asked for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_core.embeddings.versions import MANY, MOST_ALIKE, nearest_recordings, recordings, same_recording
from mer_core.errors import DatasetError
from mer_core.export.playlist_paths import known_paths, located
from mer_core.recommend.catalogue import Catalogue, make_catalogue
from mer_core.recommend.path import smooth_path
from mer_core.recommend.playlist import tracks_by_name, with_originals
from mer_core.recommend.rank import Query, mood_profile, rank, why_fewer


@pytest.fixture
def catalogue() -> Catalogue:
    random = np.random.default_rng(0)
    X = random.normal(size=(12, 40))
    X[1] = X[0] + random.normal(0, 0.005, 40)  # the FLAC of the MP3
    tracks = pd.DataFrame(
        {
            "track_id": [f"t{n}" for n in range(12)],
            "artist_id": [f"a{n}" for n in range(12)],
            "title": "",
            "artist": "",
            "path": ["a.mp3", "b.flac", *(f"{n}.mp3" for n in range(10))],
            "duration": [100.0, 100.05, *np.linspace(120, 300, 10)],
        }
    )
    return make_catalogue(tracks, X, random.uniform(size=(12, 3)), ("x", "y", "z"))


def test_a_song_is_not_its_own_recommendation(catalogue: Catalogue) -> None:
    query = Query(sound=catalogue.sound[[0]], excluded=["t0"], variety=0.0)
    assert "t1" not in set(rank(catalogue, query, 11)["track_id"])
    assert len(rank(catalogue, query, 11)) == 10


def test_a_recording_is_listed_once_with_its_other_codings(catalogue: Catalogue) -> None:
    found = rank(catalogue, Query(sound=catalogue.sound[[5]], excluded=["t5"], variety=0.0), 12)
    both = found[found["track_id"].isin(["t0", "t1"])]
    assert len(found) == 10 and len(both) == 1
    assert both["also_as"].item() == {"t0": "FLAC", "t1": "MP3"}[both["track_id"].item()]
    assert set(found.drop(both.index)["also_as"]) == {""}


def test_recordings_need_both_length_and_sound() -> None:
    X = np.array([[1.0, 0.0], [1.0, 0.001], [1.0, 0.0], [0.0, 1.0]])
    assert len(set(recordings(X, np.array([10.0, 10.1, 12.0, 10.0])))) == 3
    assert len(set(recordings(X, np.full(4, np.nan)))) == 4
    many = np.ones((MOST_ALIKE + 2, 3))
    assert len(set(recordings(many[:10], np.full(10, 30.0)))) == 1
    assert len(set(recordings(many, np.full(len(many), 30.0)))) == len(many)


def test_where_many_tracks_have_one_length_only_a_close_copy_is_believed() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(MANY + 1, 40))
    X[1] = X[0] + random.normal(0, 0.15, 40)
    assert 0.985 < X[0] @ X[1] / np.linalg.norm(X[0]) / np.linalg.norm(X[1]) < 0.998
    crowded = np.full(MANY + 1, 30.0)
    assert len(set(recordings(X, crowded))) == MANY + 1
    assert len(set(recordings(X[:10], crowded[:10]))) == 9
    assert same_recording(X[1], 30.0, X[:10], crowded[:10]).sum() == 2
    assert same_recording(X[1], 30.0, X, crowded).sum() == 1


def test_lossless_files_are_one_recording_only_by_the_same_sound() -> None:
    random = np.random.default_rng(2)
    X = random.normal(size=(6, 40))
    X[1] = X[0] + random.normal(0, 0.1, 40)  # another piece, much alike
    X[2], X[3] = X[0] + random.normal(0, 0.005, 40), X[1] + random.normal(0, 0.005, 40)  # their MP3s
    X[4] = X[0]  # the first as WAV
    paths = ["a.flac", "b.FLAC", "a.mp3", "b.mp3", "a.wav#t=0.000,10.000", "c.flac"]
    assert X[0] @ X[1] / np.linalg.norm(X[0]) / np.linalg.norm(X[1]) > 0.985
    assert len(set(recordings(X, np.full(6, 100.0)))) == 2
    a, b, a_mp3, b_mp3, a_wav, c = recordings(X, np.full(6, 100.0), paths)
    assert a == a_mp3 == a_wav and b == b_mp3 and len({a, b, c}) == 3


def test_copies_left_out_are_not_the_artist_limit(catalogue: Catalogue) -> None:
    query = Query(sound=catalogue.sound[[5]], excluded=["t5"], per_artist=2)
    found = len(rank(catalogue, query, 12))
    assert why_fewer(catalogue, query, found, 12, "--per-artist 2") == (
        f"Only {found} of 12 tracks: no others are left to choose from."
    )


def test_neighbours_are_songs_not_files(catalogue: Catalogue) -> None:
    numbers = catalogue.recordings
    rows, likeness = nearest_recordings(catalogue.sound[5], catalogue.sound, 20, numbers, exclude=[5])
    assert len(rows) == 10 and len(set(numbers[rows])) == 10 and (np.diff(likeness) <= 0).all()
    assert {0, 1} & set(rows) and not {0, 1} <= set(rows)
    assert not {0, 1} & set(nearest_recordings(catalogue.sound[0], catalogue.sound, 20, numbers, exclude=[0])[0])


def test_a_path_holds_a_song_once(catalogue: Catalogue) -> None:
    start, end = (mood_profile(catalogue, {mood: 1.0}) for mood in ("x", "y"))
    assert len(smooth_path(catalogue, start, end, 11, 99)) == 11
    with pytest.raises(DatasetError, match="only 11 of 12"):
        smooth_path(catalogue, start, end, 12, 99)


def test_a_file_is_known_as_the_song_that_is_there(catalogue: Catalogue) -> None:
    assert catalogue.same_song(catalogue.embeddings[1], 100.0) == ["t0", "t1"]
    assert catalogue.same_song(catalogue.embeddings[1], 110.0) == []


def test_the_playlist_leads(catalogue: Catalogue) -> None:
    found = rank(catalogue, Query(sound=catalogue.sound[[5]], excluded=["t5"]), 3).assign(reason="near")
    both = with_originals(catalogue, ["t5", "/x/other.mp3"], found)
    assert list(both["track_id"])[:2] == ["t5", "/x/other.mp3"] and len(both) == 5
    assert both["reason"][0] == "was in the playlist" and both["title"][1] == "other"


def test_the_list_ends_where_the_fit_falls_below_what_is_asked(catalogue: Catalogue) -> None:
    query = Query(sound=catalogue.sound[[5]], excluded=["t5"], least_fit=0.6, per_artist=99)
    found = rank(catalogue, query, 12)
    assert (
        len(found)
        and (found["score"] >= 0.6).all()
        and len(found) < len(rank(catalogue, replace(query, least_fit=0), 12))
    )
    assert (
        why_fewer(catalogue, query, len(found), 12, "")
        == f"Only {len(found)} of 12 tracks: what comes next fits less than 0.6."
    )


def test_a_playlist_of_another_machine_is_known_by_folder_and_name() -> None:
    paths = ["Artist/One/Song.flac", "Artist/Two/Song.mp3", "Other/Caf\u00e9.mp3"]
    tracks = pd.DataFrame({"track_id": ["a", "b", "c"], "path": paths})
    entries = ["C:\\Music\\artist\\two\\song.mp3", "/home/x/Other/Cafe\u0301.ogg", "nothing.mp3", "Two/Song.mp3"]
    assert tracks_by_name(tracks, entries) == (["b", "c"], ["nothing.mp3"])
    assert tracks_by_name(tracks, ["Song.wav", "/"]) == (["a"], ["/"])


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("absolute", "/mnt/music/a/b.mp3"),
        ("relative", "../a/b.mp3"),
        ("/mnt/music=/music", "/music/a/b.mp3"),
        ("/mnt/music=", "a/b.mp3"),
        ("/elsewhere=/music", "/mnt/music/a/b.mp3"),
    ],
)
def test_paths_of_playlists(how: str, expected: str) -> None:
    assert located(Path("/mnt/music/a/b.mp3"), Path("/mnt/music/lists/x.m3u8"), known_paths(how)) == expected


def test_other_paths_are_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        known_paths("elsewhere")
