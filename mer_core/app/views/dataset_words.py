"""Sound and words in the filter of the dataset page: tracks whose words say something else than their sound."""

import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import plain
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked
from mer_core.datasets.dataset import Dataset
from mer_core.errors import MerError
from mer_core.inference.words_kept import FINDINGS, words_beside_sound
from mer_core.lyrics.store import has_words, words_folder
from mer_core.model.bundle import resolve_model
from mer_core.workspace.layout import Workspace


def pick_finding(page: PageContext) -> str | None:
    """Choose tracks whose sound and words disagree; in the address as `words`. None where none is chosen, or the words
    of this workspace were not read."""
    if not has_words(page.open_workspace):
        return None
    found = linked(st.pills, "Sound and words", FINDINGS, key="words")
    return str(found) if found else None


def keep_finding(page: PageContext, dataset: Dataset, finding: str | None) -> Dataset:
    """The tracks of `dataset` of which that was found; all without a finding, or where nothing can be compared (which
    is said)."""
    if finding is None:
        return dataset
    try:
        table = _words_beside_sound(page)
    except MerError as error:
        st.caption(f":material/lyrics: {plain(error)}")
        return dataset
    return dataset.subset(dataset.tracks["track_id"].isin(table.index[table["finding"] == finding]).to_numpy())


def _words_beside_sound(page: PageContext) -> pd.DataFrame:
    workspace = page.open_workspace
    encoder = str(loaders.base_model(workspace, page.model).encoder["name"])
    folders = [path for path in (workspace.embeddings_dir(encoder), words_folder(workspace)) if path.is_dir()]
    return _compare(workspace, page.model, loaders.stamp(resolve_model(workspace, page.model), *folders))


@st.cache_resource(max_entries=4, show_spinner="Comparing sound and words …")
def _compare(_workspace: Workspace, name: str, key: loaders.Stamp) -> pd.DataFrame:
    return words_beside_sound(_workspace, loaders.base_model(_workspace, name))
