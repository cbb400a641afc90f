"""Where the moods lie: a place on the plane of valence and arousal, and a family, for every MTG-Jamendo mood/theme tag.

The plane is Russell's circumplex: valence from unpleasant (-1) to pleasant (+1), arousal from calm (-1) to excited
(+1).
The numbers are this project's own ratings: each tag was set, in steps of .05, relative to the words Russell placed
(happy, excited, tense, sad, tired, calm …) by what music carrying the tag sounds like. They are an ordering aid for
figures and searches, not measurements, and are taken from no affective lexicon. Themes that name a use rather than a
feeling (film, corporate, documentary …) stand near the middle for want of anything better.

Families gather tags that mean much the same, in an order that walks round the plane so that neighbours are alike.

Reference: J. A. Russell (1980), A circumplex model of affect, Journal of Personality and Social Psychology 39,
1161–1178.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FAMILIES = ("joyful", "groovy", "energetic", "epic", "dark", "sad", "tender", "calm", "functional")
"""The families in the order figures and legends use; OTHER comes after them."""

OTHER = "other"
"""The family of every word that is not a MTG-Jamendo mood and means none."""


class Mood(NamedTuple):
    """One mood's place: valence and arousal in [-1, 1], and its family."""

    valence: float
    arousal: float
    family: str


MOODS: dict[str, Mood] = {
    "action": Mood(-0.05, 0.85, "energetic"),
    "adventure": Mood(0.35, 0.60, "epic"),
    "advertising": Mood(0.45, 0.25, "functional"),
    "ambiental": Mood(0.15, -0.65, "calm"),
    "background": Mood(0.20, -0.30, "functional"),
    "ballad": Mood(0.05, -0.45, "tender"),
    "calm": Mood(0.45, -0.80, "calm"),
    "children": Mood(0.65, 0.20, "joyful"),
    "christmas": Mood(0.65, 0.05, "joyful"),
    "commercial": Mood(0.45, 0.30, "functional"),
    "cool": Mood(0.40, 0.10, "groovy"),
    "corporate": Mood(0.45, 0.15, "functional"),
    "dark": Mood(-0.65, 0.10, "dark"),
    "deep": Mood(0.05, -0.20, "groovy"),
    "documentary": Mood(0.00, -0.10, "functional"),
    "drama": Mood(-0.40, 0.15, "sad"),
    "dramatic": Mood(-0.35, 0.50, "dark"),
    "dream": Mood(0.35, -0.50, "calm"),
    "emotional": Mood(-0.05, -0.10, "tender"),
    "energetic": Mood(0.50, 0.90, "energetic"),
    "epic": Mood(0.15, 0.75, "epic"),
    "fast": Mood(0.20, 0.80, "energetic"),
    "film": Mood(-0.05, 0.00, "functional"),
    "fun": Mood(0.80, 0.55, "joyful"),
    "funny": Mood(0.70, 0.40, "joyful"),
    "game": Mood(0.15, 0.35, "functional"),
    "groovy": Mood(0.55, 0.45, "groovy"),
    "happy": Mood(0.90, 0.45, "joyful"),
    "heavy": Mood(-0.45, 0.75, "energetic"),
    "holiday": Mood(0.70, 0.20, "joyful"),
    "hopeful": Mood(0.60, -0.05, "epic"),
    "horror": Mood(-0.85, 0.45, "dark"),
    "inspiring": Mood(0.65, 0.20, "epic"),
    "love": Mood(0.65, -0.15, "tender"),
    "meditative": Mood(0.35, -0.85, "calm"),
    "melancholic": Mood(-0.55, -0.50, "sad"),
    "mellow": Mood(0.40, -0.60, "calm"),
    "melodic": Mood(0.35, -0.05, "tender"),
    "motivational": Mood(0.65, 0.45, "epic"),
    "movie": Mood(-0.05, 0.05, "functional"),
    "nature": Mood(0.40, -0.55, "calm"),
    "party": Mood(0.70, 0.80, "groovy"),
    "positive": Mood(0.80, 0.25, "joyful"),
    "powerful": Mood(0.20, 0.80, "epic"),
    "relaxing": Mood(0.50, -0.75, "calm"),
    "retro": Mood(0.30, 0.20, "groovy"),
    "romantic": Mood(0.55, -0.30, "tender"),
    "sad": Mood(-0.80, -0.45, "sad"),
    "sexy": Mood(0.50, 0.15, "groovy"),
    "slow": Mood(-0.05, -0.65, "calm"),
    "soft": Mood(0.35, -0.65, "tender"),
    "soundscape": Mood(0.00, -0.60, "calm"),
    "space": Mood(-0.05, -0.45, "calm"),
    "sport": Mood(0.35, 0.85, "energetic"),
    "summer": Mood(0.65, 0.25, "groovy"),
    "trailer": Mood(-0.05, 0.70, "epic"),
    "travel": Mood(0.45, 0.10, "functional"),
    "upbeat": Mood(0.75, 0.65, "joyful"),
    "uplifting": Mood(0.75, 0.50, "joyful"),
}
"""The 59 mood/theme tags of MTG-Jamendo (its splits use 56 of them: ambiental, horror and mellow are dropped there)."""


FEELING, THEME = "feeling", "theme"

THEMES = frozenset(
    [
        "action",
        "adventure",
        "advertising",
        "ambiental",
        "background",
        "ballad",
        "children",
        "christmas",
        "commercial",
        "corporate",
        "deep",
        "documentary",
        "drama",
        "film",
        "game",
        "holiday",
        "melodic",
        "movie",
        "nature",
        "party",
        "retro",
        "soundscape",
        "space",
        "sport",
        "summer",
        "trailer",
        "travel",
    ]
)
"""The tags that name a use, an occasion or a form of music; all other moods are feelings."""

MIDDLE = 0.2
"""A mood this near to 0 is neither pleasant nor unpleasant (neither calm nor excited)."""

SIDE = 0.2
"""Chosen on songs whose artist was left out: decisions against people's valence (of the songs not in the middle third)
fall from 20 % (no rule) to 9 %, those against their arousal from 5 % to 4 %."""

NEAREST_BEYOND, RIVAL_BEYOND = (0.0, 0.5), (0.5, 0.5)
"""How far on one side of 0, in halves of its interval (valence, arousal), a track may be and still have for its nearest
feeling, or for one of two between which it stands, one from the other side: 0.5 is odds of about 3 to 1. A song just
below the middle of arousal may well be happy. For valence, which is measured less well, the nearest feeling keeps to
its side, for 0.5 would decide against 11 % of people's ratings instead of 10 %; where both sides are near, the headline
names both."""

TEMPO = frozenset({"fast", "slow"})
"""Moods that say how fast music is: evidence for a feeling, but none that a person would name."""

VAGUE = frozenset({"cool", "deep", "emotional", "love", "motivational", "powerful", "sexy"})
"""Moods that say what music is like or for rather than what is felt in it, or have no clear place on the plane.
They are decided as others are, but are no answer to how a song feels."""


class Synonym(NamedTuple):
    """The moods that another vocabulary's word means, and why."""

    moods: tuple[str, ...]
    reason: str


SYNONYMS: dict[str, Synonym] = {
    "aggressive": Synonym(("heavy",), "loud, distorted, hostile music is what the tag heavy is used for"),
    "bouncy": Synonym(("fun", "upbeat"), "a light, springing rhythm: playful and lively"),
    "bright": Synonym(("happy", "positive"), "major, high and clear: cheerful rather than lit"),
    "calming": Synonym(("calm", "relaxing"), "the same state, named by its effect"),
    "driving": Synonym(("energetic",), "a pushing, insistent beat"),
    "eerie": Synonym(("dark", "horror"), "uncanny and threatening"),
    "grooving": Synonym(("groovy",), "the same word"),
    "humorous": Synonym(("funny",), "the same meaning"),
    "intense": Synonym(("powerful",), "high force, whatever the valence"),
    "relaxed": Synonym(("relaxing", "calm"), "the same state, of the music instead of the listener"),
    "somber": Synonym(("sad", "melancholic"), "grave and unhappy"),
    "suspenseful": Synonym(("dramatic",), "tension that waits for its resolution"),
    "unnerving": Synonym(("dark", "horror"), "meant to frighten"),
}
"""Words of other vocabularies (so far: the composer's words of the incompetech collection) that mean moods of
MTG-Jamendo.

Left out because no mood means the same: mysterious, mystical. Words that are moods themselves (action, dark, epic,
uplifting …) need no entry.
"""


def meanings(word: str) -> tuple[str, ...]:
    """The moods a word means: itself when it is one of MOODS, its entry in SYNONYMS, else none."""
    if word in MOODS:
        return (word,)
    return SYNONYMS[word].moods if word in SYNONYMS else ()


def family_of(mood: str) -> str:
    """The family of a mood, or of the first mood its word means; OTHER for a word that means none."""
    moods = meanings(mood)
    return MOODS[moods[0]].family if moods else OTHER


def kind_of(mood: str) -> str:
    """FEELING or THEME (what it is used for); words of other vocabularies are feelings."""
    return THEME if mood in THEMES else FEELING


def names_feeling(mood: str) -> bool:
    """Whether a mood answers how a song feels: a feeling, neither a tempo nor vague."""
    return kind_of(mood) == FEELING and mood not in TEMPO | VAGUE


def coordinates(moods: Sequence[str]) -> NDArray[np.float64]:
    """Valence and arousal of each word, (n_moods, 2) in [-1, 1]: the mean place of the moods it means, NaN when it
    means none."""
    places = [
        np.mean([MOODS[mood][:2] for mood in meanings(word)], axis=0) if meanings(word) else (np.nan, np.nan)
        for word in moods
    ]
    return np.array(places, dtype=float).reshape(-1, 2)


def valence_arousal(probabilities: ArrayLike, moods: Sequence[str]) -> NDArray[np.float64]:
    """The place of a track on the plane: the mean of its moods' places, weighted by their probabilities.

    valence = Σ pᵢ·vᵢ / Σ pᵢ over the moods i that have a place, and arousal likewise.

    probabilities: (..., n_moods) in [0, 1]. Returns (..., 2) in [-1, 1]: valence, arousal; NaN where no mood that has a
    place has any probability. Being a mean over many moods it lies nearer the middle than a listener's rating would.

    Raises ValueError when the last axis and `moods` differ in length.
    """
    weights = np.asarray(probabilities, dtype=float)
    places = coordinates(moods)
    if weights.shape[-1] != len(places):
        raise ValueError(
            f"{weights.shape[-1]} probabilities were given for {len(places)} moods; pass one column a mood, in the "
            f"same order"
        )
    known = np.isfinite(places[:, 0])
    weights = weights[..., known]
    total = weights.sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, weights @ places[known] / total, np.nan)


def squared_distances(places: ArrayLike, moods: Sequence[str]) -> NDArray[np.float64]:
    """Squared distances (n, n_moods) on the plane of tracks at `places` (n, 2) from the moods.

    Of a word without a place the mean of the others, 0 where no place is known.
    """
    where, stand = np.asarray(places, float)[:, None], coordinates(moods)
    apart = ((where - stand) ** 2).sum(axis=2)
    known = np.isfinite(apart)
    mean = np.where(known, apart, 0.0).sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return np.where(known, apart, mean)


def opposed(
    places: ArrayLike, intervals: ArrayLike, moods: Sequence[str], beyond: tuple[float, float] = NEAREST_BEYOND
) -> NDArray[np.bool_]:
    """Which moods (n, n_moods) lie on the other side of 0 from a track, in valence or in arousal.

    beyond: how far on its own side the track must be for that, in halves of its interval, by dimension. Moods within
    MIDDLE of 0 lie on no side. places: (n, 2); intervals: (n, 2, 2), their ends last; NaN where not known.
    """
    middle, stand = np.asarray(places, float), coordinates(moods)
    far = np.nan_to_num(np.asarray(beyond) * _half(middle, intervals))
    across = middle[:, None] * np.sign(stand) < -far[:, None]
    return np.asarray(((np.abs(stand) > MIDDLE) & across).any(axis=2))


def contradicted(places: ArrayLike, intervals: ArrayLike, moods: Sequence[str]) -> NDArray[np.bool_]:
    """Which moods (n, n_moods) a track's valence or arousal speaks against.

    A mood on one side of the middle needs music on that side: by at least SIDE of half the interval, which is odds of
    about 3 to 2, so that a wider interval lets fewer moods pass. Moods within MIDDLE of 0 on a side, words without a
    place, and tracks whose interval is not known have nothing against them.

    places: (n, 2) valence, arousal; intervals: (n, 2, 2), their lower and upper ends last, NaN where not known.
    """
    middle, stand = np.asarray(places, float), coordinates(moods)
    half = _half(middle, intervals)
    with np.errstate(invalid="ignore"):
        not_high, not_low = middle < SIDE * half, -middle < SIDE * half
        against = ((stand > MIDDLE) & not_high[:, None]) | ((stand < -MIDDLE) & not_low[:, None])
    return np.asarray(against.any(axis=2))


def _half(middle: NDArray[np.float64], intervals: ArrayLike) -> NDArray[np.float64]:
    """Half the width (n, 2) of intervals that may be cut at one end."""
    return np.asarray(np.abs(np.asarray(intervals, float) - middle[..., None]).max(axis=-1))
