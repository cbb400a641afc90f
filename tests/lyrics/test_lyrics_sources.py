"""Where lyrics come from: tags of every format, files beside a song, encodings, damaged and hostile files."""

import io
from pathlib import Path

import mutagen
import pytest
import soundfile
import strange_files
from audio_files import tones, write
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.id3 import ID3, SYLT, USLT
from mutagen.mp4 import MP4

from mer_core.errors import LyricsError
from mer_core.lyrics.sources import decode_text, from_tags, lyrics_of, make_finder, read_lyrics, sidecar
from mer_core.lyrics.text import Lyrics, from_plain
from mer_core.tags.safety import open_tags

LINES = "The sea is calm tonight\nand nobody is there"


def song(folder: Path, kind: str) -> Path:
    path = folder / f"song.{kind}"
    path.write_bytes(write(tones(1.0), kind))
    return path


def texts(lyrics: Lyrics | None) -> list[str]:
    assert lyrics is not None
    return [line.text for line in lyrics.lines]


def test_unsynced_id3_in_several_languages_gives_the_longest(tmp_path: Path) -> None:
    path = song(tmp_path, "mp3")
    tags = ID3()
    tags.add(USLT(encoding=3, lang="eng", desc="", text=LINES))
    tags.add(USLT(encoding=3, lang="deu", desc="", text="Die See"))
    tags.save(path)
    assert texts(from_tags(path)) == LINES.splitlines()


@pytest.mark.parametrize(("unit", "factor"), [(2, 0.001), (1, 1152 / 44100)])
def test_synced_id3_in_milliseconds_and_in_mpeg_frames(tmp_path: Path, unit: int, factor: float) -> None:
    path = song(tmp_path, "mp3")
    tags = ID3()
    tags.add(USLT(encoding=3, lang="eng", desc="", text="something else that is longer than the synced lyrics are"))
    tags.add(SYLT(encoding=3, lang="eng", format=unit, type=1, desc="", text=[("The sea", 1000), ("is calm", 2000)]))
    tags.add(SYLT(encoding=3, lang="eng", format=unit, type=5, desc="chords", text=[("Am", 10)]))
    tags.save(path)
    lyrics = from_tags(path)
    assert texts(lyrics) == ["The sea", "is calm"]
    assert lyrics is not None
    assert [line.start for line in lyrics.lines] == pytest.approx([1000 * factor, 2000 * factor])


def test_synced_syllables_are_put_together_to_lines(tmp_path: Path) -> None:
    path = song(tmp_path, "mp3")
    entries = [("Hel", 100), ("lo", 200), (" you\n", 300), ("Good", 900), ("bye", 950)]
    tags = ID3()
    tags.add(SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=entries))
    tags.save(path)
    lyrics = from_tags(path)
    assert lyrics is not None
    assert [(line.text, line.start) for line in lyrics.lines] == [("Hello you", 0.1), ("Goodbye", 0.9)]


@pytest.mark.parametrize("field", ["LYRICS", "UNSYNCEDLYRICS", "SYNCEDLYRICS"])
@pytest.mark.parametrize("kind", ["flac", "opus"])
def test_vorbis_comments(tmp_path: Path, kind: str, field: str) -> None:
    path = song(tmp_path, kind)
    audio = mutagen.File(path)
    audio[field] = LINES
    audio.save()
    assert texts(from_tags(path)) == LINES.splitlines()


def test_mp4_asf_and_ape(tmp_path: Path) -> None:
    m4a, wma, wv = (song(tmp_path, kind) for kind in ("m4a", "wma", "wv"))
    audio = MP4(m4a)
    audio["\xa9lyr"] = LINES
    audio.save()
    audio = ASF(wma)
    audio["WM/Lyrics"] = LINES
    audio.save()
    tags = APEv2()
    tags["Lyrics"] = LINES
    tags.save(wv)
    for path in (m4a, wma, wv):
        assert texts(from_tags(path)) == LINES.splitlines(), path


def test_synced_file_beside_a_song_goes_before_unsynced_tags(tmp_path: Path) -> None:
    path = song(tmp_path, "flac")
    audio = mutagen.File(path)
    audio["LYRICS"] = LINES
    audio.save()
    assert texts(lyrics_of(path)) == LINES.splitlines()
    (tmp_path / "song.txt").write_text("other words")
    assert texts(lyrics_of(path)) == LINES.splitlines()
    (tmp_path / "song.lrc").write_text("[00:01.00]timed words")
    assert texts(lyrics_of(path)) == ["timed words"]


def test_sidecars(tmp_path: Path) -> None:
    assert sidecar(tmp_path / "a.mp3") is None
    (tmp_path / "a.mp3.lrc").write_text("")
    assert sidecar(tmp_path / "a.mp3") == tmp_path / "a.mp3.lrc"
    (tmp_path / "a.lrc").write_text("")
    assert sidecar(tmp_path / "a.mp3") == tmp_path / "a.lrc"


GERMAN = "Über den Wäldern schläft der Mond, und süße Träume fließen durch die Nächte\n"
JAPANESE = "夜が明ければ新しい朝が待っている、あなたのことをずっと想っている\n"
CHINESE = "今天我好开心，阳光洒满窗台，朋友们一起唱歌一起欢笑，直到天亮\n"
RUSSIAN = "Зима пройдёт, растает снег, и мы ещё вернёмся домой, поверь мне\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "latin-1"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "utf-16"),
        (CHINESE, "gb18030"),
        (CHINESE, "gb2312"),
        (RUSSIAN, "cp1251"),
    ],
)
def test_encodings_are_distinguished(text: str, encoding: str) -> None:
    assert decode_text((text * 4).encode(encoding)).lstrip("\ufeff") == text * 4


def test_what_is_no_text_gets_a_sentence(tmp_path: Path) -> None:
    for name, data, reported in (
        ("nul.lrc", b"a\0\0\0b\0c" * 50 + b"plain", "NUL"),
        ("large.lrc", b"[00:01.00]" + b"x" * 10_000_000, "more than"),
        ("torn.txt", b"\xff\xfeabc", "utf-16"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(LyricsError, match=reported):
            read_lyrics(tmp_path / name)
    with pytest.raises(LyricsError, match="cannot be read"):
        read_lyrics(tmp_path)
    with pytest.raises(LyricsError, match="cannot be read"):
        read_lyrics(tmp_path / "missing.lrc")


def test_a_song_without_tags_or_damaged_has_no_lyrics(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tones(0.5)[0], 44100)
    (tmp_path / "bad.mp3").write_bytes(b"ID3\x04\0\0\0\0\x7f\x7fUSLT" + b"junk" * 99)
    assert lyrics_of(tmp_path / "a.wav") is None
    assert lyrics_of(tmp_path / "bad.mp3") is None


def test_finder_looks_in_what_is_given_then_beside_then_asks(tmp_path: Path) -> None:
    path = song(tmp_path, "mp3")
    folder = tmp_path / "words"
    folder.mkdir()
    asked = []

    def ask(song: Path) -> Lyrics:
        asked.append(song)
        return from_plain("fetched", "LRCLIB")

    assert texts(make_finder(folder, ask)(path)) == ["fetched"]
    (tmp_path / "song.txt").write_text("beside")
    assert texts(make_finder(folder, ask)(path)) == ["beside"]
    (folder / "song.txt").write_text("given")
    assert texts(make_finder(folder, ask)(path)) == ["given"]
    assert texts(make_finder(folder / "song.txt")(path)) == ["given"]
    assert asked == [path]
    with pytest.raises(LyricsError, match="no lyrics at"):
        make_finder(tmp_path / "nowhere")


@pytest.mark.parametrize("trap", ["frames", "title"])
def test_lyrics_of_a_tag_that_floods_or_inflates_are_left_out(trap: str, tmp_path: Path) -> None:
    words = ID3()
    words.add(USLT(encoding=3, lang="eng", desc="", text="some words"))
    target = io.BytesIO()
    words.save(target)
    size = int.from_bytes(target.getvalue()[14:18], "big")
    lyrics = target.getvalue()[10 : 20 + size]
    flood = (b"TXXX" + strange_files.synchsafe(1) + b"\0\0\0") * 30_000
    tag = strange_files.id3(lyrics + (flood if trap == "frames" else strange_files.inflating(20_000_000)[10:]))
    whole = strange_files.id3(lyrics) + write(tones(1.0), "mp3", id3v2_version="0")
    trapped = tag + write(tones(1.0), "mp3", id3v2_version="0")
    for data, found in ((whole, True), (trapped, False)):
        (tmp_path / "song.mp3").write_bytes(data)
        assert (from_tags(tmp_path / "song.mp3") is not None) == found == (from_tags(io.BytesIO(data)) is not None)
    for number in range(3):  # what one file unpacks is not reckoned to the next
        (tmp_path / f"{number}.mp3").write_bytes(strange_files.inflating(9_000_000) + whole[10 + len(lyrics) :])
        assert open_tags(tmp_path / f"{number}.mp3").tags["TIT2"].text[0].startswith("AAA")
