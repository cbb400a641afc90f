"""Measure the tracks of a workspace: a minute of each, after its introduction, on every core."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mer_core.audio.container import Source
from mer_core.audio.decode import iter_blocks
from mer_core.errors import MerError
from mer_core.music.tempo_key import RATE, TempoKey, measure

SKIPPED, HEARD = 30.0, 60.0
"""Seconds that are left out at the beginning, and seconds that are measured after them; a shorter track is measured
from its end."""


class MeasuredTrack(NamedTuple):
    """What became of a track: what was measured, or why it could not be."""

    track_id: str
    found: TempoKey | None
    error: str = ""


def excerpt(source: Source) -> np.ndarray:
    """(n_samples,) at RATE: seconds SKIPPED to SKIPPED + HEARD of an audio file, its last HEARD seconds where it ends
    before that. Raises AudioError."""
    blocks: list[np.ndarray] = []
    for block in iter_blocks(source, RATE, block_seconds=SKIPPED):
        blocks.append(block)
        if sum(map(len, blocks)) >= (SKIPPED + HEARD) * RATE:
            break
    return np.concatenate(blocks)[-int(HEARD * RATE) :] if blocks else np.zeros(0, np.float32)


def measure_file(track_id: str, path: Path) -> MeasuredTrack:
    """What is measured of one file; whatever it raises is its result."""
    try:
        return MeasuredTrack(track_id, measure(excerpt(path)))
    except MerError as error:
        return MeasuredTrack(track_id, None, str(error))
    except Exception as error:
        return MeasuredTrack(track_id, None, f"{path} could not be measured ({type(error).__name__}: {error})")


def measure_all(files: Sequence[tuple[str, Path]], workers: int | None = None) -> Iterator[MeasuredTrack]:
    """Measure (track id, audio file) pairs, each on one core, in the order in which they are done."""
    workers = min(workers or os.cpu_count() or 1, max(len(files), 1))
    if workers == 1:
        yield from (measure_file(*file) for file in files)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(measure_file, *file) for file in files]):
            yield done.result()
