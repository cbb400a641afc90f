"""What the starter decides about the rated songs, beside what people heard in them, and how that is printed."""

from typing import Any

import numpy as np
import pandas as pd

from mer_core.cli.common import Result
from mer_core.inference.headline import NO_FEELING, OnPlane, headline
from mer_core.model.decision import MOST_OFTEN
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import DIMENSIONS
from mer_core.moods import MIDDLE, coordinates, kind_of
from mer_core.training.starter.release import Crowd
from mer_core.training.starter.valence_arousal import RatedSongs

CLEAR_SHARE = 2 / 3
"""Of the rated songs: those furthest from the middle of valence (arousal) count as being on a side of it."""


def on_rated_songs(model: Model, songs: RatedSongs, held_out: np.ndarray) -> Result:
    """What `model` decides for the rated songs.

    What rules moods out and names the nearest sees valence and arousal `held_out` (n_songs, 2), of a map that has not
    heard the song's artist. Keys: decided_share {mood}, without_feeling, without_headline, between (headlines that name
    two), against {valence, arousal}: of the decisions of moods with a side, for songs on a side, those on the other.
    """
    assert model.plane is not None
    crowd = Crowd.of(model, songs.embedding, places=held_out)
    decisions = crowd.decisions(model)
    intervals = model.plane.intervals(held_out, np.zeros(len(held_out)))
    lines = _headlines(model, crowd, held_out, intervals)
    return {
        "decided_share": dict(zip(model.moods, map(float, crowd.rates(model)), strict=True)),
        "without_feeling": crowd.without_feeling(model),
        "without_headline": float(np.mean([line == NO_FEELING for line in lines])),
        "between": float(np.mean([line.startswith("between") for line in lines])),
        "against": {
            name: _against(decisions, songs.places()[:, side], coordinates(model.moods)[:, side])
            for side, name in enumerate(DIMENSIONS)
        },
    }


def _against(decisions: np.ndarray, heard: np.ndarray, stand: np.ndarray) -> float:
    clear = np.abs(heard) > np.quantile(np.abs(heard), 1 - CLEAR_SHARE)
    sided = np.abs(stand) > MIDDLE
    chosen = decisions[np.ix_(clear, sided)]
    wrong = np.sign(heard[clear])[:, None] != np.sign(stand[sided])
    return float((chosen & wrong).sum() / max(chosen.sum(), 1))


def _headlines(model: Model, crowd: Crowd, places: np.ndarray, intervals: np.ndarray) -> list[str]:
    fixed: dict[str, Any] = {
        "kind": [kind_of(mood) for mood in model.moods],
        "allowed": model.allowed,
        "measured": model.trust.get("measured", True),
    }
    columns = ("probability", "percentile", "decided", "contradicted", "distance")
    tables = (crowd.P, model.percentiles(crowd.P), crowd.decisions(model), crowd.contradicted, crowd.distance)
    rows = zip(*tables, strict=True)
    return [
        headline(
            pd.DataFrame({**fixed, **dict(zip(columns, row, strict=True))}, index=pd.Index(model.moods)),
            OnPlane(tuple(place), (tuple(ends[0]), tuple(ends[1]))),
        )
        for row, place, ends in zip(rows, places, intervals, strict=True)
    ]


def rates_table(result: Result) -> list[str]:
    """How often each mood is decided, on the training clips and the rated songs, beside its share of MTG-Jamendo; the
    highest rate first. Above MOST_OFTEN shares is too often."""
    clips, songs = result["decided_share"], result["rated_songs"]["decided_share"]
    lines = [f"{'mood':14s}{'share':>8s}{'clips':>8s}{'× share':>9s}{'rated':>8s}{'× share':>9s}"]
    for mood in sorted(songs, key=lambda mood: -songs[mood]):
        share = result["share"][mood]
        rates = "".join(f"{rate:8.1%}{rate / share:9.2f}" for rate in (clips[mood], songs[mood]))
        lines.append(f"{mood:14s}{share:8.1%}{rates}")
    over = [mood for mood in songs if max(songs[mood], clips[mood]) > MOST_OFTEN * result["share"][mood]]
    return [*lines, f"decided more than {MOST_OFTEN:g} times their share: {', '.join(over) or 'none'}"]


def rated_lines(result: Result) -> list[str]:
    """The rated songs in words."""
    rated = result["rated_songs"]
    against = ", ".join(f"{name} {rated['against'][name]:.1%}" for name in DIMENSIONS)
    return [
        f"rated songs, their artists left out of the map: without a feeling {rated['without_feeling']:.1%}, without a "
        f"headline {rated['without_headline']:.1%}, between two feelings {rated['between']:.1%}",
        f"decisions against what people heard (songs not in the middle third): {against}",
    ]
