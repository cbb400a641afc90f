"""Songs of similar mood: by tracks, by a section of one, by a mood profile, or along a path from one mood to another.

Two likenesses are blended with a weight the user sees: of sound (cosine of standardised track embeddings) and of mood
(cosine of standardised mood log-odds). Each is turned into a percentile among the tracks first, so that a weight of
one half means half. The list is then thinned for variety by maximal marginal relevance (Carbonell and Goldstein 1998,
The use of MMR, SIGIR) with at most so many tracks an artist.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from mer_core.errors import DatasetError
from mer_core.moods import coordinates
from mer_core.recommend.catalogue import Catalogue, Floats, unit_rows
from mer_core.recommend.place import place_likeness

NOT_QUANTILE = 0.8
"""A mood that is "not" wanted removes the fifth of the tracks that have most of it."""
PLACE_WEIGHT = 0.25
"""Of measured valence and arousal beside the moods, which hold them as evidence already."""
NAMED_WEIGHT = 0.5
"""The same where a person names a place."""
PER_ARTIST = 2
"""Tracks an artist at most, unless a person says otherwise."""


class Described(NamedTuple):
    """What a description asks for (see `describe`): how well each track fits it, (n_tracks,) in [-1, 1], and the moods
    it names, (n_moods,) with weights in [-1, 1]."""

    likeness: Floats
    moods: Floats


@dataclass(frozen=True)
class Query:
    """What is wanted. Only what is given counts; at least one of `sound`, `mood` must be given.

    sound, mood: (k, dim) rows of length 1 and (k, n_moods) standard deviations above the mean of the same k tracks
    (`Catalogue.sound_of`
        and `mood_of`, or rows of `Catalogue.sound` and `mood`), with a weight each in `weights` (+1 like this, -1
        unlike this).
    wishes: (n_moods,) wanted standard deviations above the mean (0: no wish), see `mood_profile`; added to the mood of
    the tracks.
    place: (2,) wanted valence and arousal, NaN where one does not matter: that of the tracks asked by, or, with
    `place_named`, one that was named. Where the catalogue measures the two, the nearer track is the more alike in mood.
    described: what a description asks for; it counts as much as the moods of tracks and wishes together.
    unwanted: moods that must not stand out. excluded: track ids that must not appear. not_music: whether tracks
    that are not music to the model may.
    by_label: the moods wished for by name, above 0 more and below 0 less of: where people labelled a track, their word
    comes before the model's.
    least_fit: the list ends before the score falls below this, from 0 to 1 (0.9: among the best tenth).
    mood_weight: 0 (sound alone) to 1 (mood alone). variety: 0 (best first) to 1 (as different as can be).
    """

    sound: Floats | None = None
    mood: Floats | None = None
    weights: Sequence[float] = (1.0,)
    wishes: Floats | None = None
    by_label: Mapping[str, float] = field(default_factory=dict)
    place: Floats | None = None
    place_named: bool = False
    described: Described | None = None
    unwanted: Sequence[str] = ()
    excluded: Sequence[str] = ()
    mood_weight: float = 0.5
    variety: float = 0.0
    per_artist: int = PER_ARTIST
    least_fit: float = 0.0
    not_music: bool = False

    @property
    def liked(self) -> Floats | None:
        """The mean mood (n_moods,) of the tracks to be like; None without any."""
        plus = np.asarray(self.weights) > 0
        return None if self.mood is None or not plus.any() else np.atleast_2d(self.mood)[plus].mean(axis=0)


def wishes_of(more: Sequence[str], less: Sequence[str]) -> dict[str, float]:
    """Wishes for `mood_profile` from moods to have more and less of. Raises DatasetError for a mood that is in both."""
    if both := sorted(set(more) & set(less)):
        raise DatasetError(
            f"more and less of the mood {both[0]!r} are asked for at once; take it back from one of the two"
        )
    return {**dict.fromkeys(more, 1.0), **dict.fromkeys(less, -1.0)}


def check_seeds(like: Sequence[str], unlike: Sequence[str], name: Callable[[str], str] = repr) -> None:
    """Raises DatasetError for a track that is in both, called what `name` makes of its key."""
    if both := [track for track in like if track in set(unlike)]:
        raise DatasetError(
            f"tracks like {name(both[0])} and unlike it are asked for at once; take it back from one of the two"
        )


def usual_per_artist(catalogue: Catalogue) -> int:
    """Tracks an artist at most where nobody says: PER_ARTIST, but any number where all are by one, for then there are
    no others to make room for."""
    return PER_ARTIST if catalogue.several_artists else len(catalogue.tracks)


def why_fewer(catalogue: Catalogue, query: Query, found: int, wanted: int, limit: str) -> str | None:
    """Why `rank` found fewer tracks than were wanted, None where it did not; `limit` is what to call that of tracks an
    artist."""
    if found >= wanted:
        return None
    if query.least_fit:
        return f"Only {found} of {wanted} tracks: what comes next fits less than {query.least_fit:g}."
    others = len(np.unique(catalogue.recordings[allowed_tracks(catalogue, query)])) > found
    return (
        f"Only {found} of {wanted} tracks: "
        f"{f'{limit} allows no more' if others else 'no others are left to choose from'}."
    )


def mood_profile(
    catalogue: Catalogue,
    wishes: Mapping[str, float],
    valence: float | None = None,
    arousal: float | None = None,
    strength: float = 2.0,
) -> Floats:
    """A wanted mood vector (n_moods,) from sliders.

    wishes: -1 (less of) to 1 (more of) by mood. valence, arousal: a wanted place in [-1, 1]; each mood is then wished
    for as far as it lies in that direction from the middle, unless the catalogue measures the two: then the place is a
    wish of its own (`Query.place`). `strength` is how many standard deviations a full slider
    asks for.

    Raises DatasetError for a mood the catalogue does not know.
    """
    _check_moods(catalogue, wishes)
    profile = np.array([wishes.get(mood, 0.0) for mood in catalogue.moods], dtype=float)
    if catalogue.plane is None and (valence is not None or arousal is not None):
        wanted = np.array([valence or 0.0, arousal or 0.0])
        profile = profile + np.nan_to_num(coordinates(catalogue.moods)) @ wanted
    return strength * profile


def rank(catalogue: Catalogue, query: Query, n: int = 20) -> pd.DataFrame:
    """The `n` best tracks, best first: the columns of `catalogue.tracks` and row, score, sound_similarity,
    mood_similarity.

    Similarities are cosines in [-1, 1] (NaN where not asked for); score is the blended percentile in [0, 1].

    Raises DatasetError when the query asks for nothing or nothing is left to choose from.
    """
    sound, mood = _similarities(catalogue, query)
    allowed = allowed_tracks(catalogue, query)
    if not allowed.any():
        noise = (
            f" and the {catalogue.not_music.sum()} that are not music"
            if catalogue.not_music.any() and not query.not_music
            else ""
        )
        raise DatasetError(
            f"no track is left after the exclusions{noise}; allow more artists, or take back some unwanted moods"
        )
    score = _blend(sound, mood, query.mood_weight)
    if query.by_label and catalogue.labels is not None:
        score = _percentile(
            2 * catalogue.agreement(query.by_label) + score
        )  # score is within 1: people's word is first
    chosen = _varied(catalogue, score, allowed, query, n)
    chosen = list(takewhile(lambda row: score[row] >= query.least_fit, chosen))
    table = catalogue.tracks.iloc[chosen].reset_index(drop=True)
    return table.assign(
        row=chosen,
        also_as=[catalogue.also_as[row] for row in chosen],
        score=score[chosen],
        sound_similarity=np.nan if sound is None else sound[chosen],
        mood_similarity=np.nan if mood is None else mood[chosen],
    )


def allowed_tracks(catalogue: Catalogue, query: Query) -> NDArray[np.bool_]:
    """The tracks (n_tracks,) that the exclusions of `query` leave. Raises DatasetError for an unwanted mood the
    catalogue does not know."""
    _check_moods(catalogue, query.unwanted)
    allowed = ~catalogue.tracks["track_id"].isin(list(query.excluded)).to_numpy()
    allowed &= ~np.isin(catalogue.recordings, catalogue.recordings[~allowed])  # nor the same song in another coding
    allowed &= query.not_music | ~catalogue.not_music
    for mood in query.unwanted:
        column = catalogue.probabilities[:, catalogue.moods.index(mood)]
        limit = np.quantile(column, NOT_QUANTILE)
        allowed &= (column < limit) | (column <= column.min())
    return allowed


def _similarities(catalogue: Catalogue, query: Query) -> tuple[Floats | None, Floats | None]:
    weights = np.asarray(query.weights, dtype=float)
    wanted = np.zeros(len(catalogue.moods)) if query.wishes is None else query.wishes
    place = None if catalogue.plane is None else query.place
    only_away = not ((weights > 0).any() or np.any(wanted) or query.described is not None or place is not None)
    if (query.sound is not None or query.mood is not None) and only_away:
        raise DatasetError(
            "only what to stay away from is asked for; choose a track to be like as well, or a mood to have more of"
        )
    sound = mood = None
    if query.sound is not None:
        sound = catalogue.sound @ unit_rows(weights[None] @ query.sound)[0]
    if query.mood is not None:
        wanted = wanted + weights @ np.atleast_2d(query.mood) / max(np.sum(weights > 0), 1)
    if np.any(wanted):
        mood = unit_rows(catalogue.mood) @ unit_rows(wanted[None])[0]
    if query.described is not None:
        mood = query.described.likeness if mood is None else (mood + query.described.likeness) / 2
    if place is not None and catalogue.plane is not None:
        near = place_likeness(catalogue.plane, place)
        weight = NAMED_WEIGHT if query.place_named else PLACE_WEIGHT
        mood = near if mood is None else (1 - weight) * mood + weight * near
    if sound is None and mood is None:
        raise DatasetError("nothing is asked for; choose a track, or move a mood's slider")
    return sound, mood


def _check_moods(catalogue: Catalogue, moods: Iterable[str]) -> None:
    if unknown := sorted(set(moods) - set(catalogue.moods)):
        raise DatasetError(f"mood {unknown[0]!r} is not known here; choose among {', '.join(catalogue.moods)}")


def _blend(sound: Floats | None, mood: Floats | None, mood_weight: float) -> Floats:
    if sound is None or mood is None:
        only = mood if sound is None else sound
        assert only is not None  # _similarities gives at least one
        return _percentile(only)
    return (1 - mood_weight) * _percentile(sound) + mood_weight * _percentile(mood)


def _varied(catalogue: Catalogue, score: Floats, allowed: NDArray[np.bool_], query: Query, n: int) -> list[int]:
    """Rows by maximal marginal relevance among the best 20·n allowed ones."""
    order = np.flatnonzero(allowed)
    order = order[np.argsort(-score[order], kind="stable")]
    artists = catalogue.makers
    chosen: list[int] = []
    pool, likeness = order[: 20 * n], np.zeros(min(len(order), 20 * n))
    counts: dict[str, int] = {}
    while len(chosen) < n and len(pool):
        best = int(np.argmax((1 - query.variety) * score[pool] - query.variety * likeness))
        row = int(pool[best])
        chosen.append(row)
        counts[artists[row]] = counts.get(artists[row], 0) + 1
        likeness = np.maximum(likeness, catalogue.sound[pool] @ catalogue.sound[row])
        free = (artists[pool] != artists[row]) | (counts[artists[row]] < query.per_artist)
        keep = free & (catalogue.recordings[pool] != catalogue.recordings[row])
        pool, likeness = pool[keep], likeness[keep]
    return chosen


def _percentile(values: Floats) -> Floats:
    return np.asarray(rankdata(values)) / len(values)
