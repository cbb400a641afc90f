"""A split of a workspace's own, for a dataset that comes without: train, validation and test as 3 : 1 : 1.

Tracks of one artist (where unknown: of one album) and tracks with the same audio stay in one part; with fewer artists
than parts, albums do, and with fewer albums, tracks with the same audio alone. Among random deals the one is taken
whose parts have the most alike shares of each mood. It is kept as MTG-Jamendo keeps its own, in
`dataset/splits/split-N`, with `own.json` that says how it was made.
"""

from pathlib import Path
from typing import Any

import numpy as np

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.groups import joined, recordings, track_groups
from mer_core.datasets.mtg_jamendo.layout import OWN, PARTS, find_files
from mer_core.datasets.mtg_jamendo.tsv import COLUMNS
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.files import LARGEST_TEXT, SCHEMA_VERSION, read_json, read_regular, write_bytes, write_json
from mer_core.training.folds import deal_groups

SHARES = ("train", "train", "train", "validation", "test")
"""The part of each of the five folds that are dealt."""
FEWEST = 15
"""Labelled tracks below which no split is made."""
FEW = 5
"""Positives of a mood below which it is named as having too few."""


def parts_of(dataset: Dataset, seed: int = 0) -> np.ndarray:
    """(n_tracks,) str: the part of each track, "" for one without labels.

    Raises DatasetError with fewer than FEWEST labelled tracks.
    """
    return _dealt(dataset, seed)[1]


def _dealt(dataset: Dataset, seed: int = 0) -> tuple[str, np.ndarray]:
    """By what the tracks are dealt, and `parts_of`."""
    labelled = dataset.labels.any(axis=1)
    if labelled.sum() < FEWEST:
        raise DatasetError(
            f"{dataset.name} has {labelled.sum()} labelled tracks, too few for a train, a validation and a test part; "
            f"label at least {FEWEST}"
        )
    chosen = dataset.subset(np.flatnonzero(labelled))
    together, groups = _kept_together(chosen)
    parts = np.full(len(dataset), "", dtype=object)
    parts[labelled] = np.array(SHARES, dtype=object)[deal_groups(chosen.labels, groups, len(SHARES), seed)]
    return together, parts.astype(str)


def ensure_split(folder: Path, split: int = 0) -> dict[str, Any] | None:
    """Make split number `split` of the dataset in `folder` where it comes without splits.

    Returns how it was made ("grouped_by", "seed", "few"), also if that was earlier; None where the dataset has splits
    of its own.
    """
    split_folder = folder / "splits" / f"split-{split}"
    if not _has_own_splits(folder):
        return None
    if not split_folder.is_dir():
        _make(folder, split_folder, split)
    try:
        return read_json(split_folder / OWN)
    except ArtifactError as error:
        raise DatasetError(f"{split_folder} is damaged ({error}); delete it, and training makes it again") from error


def _kept_together(dataset: Dataset) -> tuple[str, np.ndarray]:
    """By what tracks are dealt, and (n_tracks,) int: a number for each group that stays in one part: the widest
    groups of which there are enough to deal."""
    tracks = dataset.tracks
    same = recordings(tracks)
    ways = {
        "artist or album": track_groups(tracks),
        "album": joined(tracks["album_id"].to_numpy(dtype=str), same),
        "identical audio": joined(same),
    }
    for name, groups in ways.items():
        if len(np.unique(groups)) >= len(SHARES):
            return name, groups
    return "track", np.arange(len(dataset))


def training_plan(dataset: Dataset, folder: Path | None = None) -> str:
    """What training will do with the dataset (in `folder`), in a sentence."""
    if (dataset.tracks["split"] != "").any():
        own = folder is not None and (folder / "splits").is_dir() and _has_own_splits(folder)
        return f"by the split that {'an earlier training made' if own else 'the dataset brings'}, or in folds"
    try:
        together, parts = _dealt(dataset)
    except DatasetError as error:
        return f"not yet: {error}"
    few = ", ".join(f"{mood} ({count})" for mood, count in few_positives(dataset, parts).items())
    counts = ", ".join(f"{(parts == part).sum()} {part}" for part in PARTS)
    return (
        f"by a split of its own, made when training starts ({counts} tracks, dealt by {together}), "
        f"or in folds without one" + (f"; too few positives: {few}" if few else "")
    )


def few_positives(dataset: Dataset, parts: np.ndarray) -> dict[str, int]:
    """Moods with fewer than FEW positives in train, or none in validation or test, with how many they have in all."""
    counts = {part: dataset.labels[parts == part].sum(axis=0) for part in PARTS}
    few = (counts["train"] < FEW) | (counts["validation"] < 1) | (counts["test"] < 1)
    return {dataset.moods[column]: int(dataset.labels[:, column].sum()) for column in np.flatnonzero(few)}


def _has_own_splits(folder: Path) -> bool:
    """Whether all splits of the dataset are of this kind, as where there is none."""
    return all((path / OWN).is_file() for path in (folder / "splits").glob("split-*") if path.is_dir())


def _make(folder: Path, split_folder: Path, split: int) -> None:
    files = find_files(folder, _other_split(folder))
    dataset = Dataset.load(folder, _other_split(folder))
    together, parts = _dealt(dataset, seed=split)
    part_of = dict(zip(dataset.tracks["track_id"], parts, strict=True))
    header, *lines = read_regular(files.tracks, LARGEST_TEXT).decode("utf-8-sig").splitlines()
    column = header.split("\t").index(COLUMNS[0])
    for part in PARTS:
        chosen = [line for line in lines if line.strip() and part_of.get(line.split("\t")[column]) == part]
        write_bytes(split_folder / f"{files.tracks.stem}-{part}.tsv", "\n".join([header, *chosen, ""]).encode())
    origin = {"grouped_by": together, "seed": split}
    write_json(split_folder / OWN, {"schema_version": SCHEMA_VERSION, **origin, "few": few_positives(dataset, parts)})


def _other_split(folder: Path) -> int:
    """A split that is there already, for reading the dataset while another is made."""
    numbers = [int(path.name.removeprefix("split-")) for path in (folder / "splits").glob("split-[0-9]*")]
    return min(numbers, default=0)
