"""Lyrics as lines, with times where they are synced, cleaned of everything nobody sings.

Dropped are section marks ("[Chorus]", "Verse 2:"), credits, addresses of web pages, rows of chords, notes such as
"(instrumental)" and the remarks that lyric pages put around a text. Repeated lines stay, each at its time, and
`Lyrics.unique` gives each once, for a chorus sung five times says no more about a song's mood than once.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

MOST_LINES = 5_000
"""Lines and time marks of the longest lyrics that are read; a long rap song has 200 lines."""
LONGEST_LINE = 1_000
"""Characters of a line that are read; what follows says nothing new."""


@dataclass(frozen=True)
class Line:
    """A sung line; `start` and `end` in seconds from the beginning of the song, None where nobody says."""

    text: str = field(repr=False)
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Lyrics:
    """What is sung in one song. The text is left out of `repr`, so that it does not get into a log."""

    lines: tuple[Line, ...] = field(repr=False)
    """In the order of their times; without times in the order of the text."""
    source: str = ""
    """Where they come from: "tag", "file", "paste" or "LRCLIB"."""
    instrumental: bool = False
    """The source says that nothing is sung."""
    notes: tuple[str, ...] = ()
    """What was odd about the source, a sentence each."""

    @property
    def synced(self) -> bool:
        """Whether every line has a time."""
        return bool(self.lines) and all(line.start is not None for line in self.lines)

    @cached_property
    def unique(self) -> tuple[str, ...]:
        """The text of every different line, once each."""
        return tuple({_key(line.text): line.text for line in reversed(self.lines)}.values())[::-1]

    @cached_property
    def words(self) -> int:
        """Number of words in the different lines; a word of Chinese or Japanese, written without spaces, is counted
        as two signs."""
        return sum(count_words(text) for text in self.unique)


def make_lyrics(lines: Iterable[Line], source: str, notes: Iterable[str] = ()) -> Lyrics:
    """Clean `lines` and put them in the order of their times; lyrics of which a note of nothing sung is all that is
    left are instrumental."""
    plain = [Line(plain_text(line.text), line.start, line.end) for line in lines]
    sung = [line for line in plain if line.text and not _is_remark(line.text)]
    if sung and all(line.start is not None for line in sung):
        sung.sort(key=lambda line: line.start or 0.0)
    instrumental = not sung and any(_INSTRUMENTAL.fullmatch(line.text) for line in plain)
    return Lyrics(tuple(sung), source, instrumental, tuple(notes))


def from_plain(text: str, source: str, notes: Iterable[str] = ()) -> Lyrics:
    """Lyrics of a text without times, one line a row."""
    return make_lyrics((Line(row) for row in text.splitlines()[:MOST_LINES]), source, notes)


def plain_text(text: str) -> str:
    """`text` without control characters and marks of writing direction, spaces made one, at most LONGEST_LINE
    characters."""
    kept = "".join(
        " " if sign.isspace() else sign
        for sign in text[: 2 * LONGEST_LINE]
        if sign.isspace() or unicodedata.category(sign) not in _UNSEEN
    )
    return re.sub(r"\s+", " ", _SITE_REMARK.sub("", kept)).strip(" ♪♫♬♩*#")[:LONGEST_LINE]


def count_words(text: str) -> int:
    """Number of words; Chinese, Japanese and Thai are written without spaces: two signs count as one word."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + (unspaced + 1) // 2


def _key(text: str) -> str:
    """Equal for lines that differ in case and punctuation alone."""
    return " ".join(_WORD.findall(text.casefold())) or text


def _is_remark(text: str) -> bool:
    return (
        any(pattern.search(text) for pattern in _REMARKS)
        or _is_chords(text)
        or not any(sign.isalpha() for sign in text)
    )


def _is_chords(text: str) -> bool:
    """A row of chords: more than one, or a single one that is no word ("A" and "Am" are)."""
    tokens = [token for token in re.split(r"[\s|,\-–]+", text.strip("[]()")) if token]
    return (
        bool(tokens)
        and all(_CHORD.fullmatch(token) for token in tokens)
        and (len(tokens) > 1 or tokens[0] not in {"A", "Am", "Do", "Add"})
    )


_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_CHORD = re.compile(
    r"[A-H](?:#|b|♯|♭)?(?:m|min|maj|dim|aug|sus|add)?\d{0,2}(?:(?:sus|add|maj|b|#)\d{1,2})?(?:/[A-H](?:#|b)?)?(?:\*|x\d)?"
)
_PART = (
    r"(?:pre-?|post-?)?(?:verse|chorus|refrain|bridge|hook|intro|outro|interlude|solo|break(?:down)?|instrumental|coda|ending|drop|spoken|skit"
    r"|strophe|refrão|estribillo|estrofa|verso|coro|puente|puente|couplet|pont|vers|припев|куплет|проигрыш|副歌|主歌|间奏|間奏|サビ)"
)
_INSTRUMENTAL = re.compile(
    r"\W*(?:(?:this (?:song|track) is )?(?:an )?instrumental(?: track)?"
    r"|no lyrics|sans paroles|纯音乐，?请欣赏|此歌曲为没有填词的纯音乐，?请您欣赏)\W*",
    re.IGNORECASE,
)
_REMARKS = (
    re.compile(
        r"^[\[({（【<][^\])}）】>]{0,80}[\])}）】>]$"
    ),  # "[Chorus: A Name]", "(guitar solo)"; a whole line in round brackets: a second voice at most
    re.compile(rf"^{_PART}\s*(?:\d+|[ivx]+)?\s*(?:[x×]\s*\d+)?\s*[:.\-–]*$", re.IGNORECASE),
    re.compile(r"^(?:repeat\b.{0,30}|[\[(]?[x×]\s*\d+[\])]?|\d+\s*[x×])$", re.IGNORECASE),
    re.compile(
        r"^(?:lyrics?|words|music|written|composed|composer|produced|producer|arranged|arranger|mixed|mastered|performed|paroles|musique|text|musik"
        r"|letra|música|слова|музыка|作词|作曲|编曲|制作人|混音|录音|母带|监制|词|曲|作詞|編曲|歌词制作)(?:\s*(?:and|&|und|et|y|и)\s*\w+)?\s*(?:by\b|[:：/])",
        re.IGNORECASE,
    ),
    re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|org|info|ru|cn)\b", re.IGNORECASE),
    re.compile(
        r"^you might also like$|\bget tickets as low as\b|^see .{1,60} live$|\brentanadviser\b"
        r"|\ball rights reserved\b|©|\(c\)\s*\d{4}",
        re.IGNORECASE,
    ),
    re.compile(
        r"\blyrics (?:licensed|provided|powered|found|courtesy|transcribed)\b"
        r"|\bcommercial use\b|^\d+ contributors?\b|\bnot for commercial\b",
        re.IGNORECASE,
    ),
    _INSTRUMENTAL,
)
_SITE_REMARK = re.compile(r"(?<=\S)\d{0,5}Embed$|^\d+ Contributors?.{0,120}Lyrics")
