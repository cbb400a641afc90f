"""Readers of models, with the moods of one's own that a workspace teaches them."""

from pathlib import Path

import streamlit as st

from mer_core.app.loaders.stamps import Stamp, stamp
from mer_core.app.loaders.tracks import dataset_key
from mer_core.model import bundle as model_folder
from mer_core.model.trained import Model
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.own_moods import Lessons, open_lessons, own_examples, with_own_moods
from mer_core.teach.pieces import heard_folder
from mer_core.workspace.layout import Workspace


def heard_stamp(workspace: Workspace, name: str) -> Stamp:
    """A key for the state of the model `name` and of its encoder's embeddings."""
    folder = workspace.embeddings_dir(str(model(workspace, name).encoder["name"]))
    return stamp(folder, model_folder.resolve_model(workspace, name))


def model(workspace: Workspace | None, name: str) -> Model:
    """The model of that name ("starter" too) with the moods of one's own that were taught in the workspace; raises
    ArtifactError when it is missing or damaged."""
    base = base_model(workspace, name)
    own = own_moods_key(workspace, name)
    return _model_with_own_moods(workspace, name, own) if workspace and own else base


def base_model(workspace: Workspace | None, name: str) -> Model:
    """The model as it was trained; raises ArtifactError when it is missing or damaged."""
    folder = model_folder.resolve_model(workspace, name)
    return _model(folder, stamp(folder))


def answers(workspace: Workspace) -> list[Answer]:
    """The answers of the workspace's journal that stand."""
    journal = Journal.of(workspace)
    return _answers(journal, stamp(journal.path))


def lessons(workspace: Workspace, name: str) -> Lessons:
    """What moods are learned from, as the model `name` hears it; raises ArtifactError without embeddings."""
    encoder = str(base_model(workspace, name).encoder["name"])
    folders = (workspace.embeddings_dir(encoder), heard_folder(workspace, encoder))
    key = stamp(model_folder.resolve_model(workspace, name), *(folder for folder in folders if folder.is_dir()))
    return _lessons(workspace, name, (*key, *dataset_key(workspace)))


def own_moods_key(workspace: Workspace | None, name: str) -> Stamp:
    """A key for the state of the moods of one's own beside the model `name`; () where there are none."""
    if workspace is None or not Journal.of(workspace).path.exists():
        return ()
    base = base_model(workspace, name)
    if str(base.encoder["name"]) not in workspace.encoders():
        return ()
    known = lessons(workspace, name)
    own = own_examples(base, known.said(answers(workspace)))
    states = [f"{mood} {given.rows.tolist()} {given.liked.tolist()}" for mood, given in own.items()]
    folders = stamp(workspace.embeddings_dir(str(base.encoder["name"])), model_folder.resolve_model(workspace, name))
    return (*states, *folders) if states else ()


@st.cache_resource(max_entries=8, show_spinner="Reading the model …")
def _model(folder: Path, key: Stamp) -> Model:
    return _called_as_its_folder(folder)


@st.cache_resource(max_entries=8, show_spinner=False)
def _answers(journal: Journal, key: Stamp) -> list[Answer]:
    return journal.read()


@st.cache_resource(max_entries=4, show_spinner="Reading the tracks to learn from …")
def _lessons(_workspace: Workspace, name: str, key: Stamp) -> Lessons:
    return open_lessons(_workspace, base_model(_workspace, name))


@st.cache_resource(max_entries=8, show_spinner=False)
def _model_with_own_moods(_workspace: Workspace, name: str, key: Stamp) -> Model:
    known = lessons(_workspace, name)
    return with_own_moods(base_model(_workspace, name), known, known.said(answers(_workspace)))


def _called_as_its_folder(folder: Path) -> Model:
    """A model is offered by its folder's name, so its predictions must bear that, also where a person renamed or copied
    the folder."""
    loaded = model_folder.load_model(folder)
    if folder != model_folder.STARTER_DIR:
        loaded.name = folder.name
    return loaded
