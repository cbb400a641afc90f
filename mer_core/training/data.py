"""What a classifier is trained on: the labelled tracks of a workspace's split that have embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.groups import recordings
from mer_core.embeddings.pooling import DEFAULT_POOLING
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.model.classifier import Context
from mer_core.model.published_heads import MOODTHEME_MOODS, Head
from mer_core.training.own_split import ensure_split
from mer_core.workspace.layout import Workspace

FEWEST_IN_FOLDS = 3


@dataclass(frozen=True)
class TrainingData:
    """The embedded, labelled tracks of a workspace: row i of `X` (n_tracks, n_features) and of `dataset` is the same
    track."""

    dataset: Dataset
    X: np.ndarray
    encoder: dict[str, Any]
    pooling: str
    synthetic: bool
    own_split: dict[str, Any] | None = None
    """How the split was made, where the dataset came without (see `training.own_split`)."""

    @property
    def labels(self) -> np.ndarray:
        """(n_tracks, n_moods) bool."""
        return self.dataset.labels

    @property
    def moods(self) -> tuple[str, ...]:
        """Names of the columns of `labels`."""
        return self.dataset.moods

    @property
    def artists(self) -> np.ndarray:
        """(n_tracks,) artist ids."""
        return self.dataset.tracks["artist_id"].to_numpy(dtype=str)

    @property
    def albums(self) -> np.ndarray:
        """(n_tracks,) album ids, "" where unknown."""
        return self.dataset.tracks["album_id"].to_numpy(dtype=str)

    @property
    def recordings(self) -> np.ndarray:
        """(n_tracks,) a name for each set of tracks with identical audio, "" for others."""
        return recordings(self.dataset.tracks)

    def rows(self, part: str) -> np.ndarray:
        """(n_tracks,) bool: whether a track is in "train", "validation" or "test"."""
        return (self.dataset.tracks["split"] == part).to_numpy()

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Features and labels of "train", "validation" or "test"."""
        return self.X[self.rows(name)], self.labels[self.rows(name)]

    def context(self, part: str | None = None) -> Context:
        """Moods and artists of a part, of all tracks without one, as MoodClassifier takes them."""
        return Context(self.moods, self.artists[self.rows(part)] if part else self.artists)


def load_training_data(
    workspace: Workspace, encoder: str, pooling: str = DEFAULT_POOLING, split: int = 0, *, by_split: bool = True
) -> TrainingData:
    """The tracks of a split that have embeddings by `encoder`; a dataset without splits gets one of its own, unless
    `by_split` is False (for folds, which need none).

    Raises ArtifactError without embeddings, DatasetError when train or validation is empty, each with its remedy.
    """
    build = Remedy("build_embeddings", workspace.root, encoder)
    if encoder not in workspace.encoders():
        raise ArtifactError(f"{workspace.embeddings_dir(encoder)} holds no embeddings (no manifest)", remedy=build)
    store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
    track_ids, X = store.read_pooled(pooling)
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    own_split = ensure_split(workspace.dataset_dir, split) if by_split else None
    dataset = _labelled(workspace, split, by_split)
    if not dataset.moods:
        again = Remedy("import_dataset", workspace.root, options=(("metadata", workspace.metadata), ("force", True)))
        raise DatasetError(
            f"{workspace.dataset_dir} has no moods to learn (its list of tags is empty); import the dataset again",
            remedy=again,
        )
    embedded = dataset.subset(dataset.tracks["track_id"].isin(row_of).to_numpy())
    for part in ("train", "validation") if by_split else ():
        if not (embedded.tracks["split"] == part).any():
            raise DatasetError(
                f"no track of the {part} part of split {split} has an embedding; complete the store",
                remedy=build,
            )
    if len(embedded) < FEWEST_IN_FOLDS:
        raise DatasetError(
            f"{len(embedded)} labelled tracks have embeddings by {encoder}, too few to learn from; label more tracks, "
            f"or complete the store",
            remedy=build,
        )
    rows = [row_of[track_id] for track_id in embedded.tracks["track_id"]]
    return TrainingData(embedded, X[rows], store.identity, pooling, workspace.synthetic, own_split)


def _labelled(workspace: Workspace, split: int, by_split: bool) -> Dataset:
    """The tracks of the split; without one, and to be trained in folds, all that have a label."""
    dataset = Dataset.load(workspace.dataset_dir, split)
    if by_split or (dataset.tracks["split"] != "").any():
        return dataset.split_view()
    return dataset.subset(np.flatnonzero(dataset.labels.any(axis=1)))


def shared_with(head: Head, data: TrainingData) -> TrainingData:
    """`data` with those of its moods that a published head knows, in the dataset's order.

    Raises DatasetError where the head reads another encoder or pooling, gives no moods, or knows none of the dataset's.
    """
    moods = tuple(mood for mood in data.moods if mood in MOODTHEME_MOODS)
    if head.gives != "moods" or data.encoder["name"] != head.encoder or data.pooling != "mean":
        raise DatasetError(
            f"the head {head.name} gives {head.gives} from the mean embedding of {head.encoder}; these are "
            f"{data.encoder['name']} ({data.pooling})"
        )
    if not moods:
        raise DatasetError(f"the head {head.name} knows none of this dataset's moods ({', '.join(data.moods[:5])} …)")
    return with_moods(data, moods)


def with_moods(data: TrainingData, moods: Sequence[str]) -> TrainingData:
    """`data` with the labels of `moods` only, in that order."""
    return replace(data, dataset=data.dataset.with_moods(tuple(moods)))
