"""The overview page: what the workspace holds, how good its models are, and what to make next."""

import streamlit as st

from mer_core.app import guard, loaders, open_page
from mer_core.app.messages import synthetic_note
from mer_core.app.next_steps import inventory, next_steps
from mer_core.app.views import overview as parts
from mer_core.app.views.dataset_shown import shown_dataset

page = open_page("Overview")
workspace = page.open_workspace
synthetic_note(workspace.synthetic)

with guard("the dataset"):
    dataset = loaders.dataset(workspace)
    with guard("the counts"):
        parts.counts(*shown_dataset(workspace, page.model))

    st.header("What there is", anchor=False)
    artifacts = inventory(workspace)
    parts.artifact_table(workspace, dataset, artifacts)

    st.header("How good the models are", anchor=False)
    parts.models(page, artifacts, dataset.name)
    parts.steps(next_steps(workspace, loaders.has_audio(workspace), labelled=bool(dataset.labels.any())))
