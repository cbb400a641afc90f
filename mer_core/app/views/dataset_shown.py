"""The dataset as pages show it: with its labels, or with predicted moods where nobody labelled it."""

import streamlit as st

from mer_core.app import loaders
from mer_core.datasets.dataset import Dataset
from mer_core.inference.stored import with_predicted_labels
from mer_core.model.bundle import resolve_model
from mer_core.workspace.layout import Workspace


def shown_dataset(workspace: Workspace, name: str) -> tuple[Dataset, bool]:
    """The dataset as pages show it, and whether its moods are predicted.

    Where nobody labelled any track and there are embeddings to predict from, the moods that the model `name` decides
    stand in the place of labels.
    """
    own = loaders.dataset(workspace)
    if own.labels.any():
        return own, False
    encoder = str(loaders.model(workspace, name).encoder["name"])
    if encoder not in workspace.encoders():
        return own, False
    stamp = loaders.stamp(workspace.embeddings_dir(encoder), resolve_model(workspace, name))
    taught = loaders.own_moods_key(workspace, name)
    return _predicted_dataset(workspace, name, (*stamp, *loaders.dataset_key(workspace), *taught)), True


@st.cache_resource(max_entries=4, show_spinner=False)
def _predicted_dataset(_workspace: Workspace, name: str, key: loaders.Stamp) -> Dataset:
    return with_predicted_labels(loaders.dataset(_workspace), loaders.predicted_moods(_workspace, name))
