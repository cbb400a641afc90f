"""The overview page: what the workspace holds, how good its models are, and what to make next."""

import streamlit as st

from mer_core.figures import overview as figures
from mer_core.inventory import best_model, comparable, inventory, next_steps
from mer_core.ui import chart, guard, loaders, open_page
from mer_core.ui import overview as parts
from mer_core.ui.messages import synthetic_note

page = open_page("Overview")
workspace = page.open_workspace
synthetic_note(workspace.synthetic)

with guard("the dataset"):
    dataset = loaders.dataset(workspace)
    parts.counts(dataset)

    st.subheader("What there is", anchor=False)
    artifacts = inventory(workspace)
    parts.artifact_table(workspace, dataset, artifacts)

    st.subheader("How good the models are", anchor=False)
    best = best_model(artifacts)
    fair = best is not None and comparable(best, dataset.name)
    parts.best_model_words(best, fair)
    table = parts.score_table(artifacts, dataset.name)
    for column, score, chance in zip(st.columns(2), figures.SCORES, parts.CHANCE, strict=True):
        with column:
            chart(figures.scores(table, score, chance), page, key=score, alt=f"{figures.SCORES[score]} of this workspace's models and of published ones")
    parts.sources()

    parts.steps(next_steps(workspace, loaders.has_audio(workspace)))
