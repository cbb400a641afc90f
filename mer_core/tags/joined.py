"""Several moods in one text, as people and programs join them."""

import re
from collections.abc import Iterable

JOINED_BY = "; "
"""Between the moods that are written into one text."""
_JOINED = re.compile(r"[;/\0\r\n]|\\\\")
_LOOSELY = re.compile(r"[;/\0\r\n,|]|\\\\")
"""Commas and bars, too: they stand in sentences as well."""
MOST_WORDS = 3
"""Of a part, where commas or bars part moods."""


def split_moods(values: Iterable[str]) -> tuple[str, ...]:
    """The moods in `values`, each once whatever its case, joined ones apart; commas and bars part them only where every
    part is short."""
    words = (word for value in values for word in _parts(value))
    moods: dict[str, str] = {}
    for word in words:
        moods.setdefault(word.casefold(), word)
    return tuple(moods.values())


def _parts(value: str) -> list[str]:
    loosely = _words(_LOOSELY, value)
    return loosely if all(len(part.split()) <= MOST_WORDS for part in loosely) else _words(_JOINED, value)


def _words(separator: re.Pattern[str], value: str) -> list[str]:
    return [part for word in separator.split(value) if (part := " ".join(word.split()))]
