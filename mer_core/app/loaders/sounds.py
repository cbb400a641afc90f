"""Readers of what the encoders made of a workspace's audio: embeddings and maps."""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app.loaders.stamps import Stamp, stamp
from mer_core.app.loaders.tracks import dataset, dataset_key
from mer_core.embeddings.sound_space import SoundSpace, sound_space_of
from mer_core.embeddings.store import EmbeddingStore
from mer_core.maps import umap as projection
from mer_core.workspace.layout import Workspace


def pooled(workspace: Workspace, encoder: str, pooling: str = "mean+std") -> tuple[list[str], np.ndarray]:
    """Track ids and track embeddings (n_tracks, dim_out) of a store; raises ArtifactError when it is missing or
    damaged."""
    folder = workspace.embeddings_dir(encoder)
    return _pooled(folder, pooling, stamp(folder))


def sound_space(workspace: Workspace, encoder: str) -> SoundSpace:
    """The track embeddings of a store, standardised; raises ArtifactError when it is missing or damaged."""
    return _sound_space(workspace, encoder, (*stamp(workspace.embeddings_dir(encoder)), *dataset_key(workspace)))


def store(workspace: Workspace, encoder: str) -> EmbeddingStore:
    """The embedding store of an encoder, for reading frames; raises ArtifactError when it is missing or damaged."""
    folder = workspace.embeddings_dir(encoder)
    return _store(folder, stamp(folder))


def frames(workspace: Workspace, encoder: str, track_id: str) -> np.ndarray:
    """Frame embeddings (n_frames, dim) of one track; raises ArtifactError when it has none."""
    return _frames(workspace, encoder, track_id, stamp(workspace.embeddings_dir(encoder)))


def failures(workspace: Workspace, encoder: str) -> pd.DataFrame:
    """Tracks that could not be embedded, and why."""
    folder = workspace.embeddings_dir(encoder)
    return _failures(folder, stamp(folder))


def mood_map(workspace: Workspace, encoder: str) -> projection.MoodMap:
    """The stored map of an encoder's embeddings; raises ArtifactError when it is missing or damaged."""
    folder = workspace.map_dir(encoder)
    return _mood_map(folder, stamp(folder))


@st.cache_resource(max_entries=6, show_spinner="Reading the embeddings …")
def _pooled(folder: Path, pooling: str, key: Stamp) -> tuple[list[str], np.ndarray]:
    return EmbeddingStore.open(folder).read_pooled(pooling)


@st.cache_resource(max_entries=4, show_spinner=False)
def _sound_space(_workspace: Workspace, encoder: str, key: Stamp) -> SoundSpace:
    track_ids, X = pooled(_workspace, encoder)
    return sound_space_of(track_ids, X, dataset(_workspace).tracks)


@st.cache_resource(max_entries=6, show_spinner=False)
def _store(folder: Path, key: Stamp) -> EmbeddingStore:
    return EmbeddingStore.open(folder)


@st.cache_resource(max_entries=200, show_spinner=False)
def _frames(_workspace: Workspace, encoder: str, track_id: str, key: Stamp) -> np.ndarray:
    return store(_workspace, encoder).read_frames(track_id)


@st.cache_resource(max_entries=6, show_spinner=False)
def _failures(folder: Path, key: Stamp) -> pd.DataFrame:
    return EmbeddingStore.open(folder).failures()


@st.cache_resource(max_entries=6, show_spinner="Reading the map …")
def _mood_map(folder: Path, key: Stamp) -> projection.MoodMap:
    return projection.load_map(folder)
