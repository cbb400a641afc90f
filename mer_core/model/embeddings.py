"""The embeddings of a workspace that a model reads."""

from mer_core.embeddings.store import EmbeddingStore
from mer_core.model.bundle import check_encoder
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace


def embeddings_for(workspace: Workspace, model: Model) -> EmbeddingStore | None:
    """The store of `workspace` by the model's encoder; None where it has none.

    Raises ArtifactError when the store is damaged, or was made by another version of the encoder than `model` reads.
    """
    encoder = str(model.encoder["name"])
    if encoder not in workspace.encoders():
        return None
    store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
    check_encoder(model, store.identity, store=store.folder)
    return store
