"""What the diagnostics page evaluates: a model of the workspace on a part of the split, or prediction files; each is
measured once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mer_core.app import loaders
from mer_core.app import uploads as kept_files
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked
from mer_core.datasets.dataset import Dataset
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.arrays import read_npy
from mer_core.metrics.bootstrap import compare_moods, mood_trust
from mer_core.model.bundle import check_encoder, resolve_model
from mer_core.model.deciding import HeardTracks
from mer_core.model.scored import Evaluated, evaluate_arrays, evaluate_model, in_common
from mer_core.model.trained import Model
from mer_core.moods import MOODS
from mer_core.workspace.layout import Workspace

PARTS = ("test", "validation", "train", "all")
MEDIAEVAL_MOODS = tuple(sorted(set(MOODS) - {"ambiental", "horror", "mellow"}))
"""The 56 columns of MediaEval's files, in order: the moods of MTG-Jamendo's splits."""
SOURCES = ("Model of this workspace", "Prediction files")
OWN = "Moods of your own"


@dataclass(frozen=True, eq=False)
class Case:
    """Predictions to evaluate; `key` identifies them."""

    key: tuple[str, ...]
    evaluated: Evaluated
    from_file: bool = False
    own: bool = False
    """A mood of one's own, evaluated on the tracks that were answered."""


def pick_source(page: PageContext) -> str:
    """Choose whether a model, prediction files or, where there are some, moods of one's own are evaluated: one of
    SOURCES, or OWN."""
    own = bool(loaders.own_moods_key(page.workspace, page.model))
    default = OWN if own and not can_evaluate(page) else SOURCES[0]
    options = (*SOURCES, OWN) if own else SOURCES
    return str(linked(st.segmented_control, "Evaluate", options, key="evaluate", default=default, required=True))


def can_evaluate(page: PageContext) -> bool:
    """Whether the page's model has labels to be compared with, and predictions or embeddings to make them from."""
    workspace = page.open_workspace
    reader = loaders.base_model(workspace, page.model)
    return bool(loaders.dataset(workspace).labels.any()) and (
        reader.predictions is not None or str(reader.encoder["name"]) in workspace.encoders()
    )


def pick_part(page: PageContext) -> Case:
    """The page's model on the part of the split that is chosen here."""
    part = str(
        linked(
            st.segmented_control,
            "Tracks",
            PARTS,
            key="part",
            default="test",
            required=True,
            help="Part of the split; models learn from train",
        )
    )
    return of_model(page, page.model, part)


def of_model(page: PageContext, name: str, part: str) -> Case:
    """A model's predictions beside the labels of a part of the split."""
    key = (part, *state_of(page, name))
    return Case(key, _evaluated_model(page, name, part, key))


def state_of(page: PageContext, name: str) -> tuple[str, ...]:
    """A key for the state of a model and of what it is evaluated by; thresholds edited in that state belong
    together."""
    workspace = page.open_workspace
    encoders = [workspace.embeddings_dir(encoder) for encoder in workspace.encoders()]
    return (*loaders.stamp(resolve_model(workspace, name), *encoders), *loaders.dataset_key(workspace))


def trust_of(case: Case) -> pd.DataFrame:
    """The table of `mood_trust`, measured once."""
    return _trust(case.key, case.evaluated)


def difference_of(left: Case, right: Case, metric: str) -> pd.DataFrame:
    """The table of `compare_moods` on the moods both know, measured once; raises DatasetError when the two have no
    moods or tracks in common."""
    return _difference((*left.key, "|", *right.key, metric), left.evaluated, right.evaluated, metric)


def pick_files(page: PageContext) -> list[Case]:
    """Choose prediction files, one or two to compare; empty until ground truth and predictions are there."""
    st.caption("NumPy matrices as in MediaEval: rows are tracks, columns moods. Thresholds are fitted on these labels.")
    left, middle, right = st.columns(3)
    with left:
        truth = next(iter(kept_files.uploader("Ground truth (.npy)", "npy", key="truth-file")), None)
    with middle:
        scores = kept_files.uploader("Predictions (.npy), two to compare", "npy", key="scores-file", most=2)
    with right:
        tags = next(iter(kept_files.uploader("Tags, one a line (optional)", "txt", key="tags-file")), None)
    if truth or scores or tags:
        st.button("Forget these files", on_click=kept_files.forget_all, icon=":material/delete:")
    if truth is None or not scores:
        return []
    keys = [loaders.dataset_key(page.open_workspace), (truth.file_id, "" if tags is None else tags.file_id)]
    return [
        _case_of_files((*keys[0], *keys[1], file.file_id), truth, file, tags, loaders.dataset(page.open_workspace))
        for file in scores
    ]


def _case_of_files(
    key: tuple[str, ...], truth: UploadedFile, scores: UploadedFile, tags: UploadedFile | None, dataset: Dataset
) -> Case:
    return Case(key, _evaluated_files(key, truth, scores, tags, dataset), from_file=True)


@st.cache_resource(max_entries=8, show_spinner=False)
def _evaluated_model(_page: PageContext, name: str, part: str, key: tuple[str, ...]) -> Evaluated:
    model = loaders.base_model(_page.open_workspace, name)
    scores = None if model.predictions is not None else loaders.scores(_page.open_workspace, name)
    return evaluate_model(
        model, loaders.dataset(_page.open_workspace), part, scores, _heard(_page.open_workspace, model)
    )


def _heard(workspace: Workspace, reader: Model) -> HeardTracks | None:
    """The embedded tracks as a model reads them; None where there are none, or none that it can read."""
    encoder = str(reader.encoder["name"])
    if encoder not in workspace.encoders():
        return None
    try:
        opened = loaders.store(workspace, encoder)
        check_encoder(reader, opened.identity)
        track_ids, X = loaders.pooled(workspace, encoder, reader.pooling)
        return HeardTracks(track_ids, X, opened.read_excerpts())
    except ArtifactError:  # a model's stored predictions can be looked at without
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _evaluated_files(
    key: tuple[str, ...], _truth: UploadedFile, _scores: UploadedFile, _tags: UploadedFile | None, _dataset: Dataset
) -> Evaluated:
    truth, scores = (_array(file.getvalue(), file.name) for file in (_truth, _scores))
    n_moods = truth.shape[1] if truth.ndim == 2 else 0
    if _tags is not None:
        moods = _names(_tags.getvalue().decode("utf-8", errors="replace").splitlines())
    else:
        known = (_dataset.split_moods, MEDIAEVAL_MOODS)
        moods = next(
            (list(names) for names in known if len(names) == n_moods), [f"mood {i + 1}" for i in range(n_moods)]
        )
    return evaluate_arrays(_scores.name, moods, truth, scores, _same_tracks(_dataset, truth))


@st.cache_resource(max_entries=16, show_spinner="Measuring how sure the figures are …")
def _trust(key: tuple[str, ...], _evaluated: Evaluated) -> pd.DataFrame:
    return mood_trust(_evaluated.truth, _evaluated.probabilities, _evaluated.moods, _artists(_evaluated))


@st.cache_resource(max_entries=16, show_spinner="Comparing …")
def _difference(key: tuple[str, ...], _left: Evaluated, _right: Evaluated, metric: str) -> pd.DataFrame:
    left, right = in_common(_left, _right)
    return compare_moods(left.truth, left.probabilities, right.probabilities, left.moods, metric, _artists(left))


def _artists(evaluated: Evaluated) -> np.ndarray | None:
    return None if evaluated.tracks is None else evaluated.tracks.tracks["artist_id"].to_numpy(dtype=object)


def _same_tracks(dataset: Dataset, truth: np.ndarray) -> Dataset | None:
    if not dataset.split_moods:
        return None
    test = dataset.split_view().in_split("test")
    return test if test.labels.shape == truth.shape and np.array_equal(test.labels, truth.astype(bool)) else None


def _array(data: bytes, name: str) -> np.ndarray:
    try:
        return read_npy(data)
    except (ValueError, OSError, EOFError) as error:  # NumPy's own words would advise to load it unsafely
        raise DatasetError(
            f"{name} is not a NumPy matrix of numbers (a damaged file, or one of another kind); save it with "
            f"numpy.save(file, array)"
        ) from error


def _names(lines: Iterable[str]) -> list[str]:
    return [line.split("\t")[0].rpartition("---")[2].strip() for line in lines if line.strip()]
