"""What a model hears in the tracks of a workspace: probabilities, decisions, the map, tracks to recommend from."""

import pandas as pd
import streamlit as st

from mer_core.app.loaders.models import model, own_moods_key
from mer_core.app.loaders.sounds import mood_map, pooled, store
from mer_core.app.loaders.stamps import Stamp, stamp
from mer_core.app.loaders.tracks import dataset, dataset_key
from mer_core.encoders.joint import JOINED_BY
from mer_core.inference import predict
from mer_core.inference.stored import PredictedMoods, predict_store
from mer_core.lyrics.space import WITH_WORDS, WORDS, word_space
from mer_core.lyrics.store import read_kept_words, words_folder
from mer_core.maps import view as map_views
from mer_core.model import bundle as model_folder
from mer_core.recommend.by_words import ByWords, by_words
from mer_core.recommend.catalogue import Catalogue, load_catalogue
from mer_core.workspace.layout import Workspace


def catalogue(workspace: Workspace, name: str) -> Catalogue | None:
    """The tracks to recommend from: sound by the encoder of the model `name`, moods as it predicts them; None without
    embeddings."""
    reader = model(workspace, name)
    encoder = str(reader.encoder["name"])
    if encoder not in workspace.encoders():
        return None
    folders = (workspace.embeddings_dir(encoder), model_folder.resolve_model(workspace, name))
    return _catalogue(workspace, name, (*stamp(*folders), *dataset_key(workspace), *own_moods_key(workspace, name)))


def by_words_catalogue(workspace: Workspace, name: str, by: str) -> ByWords | None:
    """The catalogue of `catalogue` compared by words, or by both; None without embeddings.

    Raises ArtifactError where the words were not read, DatasetError where too few of them count.
    """
    if catalogue(workspace, name) is None:
        return None
    folder = workspace.embeddings_dir(str(model(workspace, name).encoder["name"]))
    files = (folder, words_folder(workspace), model_folder.resolve_model(workspace, name))
    return _by_words(workspace, name, by, (*stamp(*files), *dataset_key(workspace)))


def scores(workspace: Workspace, name: str, encoder: str | None = None) -> pd.DataFrame | None:
    """Calibrated probabilities that the model `name` gives to every embedded track: index track_id, one column a mood.

    None where there are no embeddings of the model's encoder, or `encoder` is neither that nor joined in it.
    """
    reader = model(workspace, name)
    wanted = str(reader.encoder["name"])
    if encoder not in (None, wanted, *wanted.split(JOINED_BY)) or wanted not in workspace.encoders():
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
    return _predictor(workspace, name, predictor_key(workspace, name))


def predictor_key(workspace: Workspace | None, name: str) -> Stamp:
    """A key for the state of all that `predictor` reads, for caches of what it predicts."""
    folder = model_folder.resolve_model(workspace, name)
    stores = map(workspace.embeddings_dir, workspace.encoders()) if workspace else ()
    maps = map(workspace.map_dir, workspace.maps()) if workspace else ()
    return (*stamp(folder, *stores, *maps), *own_moods_key(workspace, name))


def map_view(workspace: Workspace, encoder: str, name: str | None) -> map_views.MapView:
    """What the map of `encoder` shows with the predictions of the model `name` (without them for None, or where it
    reads another encoder)."""
    folders = [workspace.map_dir(encoder)]
    if name is not None:
        reads = sorted({_heard_by(workspace, encoder, name), str(model(workspace, name).encoder["name"])})
        folders += [*map(workspace.embeddings_dir, reads), model_folder.resolve_model(workspace, name)]
    own = () if name is None else own_moods_key(workspace, name)
    return _map_view(workspace, encoder, name, (*stamp(*folders), *dataset_key(workspace), *own))


def _heard_by(workspace: Workspace, name_of_map: str, name: str) -> str:
    """The encoder whose predictions a map shows: its own; of a map of words, that of the model."""
    of_words = name_of_map == WORDS or name_of_map.endswith(WITH_WORDS)
    return str(model(workspace, name).encoder["name"]) if of_words else name_of_map


@st.cache_resource(max_entries=4, show_spinner="Comparing the tracks …")
def _catalogue(_workspace: Workspace, name: str, key: Stamp) -> Catalogue:
    return load_catalogue(_workspace, model(_workspace, name))


@st.cache_resource(max_entries=4, show_spinner="Comparing the words …")
def _by_words(_workspace: Workspace, name: str, by: str, key: Stamp) -> ByWords:
    plain = catalogue(_workspace, name)
    assert plain is not None  # the caller has looked
    return by_words(plain, word_space(_workspace, read_kept_words(_workspace)), by)


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
    heard_by = encoder if name is None else _heard_by(_workspace, encoder, name)
    if name is not None and (predicted := scores(_workspace, name, heard_by)) is not None:
        reader = model(_workspace, name)
        if reader.plane is not None:
            ids, X = pooled(_workspace, str(reader.encoder["name"]), reader.pooling)
            measured = pd.DataFrame(reader.plane.predict(X), index=ids)
        decided = pd.DataFrame(predicted_moods(_workspace, name).decided, predicted.index, predicted.columns)
    return map_views.view_map(dataset(_workspace), table, predicted, decided, measured)


@st.cache_resource(max_entries=4, show_spinner="Loading the model …")
def _predictor(_workspace: Workspace | None, name: str, key: Stamp) -> predict.Predictor:
    return predict.open_predictor(model(_workspace, name), _workspace)
