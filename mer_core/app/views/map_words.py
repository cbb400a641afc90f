"""A description in one's own words on the mood map: every track is coloured by how well it fits."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from mer_core.app import loaders
from mer_core.app.shell import PageContext
from mer_core.app.views.mood_map import BY_DESCRIPTION, select
from mer_core.app.views.recommend_query import Shop
from mer_core.app.views.recommend_words import ask_understood
from mer_core.figures.mood_map import Colouring
from mer_core.maps.view import MapView
from mer_core.recommend.catalogue import Catalogue, Floats
from mer_core.recommend.describe import likeness

BEST = 20
"""Tracks that the button selects."""


class FitToWords(NamedTuple):
    """How well tracks fit a description: (n_tracks,) in (-1, 1), in the order of the catalogue."""

    catalogue: Catalogue
    likeness: Floats


def ask(page: PageContext, choice: str) -> FitToWords | None:
    """The description, what was understood as chips, and a button that selects the best tracks; None where tracks are
    coloured otherwise or nothing was asked."""
    if choice != BY_DESCRIPTION:
        return None
    catalogue = loaders.catalogue(page.open_workspace, page.model)
    if catalogue is None:
        st.caption(f"The model “{page.model}” hears none of these tracks: they have no embeddings by its encoder.")
        return None
    understood = ask_understood(Shop(page, catalogue))
    if understood is None or understood.empty:
        return None
    fit = FitToWords(catalogue, likeness(catalogue, understood))
    best = catalogue.tracks["track_id"].iloc[np.argsort(-fit.likeness, kind="stable")[:BEST]]
    st.button(f"Select the {len(best)} that fit best", on_click=select, args=(page, best), icon=":material/select_all:")
    return fit


def colouring(view: MapView, fit: FitToWords | None) -> Colouring | None:
    """The tracks of the map coloured by how well they fit; None without a description."""
    if fit is None:
        return None
    rows = np.array([fit.catalogue.row_of_id.get(track, -1) for track in view.dataset.tracks["track_id"]])
    values = np.where(rows >= 0, fit.likeness[rows], np.nan)
    return Colouring("fits the description", values, limits=(-1.0, 1.0))
