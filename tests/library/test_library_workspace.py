"""A messy music folder as a workspace: everything usable is taken in once, nothing is written there, and ids outlive
renaming and tagging."""

import json
import os
import shutil
from pathlib import Path

import audio_files
import mutagen
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.id3 import TALB, TIT2, TMOO, TPE1
from pages_common import make_model

from mer_core.audio.formats import is_audio_name
from mer_core.cli import build_embeddings
from mer_core.cli import import_library as script
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore, TrackEmbedding
from mer_core.encoders import load_encoder
from mer_core.errors import DatasetError
from mer_core.library.scan import FileRecord, find_audio, read_record, scan
from mer_core.library.workspace import import_library, read_library, track_id
from mer_core.model.bundle import save_model
from mer_core.tags.write import write
from mer_core.teach.file_tags import words_in
from mer_core.workspace.layout import Workspace

IDENTITY = {
    "name": "placeholder",
    "version": "1",
    "sample_rate": 16000,
    "frame_seconds": 1.0,
    "hop_seconds": 0.5,
    "dim": 2,
}


def song(seed: int, kind: str = "mp3", seconds: float = 2.0) -> bytes:
    noise = np.random.default_rng(seed).normal(0, 0.1, (2, round(seconds * 44100))).astype(np.float32)
    return audio_files.write(noise, kind)


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def songs() -> dict[str, bytes]:
    return {kind: song(number, kind) for number, kind in enumerate(["mp3", "flac", "m4a", "wma", "wav", "aiff"])}


@pytest.fixture
def music(tmp_path: Path, songs: dict[str, bytes]) -> Path:
    """Six songs in odd places, a copy, broken files, links in a circle, things that are no music."""
    root = tmp_path / "Music"
    put(root / "Artist & Söhne" / 'The "best" of' / "01 first.mp3", songs["mp3"])
    put(root / "日本語" / "=cmd().flac", songs["flac"])
    put(root / "1: Intro.m4a", songs["m4a"])
    put(root / "rtl\u202e" / "a\u00a0b 🎵.wma", songs["wma"])
    put(root / "UPPER.WAV", songs["wav"])
    put(root / "x" / "..hidden" / "in hidden.aiff", songs["aiff"])
    put(root / "y" / "plain.aiff", songs["aiff"])
    put(root / "z copy of first.mp3", songs["mp3"])
    put(root / "broken.mp3", b"this is text")
    put(root / "empty.flac", b"")
    put(root / "line\nbreak.mp3", song(99))
    put(root / "cover.jpg", b"picture")
    put(root / "._resource fork.mp3", b"fork")
    (root / "circle").symlink_to(root)
    (root / "dangling.mp3").symlink_to(root / "nowhere")
    os.mkfifo(root / "pipe.mp3")
    return root


def snapshot(root: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in root.rglob("*")}


def test_everything_usable_is_taken_in_once_and_nothing_is_written(music: Path, tmp_path: Path) -> None:
    before = snapshot(music)
    done = import_library(tmp_path / "ws", music)
    assert snapshot(music) == before
    assert (len(done.library.tracks), done.added, done.removed, done.unchanged) == (6, 6, 0, 0)
    assert {Path(record.path).name for record in done.library.broken} == {
        "broken.mp3",
        "empty.flac",
        "line\nbreak.mp3",
        "dangling.mp3",
    }
    assert all(len(record.error) > 20 for record in done.library.broken)
    assert [(copy.path, first.path) for copy, first in done.library.duplicates] == [
        ("z copy of first.mp3", 'Artist & Söhne/The "best" of/01 first.mp3')
    ]
    dataset = Dataset.load(done.workspace.dataset_dir)
    assert len(dataset) == 6 and dataset.moods == () and done.workspace.kind == "library"
    assert all(done.workspace.audio_path(path).is_file() for path in dataset.tracks["path"])
    assert dataset.tracks["duration"].between(1.9, 2.2).all()
    assert Workspace.open(tmp_path / "ws").audio_root == music.resolve()


def test_tags_become_titles_artists_and_moods(tmp_path: Path, songs: dict[str, bytes]) -> None:
    music = tmp_path / "Music"
    for kind in ("mp3", "wav", "aiff"):
        file = mutagen.File(put(music / f"a.{kind}", songs[kind]))
        file.add_tags() if file.tags is None else None
        for frame in (
            TIT2(3, [f"Title\tof {kind}\n"]),
            TPE1(3, ["Björk"]),
            TALB(3, ["Álbum"]),
            TMOO(3, ["happy", "calm", "happy"]),
        ):
            file.tags.add(frame)
        file.save()
    for kind, keys in {
        "flac": ("title", "artist", "MOOD"),
        "wma": ("Title", "Author", "WM/Mood"),
        "m4a": ("\xa9nam", "\xa9ART", None),
    }.items():
        file = mutagen.File(put(music / f"a.{kind}", songs[kind]))
        file[keys[0]], file[keys[1]] = [f"Title of {kind}"], ["BJÖRK"]
        if keys[2]:
            file[keys[2]] = ["happy", "calm"]
        file.save()
    library = import_library(tmp_path / "ws", music).library
    tracks = Dataset.load(tmp_path / "ws" / "dataset").tracks
    assert sorted(tracks["title"]) == [f"Title of {kind}" for kind in ("aiff", "flac", "m4a", "mp3", "wav", "wma")]
    assert {artist.casefold() for artist in tracks["artist"]} == {"björk"} and tracks["artist_id"].nunique() == 1
    moods = library.file_moods()
    assert len(moods) == 5 and set(moods.values()) == {("happy", "calm")}
    assert read_library(tmp_path / "ws").file_moods() == moods


def test_a_second_import_sees_what_changed(
    music: Path, tmp_path: Path, songs: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = import_library(tmp_path / "ws", music)
    (music / "UPPER.WAV").unlink()
    put(music / "new" / "song.mp3", song(50))
    (music / "日本語").rename(music / "moved")
    tagged = music / 'Artist & Söhne/The "best" of/01 first.mp3'
    write(tagged, ["dark"], tmp_path / "journal")
    read = []
    real = scan.__globals__["read_record"]
    monkeypatch.setitem(
        scan.__globals__, "read_record", lambda root, path, status: read.append(path) or real(root, path, status)
    )
    second = import_library(tmp_path / "ws", music)
    assert (second.added, second.removed, second.unchanged) == (1, 1, 5)
    assert {"new/song.mp3", "moved/=cmd().flac", 'Artist & Söhne/The "best" of/01 first.mp3'} <= set(read)
    assert "1: Intro.m4a" not in read and "broken.mp3" not in read
    by_path = {record.path: name for name, record in second.library.tracks.items()}
    assert by_path["moved/=cmd().flac"] == next(
        name for name, record in first.library.tracks.items() if record.path.endswith("=cmd().flac")
    )
    assert second.library.file_moods()[by_path['Artist & Söhne/The "best" of/01 first.mp3']] == ("dark",)


def test_the_file_that_stands_for_a_recording_stays_while_it_is_there(tmp_path: Path, songs: dict[str, bytes]) -> None:
    music = tmp_path / "Music"
    put(music / "m.mp3", songs["mp3"])
    import_library(tmp_path / "ws", music)
    put(music / "a.mp3", songs["mp3"])
    assert [record.path for record in import_library(tmp_path / "ws", music).library.tracks.values()] == ["m.mp3"]
    (music / "m.mp3").unlink()
    again = import_library(tmp_path / "ws", music)
    assert [record.path for record in again.library.tracks.values()] == ["a.mp3"] and again.unchanged == 1


def test_of_copies_the_one_with_names_stands_for_the_recording(tmp_path: Path, songs: dict[str, bytes]) -> None:
    music = tmp_path / "Music"
    for name, frames in {
        "a": [],
        "b": [TIT2(3, ["Title"])],
        "c": [TIT2(3, ["Title"]), TPE1(3, ["Ann"])],
        "d": [TIT2(3, ["Title"]), TPE1(3, ["Ann"])],
    }.items():
        file = mutagen.File(put(music / f"{name}.mp3", songs["mp3"]))
        for frame in frames:
            file.tags.add(frame)
        file.save()
    (record,) = import_library(tmp_path / "ws", music).library.tracks.values()
    assert (record.path, record.title, record.artist) == ("c.mp3", "Title", "Ann")


@pytest.mark.parametrize("kind", ["mp3", "flac", "wav", "opus", "wv"])
def test_a_cut_off_file_has_the_length_that_can_be_read_and_is_reported(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 8 * audio_files.KINDS[kind].rate)).astype(np.float32)
    whole = audio_files.write(noise, kind)
    put(tmp_path / "Music" / f"whole.{kind}", whole)
    put(tmp_path / "Music" / f"cut.{kind}", whole[: len(whole) // 4])
    arguments = [str(tmp_path / "ws"), "--audio-dir", str(tmp_path / "Music"), "--files-only"]
    assert script.main([*arguments, "--json"]) == 0
    reported = json.loads(capsys.readouterr().out)
    assert (reported["tracks"], reported["broken"], reported["damaged"]) == (2, 0, 1)
    assert reported["damaged_files"][0]["path"] == f"cut.{kind}"
    assert "2 of 8 s can be read" in reported["damaged_files"][0]["damage"] or kind in ("wav", "opus"), (
        "those shorten what they declare"
    )
    lengths = {record.path: record.duration for record in read_library(tmp_path / "ws").records}
    assert 0.9 < lengths[f"cut.{kind}"] < 2.2, "an Ogg page holds a second"
    assert lengths[f"whole.{kind}"] == pytest.approx(8, abs=0.05)
    assert script.main(arguments) == 0
    assert f"cut.{kind}: " in capsys.readouterr().out


@pytest.mark.parametrize("kind", [*audio_files.KINDS, "vorbis"])
def test_a_whole_file_of_any_kind_is_not_called_damaged(tmp_path: Path, kind: str) -> None:
    rate = audio_files.KINDS[kind].rate if kind != "vorbis" else 44100
    sound = audio_files.tones(3.0, rate)
    path = put(tmp_path / "song", audio_files.vorbis(sound) if kind == "vorbis" else audio_files.write(sound, kind))
    record = read_record(tmp_path, "song", path.stat())
    assert (record.error, record.damage) == ("", "") and record.duration == pytest.approx(3, abs=0.06)


def test_records_from_before_damage_was_looked_for_are_read_again(tmp_path: Path, songs: dict[str, bytes]) -> None:
    put(tmp_path / "Music" / "a.mp3", songs["mp3"][: len(songs["mp3"]) // 2])
    import_library(tmp_path / "ws", tmp_path / "Music")
    records = tmp_path / "ws" / "dataset" / "library.json"
    old = json.loads(records.read_text())
    for record in old["files"]:
        del record["damage"]
    records.write_text(json.dumps(old))
    again = import_library(tmp_path / "ws", tmp_path / "Music")
    assert again.unchanged == 1 and again.library.damaged


def test_embeddings_of_tracks_that_have_gone_are_dropped(tmp_path: Path, songs: dict[str, bytes]) -> None:
    music = tmp_path / "Music"
    put(music / "a.mp3", songs["mp3"])
    put(music / "b.flac", songs["flac"])
    workspace = import_library(tmp_path / "ws", music).workspace
    store = EmbeddingStore.create(workspace.embeddings_dir("placeholder"), IDENTITY)
    ids = {record.path: name for name, record in read_library(workspace.root).tracks.items()}
    store.write_shard("00", [TrackEmbedding(name, 1.0, np.ones((2, 2), np.float32)) for name in ids.values()])
    (music / "b.flac").unlink()
    import_library(tmp_path / "ws", music)
    assert EmbeddingStore.open(store.folder).track_ids == [ids["a.mp3"]]


def test_a_file_that_cannot_be_embedded_is_not_decoded_again_unless_asked(
    tmp_path: Path, songs: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    music = tmp_path / "Music"
    put(music / "a.mp3", songs["mp3"])
    put(music / "short.flac", song(7, "flac", seconds=0.2))
    import_library(tmp_path / "ws", music)

    def build(*more: str) -> tuple[int, int, int]:
        assert build_embeddings.main([str(tmp_path / "ws"), "--encoder", "placeholder", "--json", *more]) == 0
        reported = json.loads(capsys.readouterr().out)
        return reported["embedded"], reported["failures"], reported["failed_before"]

    assert build() == (1, 1, 0)
    assert build() == (0, 0, 1)
    assert build("--retry-failed") == (0, 1, 0)
    put(music / "short.flac", song(7, "flac"))
    import_library(tmp_path / "ws", music)
    assert build() == (1, 0, 0), "another sound is another track"


def test_what_would_be_wrong_is_refused(music: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is no folder"):
        import_library(tmp_path / "ws", tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="nothing may be written"):
        import_library(music / "ws", music)
    (tmp_path / "silent").mkdir()
    with pytest.raises(DatasetError, match="drive connected"):
        import_library(tmp_path / "ws", tmp_path / "silent")
    Workspace.create(tmp_path / "other", title="other", kind="demo")
    with pytest.raises(DatasetError, match="of the kind 'demo'"):
        import_library(tmp_path / "other", music)
    assert not (tmp_path / "ws").exists() and not (music / "ws").exists()


def test_an_unplugged_drive_does_not_empty_the_library(tmp_path: Path, songs: dict[str, bytes]) -> None:
    put(tmp_path / "Music" / "a.mp3", songs["mp3"])
    import_library(tmp_path / "ws", tmp_path / "Music")
    (tmp_path / "Music" / "a.mp3").unlink()
    with pytest.raises(DatasetError, match="drive connected"):
        import_library(tmp_path / "ws", tmp_path / "Music")
    assert len(read_library(tmp_path / "ws").tracks) == 1


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"files": 3, "tracks": {}}', b'{"files": [{"path": 1}], "tracks": {}}']
)
def test_damaged_records_cost_only_a_second_reading(tmp_path: Path, songs: dict[str, bytes], damage: bytes) -> None:
    put(tmp_path / "Music" / "a.mp3", songs["mp3"])
    first = import_library(tmp_path / "ws", tmp_path / "Music")
    (tmp_path / "ws" / "dataset" / "library.json").write_bytes(damage)
    again = import_library(tmp_path / "ws", tmp_path / "Music")
    assert again.library.tracks.keys() == first.library.tracks.keys()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(deadline=None)
@given(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_any_tag_gives_a_dataset_that_loads(
    tmp_path_factory: pytest.TempPathFactory, title: str, artist: str, album: str, moods: list[str]
) -> None:
    from mer_core.library.scan import _clean
    from mer_core.library.workspace import Library, _write

    record = FileRecord("a.mp3", 1, 1, "0" * 64, 3.0, _clean(title), _clean(artist), _clean(album), tuple(moods))
    folder = tmp_path_factory.mktemp("ws")
    _write(folder / "dataset", Library({track_id(record): record}, (record,)), folder)
    tracks = Dataset.load(folder / "dataset").tracks
    assert tracks["title"].tolist() == [_clean(title)] and tracks["artist"].tolist() == [_clean(artist)]
    assert read_library(folder).records == (record,)


def test_which_names_are_looked_into(tmp_path: Path) -> None:
    assert all(is_audio_name(name) for name in ["a.mp3", "b.FLAC", "c.Aif", "d.oga", "e\n.opus"])
    assert not any(is_audio_name(name) for name in ["a.txt", "mp3", ".a.mp3", "a.mp3.part", "playlist.m3u8", "a.jpg"])
    put(tmp_path / "b.mp3", b"")
    put(tmp_path / ".hidden" / "c.mp3", b"")
    assert list(find_audio(tmp_path)) == ["b.mp3"]


def test_the_script_counts_and_tells(music: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(tmp_path / "ws"), "--audio-dir", str(music), "--files-only"]
    assert script.main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert [result[key] for key in ("tracks", "added", "removed", "unchanged", "broken", "duplicates")] == [
        6,
        6,
        0,
        0,
        4,
        1,
    ]
    assert script.main(arguments) == 0
    reported = capsys.readouterr().out
    assert "6 tracks, 0 added, 0 removed, 6 unchanged" in reported and "line�break.mp3" in reported
    shutil.rmtree(music)
    assert script.main(arguments) == 1
    assert "is no folder" in capsys.readouterr().err


def test_a_song_too_short_to_be_embedded_is_named(
    tmp_path: Path, songs: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "Music" / "whole.mp3", songs["mp3"])
    put(tmp_path / "Music" / "jingle.wav", song(7, "wav", seconds=0.1))
    save_model(tmp_path / "model", make_model(load_encoder("placeholder").identity()))
    arguments = [str(tmp_path / "ws"), "--audio-dir", str(tmp_path / "Music"), "--model", str(tmp_path / "model")]
    assert script.main([*arguments, "--json"]) == 0
    failed = json.loads(capsys.readouterr().out)["failed_files"]
    assert [file["path"] for file in failed] == ["jingle.wav"] and "0.10 s" in failed[0]["error"]
    assert script.main(arguments) == 0
    assert "without embedding: 1\n  jingle.wav" in capsys.readouterr().out


@pytest.mark.parametrize("fails_at", range(5))
def test_an_import_that_ends_at_any_write_is_mended_by_the_next(
    tmp_path: Path, songs: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    put(tmp_path / "Music" / "a.mp3", songs["mp3"])
    put(tmp_path / "Music" / "b.flac", songs["flac"])
    writes = []

    def replace(self: Path, target: Path) -> Path:
        writes.append(target)
        if len(writes) == fails_at + 1:
            raise OSError("No space left on device")
        return real(self, target)

    real = Path.replace
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        try:
            import_library(tmp_path / "ws", tmp_path / "Music")
        except OSError:
            assert len(writes) == fails_at + 1
    done = import_library(tmp_path / "ws", tmp_path / "Music")
    assert len(done.library.tracks) == 2 == len(Dataset.load(done.workspace.dataset_dir))
    assert len(writes) == min(fails_at + 1, 4)


def test_moods_of_a_copy_count(tmp_path: Path, songs: dict[str, bytes]) -> None:
    music = tmp_path / "music"
    music.mkdir()
    for name, moods in (("a.flac", []), ("b.flac", ["Sad"]), ("c.flac", ["sad", "calm"])):
        (music / name).write_bytes(songs["flac"])
        file = mutagen.File(music / name, easy=True)
        file["mood"] = moods
        file.save()
    library = import_library(tmp_path / "ws", music).library
    assert [record.path for record in library.tracks.values()] == ["a.flac"] and len(library.duplicates) == 2
    assert list(library.file_moods().values()) == [("Sad", "calm")]
    assert words_in(library) == {"Sad": 1, "calm": 1}
