"""The vocabulary of descriptions in the space of a text encoder: what a word or a phrase means among moods and tags.

Names are found literally; what is left of a text, as a whole and word by word, is compared in meaning with the phrases
of each concept. Valence and arousal lie on axes between the poles of the vocabulary.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mer_core.lyrics.encoder import TextEncoder
from mer_core.moods import coordinates
from mer_core.recommend import vocabulary

Floats = NDArray[np.float64]

NEAR = 0.48
"""Likeness from which a word or a phrase means a mood or tag; made-up words reach .42."""
MARGIN = 0.1
"""How far behind the best meaning of a word others may lie."""
MOST = 3
"""Moods and tags that one word or phrase may mean."""


@dataclass(frozen=True)
class Glossary:
    """The vocabulary in the space of a text encoder."""

    encoder: TextEncoder = field(repr=False)
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    """Of each concept: "mood" or "tag"."""
    literal: dict[str, tuple[int, ...]] = field(repr=False)
    """The concepts that each word or words of the vocabulary name."""
    middle: Floats = field(repr=False)
    """(dim,): the mean of all phrases, which short texts have in common."""
    phrases: Floats = field(repr=False)
    """(n_phrases, dim): less the middle, each of length 1."""
    owner: NDArray[np.intp] = field(repr=False)
    """(n_phrases,) the concept each phrase stands for."""
    axes: Floats = field(repr=False)
    """(2, dim): valence and arousal, scaled so that the poles lie at ±1."""
    zero: Floats = field(repr=False)
    """(2,): where the middles between the poles lie on the axes."""

    def read(self, part: str) -> tuple[dict[int, float], list[str]]:
        """The concepts that a part means, with weights in (0, 1], and the words of it that are unknown."""
        found, rest = self._named(part)
        words = _content_words(rest)
        if not words:
            return found, []
        phrase, *single = self.likeness([" ".join(words), *words])
        for likeness in (phrase, *single):
            for concept in np.argsort(-likeness)[:MOST]:
                if likeness[concept] >= max(NEAR, likeness.max() - MARGIN):
                    found[int(concept)] = max(found.get(int(concept), 0.0), float(likeness[concept]))
        together = len(words) > 1 and phrase.max() >= NEAR
        return found, [] if together else [word for word, near in zip(words, single, strict=True) if near.max() < NEAR]

    def place(self, part: str, found: Mapping[int, float]) -> Floats:
        """Valence and arousal of a part, about [-1, 1]: between where its text lies on the axes and where the moods
        `found` in it lie."""
        by_text = self.axes @ self.encoder.encode([part])[0] - self.zero
        moods = [concept for concept in found if self.kinds[concept] == "mood"]
        if not moods:
            return np.asarray(by_text)
        by_moods = np.average(coordinates([self.names[c] for c in moods]), axis=0, weights=[found[c] for c in moods])
        return np.asarray((by_text + by_moods) / 2)

    def _named(self, part: str) -> tuple[dict[int, float], str]:
        """The concepts named literally, and what of the part is left; longer names are found first."""
        found: dict[int, float] = {}
        for name in sorted(self.literal, key=len, reverse=True):
            pattern = rf"(?<!\w){re.escape(name)}(?:'s)?(?!\w)"
            if name in part and re.search(pattern, part):
                part = re.sub(pattern, " ", part)
                found.update(dict.fromkeys(self.literal[name], 1.0))
        return found, part

    def likeness(self, texts: Sequence[str]) -> Floats:
        """(n_texts, n_concepts): centred cosine with the nearest phrase of each concept."""
        cosines = _unit(self.encoder.encode(texts) - self.middle) @ self.phrases.T
        out = np.full((len(texts), len(self.names)), -1.0)
        for column, concept in enumerate(self.owner):
            out[:, concept] = np.maximum(out[:, concept], cosines[:, column])
        return out


def glossary_of(encoder: TextEncoder) -> Glossary:
    """The vocabulary in the space of `encoder`, made once for each."""
    return _glossary(encoder)


@cache
def _glossary(encoder: TextEncoder) -> Glossary:
    entries = [
        *(("mood", name, phrases) for name, phrases in vocabulary.MOODS.items()),
        *(("tag", name, phrases) for name, phrases in {**vocabulary.TAGS, **vocabulary.SOUNDS}.items()),
    ]
    literal: dict[str, tuple[int, ...]] = {}
    for concept, (_, _, phrases) in enumerate(entries):
        for phrase in phrases:
            literal[phrase] = (*literal.get(phrase, ()), concept)
    all_phrases = [phrase for _, _, group in entries for phrase in group]
    owner = np.array([concept for concept, (_, _, group) in enumerate(entries) for _ in group])
    poles = [
        encoder.encode(group).mean(axis=0)
        for group in (vocabulary.PLEASANT, vocabulary.UNPLEASANT, vocabulary.EXCITED, vocabulary.QUIET)
    ]
    apart = np.stack([poles[0] - poles[1], poles[2] - poles[3]]).astype(np.float64)
    axes = 2 * apart / (apart**2).sum(axis=1, keepdims=True)
    between = np.stack([poles[0] + poles[1], poles[2] + poles[3]]) / 2
    embedded = encoder.encode(all_phrases).astype(np.float64)
    middle = embedded.mean(axis=0)
    return Glossary(
        encoder=encoder,
        names=tuple(name for _, name, _ in entries),
        kinds=tuple(kind for kind, _, _ in entries),
        literal=literal,
        middle=middle,
        phrases=_unit(embedded - middle),
        owner=owner,
        axes=axes,
        zero=(axes * between).sum(axis=1),
    )


def _content_words(text: str) -> list[str]:
    """The words of `text` that may say something of music."""
    words = [word for word in re.findall(r"[^\W_]+(?:['-][^\W_]+)*", text) if word not in vocabulary.SMALL_WORDS]
    for sign in vocabulary.SMALL_SIGNS:
        words = [word.replace(sign, "") for word in words]
    return [word for word in words if word]


def _unit(rows: NDArray[np.floating]) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0), dtype=np.float64)
