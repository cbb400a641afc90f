"""Finding music by describing it: a text in one's own words becomes weights of moods and tags, valence and arousal.

A description is cut into parts at commas and at words of negation ("no drums", "calm without being sad"). In each part
names are found literally; what is left of it, as a whole and word by word, is compared in meaning with the vocabulary
by the text encoder, which also reads other languages. Words near to nothing in the vocabulary are reported as unknown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mer_core.errors import DatasetError
from mer_core.lyrics.encoder import TextEncoder, load_text_encoder
from mer_core.moods import coordinates
from mer_core.recommend import vocabulary
from mer_core.recommend.catalogue import Catalogue
from mer_core.recommend.rank import Described

Floats = NDArray[np.float64]

PLACE_WEIGHT = 0.25
"""Of valence and arousal beside the moods that were named."""
TAG_WEIGHT = 0.5
"""Of tags beside moods."""
NOT_WANTED = -0.9
"""Weight from which a mood must not stand out at all."""
LONGEST = 500
"""Characters of a description that are read."""
NEAR = 0.48
"""Likeness from which a word or a phrase means a mood or tag; made-up words reach .42."""
MARGIN = 0.1
"""How far behind the best meaning of a word others may lie."""
MOST = 3
"""Moods and tags that one word or phrase may mean."""


@dataclass(frozen=True)
class Understood:
    """What a description was understood as; every weight in [-1, 1], negative for what is not wanted."""

    moods: dict[str, float] = field(default_factory=dict)
    tags: dict[str, float] = field(default_factory=dict)
    valence: float | None = None
    arousal: float | None = None
    """In [-1, 1]; None where the description says nothing of it."""
    unknown: tuple[str, ...] = ()
    """Words of which nothing is known."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search by."""
        return not (self.moods or self.tags) and self.valence is None and self.arousal is None

    def to_dict(self) -> dict[str, Any]:
        """The key `understood` of a search's JSON."""
        rounded = {
            name: {key: round(value, 3) for key, value in getattr(self, name).items()} for name in ("moods", "tags")
        }
        return {**rounded, "valence": self.valence, "arousal": self.arousal, "unknown": list(self.unknown)}


def in_words(understood: Mapping[str, Any]) -> str:
    """What was understood (the key of a search's JSON), in one line: "understood: sad, piano; not drums; unknown:
    zwibble"."""
    named = list(dict.fromkeys([*understood["moods"].items(), *understood["tags"].items()]))
    wanted, unwanted = (list(dict.fromkeys(name for name, weight in named if weight * sign > 0)) for sign in (1, -1))
    lines = [", ".join(wanted) or "no mood or sound by name"]
    lines += ["not " + ", ".join(unwanted)] if unwanted else []
    lines += [f"{name} {understood[name]:+.1f}" for name in ("valence", "arousal") if understood[name] is not None]
    lines += ["unknown: " + ", ".join(understood["unknown"])] if understood["unknown"] else []
    return "understood: " + "; ".join(lines)


class Phrase(NamedTuple):
    """A piece of a description and whether it says what is wanted (+1) or not (-1)."""

    text: str
    sign: int


def understand(text: str, encoder: TextEncoder | None = None) -> Understood:
    """What `text` means; an empty or meaningless text means nothing.

    Raises LyricsError when the text encoder is missing.
    """
    parts = split(text[:LONGEST])
    if not parts:
        return Understood()
    glossary = glossary_of(encoder or load_text_encoder())
    weights: dict[int, float] = {}
    unknown: list[str] = []
    places = []
    for part in parts:
        found, missing = glossary.read(part.text)
        unknown += [word for word in missing if word not in unknown]
        for concept, weight in found.items():
            weights[concept] = part.sign * max(weight, abs(weights.get(concept, 0.0)))
        if found:
            places.append(
                (glossary.place(part.text, found) * part.sign, len(part.text) * (1.0 if part.sign > 0 else 0.25))
            )
    valence, arousal = _mean_place(places)
    ordered = sorted(weights, key=lambda concept: -abs(weights[concept]))
    kinds = {
        kind: {glossary.names[c]: weights[c] for c in ordered if glossary.kinds[c] == kind} for kind in ("mood", "tag")
    }
    return Understood(kinds["mood"], kinds["tag"], valence, arousal, tuple(unknown))


def likeness(catalogue: Catalogue, understood: Understood) -> Floats:
    """How well each track (n_tracks,) fits what was understood, in (-1, 1): a weighted sum of standard deviations of
    moods, of the place on the plane (PLACE_WEIGHT) and of tags (TAG_WEIGHT), each part brought to one scale.

    Moods and tags that the catalogue does not know are left out. Raises DatasetError when nothing is left to search by.
    """
    moods = np.array([understood.moods.get(mood, 0.0) for mood in catalogue.moods])
    wanted = np.array([understood.valence or 0.0, understood.arousal or 0.0])
    moods = moods + PLACE_WEIGHT * np.nan_to_num(coordinates(catalogue.moods)) @ wanted
    parts = [catalogue.mood @ moods] if np.any(moods) else []
    heard = catalogue.heard
    known = {} if heard is None else {tag: weight for tag, weight in understood.tags.items() if tag in heard}
    if heard is not None and known:
        parts.append(heard[list(known)].to_numpy() @ np.array(list(known.values())))
    if not parts:
        raise DatasetError(
            "the description holds nothing to search by; name a mood, an instrument or a kind of music, or "
            "say how it feels"
        )
    scale = [TAG_WEIGHT if index else 1.0 for index in range(len(parts))]
    return np.tanh(sum(weight * _standardised(part) for weight, part in zip(scale, parts, strict=True)) / 2)


def described(catalogue: Catalogue, understood: Understood) -> Described:
    """What was understood as a part of a `Query`. Raises DatasetError as `likeness` does."""
    return Described(
        likeness(catalogue, understood), np.array([understood.moods.get(mood, 0.0) for mood in catalogue.moods])
    )


def unwanted_moods(catalogue: Catalogue, understood: Understood) -> list[str]:
    """The moods that a description says are not wanted, as far as the catalogue knows them."""
    return [mood for mood, weight in understood.moods.items() if weight <= NOT_WANTED and mood in catalogue.moods]


def split(text: str) -> list[Phrase]:
    """The parts of a description, cut at punctuation, negation and turns ("but")."""
    parts: list[Phrase] = []
    for piece in re.split(r"[,;.!?:()\n、。，；！？]+", text.casefold().replace("’", "'")):
        parts += _spaced(piece) if " " in piece.strip() or not _signs_of_negation(piece) else _unspaced(piece)
    return [part for part in parts if part.text]


def _spaced(piece: str) -> list[Phrase]:
    parts: list[Phrase] = []
    words: list[str] = []
    sign = 1
    for word in piece.split():
        if word in vocabulary.NEGATORS or word in vocabulary.TURNS:
            parts.append(Phrase(" ".join(words), sign))
            words, sign = [], -1 if word in vocabulary.NEGATORS else 1
        else:
            words.append(word)
    return [*parts, Phrase(" ".join(words), sign)]


def _unspaced(piece: str) -> list[Phrase]:
    sign = next(sign for sign in vocabulary.NEGATING_SIGNS if sign in piece)
    before, _, after = piece.partition(sign)
    if sign.startswith(("で", "じ", "な")):  # Japanese negates what comes before
        return [Phrase(before, -1), Phrase(after, 1)]
    return [Phrase(before, 1), Phrase(after, -1)]


def _signs_of_negation(piece: str) -> bool:
    return any(sign in piece for sign in vocabulary.NEGATING_SIGNS)


def _mean_place(places: Sequence[tuple[Floats, float]]) -> tuple[float | None, float | None]:
    """Valence and arousal over the parts, the wanted ones counting most; None where it is about the middle."""
    if not places:
        return None, None
    mean = np.average([place for place, _ in places], axis=0, weights=[weight for _, weight in places])
    valence, arousal = (round(float(np.clip(value, -1, 1)), 3) if abs(value) >= 0.15 else None for value in mean)
    return valence, arousal


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
        phrase, *single = self._likeness([" ".join(words), *words])
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

    def _likeness(self, texts: Sequence[str]) -> Floats:
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


def _standardised(values: Floats) -> Floats:
    deviation = values.std()
    return np.asarray((values - values.mean()) / (deviation if deviation > 0 else 1.0))


def _unit(rows: NDArray[np.floating]) -> Floats:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0), dtype=np.float64)
