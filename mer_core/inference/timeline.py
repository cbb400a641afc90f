"""Moods over time: one row for each few seconds of a track, and the moments that drive a mood.

A row's probabilities come from a window of about nine seconds around it, long enough to hear a mood in (listeners need
a few seconds: Bigand et al., "Multidimensional scaling of emotional responses to music", Cognition and Emotion, 2005).
Of the pooled embedding only the mean is taken from the window; the standard deviation or maximum, which a few frames
cannot show, are the whole track's.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.embeddings.pooling import STATISTICS, pooling_statistics

STEP_SECONDS = 3.0
WINDOW_SECONDS = 9.0


class Windows(NamedTuple):
    """Where each row of a timeline starts, in seconds (n_rows,), and the pooled embedding of the window around it
    (n_rows, dim_out)."""

    starts: NDArray[np.floating]
    X: NDArray[np.float32]


class Moment(NamedTuple):
    """A part of a track, from `start` to `end` in seconds, and a mood's mean probability in it."""

    start: float
    end: float
    probability: float


def windows(frames: NDArray[np.floating], pooling: str, hop_seconds: float) -> Windows:
    """Cut frame embeddings (n_frames ≥ 1, dim), `hop_seconds` apart, into rows of about STEP_SECONDS, each pooled over
    about WINDOW_SECONDS."""
    step = max(1, round(STEP_SECONDS / hop_seconds))
    width = max(step, round(WINDOW_SECONDS / hop_seconds))
    first = np.arange(0, len(frames), step)
    begin = np.clip(first + (step - width) // 2, 0, max(0, len(frames) - width))
    end = np.minimum(begin + width, len(frames))
    parts = [
        _of_windows(frames, begin, end, name) if place == 0 else _of_track(frames, name, len(first))
        for place, name in enumerate(pooling_statistics(pooling))
    ]
    return Windows(first * float(hop_seconds), np.concatenate(parts, axis=1).astype(np.float32))


def driving_moments(timeline: pd.DataFrame, mood: str, duration: float, most: int = 3) -> list[Moment]:
    """The parts of a track where `mood` is strongest, the strongest first: runs of rows whose probability is nearer to
    its maximum than to its mean over the track.

    timeline: index start in seconds, one column a mood. duration: of the track, in seconds.
    """
    values = timeline[mood].to_numpy(dtype=float)
    starts = timeline.index.to_numpy(dtype=float)
    if not len(values):
        return []
    edges = np.append(starts, max(duration, starts[-1]))
    high = values >= min(values.max(), (values.max() + values.mean()) / 2)  # rounding may lift a mean above the maximum
    borders = np.flatnonzero(np.diff(np.concatenate([[False], high, [False]]).astype(int)))
    runs = [Moment(float(edges[a]), float(edges[b]), float(values[a:b].mean())) for a, b in borders.reshape(-1, 2)]
    return sorted(runs, key=lambda run: -run.probability)[:most]


def _of_windows(
    frames: NDArray[np.floating], begin: NDArray[np.intp], end: NDArray[np.intp], statistic: str
) -> NDArray[np.floating]:
    return np.stack([STATISTICS[statistic](frames[a:b]) for a, b in zip(begin, end, strict=True)])


def _of_track(frames: NDArray[np.floating], statistic: str, rows: int) -> NDArray[np.floating]:
    return np.tile(STATISTICS[statistic](frames), (rows, 1))
