"""Why a track was recommended: the moods it shares with what was asked for, and the sections that sound most alike."""

from typing import NamedTuple

import numpy as np

from mer_core.recommend import Catalogue, Floats

STANDS_OUT = 0.5
"""A mood counts for a reason when both sides stand this many standard deviations above the catalogue's mean."""
SECTION_SECONDS = 9.0


class Sections(NamedTuple):
    """The most similar pair of sections: where each starts (seconds) and how alike they are (cosine in [-1, 1])."""

    query_start: float
    track_start: float
    similarity: float


def shared_moods(catalogue: Catalogue, row: int, wanted: Floats, most: int = 3) -> list[str]:
    """The moods that stand out both in `wanted` (n_moods,) and in the track at `row`, strongest first."""
    strength = np.minimum(wanted, catalogue.mood[row])
    order = np.argsort(-strength)[:most]
    return [catalogue.moods[index] for index in order if strength[index] >= STANDS_OUT]


def closest_sections(query_frames: Floats, track_frames: Floats, hop_seconds: float) -> Sections:
    """The pair of sections of about nine seconds that sound most alike.

    query_frames, track_frames: frame embeddings (n_frames, dim) of the same encoder, each with at least one frame.
    """
    width = max(1, round(SECTION_SECONDS / hop_seconds))
    centre = (query_frames.mean(axis=0) + track_frames.mean(axis=0)) / 2
    left, right = _sections(query_frames - centre, width), _sections(track_frames - centre, width)
    likeness = left @ right.T
    query, track = np.unravel_index(np.argmax(likeness), likeness.shape)
    return Sections(float(query * hop_seconds), float(track * hop_seconds), float(np.clip(likeness[query, track], -1, 1)))


def sentence(moods: list[str], sections: Sections | None) -> str:
    """A reason for people: "both relaxing and dream; closest sections 1:20 and 0:45"."""
    parts = []
    if moods:
        parts.append("both " + " and ".join(filter(None, [", ".join(moods[:-1]), moods[-1]])))
    if sections:
        parts.append(f"closest sections {clock(sections.query_start)} and {clock(sections.track_start)}")
    return "; ".join(parts) or "alike in sound"


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 80 → "1:20"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _sections(frames: Floats, width: int) -> Floats:
    sums = np.cumsum(np.vstack([np.zeros((1, frames.shape[1])), frames]), axis=0)
    width = min(width, len(frames))
    rows = (sums[width:] - sums[:-width]) / width
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))
