"""Why a track was recommended: the moods it shares with what was asked for, and the sections that sound most alike."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.errors import DatasetError
from mer_core.recommend.catalogue import Catalogue, Floats
from mer_core.recommend.place import compared
from mer_core.recommend.rank import Query

STANDS_OUT = 0.5
"""A mood counts for a reason when both sides stand this many standard deviations above the catalogue's mean."""
CLEARLY_MORE = 1.0
"""A track is called more of a mood from this many standard deviations above what was asked by."""
ALIKE = 0.3
"""Tracks are called alike in sound from this cosine of their standardised embeddings; that of unrelated ones lies about
0."""
SECTION_SECONDS = 9.0


class Seed(NamedTuple):
    """What is asked by, whole or cut: frame embeddings (n_frames, dim), and the second of the track at which they
    begin."""

    frames: Floats
    start: float = 0.0


def cut(frames: Floats, first: float, last: float, hop_seconds: float) -> Seed:
    """The frames that begin from second `first` to second `last` of a track's (n_frames, dim); where none does, the one
    that holds `first`.

    Raises DatasetError when the section does not end after it begins, or the track ends before it.
    """
    if last <= first:
        raise DatasetError(f"a section from second {first:g} to {last:g} holds nothing; let it end after it begins")
    if first >= len(frames) * hop_seconds:
        raise DatasetError(f"the track ends before second {first:g}; choose an earlier section")
    begin, end = math.ceil(first / hop_seconds), round(last / hop_seconds)
    if begin < min(end, len(frames)):
        return Seed(frames[begin:end], begin * hop_seconds)
    return Seed(frames[[int(first / hop_seconds)]], first)


class Sections(NamedTuple):
    """The most similar pair of sections: where each starts (seconds) and how alike they are (cosine in [-1, 1])."""

    query_start: float
    track_start: float
    similarity: float


def shared_moods(catalogue: Catalogue, row: int, wanted: Floats, sign: int = 1, most: int = 3) -> list[str]:
    """The moods that stand out both in `wanted` (n_moods,) and in the track at `row`, strongest first; sign -1: that
    the track has little of.

    Only moods at which the model is better than chance, and that the track's valence and arousal allow.
    """
    may = catalogue.reliable if sign < 0 else _sayable(catalogue, row)
    strength = np.where(may, np.minimum(wanted, sign * catalogue.mood[row]), -np.inf)
    order = np.argsort(-strength)[:most]
    return [catalogue.moods[index] for index in order if strength[index] >= STANDS_OUT]


def closest_sections(seed: Seed, track_frames: Floats, hop_seconds: float) -> Sections:
    """The pair of sections of about nine seconds that sound most alike, one within `seed`.

    seed, track_frames: frame embeddings (n_frames, dim) of the same encoder, each with at least one frame.
    """
    width = max(1, round(SECTION_SECONDS / hop_seconds))
    centre = (seed.frames.mean(axis=0) + track_frames.mean(axis=0)) / 2
    left, right = _sections(seed.frames - centre, width), _sections(track_frames - centre, width)
    likeness = left @ right.T
    query, track = np.unravel_index(np.argmax(likeness), likeness.shape)
    return Sections(
        seed.start + float(query * hop_seconds),
        float(track * hop_seconds),
        float(np.clip(likeness[query, track], -1, 1)),
    )


def sentence(catalogue: Catalogue, query: Query, found: pd.Series, sections: Sections | None, music: str = "") -> str:
    """Why the track `found` (a row of `recommend.rank`) answers `query`, in whole sentences: "Both are relaxing and
    dream. The closest sections begin at 1:20 and 0:45."

    music: what else is to be said of it, as how its tempo compares. Says only what holds of both sides, and whether
    people or the model said it; where nothing stands out, that.
    """
    row = int(found["row"])
    parts = [*_shared(catalogue, query, row), *_wished(catalogue, query, row), *_placed(catalogue, query, row)]
    if music:
        parts.append(music)
    if sections:
        parts.append(f"The closest sections begin at {clock(sections.query_start)} and {clock(sections.track_start)}.")
    if not parts and found["sound_similarity"] >= ALIKE:
        parts.append("It is alike in sound.")
    return " ".join(parts) or "It is the nearest there is, though nothing of what was asked for stands out."


def _shared(catalogue: Catalogue, query: Query, row: int) -> list[str]:
    """What the track has in common with the tracks asked by, and the mood it has clearly more of."""
    if query.liked is None:
        return []
    both = [mood for mood in shared_moods(catalogue, row, query.liked) if mood not in query.unwanted]
    parts = [f"Both are {_listed(both)}."] if both else []
    own = catalogue.mood[row]
    further = np.where(_sayable(catalogue, row) & (own >= STANDS_OUT), own - query.liked, -np.inf)
    most = int(np.argmax(further))
    if further[most] >= CLEARLY_MORE and catalogue.moods[most] not in both:
        much = "much" if further[most] >= 2 * CLEARLY_MORE else "a little"
        parts.append(f"This one is {much} more {catalogue.moods[most]}.")
    return parts


def _wished(catalogue: Catalogue, query: Query, row: int) -> list[str]:
    """What of the moods asked for the track has, and who says so."""
    named = [mood for mood, sign in query.by_label.items() if sign > 0]
    labels = None if catalogue.labels is None else catalogue.labels[row]
    said = [mood for mood in named if labels is not None and labels[catalogue.moods.index(mood)]]
    asked = query.wishes if query.described is None else query.described.moods * 2
    more, less = (shared_moods(catalogue, row, sign * asked, sign) if asked is not None else [] for sign in (1, -1))
    taken = {*said, *query.unwanted, *([] if query.liked is None else shared_moods(catalogue, row, query.liked))}
    heard = [mood for mood in more if mood not in taken]
    bounded = [mood for mood in more if mood in query.unwanted]
    parts = [f"Labelled {_listed(said)}, as asked."] if said else []
    if heard:
        parts.append(f"The model hears {_listed(heard)} in it, as asked.")
    if bounded:
        parts.append(f"It is {_listed(bounded)}, though not most of all, as asked.")
    if less:
        parts.append(f"It has little {_listed(less)}, as asked.")
    return parts


def _sayable(catalogue: Catalogue, row: int) -> NDArray[np.bool_]:
    """The moods (n_moods,) that may be said of the track at `row`."""
    return catalogue.reliable if catalogue.contradicted is None else catalogue.reliable & ~catalogue.contradicted[row]


def _placed(catalogue: Catalogue, query: Query, row: int) -> list[str]:
    """How the measured valence and arousal of the track compare with those asked by."""
    if query.place is None or catalogue.plane is None:
        return []
    words = compared(catalogue.plane[row], query.place)
    if words and query.place_named:
        alike = {said.startswith("as ") for said in words}
        if len(alike) == 2:  # "as calm as asked and a little darker"
            words.sort(key=lambda said: not said.startswith("as "))
            words[0] += " as asked"
        else:
            words[-1] += " as asked" if alike == {True} else " than asked"
    return [f"It is {_listed(words)}."] if words else []


def path_sentence(position: float, start: str, end: str) -> str:
    """Why a track stands at `position` (0 to 1) of a path from the mood `start` to the mood `end`."""
    return f"{start} all the way" if start == end else f"{position:.0%} of the way from {start} to {end}"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 80 → "1:20"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _sections(frames: Floats, width: int) -> Floats:
    sums = np.cumsum(np.vstack([np.zeros((1, frames.shape[1])), frames]), axis=0)
    width = min(width, len(frames))
    rows = (sums[width:] - sums[:-width]) / width
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))
