"""Readers of a workspace's dataset: its tracks, what they are called, what is wrong with it."""

from pathlib import Path

import streamlit as st

from mer_core.app.loaders.stamps import Stamp, stamp
from mer_core.datasets import validation
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.labels import TrackNames, name_tracks
from mer_core.datasets.mtg_jamendo.additions import ADDED
from mer_core.datasets.mtg_jamendo.layout import find_files
from mer_core.workspace.layout import Workspace


def dataset(workspace: Workspace, split: int = 0) -> Dataset:
    """The workspace's dataset; raises DatasetError as `Dataset.load` does."""
    return _dataset(workspace.dataset_dir, split, dataset_key(workspace, split))


def dataset_key(workspace: Workspace, split: int = 0) -> Stamp:
    """A key for the state of the dataset's files, for caches of what is computed from them.

    The dataset's own files and those added, never its audio: 18,486 files are too many to look at in every run.
    """
    files = find_files(workspace.dataset_dir, split)
    own = (files.tracks, files.tags, files.split_tags, *files.splits.values(), *files.names, files.folder / ADDED)
    return stamp(*(path for path in own if path))


def track_names(workspace: Workspace) -> TrackNames:
    """What the workspace's tracks are called, ready to be searched."""
    return _track_names(workspace, dataset_key(workspace))


def row_of(workspace: Workspace) -> dict[str, int]:
    """The row of each track id in the workspace's dataset."""
    return _row_of(workspace, dataset_key(workspace))


def track_ids(workspace: Workspace) -> frozenset[str]:
    """The ids of the workspace's tracks."""
    return _track_ids(workspace, dataset_key(workspace))


def problems(workspace: Workspace, split: int = 0, with_audio: bool = False) -> list[validation.Problem]:
    """Problems found by `validation.validate`; `with_audio` also looks for each audio file (slow on a network disk)."""
    return _problems(
        workspace.dataset_dir, workspace.audio_root if with_audio else None, split, dataset_key(workspace, split)
    )


def has_audio(workspace: Workspace, look_at: int = 50) -> bool:
    """Whether the audio of some of the dataset's first tracks is here."""
    return any(workspace.audio_path(path).is_file() for path in dataset(workspace).tracks["path"].head(look_at))


@st.cache_resource(max_entries=8, show_spinner="Reading the dataset …")
def _dataset(folder: Path, split: int, key: Stamp) -> Dataset:
    return Dataset.load(folder, split)


@st.cache_resource(max_entries=8, show_spinner=False)
def _track_names(_workspace: Workspace, key: Stamp) -> TrackNames:
    return name_tracks(dataset(_workspace).tracks)


@st.cache_resource(max_entries=8, show_spinner=False)
def _row_of(_workspace: Workspace, key: Stamp) -> dict[str, int]:
    return {str(track_id): row for row, track_id in enumerate(dataset(_workspace).tracks["track_id"])}


@st.cache_resource(max_entries=8, show_spinner=False)
def _track_ids(_workspace: Workspace, key: Stamp) -> frozenset[str]:
    return frozenset(dataset(_workspace).tracks["track_id"])


@st.cache_resource(max_entries=8, show_spinner="Checking the dataset …")
def _problems(folder: Path, audio_root: Path | None, split: int, key: Stamp) -> list[validation.Problem]:
    return validation.validate(folder, audio_root, split)
