"""Cached readers: everything a page shows from disk comes through here.

Each is keyed on the path and on the size and modification time of what is read, so a file made anew is read anew.
What they return is shared between all people and pages (copying 18,486 tracks in every run would cost more than the
figures do): treat it as read only, and `copy()` a table before changing it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from mer_core import model_folder, validation
from mer_core.dataset import Dataset
from mer_core.embedding_store import EmbeddingStore
from mer_core.mtg_layout import find_files
from mer_core.workspace import Workspace

Stamp = tuple[tuple[str, int, int], ...]


def stamp(*paths: Path) -> Stamp:
    """What a cache is keyed on: name, size and modification time (ns) of each file, and of each file directly in a folder."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file())


def dataset(workspace: Workspace, split: int = 0) -> Dataset:
    """The workspace's dataset; raises DatasetError as `Dataset.load` does."""
    return _dataset(workspace.dataset_dir, split, _dataset_stamp(workspace, split))


def problems(workspace: Workspace, split: int = 0, with_audio: bool = False) -> list[validation.Problem]:
    """Problems found by `validation.validate`; `with_audio` also looks for each audio file (slow on a network disk)."""
    return _problems(workspace.dataset_dir, workspace.audio_root if with_audio else None, split, _dataset_stamp(workspace, split))


def has_audio(workspace: Workspace, look_at: int = 50) -> bool:
    """Whether the audio of some of the dataset's first tracks is here."""
    return any(workspace.audio_path(path).is_file() for path in dataset(workspace).tracks["path"].head(look_at))


def model(workspace: Workspace | None, name: str) -> model_folder.Model:
    """The model of that name ("starter" too); raises ArtifactError when it is missing or damaged."""
    folder = model_folder.resolve_model(workspace, name)
    return _model(folder, stamp(folder))


def pooled(workspace: Workspace, encoder: str, pooling: str = "mean+std") -> tuple[list[str], np.ndarray]:
    """Track ids and track embeddings (n_tracks, dim_out) of a store; raises ArtifactError when it is missing or damaged."""
    folder = workspace.embeddings_dir(encoder)
    return _pooled(folder, pooling, stamp(folder))


def failures(workspace: Workspace, encoder: str) -> pd.DataFrame:
    """Tracks that could not be embedded, and why."""
    folder = workspace.embeddings_dir(encoder)
    return _failures(folder, stamp(folder))


def _dataset_stamp(workspace: Workspace, split: int) -> Stamp:
    """The dataset's own files, never its audio: a folder of 18,486 files is too many to look at in every run."""
    files = find_files(workspace.dataset_dir, split)
    return stamp(*(path for path in (files.tracks, files.tags, files.split_tags, *files.splits.values(), *files.names) if path))


@st.cache_resource(max_entries=8, show_spinner="Reading the dataset …")
def _dataset(folder: Path, split: int, key: Stamp) -> Dataset:
    return Dataset.load(folder, split)


@st.cache_resource(max_entries=8, show_spinner="Checking the dataset …")
def _problems(folder: Path, audio_root: Path | None, split: int, key: Stamp) -> list[validation.Problem]:
    return validation.validate(folder, audio_root, split)


@st.cache_resource(max_entries=8, show_spinner="Reading the model …")
def _model(folder: Path, key: Stamp) -> model_folder.Model:
    return model_folder.load_model(folder)


@st.cache_resource(max_entries=6, show_spinner="Reading the embeddings …")
def _pooled(folder: Path, pooling: str, key: Stamp) -> tuple[list[str], np.ndarray]:
    return EmbeddingStore.open(folder).read_pooled(pooling)


@st.cache_resource(max_entries=6, show_spinner=False)
def _failures(folder: Path, key: Stamp) -> pd.DataFrame:
    return EmbeddingStore.open(folder).failures()
