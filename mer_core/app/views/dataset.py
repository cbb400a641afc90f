"""The views of the dataset page; each takes the page and the tracks that match the filter."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import frame
from mer_core.app.messages import counted, empty_state, plain
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked, recall
from mer_core.app.views.dataset_filter import Shown, artist_names, parts_of
from mer_core.app.views.inspector import show_track
from mer_core.app.widgets import Point, chart, downloads, mood_picker, safe_table, track_table
from mer_core.datasets import statistics
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.filters import TrackFilter
from mer_core.figures import dataset as figures
from mer_core.moods import FAMILIES, OTHER

MEASURE_HELP = """How often two moods stand on the same track.
**Count**: tracks with both. **Conditional**: of the tracks with the row's mood, the share that has the column's, too.
**Jaccard**: tracks with both ÷ tracks with either. **PMI**: above 0 bits when they meet more often than by chance."""

EVEN_HELP = "Inverse Simpson index of the tracks whose artist is known: 1 means one artist made them all."


def balance(page: PageContext, shown: Shown) -> None:
    """How common each mood is, how many a track has, and how long the tracks are."""
    dataset, table = shown.dataset, shown.compute(statistics.mood_balance)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        amount = linked(st.selectbox, "Count", list(figures.AMOUNTS), key="count", default="tracks", width=150)
        sort = linked(st.selectbox, "Sort by", ["amount", "family", "name"], key="sort", default="amount", width=150)
        by_split = st.toggle(
            "By split",
            key="by_split",
            disabled=not parts_of(dataset) or amount != "tracks",
            help="For tracks, where there is a split.",
        )
        log = st.toggle("Log scale", key="log")
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("How common each mood is", anchor=False)
        figure = figures.balance(
            _sorted(table, sort, amount), amount, by_split=by_split and amount == "tracks", log=log
        )
        chart(
            figure, page, key="balance", alt=f"Number of {amount} of each mood", select=("points",), picked=_pick_mood
        )
    with right:
        mood = mood_picker(dataset.moods, label="Tracks of one mood (or click a bar)")
        with frame.answer(mood):
            if mood:
                _tracks_with(page, dataset, [mood], key="of-mood")
        st.header("Moods a track", anchor=False)
        chart(
            figures.tags_per_track(statistics.tags_per_track(dataset.labels)),
            page,
            key="tags",
            alt="How many tracks have one, two, three moods",
        )
        st.header("Length of the tracks", anchor=False)
        chart(
            figures.durations(statistics.duration_histogram(dataset.tracks["duration"].to_numpy())),
            page,
            key="durations",
            alt="Tracks by length",
        )


def together(page: PageContext, shown: Shown) -> None:
    """Which moods stand on the same tracks."""
    dataset = shown.dataset
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        measure = linked(
            st.segmented_control,
            "Measure",
            list(statistics.MEASURES),
            key="measure",
            default="count",
            required=True,
            help=MEASURE_HELP,
        )
        order = linked(
            st.segmented_control, "Order", ["alike", "amount", "name"], key="order", default="alike", required=True
        )
    moods, matrix, count = shown.compute(_matrix, measure, order)
    figure = figures.cooccurrence(matrix, moods, measure, count)
    st.html(f"<style>.st-key-wide-together {{ --least-width: {160 + 10 * len(moods)}px; }}</style>")
    left, right = frame.beside()
    with left:
        chart(
            figure,
            page,
            key="wide-together",
            alt=f"Heat map of moods by {figures.MEASURE_TITLES[measure]}",
            select=("points",),
            picked=_pick_pair,
        )
    with right:
        one, two = st.columns(2)
        with one:
            first = mood_picker(dataset.moods, label="Tracks with")
        with two:
            second = linked(st.selectbox, "and", dataset.moods, key="with", placeholder="Choose a mood")
        pair = list(dict.fromkeys(mood for mood in (first, second) if mood))
        with frame.answer("+".join(pair)):
            if pair:
                _tracks_with(page, dataset, pair, key="of-pair")
            else:
                st.caption("Choose, or click a cell, to list the tracks.")


def splits(page: PageContext, shown: Shown) -> None:
    """Which moods are more common in one part of the split than in another."""
    dataset = shown.dataset
    present = parts_of(dataset)
    if len(present) < 2:
        empty_state(
            "No split to compare",
            "The tracks shown are all in one part, or in none. Training makes its own split where a dataset has none.",
        )
        return
    right = st.column_config.TextColumn(alignment="right")
    safe_table(shown.compute(_split_sizes), column_config=dict.fromkeys(("Tracks", "Artists", "Hours"), right))
    one, two, _ = st.columns([1, 1, 2])
    with one:
        first = linked(st.selectbox, "From", present, key="from", default=present[0])
    with two:
        others = [part for part in present if part != first]
        second = linked(st.selectbox, "To", others, key="to", default=others[-1])
    table = shown.compute(_shift, first, second)
    st.markdown(_shift_words(table, first, second))
    chart(
        figures.split_shift(table, first, second),
        page,
        key="shift",
        alt=f"Difference of each mood's share between {first} and {second}",
    )


def artists(page: PageContext, shown: Shown) -> None:
    """Whether a mood is the work of one artist."""
    dataset, unknown = shown.dataset, int((shown.dataset.tracks["artist_id"] == "").sum())
    if unknown == len(dataset):
        empty_state(
            "No artist is known",
            "None of these tracks names its artist, so a mood by one artist cannot be found.",
        )
        return
    table = shown.compute(statistics.mood_balance).sort_values("top_share", ascending=False)
    names = shown.compute(artist_names)
    st.markdown(
        "A mood that one artist dominates teaches a model that artist's sound. At the top: the moods that depend most "
        "on a single artist."
    )
    if unknown:
        st.caption(
            f"Of {counted(len(dataset), 'track')}, {unknown:,} name no artist: a share is what an artist made for "
            f"certain, and may be more."
        )
    chart(
        figures.artists(table.assign(top_artist=table["top_artist"].map(lambda artist: names.get(artist, "nobody")))),
        page,
        key="artists",
        alt="Share of each mood's tracks by one artist",
    )
    rows = table.assign(top_artist=table["top_artist"].map(names), top_share=table["top_share"] * 100).reset_index()
    columns: dict[str, Any] = {
        "mood": "Mood",
        "tracks": "Tracks",
        **(
            {"credited": st.column_config.NumberColumn("Artist known", help="Tracks whose artist is known")}
            if unknown
            else {}
        ),
        "artists": "Artists",
        "even_artists": st.column_config.NumberColumn("As if by … equal artists", format="%.1f", help=EVEN_HELP),
        "top_artist": "Most frequent artist",
        "top_share": st.column_config.NumberColumn("Made by that artist", format="%.0f %%"),
    }
    safe_table(rows, column_order=list(columns), column_config=columns)


def tracks(page: PageContext, shown: Shown) -> None:
    """The tracks that match, and beside them the one that was clicked."""
    left, right = frame.beside()
    with left:
        track_table(shown.dataset, key="tracks", height=490)
        downloads(page.open_workspace, shown.dataset, key="tracks", name="tracks")
    track = recall("track")
    with right, frame.answer(track):
        if track:
            show_track(page, track)
        else:
            st.info("Click a row to hear the track and see its moods here.", icon=":material/touch_app:")


def _tracks_with(page: PageContext, dataset: Dataset, moods: list[str], key: str) -> None:
    """The tracks that have all of `moods`; the one that was clicked of them below."""
    found = dataset.subset(TrackFilter(tuple(moods), "all").mask(dataset))
    st.markdown(f"**{counted(len(found), 'track')}** with {' and '.join(plain(mood) for mood in moods)}")
    if not len(found):
        return
    track_table(found, key=key, height=300)
    downloads(page.open_workspace, found, key=key, name="-".join(moods))
    track = recall("track")
    if track and (found.tracks["track_id"] == track).any():
        with st.container(border=True):
            show_track(page, track)


def _pick_mood(points: list[Point]) -> None:
    """Put the mood of a clicked bar in focus."""
    if points:
        st.session_state["mood"] = points[0]["y"]


def _pick_pair(points: list[Point]) -> None:
    """Put the two moods of a clicked cell in focus."""
    if points:
        st.session_state["mood"], st.session_state["with"] = points[0]["y"], points[0]["x"]


def _matrix(dataset: Dataset, measure: str, order: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Moods in that order, and their co-occurrence by that measure and as counts."""
    amount = dataset.labels.sum(axis=0)
    rows = {
        "alike": lambda: statistics.clustered_order(dataset.labels),
        "amount": lambda: np.argsort(-amount, kind="stable"),
    }.get(order, lambda: np.argsort(dataset.moods))()
    both = np.ix_(rows, rows)
    return (
        [dataset.moods[row] for row in rows],
        statistics.cooccurrence(dataset.labels, measure)[both],
        statistics.cooccurrence(dataset.labels)[both],
    )


def _shift(dataset: Dataset, first: str, second: str) -> pd.DataFrame:
    """`statistics.split_shift` for the moods the splits are made for, the most gained first."""
    return statistics.split_shift(dataset.with_moods(dataset.split_moods or dataset.moods), first, second).sort_values(
        "difference", ascending=False
    )


def _shift_words(table: pd.DataFrame, first: str, second: str) -> str:
    if table["low"].isna().all():
        return (
            f"How far to trust a difference between {first} and {second} cannot be said: that takes at least two "
            "artists in each."
        )
    clear = int(((table["low"] > 0) | (table["high"] < 0)).sum())
    return (
        f"**{clear} of {len(table)} moods** are clearly more or less common in {second} than in {first} (coloured: the "
        f"interval leaves 0 out). "
        "Intervals take whole artists, for an artist's tracks resemble each other; with this many moods, one in twenty "
        "looks clear by chance."
    )


def _sorted(table: pd.DataFrame, sort: str, amount: str) -> pd.DataFrame:
    if sort == "name":
        return table.sort_index()
    if sort == "family":
        rank = table["family"].map({family: place for place, family in enumerate((*FAMILIES, OTHER))})
        return table.assign(rank=rank).sort_values(["rank", amount], ascending=[True, False])
    return table.sort_values(amount, ascending=False)


def _split_sizes(dataset: Dataset) -> pd.DataFrame:
    """How large each part of the split is, in words: Streamlit's own formats for numbers have no separators of
    thousands that are the same everywhere."""
    rows = []
    for part in [*parts_of(dataset), *([""] if (dataset.tracks["split"] == "").any() else [])]:
        tracks = dataset.subset((dataset.tracks["split"] == part).to_numpy())
        hours = f"{tracks.hours:,.1f}" if tracks.hours < 10 else f"{tracks.hours:,.0f}"
        rows.append(
            {
                "Part": part or "in none",
                "Tracks": f"{len(tracks):,}",
                "Artists": f"{tracks.n_artists:,}",
                "Hours": hours,
            }
        )
    return pd.DataFrame(rows)
