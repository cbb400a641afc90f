"""Lyrics with times, read from what players write: LRC (plain and enhanced), SubRip and WebVTT, TTML.

LRC has no standard. Read here are several marks a line and marks out of order, fractions of one to three digits, times
over an hour (read as such where they have a fraction: `[01:02:03]` is a minute, two seconds and three hundredths), word
marks inside a line, an end mark after it, and `[offset:±ms]`, where positive means sooner.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from mer_core.errors import LyricsError
from mer_core.lyrics.text import MOST_LINES, Line, Lyrics, make_lyrics

_SPACE = re.compile(r"\s*")
_MARK = re.compile(r"\[(-?)(?:(\d{1,2}):(?=\d{1,2}:\d{1,2}[.,]))?(\d{1,3}):(\d{1,2})(?:[.:,](\d{1,3}))?\]")
_WORD_MARK = re.compile(r"<(-?)(?:(\d{1,2}):(?=\d{1,2}:\d{1,2}[.,]))?(\d{1,3}):(\d{1,2})(?:[.:,](\d{1,3}))?>")
_ID_TAG = re.compile(r"\s*\[([a-zA-Z#]+)\s*:\s*([^\]]*)\]\s*$")
_CUE = re.compile(
    r"\s*(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(?:(\d{1,2}):)?(\d{1,5}(?:\.\d{1,6})?)(h|m|s|ms)?")


def looks_like_lrc(text: str) -> bool:
    """Whether one of the first lines begins with a time mark."""
    return any(_MARK.match(row.lstrip()) for row in text[:10_000].splitlines())


def from_lrc(text: str, source: str = "file") -> Lyrics:
    """The lyrics of an LRC text; lines without a mark are left out when others have one.

    Raises LyricsError for more than MOST_LINES marks, and for times before the beginning.
    """
    lines: list[Line] = []
    offset = 0.0
    for row in map(str.lstrip, text.splitlines()):
        if (tag := _ID_TAG.match(row)) and not _MARK.match(row):
            offset = _offset(tag[2]) if tag[1].lower() == "offset" else offset
            continue
        lines += _lrc_row(row)
        if len(lines) > MOST_LINES:
            raise LyricsError(
                f"the lyrics have more than {MOST_LINES:,} time marks; a song has some hundred, so this "
                f"file is damaged or no song's: name another"
            )
    shifted = [
        Line(
            line.text, max(0.0, (line.start or 0.0) - offset), None if line.end is None else max(0.0, line.end - offset)
        )
        for line in lines
    ]
    return make_lyrics(_with_ends(sorted(shifted, key=lambda line: line.start or 0.0)), source)


def from_subtitles(text: str, source: str = "file") -> Lyrics:
    """The lyrics of a SubRip (.srt) or WebVTT (.vtt) text. Raises LyricsError when it has no time or more than
    MOST_LINES of them."""
    lines: list[Line] = []
    times: tuple[float, float] | None = None
    for row in text.splitlines():
        if cue := _CUE.match(row):
            times = _seconds(*cue.group(1, 2, 3, 4)), _seconds(*cue.group(5, 6, 7, 8))
        elif not row.strip():
            times = None
        elif times:
            lines.append(Line(re.sub(r"</?[^<>]{0,50}>|\{\\[^}]{0,50}\}", "", row), *times))
    _check_number(lines)
    return make_lyrics(lines, source)


def from_ttml(text: str, source: str = "file") -> Lyrics:
    """The lyrics of a TTML document: its paragraphs with `begin` and `end`.

    Raises LyricsError when it is no XML, declares entities, which lyrics never need, or has no paragraph.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise LyricsError(
            "the TTML lyrics declare a document type, which lyrics do not need and which can hide an "
            "attack; remove the line that begins with <!"
        )
    try:
        root = ElementTree.fromstring(text.encode())
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise LyricsError(f"the TTML lyrics are no XML ({error}); was the file cut off? Get it again") from error
    paragraphs = [node for node in root.iter() if node.tag.rpartition("}")[2] == "p"]
    lines = [Line("".join(node.itertext()), _clock(node.get("begin")), _clock(node.get("end"))) for node in paragraphs]
    _check_number(lines)
    return make_lyrics(lines, source)


def _check_number(lines: list[Line]) -> None:
    if not lines:
        raise LyricsError("the lyrics have no line with a time; is it a file of another kind? Save it as .lrc or .txt")
    if len(lines) > MOST_LINES:
        raise LyricsError(
            f"the lyrics have more than {MOST_LINES:,} lines; a song has some hundred, so this file is "
            f"damaged or no song's: name another"
        )


def _lrc_row(row: str) -> Iterator[Line]:
    starts = []
    place = 0
    while mark := _MARK.match(row, place):
        starts.append(_mark_seconds(mark))
        place = _SPACE.match(row, mark.end()).end()  # type: ignore[union-attr] # it matches always
        if len(starts) > MOST_LINES:
            break
    if not starts:
        return
    text = row[place:]
    end = None
    trailing = list(_MARK.finditer(text)) + list(_WORD_MARK.finditer(text))
    if (
        trailing and not text[max(mark.end() for mark in trailing) :].strip()
    ):  # a mark after the last word ends the line
        end = _mark_seconds(max(trailing, key=lambda mark: mark.end()))
    words = _WORD_MARK.sub("", _MARK.sub(" ", text))
    yield from (
        Line(words, start, end if len(starts) == 1 and end is not None and end > start else None) for start in starts
    )


def _with_ends(lines: list[Line]) -> list[Line]:
    """Every line ends where the next mark is, also one without text; the last has an end only where it says so."""
    following = [*(line.start for line in lines[1:]), None][: len(lines)]
    return [
        Line(line.text, line.start, line.end if line.end is not None else end)
        for line, end in zip(lines, following, strict=True)
    ]


def _mark_seconds(mark: re.Match[str]) -> float:
    if mark[1]:
        raise LyricsError(
            f"the lyrics have a time before the beginning of the song ({mark[0].strip()}); correct the mark, "
            f"or move all with [offset:…]"
        )
    return _seconds(*mark.group(2, 3, 4, 5))


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    return 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds) + (float(f"0.{fraction}") if fraction else 0.0)


def _offset(text: str) -> float:
    """Seconds by which lines come sooner; 0 for what is no number of milliseconds."""
    match = re.fullmatch(r"([+-]?)\s*(\d{1,7})", text.strip())
    return (-1.0 if match[1] == "-" else 1.0) * int(match[2]) / 1000 if match else 0.0


def _clock(text: str | None) -> float | None:
    match = _CLOCK.fullmatch((text or "").strip())
    if not match:
        return None
    first, second, last, unit = match.groups()
    if unit:
        return float(last) * {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}[unit]
    hours, minutes = (first, second) if second else (None, first)
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + float(last)
