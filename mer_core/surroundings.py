"""What a new piece of music is compared with: the labelled tracks of a workspace, their embeddings and their map."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core.dataset import Dataset
from mer_core.embedding_store import EmbeddingStore
from mer_core.errors import ArtifactError
from mer_core.model_folder import Model, check_encoder
from mer_core.projection import load_map, place
from mer_core.similarity import nearest, standardise
from mer_core.workspace import Workspace


@dataclass(frozen=True)
class Surroundings:
    """Tracks around a new one. Row i of `tracks` (track_id, title, artist, moods) and of `X` (n, dim_out) is the same track;
    `mapped` lists the rows that have `coordinates` (n_mapped, 2) on the map, both None without a map."""

    tracks: pd.DataFrame
    X: np.ndarray
    mapped: np.ndarray | None = None
    coordinates: np.ndarray | None = None

    def nearest(self, embedding: np.ndarray, k: int = 10) -> pd.DataFrame:
        """The k tracks most like a track embedding (dim_out,): columns track_id, title, artist, similarity (cosine of standardised embeddings), moods."""
        rows, similarities = nearest(standardise(embedding[None], self.X), standardise(self.X, self.X), k)
        found = self.tracks.iloc[rows[0]].reset_index(drop=True)
        return found.assign(similarity=similarities[0].astype(float))[["track_id", "title", "artist", "similarity", "moods"]]

    def map_point(self, embedding: np.ndarray) -> tuple[float, float] | None:
        """The place of a track embedding (dim_out,) on the map, None without one."""
        if self.mapped is None or self.coordinates is None or not len(self.mapped):
            return None
        x, y = place(embedding[None], self.X[self.mapped], self.coordinates)[0]
        return float(x), float(y)


def load_surroundings(workspace: Workspace | Path | str, model: Model) -> Surroundings | None:
    """The tracks of `workspace` as `model` hears them; None where it has no embeddings by the model's encoder.

    Raises ArtifactError or DatasetError, naming the file and the remedy, when what is there is damaged.
    """
    workspace = workspace if isinstance(workspace, Workspace) else Workspace.open(workspace)
    encoder = str(model.encoder["name"])
    if encoder not in workspace.encoders():
        return None
    store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
    check_encoder(model, store.identity)
    track_ids, X = store.read_pooled(model.pooling)
    if not track_ids:
        return None
    tracks = _described(Dataset.load(workspace.dataset_dir), track_ids)
    if encoder not in workspace.maps():
        return Surroundings(tracks, X)
    places = load_map(workspace.map_dir(encoder))
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    both = [(row_of[track_id], i) for i, track_id in enumerate(places.track_ids) if track_id in row_of]
    if not both:
        raise ArtifactError(
            f"the map in {workspace.map_dir(encoder)} is of other tracks; rebuild it with: python scripts/build_map.py {workspace.root} --encoder {encoder}"
        )
    rows, on_map = np.array(both).T
    return Surroundings(tracks, X, rows, places.coordinates[on_map])


def _described(dataset: Dataset, track_ids: list[str]) -> pd.DataFrame:
    """track_id, title, artist and moods (joined by commas, "" where unknown) of `track_ids`, in their order."""
    words = np.array(dataset.moods, dtype=object)
    moods = [", ".join(words[row]) for row in dataset.labels]
    table = dataset.tracks[["track_id", "title", "artist"]].assign(moods=moods).set_index("track_id")
    return table.reindex(track_ids).fillna("").rename_axis("track_id").reset_index()
