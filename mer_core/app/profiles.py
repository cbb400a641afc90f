"""Thresholds that somebody edited and saved on the diagnostics page, chosen on the predict page, and used wherever a
prediction of the same model is shown."""

from dataclasses import replace

import streamlit as st

from mer_core.app import loaders
from mer_core.app.results import Result, results
from mer_core.app.url_state import linked, recall
from mer_core.model import threshold_profiles
from mer_core.workspace.layout import Workspace

WORD = "profile"
"""In the address, on every page."""


def pick(workspace: Workspace | None, model: str) -> None:
    """Choose a profile; shows nothing where there is none."""
    if names := _names(workspace, model):
        text = "Profiles are saved on the Diagnostics page."
        linked(st.selectbox, "Thresholds", names, key=WORD, placeholder="The model's own", help=text)


def thresholds(workspace: Workspace | None, model: str) -> dict[str, float]:
    """By mood, as the profile chosen for this model has them; empty where none is chosen."""
    profile = recall(WORD)
    if workspace is None or profile not in _names(workspace, model):
        return {}
    reader = loaders.model(workspace, model)
    saved = threshold_profiles.load_profile(workspace.model_dir(model), str(profile), reader)
    return {mood: float(value) for mood, value in zip(reader.moods, saved, strict=True)}


def decided(result: Result, workspace: Workspace | None, model: str) -> Result:
    """The result as the chosen profile decides; unchanged where none is chosen, or another model heard it."""
    heard = result.prediction
    if heard is None or (result.workspace, heard.model_name) != (workspace, model):
        return result
    chosen = thresholds(workspace, model)
    return replace(result, prediction=heard.decided_by(chosen)) if chosen else result


def decided_all(workspace: Workspace | None, model: str) -> dict[str, Result]:
    """All results of this session, by key, as the chosen profile decides."""
    return {key: decided(result, workspace, model) for key, result in results().items()}


def _names(workspace: Workspace | None, model: str) -> list[str]:
    return threshold_profiles.profile_names(workspace.model_dir(model)) if workspace else []
