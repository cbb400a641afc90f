"""Where lyrics come from: the tags of an audio file, a file beside it, a text. All are only read.

Tags: ID3 USLT and SYLT, Vorbis LYRICS / UNSYNCEDLYRICS / SYNCEDLYRICS (FLAC, Ogg, Opus), MP4 ©lyr, ASF WM/Lyrics, APEv2
Lyrics. Files: the audio file's name with .lrc, .ttml, .srt, .vtt or .txt. Where there are several, synced ones are
taken first.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from mer_core.errors import LyricsError
from mer_core.io.files import read_regular
from mer_core.lyrics.text import Line, Lyrics, from_plain, make_lyrics
from mer_core.lyrics.timed import from_lrc, from_subtitles, from_ttml, looks_like_lrc
from mer_core.tags.safety import open_tags

SUFFIXES = (".lrc", ".ttml", ".srt", ".vtt", ".txt")
"""Of files beside a song, in the order in which they are looked for."""
LARGEST = 1_000_000
"""Bytes of the largest lyrics that are read; those of a long song are some kilobytes, with every word timed some
hundred."""
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ENCODINGS = ["cp1252", "gb18030", "shift_jis", "cp1251", "euc_kr", "big5", "cp1250"]
_TEXT_FIELDS = (
    "syncedlyrics",
    "lyrics",
    "unsyncedlyrics",
    "unsynced lyrics",
    "wm/lyrics_synchronised",
    "wm/lyrics",
    "\xa9lyr",
)
_ID3_MILLISECONDS = 2
_ID3_FRAMES = 1
_SUNG = {1, 2}  # SYLT's content types "lyrics" and "text transcription"; the others are chords, events, trivia …


Finder = Callable[[Path], Lyrics | None]
"""What finds the lyrics of an audio file; raises LyricsError when those that are there cannot be read."""


def read_lyrics(path: Path) -> Lyrics:
    """The lyrics in a text file: LRC, TTML, SubRip, WebVTT or plain, in whatever encoding.

    Raises LyricsError when it cannot be read, is too large or is no text.
    """
    try:
        data = read_regular(path, LARGEST)
    except OSError as error:
        raise LyricsError(
            f"the lyrics {path} cannot be read ({error.strerror}); lyrics are a text file of some "
            f"kilobytes, name another"
        ) from error
    try:
        return parse_lyrics(decode_text(data), "file", Path(path).suffix.lower())
    except LyricsError as error:
        raise LyricsError(f"{path}: {error}") from error


def parse_lyrics(text: str, source: str, suffix: str = "") -> Lyrics:
    """The lyrics of a text that is LRC, SubRip, WebVTT, TTML or plain, distinguished by what they look like.

    source: "file", "tag", "paste" or "LRCLIB". suffix: of the file, where there is one. Raises LyricsError for NUL
    characters and damaged files.
    """
    if "\0" in text:
        raise LyricsError(
            "the lyrics hold NUL characters, which no text has; is it a file of another kind? Save the "
            "lyrics as UTF-8 text"
        )
    if len(text) > LARGEST:
        raise LyricsError(
            f"the lyrics are longer than {LARGEST:,} characters; those of a song are some thousand: give "
            f"those of one song"
        )
    if suffix == ".ttml" or text.lstrip()[:200].startswith(("<?xml", "<tt")):
        return from_ttml(text.strip(), source)
    if suffix in {".srt", ".vtt"} or "-->" in text[:2000]:
        return from_subtitles(text, source)
    if looks_like_lrc(text):
        return from_lrc(text, source)
    return from_plain(text, source)


def sidecar(song: Path) -> Path | None:
    """The file of lyrics beside a song: its name with another suffix, or after its whole name ("song.mp3.lrc"); None
    without one."""
    for suffix in SUFFIXES:
        for path in (song.with_suffix(suffix), song.with_name(song.name + suffix)):
            if path != song and path.is_file():
                return path
    return None


def lyrics_of(song: Path) -> Lyrics | None:
    """The lyrics in a song's tags or in the file beside it, synced ones first; None where there are none.

    Raises LyricsError when those that are there cannot be read.
    """
    tagged = from_tags(song)
    if tagged is not None and (tagged.synced or tagged.instrumental):
        return tagged
    beside = sidecar(Path(song))
    if beside is None:
        return tagged
    found = read_lyrics(beside)
    return tagged if tagged is not None and not found.synced else found


def make_finder(given: Path | None = None, ask: Finder | None = None) -> Finder:
    """What finds a song's lyrics: in `given`, a file of lyrics or a folder of such files called like the songs; else
    in the song's tags or beside it; else by `ask`, where there is one.

    Raises LyricsError when `given` does not exist.
    """
    if given is not None and not given.exists():
        raise LyricsError(
            f"there are no lyrics at {given}; name a file of lyrics, or a folder of files called like the songs"
        )

    def find(song: Path) -> Lyrics | None:
        if given is not None and given.is_file():
            return read_lyrics(given)
        beside = None if given is None else sidecar(given / Path(song).name)
        found = lyrics_of(song) if beside is None else read_lyrics(beside)
        return ask(song) if found is None and ask is not None else found

    return find


def from_tags(song: Path | BinaryIO) -> Lyrics | None:
    """The lyrics in the tags of an audio file, synced ones first, then the longest; None without any, or where the
    tags cannot be read.

    Raises LyricsError when the lyrics themselves cannot be read.
    """
    try:
        audio = open_tags(song)
    except Exception:  # mutagen meets damage with errors of any kind; the decoder will report it
        return None
    tags = getattr(audio, "tags", None)
    if not tags:
        return None
    found = _id3_lyrics(audio, tags) if hasattr(tags, "getall") else []
    if not found:
        found = [parse_lyrics(text, "tag") for text in _texts(tags)]
    return max(found, key=lambda lyrics: (lyrics.synced, lyrics.words), default=None)


def decode_text(data: bytes) -> str:
    """The text of `data`, whose encoding is known by its byte order mark, by being UTF-8, by where its zeros stand, or
    guessed by charset-normalizer.

    Raises LyricsError when it is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data, encoding)
    if 0 in data:  # UTF-16 without a mark has its zeros at odd (little endian) or even (big endian) places
        zeros = data[1::2].count(0), data[::2].count(0)
        if max(zeros) > len(data) // 8 and min(zeros) == 0:
            return _decoded(data, "utf-16-le" if zeros[0] else "utf-16-be")
        raise LyricsError(
            "the lyrics hold NUL bytes, which no text has; is it a file of another kind? Save the lyrics as UTF-8 text"
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data)


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise LyricsError(
            f"the lyrics begin as {encoding} and are not ({error.reason}); save them as UTF-8 text"
        ) from error


def _guessed(data: bytes) -> str:
    import charset_normalizer

    best = charset_normalizer.from_bytes(data, cp_isolation=_ENCODINGS).best()
    if best is None:
        raise LyricsError("the lyrics are in no encoding that is known; save them as UTF-8 text")
    return str(best)


def _id3_lyrics(audio: Any, tags: Any) -> list[Lyrics]:
    """SYLT frames, whose times may be counted in milliseconds or in MPEG frames, and USLT frames, of which there is
    one a language."""
    seconds = {_ID3_MILLISECONDS: 0.001, _ID3_FRAMES: _mpeg_frame_seconds(audio)}
    synced = [
        _from_sylt(frame, seconds[frame.format])
        for frame in tags.getall("SYLT")
        if frame.type in _SUNG and frame.format in seconds
    ]
    return [
        *(lyrics for lyrics in synced if lyrics.lines),
        *(parse_lyrics(frame.text, "tag") for frame in tags.getall("USLT") if frame.text.strip()),
    ]


def _from_sylt(frame: Any, unit: float) -> Lyrics:
    """Entries are syllables, words or lines; a line break before an entry, or at its end, ends a line where any entry
    has one."""
    entries = [(str(text), float(time) * unit) for text, time in frame.text]
    if not any("\n" in text for text, _ in entries):
        return make_lyrics((Line(text, start) for text, start in entries), "tag")
    lines: list[Line] = []
    text, start = "", None
    for piece, time in entries:
        head, *rest = piece.split("\n")
        text, start = text + head, time if start is None and head.strip() else start
        for part in rest:
            lines.append(Line(text, start))
            text, start = part, time if part.strip() else None
    return make_lyrics([line for line in [*lines, Line(text, start)] if line.start is not None], "tag")


def _mpeg_frame_seconds(audio: Any) -> float:
    """Length of one frame of the MPEG stream: 1152 samples in version 1, 576 in the others (layer 3)."""
    rate = getattr(audio.info, "sample_rate", 44_100) or 44_100
    return (1152 if getattr(audio.info, "version", 1) == 1 else 576) / rate


def _texts(tags: Any) -> list[str]:
    values = [(key, tags[key]) for key in tags.keys() if str(key).lower() in _TEXT_FIELDS]  # noqa: SIM118 (APE's tags are no dictionary)
    return [
        str(text)
        for _, value in values
        for text in (value if isinstance(value, list) else [value])
        if str(text).strip()
    ]
