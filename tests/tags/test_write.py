"""Moods written into files: read back by mutagen, sound untouched, the original restored byte for byte."""

import base64
import json
import os
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import audio_files
import av
import mutagen
import numpy as np
import pytest
import soundfile
from mutagen import id3

from mer_core.errors import ArtifactError, AudioError
from mer_core.tags import safety
from mer_core.tags import write as tagging

FORMATS = {
    "mp3": ("libmp3lame", "mp3"),
    "flac": ("flac", "flac"),
    "ogg": ("vorbis", "soundfile"),
    "opus": ("libopus", "ogg"),
    "m4a": ("aac", "ipod"),
    "wma": ("wmav2", "asf"),
    "wav": ("pcm_s16le", "wav"),
    "aiff": ("pcm_s16be", "aiff"),
}
MOODS = ("relaxing", "dream")


def write_tone(path: Path, codec: str, container: str) -> Path:
    if container == "soundfile":  # FFmpeg's own Vorbis encoder is experimental
        soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, (3 * 48000, 2)), 48000, format="OGG")
        return path
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, rate=48000, layout="stereo")
        stream.bit_rate = 128000  # wmav2 has no default
        time = np.arange(3 * 48000) / 48000
        tone = (8000 * np.sin(2 * np.pi * 330 * time)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(tone, 2)[None], format="s16", layout="stereo")
        frame.sample_rate = 48000
        resampler = av.AudioResampler(
            format=stream.format, layout="stereo", rate=48000, frame_size=stream.codec_context.frame_size or 1024
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return path


@pytest.fixture(params=FORMATS)
def song(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_tone(tmp_path / f"song.{request.param}", *FORMATS[request.param])


def test_written_read_back_and_undone(song: Path, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    original, sound = song.read_bytes(), tagging.sound_digest(song)
    os.utime(song, ns=(10**18, 10**18 + 10**9))
    assert tagging.plan(song, MOODS).after == MOODS
    assert song.read_bytes() == original, "a plan writes nothing"
    tagging.write(song, MOODS, journal)
    assert tagging.read_moods(song) == MOODS
    assert tagging.sound_digest(song) == sound
    tagging.write(song, ("epic",), journal)
    assert tagging.read_moods(song) == ("epic",)
    assert song.stat().st_mtime_ns > 10**18 + 10**9
    tagging.undo(song, journal)
    assert song.read_bytes() == original and song.stat().st_mtime_ns == 10**18 + 10**9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal", song.name]


def test_the_fields_are_those_other_players_read(tmp_path: Path) -> None:
    fields = {"mp3": "TMOO", "flac": "mood", "m4a": "----:com.apple.iTunes:MOOD", "wma": "WM/Mood"}
    for suffix, field in fields.items():
        path = write_tone(tmp_path / f"song.{suffix}", *FORMATS[suffix])
        tagging.write(path, MOODS, tmp_path / "journal")
        assert field in mutagen.File(path).tags


def test_other_tags_stay(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "song.flac", *FORMATS["flac"])
    audio = mutagen.File(path)
    audio["title"] = "Ünïcode"
    audio.save()
    tagging.write(path, MOODS, tmp_path / "journal")
    assert mutagen.File(path)["title"] == ["Ünïcode"]


def test_undo_refuses_what_it_would_lose(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "song.mp3", *FORMATS["mp3"])
    with pytest.raises(ArtifactError, match="nothing to undo"):
        tagging.undo(path, tmp_path / "journal")
    tagging.write(path, MOODS, tmp_path / "journal")
    audio = mutagen.File(path)
    audio.tags.add(mutagen.id3.TIT2(encoding=3, text="edited elsewhere"))
    audio.save()
    with pytest.raises(ArtifactError, match="another program"):
        tagging.undo(path, tmp_path / "journal")


JUNK = [
    b"{",
    b"[]",
    b'{"schema_version": 1}',
    b'{"schema_version": 2, "path": "x", "original": "x", "versions": []}',
    b'{"schema_version": 1, "path": "x", "original": "x", "versions": [{"x": 1}]}',
]


@pytest.mark.parametrize("junk", JUNK)
def test_one_whole_copy_of_a_journals_entry_is_enough(tmp_path: Path, junk: bytes) -> None:
    original = write_tone(tmp_path / "song.flac", *FORMATS["flac"]).read_bytes()
    for number in range(3):
        path, journal = tmp_path / f"song{number}.flac", tmp_path / f"journal{number}"
        path.write_bytes(original)
        tagging.write(path, MOODS, journal)
        by_content, by_path = sorted(journal.glob("*.json"), key=lambda place: not place.name.startswith("content-"))
        (by_path if number == 0 else by_content).write_bytes(junk)
        path = path.rename(tmp_path / "renamed.flac") if number == 2 else path
        tagging.write(path, ("sad",), journal)
        tagging.undo(path, journal)
        assert path.read_bytes() == original


@pytest.mark.parametrize("junk", JUNK)
def test_without_a_whole_entry_a_file_is_left_as_it_is(tmp_path: Path, junk: bytes) -> None:
    path, journal = write_tone(tmp_path / "song.flac", *FORMATS["flac"]), tmp_path / "journal"
    tagging.write(path, MOODS, journal)
    tagged = path.read_bytes()
    for place in journal.glob("*.json"):
        place.write_bytes(junk)
    for attempt in (lambda: tagging.undo(path, journal), lambda: tagging.write(path, ("sad",), journal)):
        with pytest.raises(ArtifactError, match=r"no copy of it is whole, .* left as it is"):
            attempt()
    assert path.read_bytes() == tagged and {place.read_bytes() for place in journal.glob("*.json")} == {junk}


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are Unicode there")
def test_a_file_whose_name_is_no_unicode_is_tagged_and_undone(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "song.flac", *FORMATS["flac"]).rename(tmp_path / os.fsdecode(b"\xff.flac"))
    original = path.read_bytes()
    tagging.write(path, MOODS, tmp_path / "journal")
    assert tagging.read_moods(path) == MOODS
    tagging.undo(path, tmp_path / "journal")
    assert path.read_bytes() == original and not list((tmp_path / "journal").iterdir())


@pytest.mark.parametrize(
    "change",
    [
        {"pieces": ["QUJD"]},
        {"pieces": 1},
        {"pieces": [["1", 2]]},
        {"pieces": [[0, -1]]},
        {"pieces": [[0, 10**9]]},
        {"tagged": "../x"},
        {"prefix": -1, "suffix": 0, "middle": "", "pieces": None},
    ],
)
def test_an_entry_that_leads_elsewhere_than_to_the_original_is_not_followed(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path, journal = write_tone(tmp_path / "song.flac", *FORMATS["flac"]), tmp_path / "journal"
    tagging.write(path, MOODS, journal)
    tagged = path.read_bytes()
    for place in journal.glob("*.json"):
        entry = json.loads(place.read_text())
        entry["versions"][0] |= change
        place.write_text(json.dumps(entry))
    with pytest.raises(ArtifactError, match="no copy of it is whole"):
        tagging.undo(path, journal)
    assert path.read_bytes() == tagged


def test_an_entry_of_an_earlier_release_is_undone(tmp_path: Path) -> None:
    """Schema version 1: the first and last bytes that the original and the tagged file share, and what the original has
    between."""
    path, journal = write_tone(tmp_path / "song.wav", *FORMATS["wav"]), tmp_path / "journal"
    original = path.read_bytes()
    tagging.write(path, MOODS, journal)
    tagged = path.read_bytes()
    prefix = next(n for n, (a, b) in enumerate(zip(original, tagged, strict=False)) if a != b)
    for place in journal.glob("*.json"):
        entry = json.loads(place.read_text())
        old = {"prefix": prefix, "suffix": 0, "middle": base64.b64encode(original[prefix:]).decode()}
        version = {"tagged": entry["versions"][0]["tagged"], **old}
        place.write_text(json.dumps({**entry, "schema_version": 1, "versions": [version]}))
    tagging.undo(path, journal)
    assert path.read_bytes() == original and not list(journal.iterdir())


@pytest.mark.parametrize("suffix", ["wav", "aiff", "mp3", "flac", "m4a", "ogg"])
def test_the_journal_holds_only_what_changes(tmp_path: Path, suffix: str) -> None:
    path, journal = tmp_path / f"long.{suffix}", tmp_path / "journal"
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 20 * 44100)).astype(np.float32)
    path.write_bytes(audio_files.vorbis(sound) if suffix == "ogg" else audio_files.write(sound, suffix))
    original = path.read_bytes()
    assert len(original) > 300_000
    tagging.write(path, MOODS, journal)
    tagging.write(path, ("epic",), journal)
    kept = sum(place.stat().st_size for place in journal.iterdir())
    # each page of an Ogg file has a number and a checksum
    assert kept < (60_000 if suffix != "ogg" else 3 * len(original))
    tagging.undo(path, journal)
    assert path.read_bytes() == original


def test_a_change_by_another_program_is_kept_and_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, journal = write_tone(tmp_path / "song.flac", *FORMATS["flac"]), tmp_path / "journal"
    save, saved = tagging._save, []

    def save_while_another_does(audio: object, copy: Path) -> None:
        save(audio, copy)
        other = mutagen.File(path)
        other["artist"] = "Somebody"
        other.save()
        saved.append(path.read_bytes())

    monkeypatch.setattr(tagging, "_save", save_while_another_does)
    with pytest.raises(AudioError, match="changed by another program meanwhile"):
        tagging.write(path, MOODS, journal)
    assert [path.read_bytes()] == saved
    monkeypatch.undo()
    tagging.write(path, MOODS, journal)
    assert mutagen.File(path)["artist"] == ["Somebody"] and tagging.read_moods(path) == MOODS
    tagging.undo(path, journal)
    assert [path.read_bytes()] == saved


def test_a_change_through_a_handle_that_was_open_before_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tone(tmp_path / "song.wav", *FORMATS["wav"])
    original, other = path.read_bytes(), path.open("rb+")
    replace = Path.replace

    def replace_while_another_writes(self: Path, target: Path) -> Path:
        done = replace(self, target)
        other.seek(-4, os.SEEK_END)
        other.write(b"mine")
        other.flush()
        monkeypatch.undo()
        return done

    monkeypatch.setattr(Path, "replace", replace_while_another_writes)
    with (
        other,
        pytest.raises(AudioError, match="changed by another program meanwhile"),
        safety.replaced(path, safety.snapshot(path)) as copy,
    ):
        copy.write_bytes(b"tagged")
    assert path.read_bytes() == original[:-4] + b"mine"


def test_hard_links_and_read_only_files_are_asked_about(tmp_path: Path) -> None:
    path, journal = write_tone(tmp_path / "song.flac", *FORMATS["flac"]), tmp_path / "journal"
    twin, original = tmp_path / "twin.flac", path.read_bytes()
    twin.hardlink_to(path)
    with pytest.raises(AudioError, match=r"1 other name \(hard links\).* allow hard links"):
        tagging.write(path, MOODS, journal)
    tagging.write(path, MOODS, journal, replacing=tagging.Replacing(hard_links=True))
    assert twin.read_bytes() == original and tagging.read_moods(path) == MOODS
    twin.chmod(0o444)
    with pytest.raises(AudioError, match=r"read-only.* allow read-only files"):
        tagging.write(twin, MOODS, journal)
    assert twin.read_bytes() == original
    tagging.write(twin, MOODS, journal, replacing=tagging.Replacing(read_only=True))
    assert tagging.read_moods(twin) == MOODS and twin.stat().st_mode & 0o777 == 0o444


@pytest.mark.skipif(sys.platform != "linux", reason="pipes and devices by name")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "zero.mp3").symlink_to("/dev/zero")
    (tmp_path / "loop.mp3").symlink_to("loop.mp3")
    for name in ("pipe.mp3", "zero.mp3", "loop.mp3"):
        for attempt in (
            lambda path: tagging.plan(path, MOODS),
            lambda path: tagging.write(path, MOODS, tmp_path / "journal"),
            lambda path: tagging.undo(path, tmp_path / "journal"),
        ):
            with pytest.raises(AudioError, match=r"is not a file|cannot be opened"):
                attempt(tmp_path / name)


def test_an_rf64_file_says_that_it_cannot_carry_tags(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(audio_files.pcm(audio_files.tones(1.0), container="RF64"))
    with pytest.raises(AudioError, match="RF64 file, which cannot carry tags"):
        tagging.plan(path, MOODS)


def test_a_tag_that_inflates_is_refused(tmp_path: Path) -> None:
    packed = zlib.compress(b"\3" + b"A" * 40_000_000, 9)
    frame = b"TIT2" + synchsafe(len(packed) + 4) + b"\0\x09" + synchsafe(40_000_001) + packed
    path = tmp_path / "song.mp3"
    song = (
        b"ID3\4\0\0"
        + synchsafe(len(frame))
        + frame
        + audio_files.write(audio_files.tones(2.0), "mp3", id3v2_version="0")
    )
    path.write_bytes(song)
    with pytest.raises(AudioError, match="unpacks to more than 16 MB"):
        tagging.write(path, MOODS, tmp_path / "journal")
    flood = b"TXXX\0\0\0\1\0\0\0" * 30_000
    path.write_bytes(b"ID3\4\0\0" + synchsafe(len(flood)) + flood + song)
    with pytest.raises(AudioError, match="more than 20000 frames"):
        tagging.plan(path, MOODS)


def synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 127 for shift in (21, 14, 7, 0))


def test_undo_finds_a_file_that_was_renamed_and_one_that_took_its_name(tmp_path: Path) -> None:
    first, second = (write_tone(tmp_path / f"song.{kind}", *FORMATS[kind]) for kind in ("flac", "wav"))
    originals, journal, place = [first.read_bytes(), second.read_bytes()], tmp_path / "journal", tmp_path / "song"
    first.rename(place)
    tagging.write(place, MOODS, journal)
    moved = place.rename(tmp_path / "moved")
    second.rename(place)
    tagging.write(place, ("epic",), journal)
    tagging.write(moved, ("sad",), journal)
    copy = tmp_path / "copy"
    copy.write_bytes(moved.read_bytes())
    for path in (copy, moved, place):
        tagging.undo(path, journal)
    assert [copy.read_bytes(), moved.read_bytes(), place.read_bytes()] == [originals[0], *originals]


def test_moods_are_added_to_those_there_and_none_are_taken_away(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "song.flac", *FORMATS["flac"])
    audio = mutagen.File(path)
    audio["mood"] = ["My own", "Sad"]
    audio.save()
    before, journal = path.read_bytes(), tmp_path / "journal"
    assert tagging.write(path, (), journal).after == ("My own", "Sad")
    assert path.read_bytes() == before
    assert (
        tagging.write(path, ("sad", "calm"), journal, merge=True).after
        == tagging.read_moods(path)
        == ("My own", "Sad", "calm")
    )
    assert tagging.write(path, ("sad", "calm"), journal).after == tagging.read_moods(path) == ("sad", "calm")


@pytest.mark.parametrize("kind", ["mp3", "wav", "aiff"])
def test_an_id3_tag_keeps_its_version(tmp_path: Path, kind: str) -> None:
    path = write_tone(tmp_path / f"song.{kind}", *FORMATS[kind])
    audio = mutagen.File(path)
    audio.add_tags() if audio.tags is None else None
    for frame in (id3.TIT2(1, ["Ünïcode"]), id3.TYER(0, ["1999"]), id3.TDAT(0, ["0204"]), id3.TPE1(1, ["One", "Two"])):
        audio.tags.add(frame)
    audio.save(v2_version=3, v23_sep=None)
    tagging.write(path, MOODS, tmp_path / "journal")
    tags = type(audio)(path, translate=False).tags
    assert tags.version == (2, 3, 0) and tagging.read_moods(path) == MOODS
    assert {name: tags[name].text for name in ("TIT2", "TYER", "TDAT", "TPE1")} == {
        "TIT2": ["Ünïcode"],
        "TYER": ["1999"],
        "TDAT": ["0204"],
        "TPE1": ["One", "Two"],
    }


@pytest.mark.parametrize("kind", ["aac", "ac3"])
def test_what_never_carries_tags_is_reported(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"song.{kind}"
    path.write_bytes(audio_files.write(audio_files.tones(1.0), kind))
    with pytest.raises(AudioError, match="without a mood field"):
        tagging.plan(path, MOODS)


@pytest.mark.parametrize(("name", "content"), [("x.txt", b"words"), ("x.mp3", b""), ("x.flac", b"fLaC" + bytes(50))])
def test_what_cannot_be_tagged_is_refused_untouched(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(AudioError):
        tagging.write(path, MOODS, tmp_path / "journal")
    assert path.read_bytes() == content


CHILD = """
import sys, itertools
from pathlib import Path
from mer_core.tags import write as tagging
print("ready", flush=True)
for moods in itertools.cycle([("happy",), ("sad", "dark"), ("epic",) * 9]):
    tagging.write(Path(sys.argv[1]), moods, Path(sys.argv[2]))
"""


def test_killed_at_any_moment_the_file_is_whole_and_can_be_undone(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "song.mp3", *FORMATS["mp3"])
    original, sound = path.read_bytes(), tagging.sound_digest(path)
    journal = tmp_path / "journal"
    for delay in np.random.default_rng(0).uniform(0.0, 0.3, 4):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(journal)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(timeout=float(delay))
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        assert tagging.sound_digest(path) == sound
        if path.read_bytes() != original:  # killed before the file was replaced, there is nothing to undo
            tagging.undo(path, journal)
        assert path.read_bytes() == original
