"""The tracks of a workspace to recommend from, as a model hears them."""

import numpy as np

from mer_core import domain
from mer_core.dataset import Dataset
from mer_core.embedding_store import EmbeddingStore
from mer_core.errors import ArtifactError
from mer_core.model_folder import Model, check_encoder
from mer_core.recommend import Catalogue, make_catalogue
from mer_core.workspace import Workspace


def load_catalogue(workspace: Workspace, model: Model) -> Catalogue:
    """The embedded tracks of `workspace` with the moods `model` predicts for them, and which of them are out of its domain.

    Raises ArtifactError when the workspace has no embeddings by the model's encoder, naming the command that makes them.
    """
    encoder = str(model.encoder["name"])
    if encoder not in workspace.encoders():
        command = f"python scripts/build_embeddings.py {workspace.root} --encoder {encoder}"
        raise ArtifactError(f"{workspace.root} has no embeddings of the encoder {encoder!r}, which the model {model.name!r} reads; make them with: {command}")
    store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
    check_encoder(model, store.identity)
    track_ids, X = store.read_pooled(model.pooling)
    tracks = Dataset.load(workspace.dataset_dir).tracks.set_index("track_id", drop=False)
    kept = [row for row, track_id in enumerate(track_ids) if track_id in tracks.index]
    chosen = tracks.loc[[track_ids[row] for row in kept]]
    excerpts = store.read_excerpts()
    reasons = domain.check_all(X[kept], model.domain, [excerpts[row] for row in kept])
    foreign = np.array([reason is not None for reason in reasons], dtype=bool)
    return make_catalogue(chosen, X[kept].astype(np.float64), model.probabilities(X[kept]), model.moods, foreign)
