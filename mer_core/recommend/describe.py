"""Finding music by describing it: a text in one's own words becomes weights of moods and tags, valence and arousal.

A description is cut into parts at commas and at words of negation ("no drums", "calm without being sad"). In each part
names are found literally; what is left of it, as a whole and word by word, is compared in meaning with the vocabulary
by the text encoder, which also reads other languages. Words near to nothing in the vocabulary are reported as unknown.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from mer_core.errors import DatasetError
from mer_core.lyrics.encoder import TextEncoder, load_text_encoder
from mer_core.moods import coordinates
from mer_core.recommend import vocabulary
from mer_core.recommend.catalogue import Catalogue
from mer_core.recommend.glossary import Floats, glossary_of
from mer_core.recommend.place import place_likeness, wanted_place
from mer_core.recommend.rank import Described

PLACE_WEIGHT = 0.25
"""Of valence and arousal beside the moods that were named, where they are the mean place of moods."""
MEASURED_WEIGHT = 0.25
"""The same where they are measured."""
TAG_WEIGHT = 0.5
"""Of tags beside moods."""
NOT_WANTED = -0.9
"""Weight from which a mood must not stand out at all."""
LONGEST = 500
"""Characters of a description that are read."""


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


def understand(text: str, encoder: TextEncoder | None = None, names: Collection[str] = ()) -> Understood:
    """What `text` means; an empty or meaningless text means nothing.

    names: of moods beyond the vocabulary (one's own), which are found where they stand in the text.

    Raises LyricsError when the text encoder is missing.
    """
    parts = split(text[:LONGEST])
    if not parts:
        return Understood()
    glossary = glossary_of(encoder or load_text_encoder())
    further = [name for name in names if name not in glossary.names]
    weights: dict[int, float] = {}
    by_name: dict[str, float] = {}
    unknown: list[str] = []
    places = []
    for part in parts:
        named, rest = _named(part.text, further)
        by_name |= dict.fromkeys(named, float(part.sign))
        found, missing = glossary.read(rest)
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
    return Understood({**by_name, **kinds["mood"]}, kinds["tag"], valence, arousal, tuple(unknown))


def _named(text: str, names: Collection[str]) -> tuple[list[str], str]:
    """Those of `names` that stand in a text of small letters, and what is left of it; longer names are found first."""
    found = []
    for name in sorted(names, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(name.casefold())}(?!\w)"
        if re.search(pattern, text):
            found.append(name)
            text = re.sub(pattern, " ", text)
    return found, text


def likeness(catalogue: Catalogue, understood: Understood) -> Floats:
    """How well each track (n_tracks,) fits what was understood, in (-1, 1): a weighted sum of standard deviations of
    moods, of the place on the plane (PLACE_WEIGHT) and of tags (TAG_WEIGHT), each part brought to one scale. The place
    is the measured one, or that of the moods in a catalogue where it was not measured.

    Moods and tags that the catalogue does not know are left out. Raises DatasetError when nothing is left to search by.
    """
    moods = np.array([understood.moods.get(mood, 0.0) for mood in catalogue.moods])
    place = wanted_place(understood.valence, understood.arousal)
    if place is not None and catalogue.plane is None:
        moods = moods + PLACE_WEIGHT * np.nan_to_num(coordinates(catalogue.moods)) @ np.nan_to_num(place)
    parts = [(1.0, catalogue.mood @ moods)] if np.any(moods) else []
    if place is not None and catalogue.plane is not None:
        parts.append((MEASURED_WEIGHT if parts else 1.0, place_likeness(catalogue.plane, place)))
    heard = catalogue.heard
    known = {} if heard is None else {tag: weight for tag, weight in understood.tags.items() if tag in heard}
    if heard is not None and known:
        parts.append((TAG_WEIGHT if parts else 1.0, heard[list(known)].to_numpy() @ np.array(list(known.values()))))
    if not parts:
        raise DatasetError(
            "the description holds nothing to search by; name a mood, an instrument or a kind of music, or "
            "say how it feels"
        )
    return np.tanh(sum(weight * _standardised(part) for weight, part in parts) / 2)


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


def _standardised(values: Floats) -> Floats:
    deviation = values.std()
    return np.asarray((values - values.mean()) / (deviation if deviation > 0 else 1.0))
