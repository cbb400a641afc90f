"""Kept predictions as the arrays of MediaEval's task on emotions and themes in music, which its script judges: rows in
the order of a split's TSV, columns in that of the list of tags."""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.layout import find_files
from mer_core.datasets.mtg_jamendo.tsv import read_tracks
from mer_core.errors import DatasetError, Remedy
from mer_core.inference.stored import PredictedMoods
from mer_core.io.files import write_bytes
from mer_core.workspace.layout import Workspace


class SplitArrays(NamedTuple):
    """`scores` in [0, 1], `decisions` and `groundtruth`, (n_tracks, n_moods) float32, bool and bool; row i is the track
    `track_ids[i]`, column j the mood `moods[j]`."""

    track_ids: tuple[str, ...]
    moods: tuple[str, ...]
    scores: np.ndarray
    decisions: np.ndarray
    groundtruth: np.ndarray


def split_arrays(workspace: Workspace, predicted: PredictedMoods, part: str = "test", split: int = 0) -> SplitArrays:
    """What `predicted` says of the tracks of `part` ("train", "validation", "test") of a split of the workspace's
    dataset, of the moods that its splits have.

    Raises DatasetError when the dataset has no such part, or a track of it or a mood was not predicted.
    """
    files = find_files(workspace.dataset_dir, split)
    if part not in files.splits:
        raise DatasetError(
            f"the dataset in {workspace.dataset_dir} has no {part} part of a split {split}; training makes a split "
            f"where there is none",
            remedy=Remedy("train_classifier", workspace.root, _encoder(workspace)),
        )
    track_ids = tuple(row.track_id for row in read_tracks(files.splits[part])[0])
    dataset = Dataset.load(workspace.dataset_dir, split)
    moods = dataset.split_moods or dataset.moods
    embed = Remedy("build_embeddings", workspace.root, _encoder(workspace))
    rows = _places(track_ids, predicted.track_ids, f"tracks of the {part} part have no embedding:", embed)
    train = Remedy("train_classifier", workspace.root, _encoder(workspace))
    unknown = f"the model {predicted.model_name!r} does not know moods of the dataset:"
    columns = _places(moods, predicted.moods, unknown, train)
    place = {track_id: row for row, track_id in enumerate(dataset.tracks["track_id"])}
    labels = dataset.labels[[place[track_id] for track_id in track_ids]][:, [dataset.moods.index(m) for m in moods]]
    return SplitArrays(
        track_ids, moods, predicted.probabilities[rows][:, columns], predicted.decided[rows][:, columns], labels
    )


def save_array(path: Path, array: np.ndarray) -> None:
    """Write a matrix as .npy, whole or not at all."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    write_bytes(path, buffer.getvalue())


def _places(wanted: tuple[str, ...], there: tuple[str, ...], sentence: str, remedy: Remedy) -> list[int]:
    """Where each of `wanted` stands among `there`."""
    place = {name: number for number, name in enumerate(there)}
    if missing := [name for name in wanted if name not in place]:
        raise DatasetError(f"{sentence} {len(missing)} of {len(wanted)}, such as {missing[0]}", remedy=remedy)
    return [place[name] for name in wanted]


def _encoder(workspace: Workspace) -> str | None:
    return next(iter(workspace.encoders()), None)
