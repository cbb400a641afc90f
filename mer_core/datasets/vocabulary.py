"""A vocabulary of one's own: many messy tags folded onto chosen words, shown before it is done, and undone.

A tag is folded onto the chosen word that it equals when case, blanks, hyphens and underscores do not count, or that its
synonym names. A tag without such a word stays as it is, or is left out when only chosen words are wanted.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from mer_core.datasets.mtg_jamendo.additions import Additions
from mer_core.datasets.mtg_jamendo.layout import RawDataset
from mer_core.errors import DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular

_BETWEEN_WORDS = re.compile(r"[\s\-_.,'’/]+")


class Fold(NamedTuple):
    """One tag and the word it becomes ("" for none); `tracks` have it."""

    tag: str
    word: str
    tracks: int


def plain_form(word: str) -> str:
    """`word` without what does not count: "Feel-Good" and "feel good" have one plain form."""
    return _BETWEEN_WORDS.sub("", word).casefold()


def preview(
    raw: RawDataset, words: Sequence[str] = (), synonyms: Mapping[str, str] | None = None, *, only: bool = False
) -> list[Fold]:
    """What folding would make of the dataset's labels, the tags that change, the commonest first.

    words: the chosen ones; none: of tags with one plain form, the commonest. synonyms: word → chosen word. only: leave
    out tags that have no chosen word.
    """
    counts = Counter(tag for row in raw.rows for tag in row.tags)
    chosen: dict[str, str] = {}
    for word in words or [_name(tag) for tag, _ in counts.most_common()]:
        chosen.setdefault(plain_form(word), word)
    for word, target in (synonyms or {}).items():
        chosen[plain_form(word)] = chosen.get(plain_form(target), target)
    folds = []
    for tag, tracks in counts.most_common():
        word = chosen.get(plain_form(_name(tag)), "" if only and words else _name(tag))
        if word != _name(tag):
            folds.append(Fold(tag, word, tracks))
    return folds


def fold(folder: Path, folds: Iterable[Fold]) -> None:
    """Keep the folds beside the dataset in `folder`; they hold from the next time it is read. Its own files stay."""
    before = Additions.read(folder)
    words = {**before.words, **{one.tag: one.word for one in folds}}
    _with(before, words, (*before.words_before, before.words)).write(folder)


def undo(folder: Path) -> int:
    """Take the last folding back; returns how many tags are folded now. Raises DatasetError where there is none."""
    before = Additions.read(folder)
    if not before.words_before:
        raise DatasetError(f"no tags were folded in {folder}; there is nothing to take back")
    _with(before, before.words_before[-1], before.words_before[:-1]).write(folder)
    return len(before.words_before[-1])


def read_synonyms(path: Path) -> dict[str, str]:
    """Read a file of synonyms, `word<TAB>chosen word` a line; raises DatasetError for anything else."""
    try:
        lines = read_regular(path, LARGEST_TEXT).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as UTF-8 text ({error}); write word, tab, chosen word") from error
    found = {}
    for number, line in enumerate(lines, 1):
        fields = [part.strip() for part in line.split("\t")]
        if line.strip() and (len(fields) != 2 or not all(fields)):
            raise DatasetError(f"{path}:{number}: {line[:80]!r} is no synonym; write word, tab, chosen word")
        if line.strip():
            found[fields[0]] = fields[1]
    return found


def _name(tag: str) -> str:
    return tag.partition("---")[2]


def _with(additions: Additions, words: Mapping[str, str], before: tuple[Mapping[str, str], ...]) -> Additions:
    return Additions(additions.categories, additions.durations, additions.identical, words, before)
