"""Playlists and CUE sheets as lists of files, and which files of a folder count as music."""

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile
from shared_cases import case

from mer_core.audio.cue import bounds, read_cue, tracks_of
from mer_core.audio.decode import decode
from mer_core.audio.folders import passed_over_line, walk_audio
from mer_core.audio.playlists import read_playlist, refuse_other_playlist
from mer_core.errors import AudioError
from mer_core.inference.batch import find_files
from mer_core.io.spans import file_of, spanned, split_span


@pytest.mark.parametrize("name", ["relative.m3u8", "bom.m3u", "windows_1252.m3u"])
def test_each_playlist_names_both_songs(name: str) -> None:
    folder = case("m3u")
    files = read_playlist(folder / "Playlists" / name)
    assert [path.name for path in files] == ["01 One é.mp3", "02 Two.mp3"] and all(path.is_file() for path in files)
    assert list(find_files([str(folder / "Playlists" / name)])) == files


def test_a_playlist_without_files_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "web.m3u"
    path.write_text("#EXTM3U\nhttps://example.org/stream\n")
    with pytest.raises(AudioError, match="names no file"):
        read_playlist(path)
    path.write_text("file:///a%20b/c.mp3\n")
    assert read_playlist(path) == [Path("/a b/c.mp3")]


def test_a_cue_sheet_makes_three_tracks() -> None:
    tracks = read_cue(case("cue") / "album.cue")
    assert [(track.title, track.artist, track.album) for track in tracks] == [
        (f"T{number}", "Some Artist", "Some Album") for number in (1, 2, 3)
    ]
    assert bounds(tracks, {tracks[0].file: 30.0}) == [(0.0, 10.0), (10.0, 20.0), (20.0, 30.0)]


def test_parts_of_a_file_are_decoded_alone() -> None:
    folder = case("cue")
    paths = list(find_files([str(folder / "album.cue")], parts=True))
    assert paths == list(find_files([str(folder)], parts=True)) and len(paths) == 3
    whole = decode(folder / "album.flac", 16000).waveform
    parts = [decode(path, 16000) for path in paths]
    assert [part.duration for part in parts] == [10.0] * 3 and not any(part.warning for part in parts)
    assert np.array_equal(np.concatenate([part.waveform for part in parts]), whole)
    assert list(find_files([str(folder)])) == [folder / "album.flac"], "tagging means the file"


def test_a_sheet_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "album.flac", np.zeros(8000), 8000)
    (tmp_path / "album.cue").write_text('FILE "album.flac" WAVE\n TRACK 01 AUDIO\n  INDEX 01 later\n')
    assert tracks_of(tmp_path / "album.flac")[1].endswith("as in 03:25:00")
    assert list(find_files([str(tmp_path)], parts=True)) == [tmp_path / "album.flac"]


def _sheet(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    shutil.copy(case("cue") / "album.flac", folder)
    (folder / "album.cue").write_bytes(text.encode(encoding))
    return folder / "album.flac"


def test_a_folder_names_a_track_beyond_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sheet = (case("cue") / "album.cue").read_text()
    flac = _sheet(tmp_path, sheet.replace("00:20:00", "05:20:00"))
    assert list(find_files([str(tmp_path)], parts=True)) == [flac]
    assert "ends before track 3" in caplog.text and "taken as one track" in caplog.text


@pytest.mark.parametrize(
    ("named", "encoding"), [("ALBUM.wav", "utf-8"), ("CD image.wav", "utf-8"), ("album.flac", "utf-16")]
)
def test_a_sheet_means_the_audio_beside_it(tmp_path: Path, named: str, encoding: str) -> None:
    sheet = (case("cue") / "album.cue").read_text()
    flac = _sheet(tmp_path, sheet.replace("album.flac", named), encoding)
    paths = list(find_files([str(tmp_path)], parts=True))
    assert [file_of(path) for path in paths] == [flac] * 3
    assert paths == list(find_files([str(tmp_path / "album.cue")], parts=True))


def test_a_sheet_of_files_that_are_not_there_is_named(tmp_path: Path) -> None:
    sheet = 'FILE "{}.wav" WAVE\n  TRACK 0{} AUDIO\n    INDEX 01 00:00:00\n'
    flac = _sheet(tmp_path, sheet.format("one", 1) + sheet.format("two", 2))
    tracks, fault = tracks_of(flac)
    assert not tracks and fault.endswith("names one.wav, which is not there; correct its FILE line")


def test_playlists_in_playlists(tmp_path: Path) -> None:
    song = tmp_path / "02 Two.mp3"
    song.write_bytes(b"")
    (tmp_path / "outer.m3u8").write_text("inner.m3u\nouter.m3u8\n")
    (tmp_path / "inner.m3u").write_bytes("outer.m3u8\r\n02%20Two.mp3\r\n".encode("utf-16"))
    assert read_playlist(tmp_path / "outer.m3u8") == [song]
    (tmp_path / "circle.m3u").write_text("circle.m3u\n")
    with pytest.raises(AudioError, match="names no file"):
        read_playlist(tmp_path / "circle.m3u")
    with pytest.raises(AudioError, match=r"\.m3u and \.m3u8 are"):
        refuse_other_playlist(tmp_path / "songs.PLS")


def test_spans(tmp_path: Path) -> None:
    path = spanned("a b.flac", 1.5, 20)
    assert split_span(path) == (Path("a b.flac"), (1.5, 20.0)) and file_of(path) == Path("a b.flac")
    odd = tmp_path / "x.flac#t=1,2"
    odd.write_bytes(b"")
    assert split_span(odd) == (odd, None), "a file of that name is meant by it"


def test_one_rule_for_what_is_music(tmp_path: Path) -> None:
    music = tmp_path / "music"
    (music / "real").mkdir(parents=True)
    tone = np.sin(np.arange(8000) / 5)
    for name in ("a.wav", "b.W64", "real/c.flac"):
        soundfile.write(music / name, tone, 8000, format={"W64": "W64"}.get(name[-3:]))
    shutil.copy(music / "a.wav", music / "noending")
    (music / "cover.jpg").write_bytes(b"x")
    (music / "README").write_text("words")
    (music / ".hidden.wav").write_bytes(b"x")
    outside = tmp_path / "outside"
    outside.mkdir()
    soundfile.write(outside / "d.ogg", tone, 8000)
    (music / "linked").symlink_to(outside)
    (music / "again").symlink_to(music)
    passed_over: Counter[str] = Counter()
    found = [path.relative_to(music).as_posix() for path in walk_audio(music, passed_over)]
    assert sorted(found) == ["a.wav", "b.W64", "linked/d.ogg", "noending", "real/c.flac"]
    assert passed_over == {".jpg": 1, "without ending": 1} and "2 files" in passed_over_line(passed_over)
    assert len(list(find_files([str(music)]))) == 5
