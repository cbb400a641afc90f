"""A vocabulary of one's own: a dataset's messy labels folded onto chosen words, shown before it is done, and undone.

What is folded onto what is kept beside the dataset (`added.json`); its own files stay. See `tags.vocabulary` for the
rule.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mer_core.datasets.mtg_jamendo.additions import Additions
from mer_core.datasets.mtg_jamendo.layout import RawDataset
from mer_core.errors import DatasetError
from mer_core.tags.vocabulary import Fold, folds_of


def preview(
    raw: RawDataset, words: Sequence[str] = (), synonyms: Mapping[str, str] | None = None, *, only: bool = False
) -> list[Fold]:
    """What folding would make of the dataset's labels as they are folded now: those that change, the commonest first;
    see `tags.vocabulary.folds_of`. The tags of the folds are whole ("mood/theme---Happy"), the words are names."""
    counts = Counter(tag for row in raw.rows for tag in row.tags)
    now = {tag: raw.added.words.get(tag, tag.partition("---")[2]) for tag in counts}
    names: Counter[str] = Counter()
    for tag, tracks in counts.items():
        if now[tag]:
            names[now[tag]] += tracks
    word_of = {fold.tag: fold.word for fold in folds_of(names, words, synonyms, only=only)}
    return [Fold(tag, word_of[now[tag]], tracks) for tag, tracks in counts.most_common() if now[tag] in word_of]


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


def _with(additions: Additions, words: Mapping[str, str], before: tuple[Mapping[str, str], ...]) -> Additions:
    return Additions(additions.categories, additions.durations, additions.identical, words, before)
