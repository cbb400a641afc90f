"""The same song in several files: copies in other codings, which must not be recommended for one another.

Two tracks are taken for one recording when their lengths agree to LENGTHS and their embeddings nearly coincide.
Measured with MusiCNN: copies of 9 songs in 8 lossy codings have a cosine of .987 (AAC, 96 kbit/s) to .9998 with the
song; of all pairs of 138 pieces by one composer the highest is .983, of 356 songs .976. Two lossless files of one
recording have the same samples, so that of them the same embedding is asked for.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from mer_core.embeddings.nearest import nearest
from mer_core.io.spans import file_of

LENGTHS = 0.25
"""Seconds by which the lengths of one recording in two codings may differ (coders pad by up to 0.1 s)."""
LEAST_COSINE = 0.985
"""Of track embeddings as they come, where few tracks have the length."""
MANY = 100
"""Tracks of one length from which it says little, as of excerpts of 30 s, and only CLOSE_COSINE is believed."""
CLOSE_COSINE = 0.998
SAME_SOUND = 0.99999
"""Of two lossless files; rounding alone leaves more than this."""
LOSSLESS = frozenset(
    (".flac", ".wav", ".wave", ".w64", ".aif", ".aiff", ".aifc", ".au", ".wv", ".ape", ".tta", ".tak", ".dsf")
)
"""Endings of files that keep every sample."""
MOST_ALIKE = 500
"""Tracks of one length beyond which none are compared."""


def recordings(
    embeddings: NDArray[np.floating], durations: NDArray[np.floating], paths: Iterable[str] | None = None
) -> NDArray[np.intp]:
    """(n_tracks,): a number for each recording. embeddings: (n_tracks, dim); durations: (n_tracks,) in seconds, NaN
    where not known (such a track is alone); paths: (n_tracks,), by whose endings lossless files are known."""
    n = len(durations)
    order = np.argsort(durations, kind="stable")
    sorted_durations = np.asarray(durations, dtype=np.float64)[order]
    unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-12)
    ends = np.searchsorted(sorted_durations, sorted_durations + LENGTHS, side="right")
    crowds = ends - np.searchsorted(sorted_durations, sorted_durations - LENGTHS, side="left")
    left, right = [], []
    for at, (end, crowd) in enumerate(zip(ends, crowds, strict=True)):
        if at + 1 < end and crowd <= MOST_ALIKE and np.isfinite(sorted_durations[at]):
            others = order[at + 1 : end]
            same = others[unit[others] @ unit[order[at]] >= _least_cosine(crowd)]
            left += [order[at]] * len(same)
            right += list(same)
    graph = coo_matrix((np.ones(len(left)), (left, right)), shape=(n, n))
    numbers = np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)
    if paths is None:
        return numbers
    lossless = np.fromiter((file_of(path).suffix.lower() in LOSSLESS for path in paths), dtype=bool, count=n)
    return _parted(numbers, unit, lossless)


def _parted(numbers: NDArray[np.intp], unit: NDArray[np.floating], lossless: NDArray[np.bool_]) -> NDArray[np.intp]:
    """`numbers` (n,) with recordings parted that hold several lossless files of other sound: each track goes to the
    lossless one that it is most like. unit: (n, dim), rows of length 1."""
    parted, free = numbers.copy(), len(numbers)
    held, counts = np.unique(numbers[lossless], return_counts=True)
    for number in held[counts > 1]:
        rows = np.flatnonzero(numbers == number)
        originals = rows[lossless[rows]]
        same = coo_matrix(unit[originals] @ unit[originals].T >= SAME_SOUND)
        count, sounds = connected_components(same, directed=False)
        parted[rows] = free + sounds[np.argmax(unit[rows] @ unit[originals].T, axis=1)]
        free += count
    return parted


def also_as(tracks: pd.DataFrame, numbers: NDArray[np.intp]) -> list[str]:
    """For each track (column path): the kinds of the other files of its recording, "FLAC, OGG", "" where there are
    none, or paths are not given."""
    if "path" not in tracks:
        return [""] * len(tracks)
    kinds = [file_of(path).suffix.removeprefix(".").upper() for path in tracks["path"]]
    members: dict[int, list[int]] = {}
    for row, number in enumerate(numbers):
        members.setdefault(int(number), []).append(row)
    return [
        ", ".join(dict.fromkeys(kinds[other] for other in members[int(number)] if other != row))
        for row, number in enumerate(numbers)
    ]


def nearest_recordings(
    query: NDArray[np.floating],
    X: NDArray[np.floating],
    k: int,
    numbers: NDArray[np.intp],
    exclude: NDArray[np.intp] | list[int] | None = None,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The k recordings most like one embedding: rows of X (n, dim) and cosines, both (k,), most similar first.

    query: (dim,). numbers: (n,) as `recordings` gives; of each the most similar row stands for all. exclude: rows that
    are never returned, nor any other of their recordings. Fewer than k where there are fewer.
    """
    left_out = np.flatnonzero(np.isin(numbers, numbers[np.asarray([] if exclude is None else exclude, dtype=np.intp)]))
    copies = len(numbers) - len(np.unique(numbers))
    rows, similarities = nearest(query[None], X, k + copies, exclude=left_out)
    firsts = np.sort(np.unique(numbers[rows[0]], return_index=True)[1])[:k]
    return rows[0][firsts], similarities[0][firsts]


def same_recording(
    embedding: NDArray[np.floating], duration: float, X: NDArray[np.floating], durations: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """(n,): the tracks that are one recording with a piece of this embedding (dim,) and duration in seconds; see
    `recordings` for the rule."""
    alike = np.abs(np.asarray(durations, dtype=float) - duration) <= LENGTHS
    found = np.zeros(len(X), dtype=bool)
    near = np.flatnonzero(alike)
    lengths = np.linalg.norm(X[near], axis=1) * np.linalg.norm(embedding)
    found[near] = X[near] @ embedding >= _least_cosine(len(near)) * np.maximum(lengths, 1e-12)
    return found


def _least_cosine(of_the_length: int) -> float:
    return LEAST_COSINE if of_the_length <= MANY else CLOSE_COSINE


def with_copies(words: str, kinds: str) -> str:
    """`words` about a track, and the kinds of the other files of its recording where there are any."""
    return f"{words.removesuffix('.')}; also as {kinds}" if kinds else words
