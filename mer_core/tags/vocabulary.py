"""Many messy tags folded onto chosen words.

A tag is folded onto the chosen word that it equals when case, blanks, hyphens and underscores do not count, or that its
synonym names. A tag that joins several words ("Sad; Calm"), one of them chosen, becomes all of them, each folded. A tag
without such a word stays as it is, or is left out when only chosen words are wanted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mer_core.errors import DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular
from mer_core.tags.joined import JOINED_BY, split_moods

_BETWEEN_WORDS = re.compile(r"[\s\-_.,'’/]+")


class Fold(NamedTuple):
    """One tag and the word it becomes ("" for none, several joined by JOINED_BY); `tracks` have it."""

    tag: str
    word: str
    tracks: int


def plain_form(word: str) -> str:
    """`word` without what does not count: "Feel-Good" and "feel good" have one plain form."""
    return _BETWEEN_WORDS.sub("", word).casefold()


def folds_of(
    counts: Counter[str], words: Sequence[str] = (), synonyms: Mapping[str, str] | None = None, *, only: bool = False
) -> list[Fold]:
    """What becomes of the tags that change, the commonest first; `counts` says how many tracks have each tag.

    words: the chosen ones; none: of tags with one plain form, the commonest. synonyms: word → chosen word. only: leave
    out tags that have no chosen word.
    """
    chosen: dict[str, str] = {}
    for word in words or [tag for tag, _ in counts.most_common()]:
        chosen.setdefault(plain_form(word), word)
    for word, target in (synonyms or {}).items():
        chosen[plain_form(word)] = chosen.get(plain_form(target), target)
    wanted = set(map(plain_form, [*words, *(synonyms or {})]))
    folds = []
    for tag, tracks in counts.most_common():
        parts = split_moods([tag])
        apart = plain_form(tag) not in wanted and any(plain_form(part) in wanted for part in parts)
        found = [chosen.get(plain_form(part), "" if only and words else part) for part in (parts if apart else [tag])]
        word = JOINED_BY.join(dict.fromkeys(filter(None, found)))
        if word != tag:
            folds.append(Fold(tag, word, tracks))
    return folds


def folded(moods: Iterable[str], words: Mapping[str, str]) -> tuple[str, ...]:
    """`moods` with each replaced by its word in `words` (those without one stay, "" drops one), each once."""
    kept = (word for mood in moods for word in words.get(mood, mood).split(JOINED_BY))
    return tuple(dict.fromkeys(filter(None, kept)))


def read_synonyms(path: Path) -> dict[str, str]:
    """Read a file of synonyms, `word<TAB>chosen word` a line; raises DatasetError for anything else."""
    try:
        text = read_regular(path, LARGEST_TEXT).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text ({error}); write word, tab, chosen word") from error
    return parse_synonyms(text, str(path))


def parse_synonyms(text: str, name: str) -> dict[str, str]:
    """The synonyms in a text as `read_synonyms` reads it; `name` is what errors call it."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        fields = [part.strip() for part in line.split("\t")]
        if line.strip() and (len(fields) != 2 or not all(fields)):
            raise DatasetError(f"{name}:{number}: {line[:80]!r} is no synonym; write word, tab, chosen word")
        if line.strip():
            found[fields[0]] = fields[1]
    return found
