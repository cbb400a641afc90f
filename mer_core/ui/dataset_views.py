"""The views of the dataset page; each takes the page and the tracks that match the filter."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from mer_core import mood_statistics as statistics
from mer_core.dataset import Dataset
from mer_core.figures import dataset as figures
from mer_core.mood_space import FAMILIES, OTHER
from mer_core.mtg_layout import PARTS
from mer_core.track_filter import TrackFilter
from mer_core.ui import loaders
from mer_core.ui.address import linked, linked_range, linked_text, recall, remember
from mer_core.ui.messages import empty_state, plain
from mer_core.ui.page import PageContext
from mer_core.ui.widgets import chart, downloads, mood_filter, mood_picker, player, track_table

SORTS = {"amount": "amount", "family": "family", "name": "name"}

MEASURE_HELP = """How often two moods stand on the same track.
**Count**: tracks with both. **Conditional**: of the tracks with the row's mood, the share that has the column's, too.
**Jaccard**: tracks with both ÷ tracks with either. **PMI**: above 0 bits when they meet more often than by chance."""


def filtered(page: PageContext, dataset: Dataset) -> Dataset:
    """The filter's widgets and what they leave of the dataset."""
    with st.expander("Filter", icon=":material/filter_alt:", expanded=any(recall(key) for key in ("moods", "artist", "text", "length", "part"))):
        left, right = st.columns(2)
        with left:
            moods, match = mood_filter(dataset.moods)
            text = linked_text("Title, artist or id", key="text", placeholder="words, in any order")
        with right:
            names = _artist_names(dataset)
            artists = linked(st.multiselect, "Artists", list(names), key="artist", format_func=lambda artist: names[artist], placeholder="All artists")
            seconds = _seconds(dataset)
            present = [part for part in PARTS if (dataset.tracks["split"] == part).any()]
            parts = linked(st.pills, "Split", present, key="part", selection_mode="multi") if present else []
    condition = TrackFilter(moods, match, tuple(artists), seconds, tuple(parts), text)
    kept = dataset if condition == TrackFilter() else dataset.subset(condition.mask(dataset))
    of = f" of {len(dataset):,}" if len(kept) < len(dataset) else ""
    st.caption(f"**{len(kept):,}{of} tracks** · {kept.hours:,.0f} hours · {kept.tracks['artist_id'].nunique():,} artists")
    return kept


def nothing_matches() -> None:
    """What to do when the filter leaves nothing."""
    empty_state("No track matches", "Take a condition out of the filter above, or set the moods to “any of them”.", icon=":material/filter_alt_off:")


def balance(page: PageContext, dataset: Dataset) -> None:
    """How common each mood is, how many a track has, and how long the tracks are."""
    left, right = st.columns([3, 2], gap="large")
    table = statistics.mood_balance(dataset)
    with left:
        st.subheader("How common each mood is", anchor=False)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            by_split = st.toggle("By split", key="by_split", disabled=not (dataset.tracks["split"] != "").any())
            log = st.toggle("Log scale", key="log")
            amount = linked(st.selectbox, "Count", list(figures.AMOUNTS), key="count", default="tracks", disabled=by_split, width=130)
            sort = linked(st.selectbox, "Sort by", list(SORTS), key="sort", default="amount", width=130)
        ordered = _sorted(table, sort, "tracks" if by_split else amount)
        figure = figures.balance(ordered, amount, by_split=by_split, log=log)
        chart(figure, page, key="balance", alt=f"Number of {amount} of each mood", select=("points",), picked=_pick_mood)
    with right:
        st.subheader("Moods a track", anchor=False)
        chart(figures.tags_per_track(statistics.tags_per_track(dataset.labels)), page, key="tags", alt="How many tracks have one, two, three moods")
        st.subheader("Length of the tracks", anchor=False)
        chart(figures.durations(statistics.duration_histogram(dataset.tracks["duration"].to_numpy())), page, key="durations", alt="Tracks by length")
        st.subheader("Tracks of one mood", anchor=False)
        mood = mood_picker(dataset.moods, label="Mood (or click a bar)")
        if mood:
            _tracks_with(page, dataset, [mood], key="of-mood")


def together(page: PageContext, dataset: Dataset) -> None:
    """Which moods stand on the same tracks."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = linked(st.segmented_control, "Measure", list(statistics.MEASURES), key="measure", default="count", required=True, help=MEASURE_HELP)
        order = linked(st.segmented_control, "Order", ["alike", "amount", "name"], key="order", default="alike", required=True)
        first = mood_picker(dataset.moods, label="Tracks with")
        second = linked(st.selectbox, "and", dataset.moods, key="with", placeholder="Click a cell, or choose")
    rows = _order(dataset, order)
    moods = [dataset.moods[row] for row in rows]
    matrix = statistics.cooccurrence(dataset.labels, measure)[np.ix_(rows, rows)]
    count = statistics.cooccurrence(dataset.labels)[np.ix_(rows, rows)]
    figure = figures.cooccurrence(matrix, moods, measure, count)
    chart(figure, page, key="together", alt=f"Heat map of moods by {figures.MEASURE_TITLES[measure]}", select=("points",), picked=_pick_pair)
    pair = list(dict.fromkeys(mood for mood in (first, second) if mood))
    if pair:
        _tracks_with(page, dataset, pair, key="of-pair")
    else:
        st.caption("Click a cell, or choose two moods above, to list the tracks that have both.")


def splits(page: PageContext, dataset: Dataset) -> None:
    """Which moods are more common in one part of the split than in another."""
    present = [part for part in PARTS if (dataset.tracks["split"] == part).any()]
    if len(present) < 2:
        empty_state(
            "No split to compare", "The tracks shown are all in one part of the split, or in none. Training makes its own split where a dataset has none."
        )
        return
    st.dataframe(_split_sizes(dataset), hide_index=True)
    with st.container(horizontal=True):
        first = linked(st.selectbox, "From", present, key="from", default=present[0])
        others = [part for part in present if part != first]
        second = linked(st.selectbox, "To", others, key="to", default=others[-1])
    table = statistics.split_shift(dataset, first, second).sort_values("difference", ascending=False)
    clear = int(((table["low"] > 0) | (table["high"] < 0)).sum())
    st.markdown(
        f"**{clear} of {len(table)} moods** are clearly more or less common in {second} than in {first} (coloured: the interval leaves 0 out). "
        "Intervals take whole artists, for an artist's tracks resemble each other; with this many moods, one in twenty looks clear by chance."
    )
    chart(figures.split_shift(table, first, second), page, key="shift", alt=f"Difference of each mood's share between {first} and {second}")


def artists(page: PageContext, dataset: Dataset) -> None:
    """Whether a mood is the work of one artist."""
    table = statistics.mood_balance(dataset).sort_values("top_share", ascending=False)
    names = _artist_names(dataset)
    st.markdown("A mood that one artist dominates teaches a model that artist's sound. At the top: the moods that depend most on a single artist.")
    chart(
        figures.artists(table.assign(top_artist=table["top_artist"].map(lambda artist: names.get(artist, "nobody")))),
        page,
        key="artists",
        alt="Share of each mood's tracks by one artist",
    )
    shown = table.assign(top_artist=table["top_artist"].map(names), top_share=table["top_share"] * 100).reset_index()
    columns: dict[str, Any] = {
        "mood": "Mood",
        "tracks": "Tracks",
        "artists": "Artists",
        "even_artists": st.column_config.NumberColumn("As if by … equal artists", format="%.1f", help="Inverse Simpson index: 1 means one artist made it all."),
        "top_artist": "Most frequent artist",
        "top_share": st.column_config.NumberColumn("Made by that artist", format="%.0f %%"),
    }
    st.dataframe(shown, hide_index=True, column_order=list(columns), column_config=columns)


def tracks(page: PageContext, dataset: Dataset) -> None:
    """The tracks that match, with player and downloads."""
    _list_tracks(page, dataset, key="tracks", name="tracks")


def problems(page: PageContext, dataset: Dataset) -> None:
    """What validation found in the whole dataset, whatever the filter."""
    found = loaders.problems(page.open_workspace)
    if not found:
        st.success("Validation found nothing wrong: ids, tags, paths, durations and splits are sound.", icon=":material/verified:")
        return
    table = pd.DataFrame(found, columns=["kind", "where", "message", "severity"])
    counts = table.groupby(["severity", "kind"]).size().rename("times").reset_index().sort_values(["severity", "times"], ascending=[True, False])
    st.markdown(f"Validation found **{len(table):,}** problems in the whole dataset. Errors must be mended; warnings say that figures may mislead.")
    st.dataframe(counts, hide_index=True)
    st.dataframe(
        table[["severity", "kind", "where", "message"]].head(1000), hide_index=True, column_config={"message": st.column_config.TextColumn(width="large")}
    )
    st.code(f"python scripts/validate_dataset.py {page.open_workspace.dataset_dir}", language="bash", wrap_lines=True)


def _tracks_with(page: PageContext, dataset: Dataset, moods: list[str], key: str) -> None:
    found = dataset.subset(TrackFilter(tuple(moods), "all").mask(dataset))
    st.markdown(f"**{len(found):,} tracks** with {' and '.join(plain(mood) for mood in moods)}")
    if len(found):
        _list_tracks(page, found, key=key, name="-".join(moods))


def _list_tracks(page: PageContext, dataset: Dataset, *, key: str, name: str) -> None:
    chosen = track_table(page, dataset, key=key)
    if chosen:
        remember("track", chosen)
    track = recall("track")
    if track:
        player(page.open_workspace, dataset, track)
    downloads(page.open_workspace, dataset, key=key, name=name)


def _pick_mood(points: list[dict[str, Any]]) -> None:
    """Put the mood of a clicked bar in focus."""
    if points:
        st.session_state["mood"] = points[0]["customdata"]


def _pick_pair(points: list[dict[str, Any]]) -> None:
    """Put the two moods of a clicked cell in focus."""
    if points:
        st.session_state["mood"], st.session_state["with"] = points[0]["customdata"]


def _sorted(table: pd.DataFrame, sort: str, amount: str) -> pd.DataFrame:
    if sort == "name":
        return table.sort_index()
    if sort == "family":
        rank = table["family"].map({family: place for place, family in enumerate((*FAMILIES, OTHER))})
        return table.assign(rank=rank).sort_values(["rank", amount], ascending=[True, False])
    return table.sort_values(amount, ascending=False)


def _order(dataset: Dataset, order: str) -> np.ndarray:
    if order == "alike":
        return statistics.clustered_order(dataset.labels)
    return np.argsort(-dataset.labels.sum(axis=0), kind="stable") if order == "amount" else np.argsort(dataset.moods)


def _seconds(dataset: Dataset) -> tuple[float, float] | None:
    """The range of durations asked for; None when it is everything."""
    low, high = int(dataset.tracks["duration"].min()), int(np.ceil(dataset.tracks["duration"].max()))
    first, last = linked_range("Length (seconds)", low, high, key="length")
    return None if (first, last) == (low, high) else (first, last)


def _artist_names(dataset: Dataset) -> dict[str, str]:
    pairs = dataset.tracks.drop_duplicates("artist_id").sort_values(["artist", "artist_id"])
    return {artist_id: name or artist_id for artist_id, name in zip(pairs["artist_id"], pairs["artist"], strict=True)}


def _split_sizes(dataset: Dataset) -> pd.DataFrame:
    table = dataset.tracks.groupby("split").agg(tracks=("track_id", "size"), artists=("artist_id", "nunique"), hours=("duration", "sum"))
    table["hours"] = (table["hours"] / 3600).round(1)
    return table.reindex([part for part in (*PARTS, "") if part in table.index]).rename({"": "in none"}).reset_index()
