"""The answer of the recommend page: tracks with reasons, a player, and the playlist to take away."""

import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, plain
from mer_core.app.teaching import correction_controls
from mer_core.app.url_state import linked, linked_number
from mer_core.app.views.recommend_query import Shop, ask_foreign, leave_out
from mer_core.app.widgets import WRAPPING, player, safe_table, track_location
from mer_core.export import formats as exports
from mer_core.recommend.explain import Seed, closest_sections, path_sentence, sentence
from mer_core.recommend.path import smooth_path
from mer_core.recommend.rank import Query, allowed_tracks, mood_profile, rank, usual_per_artist, why_fewer


def answer(shop: Shop, query: Query, count: int, seed: Seed | None) -> pd.DataFrame:
    """The ranked tracks with a column `reason`; seed: what was asked by, whose sections are compared."""
    found = rank(shop.catalogue, query, count)
    hop = float(shop.model.encoder["hop_seconds"])
    reasons = []
    for _, track in found.iterrows():
        sections = None if seed is None else closest_sections(seed, shop.frames(track["track_id"]), hop)
        reasons.append(sentence(shop.catalogue, query, track, sections))
    return found.assign(reason=reasons)


def ask_path(shop: Shop) -> pd.DataFrame | None:
    """From one mood to another."""
    moods = list(shop.catalogue.moods)
    left, middle, right = st.columns(3)
    with left:
        start = linked(st.selectbox, "From", moods, key="from", default=None, placeholder="A mood")
    with middle:
        end = linked(st.selectbox, "To", moods, key="to", default=None, placeholder="A mood")
    with right:
        count = linked_number("How many", 3, 30, 10, 1, key="path-count")
    if not start or not end:
        return None
    allowed = allowed_tracks(shop.catalogue, Query(foreign=ask_foreign(shop)))
    first, last = (mood_profile(shop.catalogue, {mood: 1.0}) for mood in (start, end))
    path = smooth_path(shop.catalogue, first, last, count, usual_per_artist(shop.catalogue), allowed)
    return path.assign(
        reason=[path_sentence(position, start, end) for position in path["position"]], score=path["position"]
    )


def show(shop: Shop, found: pd.DataFrame, title: str, query: Query | None = None, wanted: int = 0) -> None:
    """The tracks with reasons, a player and the playlists; says why where fewer than `wanted` were found for `query`
    (None: a path)."""
    shown = _table(found)
    columns = {
        name: st.column_config.TextColumn(width=width)
        for name, width in (("Track", 260), ("Artist", 130), ("Why", 260))
    }
    columns["Way"] = st.column_config.NumberColumn(
        width=60, format="%.0f %%", help="How far the track is on the way from the first mood to the second"
    )
    columns |= {
        name: st.column_config.NumberColumn(width=60, format="%.2f", help="Cosine similarity, 1: the same")
        for name in ("Sound", "Mood")
    }
    row = WRAPPING if "Sound" in shown else 35  # reasons that tell the closest sections are long
    look = {"row_height": row, "height": 38 + row * min(len(shown), 15), "column_config": columns}
    event = safe_table(shown, key="recommended", on_select="rerun", selection_mode="single-row", **look)
    if query and (
        fewer := why_fewer(
            shop.catalogue, query, len(found), wanted, f"the limit of {counted(query.per_artist, 'track')} an artist"
        )
    ):
        st.caption(fewer)
    if rows := event["selection"]["rows"]:
        _show_one(shop, found.iloc[rows[0]], may_leave_out=query is not None)
    _playlists(shop, found, title)


def _table(found: pd.DataFrame) -> pd.DataFrame:
    """Title, artist, reason and what is known of the likeness; on a path how far on the way each is, which says as much
    as the reason in less room."""
    title, artist = (
        found["title"].where(found["title"] != "", found["track_id"]),
        found["artist"].where(found["artist"] != "", found["artist_id"]),
    )
    if "position" in found:
        return pd.DataFrame({"Way": found["position"] * 100, "Track": title, "Artist": artist})
    table = pd.DataFrame({"Track": title, "Artist": artist, "Why": found["reason"]})
    for column, name in (("sound_similarity", "Sound"), ("mood_similarity", "Mood")):
        if found[column].notna().any():
            table[name] = found[column]
    return table


def _show_one(shop: Shop, track: pd.Series, may_leave_out: bool) -> None:
    workspace = shop.page.open_workspace
    with st.container(border=True):
        player(workspace, loaders.dataset(workspace), str(track["track_id"]))
        correction_controls(shop.page, [str(track["track_id"])], key="recommended")
        st.caption(plain(track["reason"]))
        if may_leave_out:
            with st.container(horizontal=True):
                st.button(
                    "Leave out this track", on_click=leave_out, args=(str(track["track_id"]),), icon=":material/block:"
                )
                if track["artist_id"]:
                    st.button(
                        "Leave out this artist",
                        on_click=leave_out,
                        args=(str(track["artist_id"]),),
                        icon=":material/person_off:",
                    )


def _playlists(shop: Shop, found: pd.DataFrame, title: str) -> None:
    workspace = shop.page.open_workspace
    dataset = loaders.dataset(workspace)

    def located() -> pd.DataFrame:
        """What was found, with where each track lies; asked for only where a playlist is taken."""
        places = [
            track_location(workspace, dataset, track, path)
            for track, path in zip(found["track_id"], found["path"], strict=True)
        ]
        return found.assign(location=places)

    notes = dict(zip(found["track_id"], found["reason"], strict=True))
    with st.container(horizontal=True):
        for label, suffix, mime, make in (
            ("M3U", "m3u8", "audio/x-mpegurl", lambda: exports.to_m3u(located())),
            ("CSV", "csv", "text/csv", lambda: exports.csv_text(located().drop(columns="row"))),
            ("JSPF", "jspf", "application/json", lambda: exports.to_jspf(located(), title, notes)),
        ):
            st.download_button(
                f"Download {label}",
                make,
                f"playlist.{suffix}",
                mime,
                key=f"playlist-{suffix}",
                icon=":material/download:",
                on_click="ignore",
            )
