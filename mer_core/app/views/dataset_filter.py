"""The filter of the dataset page, and what it leaves: the tracks, with a cache for what is computed from them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, empty_state
from mer_core.app.shell import PageContext
from mer_core.app.url_state import is_set, linked, linked_range, linked_text
from mer_core.app.views import dataset_words as words
from mer_core.app.widgets import mood_filter
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.filters import TrackFilter
from mer_core.datasets.mtg_jamendo.layout import PARTS

Result = TypeVar("Result")


@dataclass(frozen=True)
class Shown:
    """The tracks that match the filter."""

    dataset: Dataset
    key: tuple[str, ...]
    """A key for these tracks, for the cache of their statistics."""

    def compute(self, function: Callable[..., Result], *options: Any) -> Result:
        """`function(dataset, *options)`, computed once for these tracks; the result is shared, so never change it."""
        return _compute(function, self.dataset, function.__name__, options, self.key)


@st.cache_resource(max_entries=200, show_spinner=False)
def _compute(
    _function: Callable[..., Any], _dataset: Dataset, name: str, options: tuple[Any, ...], key: tuple[str, ...]
) -> Any:
    return _function(_dataset, *options)


def filtered(page: PageContext, dataset: Dataset, predicted_by: str = "") -> Shown:
    """The filter's widgets and what they leave of the dataset; `predicted_by` names the model where moods are
    predictions."""
    files = (*loaders.dataset_key(page.open_workspace), predicted_by)
    everything = Shown(dataset, files)
    with st.expander(
        "Filter",
        icon=":material/filter_alt:",
        expanded=any(is_set(key) for key in ("moods", "artist", "text", "length", "part", "words")),
    ):
        left, right = st.columns(2)
        with left:
            moods, match = mood_filter(dataset.moods)
            text = linked_text("Title, artist or id", key="text", placeholder="words, in any order")
        with right:
            names = everything.compute(artist_names)
            artists = (
                linked(
                    st.multiselect,
                    "Artists",
                    list(names),
                    key="artist",
                    format_func=names.get,
                    placeholder="All artists",
                )
                if names
                else []
            )
            seconds = _seconds(dataset)
            present = parts_of(dataset)
            parts = linked(st.pills, "Split", present, key="part", selection_mode="multi") if present else []
        finding = words.pick_finding(page)
    condition = TrackFilter(moods, match, tuple(artists), seconds, tuple(parts), text)
    kept = dataset if condition == TrackFilter() else dataset.subset(condition.mask(dataset))
    kept = words.keep_finding(page, kept, finding)
    which = counted(len(dataset), "track") if kept is dataset else f"{len(kept):,} of {counted(len(dataset), 'track')}"
    artists_known = counted(kept.n_artists, "artist") if kept.n_artists or not len(kept) else "no artist known"
    st.caption(f"**{which}** · {kept.hours:,.1f} hours · {artists_known}")
    return Shown(kept, files if kept is dataset else (*files, repr(condition), finding or ""))


def nothing_matches() -> None:
    """What to do when the filter leaves nothing."""
    empty_state(
        "No track matches",
        "Take a condition out of the filter above, or set the moods to “any of them”.",
        icon=":material/filter_alt_off:",
    )


def parts_of(dataset: Dataset) -> list[str]:
    """The parts of the split that have tracks."""
    present = set(dataset.tracks["split"].unique())
    return [part for part in PARTS if part in present]


def artist_names(dataset: Dataset) -> dict[str, str]:
    """Names by id of the known artists, in the order of the names; the id where no name is known."""
    pairs = (
        dataset.tracks[dataset.tracks["artist_id"] != ""]
        .drop_duplicates("artist_id")
        .sort_values(["artist", "artist_id"])
    )
    return {artist_id: name or artist_id for artist_id, name in zip(pairs["artist_id"], pairs["artist"], strict=True)}


def _seconds(dataset: Dataset) -> tuple[float, float] | None:
    """The range of durations asked for; None when it is everything."""
    low, high = int(dataset.tracks["duration"].min()), int(np.ceil(dataset.tracks["duration"].max()))
    first, last = linked_range("Length (seconds)", low, high, key="length")
    return None if (first, last) == (low, high) else (first, last)
