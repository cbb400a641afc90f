"""`fold_tags --by-meaning`: words of other vocabularies and languages."""

import argparse
from collections.abc import Iterable, Mapping

from mer_core.moods import MOODS
from mer_core.tags.joined import split_moods


def with_meanings(tags: Iterable[str], args: argparse.Namespace, synonyms: Mapping[str, str]) -> dict[str, str]:
    """The synonyms, and, where --by-meaning asks for it, what each of the other tags means among the chosen words, or,
    where none are chosen, among the moods that are known: tag → word.

    Raises LyricsError, with the remedy, where the text encoder is missing.
    """
    if not args.by_meaning:
        return dict(synonyms)
    from mer_core.lyrics.encoder import load_text_encoder  # here: most folding needs no text encoder
    from mer_core.recommend.mood_words import meanings

    words = {part for tag in tags for part in split_moods([tag])} - synonyms.keys()
    found = meanings(sorted(words), args.words or sorted(MOODS), load_text_encoder())
    meant = {meaning.word: meaning.mood for meaning in found if meaning.mood and meaning.mood != meaning.word}
    return {**meant, **synonyms}
