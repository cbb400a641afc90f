"""Cached readers: everything a page shows from disk comes through here.

Each is keyed on the path and on the size and modification time of what is read, so a file rebuilt is read again.
What they return is shared between all people and pages (copying 18,486 tracks in every run would cost more than the
figures do): treat it as read only, and `copy()` a table before changing it.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.datasets import validation
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.labels import TrackNames, name_tracks
from mer_core.datasets.mtg_jamendo.additions import ADDED
from mer_core.datasets.mtg_jamendo.layout import find_files
from mer_core.embeddings.sound_space import SoundSpace, sound_space_of
from mer_core.embeddings.store import EmbeddingStore
from mer_core.inference import predict
from mer_core.inference.stored import PredictedMoods, predict_store
from mer_core.io.names import written
from mer_core.maps import umap as projection
from mer_core.maps import view as map_views
from mer_core.model import bundle as model_folder
from mer_core.model.trained import Model
from mer_core.recommend.catalogue import Catalogue, load_catalogue
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.own_moods import Lessons, open_lessons, own_examples, with_own_moods
from mer_core.teach.pieces import heard_folder
from mer_core.workspace.layout import Workspace

Stamp = tuple[str, ...]


def stamp(*paths: Path) -> Stamp:
    """What a cache is keyed on: name, size and modification time (ns) of each file, and of each file directly in a
    folder."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return tuple(
        f"{written(str(file))} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files if file.is_file()
    )


def dataset(workspace: Workspace, split: int = 0) -> Dataset:
    """The workspace's dataset; raises DatasetError as `Dataset.load` does."""
    return _dataset(workspace.dataset_dir, split, _dataset_stamp(workspace, split))


def dataset_key(workspace: Workspace, split: int = 0) -> Stamp:
    """A key for the state of the dataset's files, for caches of what is computed from them."""
    return _dataset_stamp(workspace, split)


def track_names(workspace: Workspace) -> TrackNames:
    """What the workspace's tracks are called, ready to be searched."""
    return _track_names(workspace, _dataset_stamp(workspace, 0))


def row_of(workspace: Workspace) -> dict[str, int]:
    """The row of each track id in the workspace's dataset."""
    return _row_of(workspace, _dataset_stamp(workspace, 0))


def heard_stamp(workspace: Workspace, name: str) -> Stamp:
    """A key for the state of the model `name` and of its encoder's embeddings."""
    folder = workspace.embeddings_dir(str(model(workspace, name).encoder["name"]))
    return stamp(folder, model_folder.resolve_model(workspace, name))


def track_ids(workspace: Workspace) -> frozenset[str]:
    """The ids of the workspace's tracks."""
    return _track_ids(workspace, _dataset_stamp(workspace, 0))


def problems(workspace: Workspace, split: int = 0, with_audio: bool = False) -> list[validation.Problem]:
    """Problems found by `validation.validate`; `with_audio` also looks for each audio file (slow on a network disk)."""
    return _problems(
        workspace.dataset_dir, workspace.audio_root if with_audio else None, split, _dataset_stamp(workspace, split)
    )


def has_audio(workspace: Workspace, look_at: int = 50) -> bool:
    """Whether the audio of some of the dataset's first tracks is here."""
    return any(workspace.audio_path(path).is_file() for path in dataset(workspace).tracks["path"].head(look_at))


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
    return _lessons(workspace, name, (*key, *_dataset_stamp(workspace, 0)))


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


def pooled(workspace: Workspace, encoder: str, pooling: str = "mean+std") -> tuple[list[str], np.ndarray]:
    """Track ids and track embeddings (n_tracks, dim_out) of a store; raises ArtifactError when it is missing or
    damaged."""
    folder = workspace.embeddings_dir(encoder)
    return _pooled(folder, pooling, stamp(folder))


def sound_space(workspace: Workspace, encoder: str) -> SoundSpace:
    """The track embeddings of a store, standardised; raises ArtifactError when it is missing or damaged."""
    return _sound_space(workspace, encoder, (*stamp(workspace.embeddings_dir(encoder)), *_dataset_stamp(workspace, 0)))


def store(workspace: Workspace, encoder: str) -> EmbeddingStore:
    """The embedding store of an encoder, for reading frames; raises ArtifactError when it is missing or damaged."""
    folder = workspace.embeddings_dir(encoder)
    return _store(folder, stamp(folder))


def frames(workspace: Workspace, encoder: str, track_id: str) -> np.ndarray:
    """Frame embeddings (n_frames, dim) of one track; raises ArtifactError when it has none."""
    return _frames(workspace, encoder, track_id, stamp(workspace.embeddings_dir(encoder)))


def catalogue(workspace: Workspace, name: str) -> Catalogue | None:
    """The tracks to recommend from: sound by the encoder of the model `name`, moods as it predicts them; None without
    embeddings."""
    reader = model(workspace, name)
    encoder = str(reader.encoder["name"])
    if encoder not in workspace.encoders():
        return None
    folders = (workspace.embeddings_dir(encoder), model_folder.resolve_model(workspace, name))
    return _catalogue(
        workspace, name, (*stamp(*folders), *_dataset_stamp(workspace, 0), *own_moods_key(workspace, name))
    )


def failures(workspace: Workspace, encoder: str) -> pd.DataFrame:
    """Tracks that could not be embedded, and why."""
    folder = workspace.embeddings_dir(encoder)
    return _failures(folder, stamp(folder))


def mood_map(workspace: Workspace, encoder: str) -> projection.MoodMap:
    """The stored map of an encoder's embeddings; raises ArtifactError when it is missing or damaged."""
    folder = workspace.map_dir(encoder)
    return _mood_map(folder, stamp(folder))


def scores(workspace: Workspace, name: str, encoder: str | None = None) -> pd.DataFrame | None:
    """Calibrated probabilities that the model `name` gives to every embedded track: index track_id, one column a mood.

    None where there are no embeddings of the model's encoder, or it reads another encoder than `encoder`.
    """
    reader = model(workspace, name)
    wanted = str(reader.encoder["name"])
    if encoder not in (None, wanted) or wanted not in workspace.encoders():
        return None
    folder, models = workspace.embeddings_dir(wanted), model_folder.resolve_model(workspace, name)
    return _scores(workspace, name, (*stamp(folder, models), *own_moods_key(workspace, name)))


def predicted_moods(workspace: Workspace, name: str) -> PredictedMoods:
    """What the model `name` predicts and decides for every track of its encoder's store; raises ArtifactError where
    there is none."""
    folder = workspace.embeddings_dir(str(model(workspace, name).encoder["name"]))
    key = stamp(folder, model_folder.resolve_model(workspace, name))
    return _predicted_moods(workspace, name, (*key, *own_moods_key(workspace, name)))


def predictor(workspace: Workspace | None, name: str) -> predict.Predictor:
    """The model `name` ready to predict, with the tracks and the map of `workspace` around it; shared by everybody."""
    folder = model_folder.resolve_model(workspace, name)
    around = (
        [workspace.embeddings_dir(e) for e in workspace.encoders()] + [workspace.map_dir(e) for e in workspace.maps()]
        if workspace
        else []
    )
    return _predictor(workspace, name, (*stamp(folder, *around), *own_moods_key(workspace, name)))


def map_view(workspace: Workspace, encoder: str, name: str | None) -> map_views.MapView:
    """What the map of `encoder` shows with the predictions of the model `name` (without them for None, or where it
    reads another encoder)."""
    folders = [workspace.map_dir(encoder)]
    if name is not None:
        folders += [workspace.embeddings_dir(encoder), model_folder.resolve_model(workspace, name)]
    own = () if name is None else own_moods_key(workspace, name)
    return _map_view(workspace, encoder, name, (*stamp(*folders), *_dataset_stamp(workspace, 0), *own))


def _dataset_stamp(workspace: Workspace, split: int) -> Stamp:
    """The dataset's own files and those added, never its audio: 18,486 files are too many to look at in every run."""
    files = find_files(workspace.dataset_dir, split)
    own = (files.tracks, files.tags, files.split_tags, *files.splits.values(), *files.names, files.folder / ADDED)
    return stamp(*(path for path in own if path))


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


@st.cache_resource(max_entries=8, show_spinner="Reading the model …")
def _model(folder: Path, key: Stamp) -> Model:
    return _called_as_its_folder(folder)


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


@st.cache_resource(max_entries=4, show_spinner="Comparing the tracks …")
def _catalogue(_workspace: Workspace, name: str, key: Stamp) -> Catalogue:
    return load_catalogue(_workspace, model(_workspace, name))


@st.cache_resource(max_entries=6, show_spinner=False)
def _failures(folder: Path, key: Stamp) -> pd.DataFrame:
    return EmbeddingStore.open(folder).failures()


@st.cache_resource(max_entries=6, show_spinner="Reading the map …")
def _mood_map(folder: Path, key: Stamp) -> projection.MoodMap:
    return projection.load_map(folder)


@st.cache_resource(max_entries=6, show_spinner="Predicting the moods of all tracks …")
def _scores(_workspace: Workspace, name: str, key: Stamp) -> pd.DataFrame:
    reader = model(_workspace, name)
    opened = store(_workspace, str(reader.encoder["name"]))
    model_folder.check_encoder(reader, opened.identity)
    track_ids, X = opened.read_pooled(reader.pooling)
    return pd.DataFrame(reader.probabilities(X), index=pd.Index(track_ids, name="track_id"), columns=list(reader.moods))


@st.cache_resource(max_entries=4, show_spinner="Predicting the moods of all tracks …")
def _predicted_moods(_workspace: Workspace, name: str, key: Stamp) -> PredictedMoods:
    reader = model(_workspace, name)
    return predict_store(store(_workspace, str(reader.encoder["name"])), reader)


@st.cache_resource(max_entries=6, show_spinner="Drawing the map …")
def _map_view(_workspace: Workspace, encoder: str, name: str | None, key: Stamp) -> map_views.MapView:
    stored = mood_map(_workspace, encoder)
    table = pd.DataFrame(stored.coordinates, columns=["x", "y"]).assign(track_id=stored.track_ids)
    predicted = decided = measured = None
    if name is not None and (predicted := scores(_workspace, name, encoder)) is not None:
        reader = model(_workspace, name)
        if reader.plane is not None:
            ids, X = pooled(_workspace, encoder, reader.pooling)
            measured = pd.DataFrame(reader.plane.predict(X), index=ids)
        decided = pd.DataFrame(predicted_moods(_workspace, name).decided, predicted.index, predicted.columns)
    return map_views.view_map(dataset(_workspace), table, predicted, decided, measured)


@st.cache_resource(max_entries=4, show_spinner="Loading the model …")
def _predictor(_workspace: Workspace | None, name: str, key: Stamp) -> predict.Predictor:
    return predict.open_predictor(model(_workspace, name), _workspace)


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
