"""The fields that moods stand in, in the spellings of every program: one reader, one writer.

family              standard (as MusicBrainz Picard maps "mood")    others that are read
ID3 (MP3, WAV …)    TMOO                                            TXXX:MOOD (foobar2000, MusicBee, Mp3tag), APEv2 Mood
                                                                    MOODS in all of these
Vorbis comments     MOOD                                            mood, Mood …
MP4                 ----:com.apple.iTunes:MOOD                      the same in another case
ASF (WMA)           WM/Mood                                         Mood, MOOD …
APEv2 (.ape, .wv)   Mood                                            mood …

Comments may hold moods as well, as `[MOOD: a; b]`. Values that one text joins ("Sad; Calm/Epic") are several moods
(see `tags.joined`).
Writing leaves one field: the other spellings are taken out, so that no two contradict each other.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from mutagen._vorbis import VCommentDict
from mutagen.apev2 import APEv2
from mutagen.asf import ASFTags
from mutagen.id3 import COMM, ID3, TMOO, TXXX
from mutagen.mp4 import MP4FreeForm, MP4Tags

from mer_core.tags.joined import JOINED_BY, split_moods

STANDARD: Literal["standard"] = "standard"
PLACES = (STANDARD, "TXXX:MOOD", "comment")
"""What a person may choose to write into; formats without TXXX frames take their standard field for it."""
_MOOD_KEYS = {"tmoo", "wm/mood"} | {
    f"{before}{name}" for before in ("", "txxx:", "----:com.apple.itunes:") for name in ("mood", "moods")
}
_STANDARD = ((ID3, "TMOO"), (MP4Tags, "----:com.apple.iTunes:MOOD"), (ASFTags, "WM/Mood"), (APEv2, "Mood"))
_COMMENT = ((ID3, "COMM"), (MP4Tags, "\xa9cmt"), (ASFTags, "Description"), (APEv2, "Comment"))
_COMMENT_KEYS = {"comment", "description", "\xa9cmt"}
_IN_COMMENT = re.compile(r"\s*\[MOOD:([^\]]*)\]", re.IGNORECASE)


class MoodField(NamedTuple):
    """A field with moods: its name in its format, and the moods in their order."""

    field: str
    moods: tuple[str, ...]


class Target(NamedTuple):
    """Where and how moods are written."""

    place: str | None = None
    """One of PLACES; None: the field that the file has moods in already, else the standard one."""
    joined: bool | None = None
    """Several moods as one text ("sad; calm") or as several values; None: joined where the format holds only one
    (ID3v2.3)."""
    emptied: bool = False
    """Whether no moods take out those that a file has (default: it is left as it is)."""


USUAL = Target()


def found_fields(tags: Any) -> list[MoodField]:
    """Every field of `tags` (what mutagen read) that holds moods."""
    found = [MoodField(key, split_moods(_texts(tags, key))) for key in _mood_keys(tags)]
    found += [
        MoodField(key, split_moods(match for text in _texts(tags, key) for match in _IN_COMMENT.findall(text)))
        for key in _comment_keys(tags)
    ]
    return sorted((field for field in found if field.moods), key=lambda field: field.field != standard_field(tags))


def all_moods(found: Iterable[MoodField]) -> tuple[str, ...]:
    """The moods of all fields, each once."""
    return split_moods(mood for field in found for mood in field.moods)


def standard_field(tags: Any) -> str:
    """The name of the field that players read in this format."""
    return next((name for kind, name in _STANDARD if isinstance(tags, kind)), "MOOD")


def target_field(tags: Any, place: str | None) -> str:
    """The name of the field to write into; see `Target`."""
    found = found_fields(tags)
    if place is None:
        return found[0].field if found else standard_field(tags)
    if place == "comment":
        there = next(_comment_keys(tags), "COMM::eng" if isinstance(tags, ID3) else None)
        return there or next((name for kind, name in _COMMENT if isinstance(tags, kind)), "COMMENT")
    return "TXXX:MOOD" if place == "TXXX:MOOD" and isinstance(tags, ID3) else standard_field(tags)


def put(tags: Any, field: str, moods: Sequence[str], *, joined: bool) -> None:
    """Write `moods` into `field`, and take them out of every other field; no moods leave none in any."""
    for key in [key for key in _mood_keys(tags) if key != field]:
        del tags[key]
    for key in list(_comment_keys(tags)):
        _set_comment(tags, key, [_IN_COMMENT.sub("", text).strip() for text in _texts(tags, key)])
    if not moods:
        drop(tags)
        return
    values = [JOINED_BY.join(moods)] if joined else list(moods)
    if field in _comment_keys(tags) or field.startswith("COMM") or field.casefold() in _COMMENT_KEYS:
        before = _texts(tags, field) if field in tags else [""]
        _set_comment(tags, field, [f"{before[0]} [MOOD: {JOINED_BY.join(moods)}]".strip(), *before[1:]])
    elif isinstance(tags, ID3):
        tags.setall(field, [TMOO(encoding=3, text=values) if field == "TMOO" else _txxx(field, values)])
    else:
        tags[field] = [MP4FreeForm(value.encode()) for value in values] if isinstance(tags, MP4Tags) else values


def drop(tags: Any) -> None:
    """Take all moods out of `tags`, as where another tag of the same file holds them."""
    for key in list(_mood_keys(tags)):
        del tags[key]


def _txxx(field: str, values: list[str]) -> TXXX:
    return TXXX(encoding=3, desc=field.partition(":")[2], text=values)


def _set_comment(tags: Any, key: str, texts: list[str]) -> None:
    if not any(texts):
        tags.pop(key, None)
    elif isinstance(tags, ID3):
        frame = tags.get(key)
        kept = (frame.lang, frame.desc) if frame is not None else ("eng", "")
        tags.setall(key, [COMM(encoding=3, lang=kept[0], desc=kept[1], text=texts)])
    else:
        tags[key] = texts


def _mood_keys(tags: Any) -> Iterator[str]:
    keys = [key for key in dict.fromkeys(tags.keys()) if key.casefold() in _MOOD_KEYS]  # Vorbis comments repeat keys
    return iter([key.upper() for key in keys] if isinstance(tags, VCommentDict) else keys)


def _comment_keys(tags: Any) -> Iterator[str]:
    """Fields with comments; `DESCRIPTION` of Vorbis comments and `Description` of ASF are some."""
    keys = dict.fromkeys(tags.keys())
    return iter([key for key in keys if key.startswith("COMM:") or key.casefold() in _COMMENT_KEYS])


def _texts(tags: Any, key: str) -> list[str]:
    value = tags[key]
    values = getattr(value, "text", value)
    if isinstance(tags, APEv2):
        return str(values).split("\0")
    values = [values] if isinstance(values, str | bytes) else values
    return [text.decode(errors="replace") if isinstance(text, bytes) else str(text) for text in values]
