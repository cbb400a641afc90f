"""The answer of the recommend page: tracks with reasons, a player, and the playlist to take away."""

import pandas as pd
import streamlit as st

from mer_core.app import frame, loaders, music
from mer_core.app.messages import counted
from mer_core.app.player import play
from mer_core.app.url_state import linked, linked_number, recall
from mer_core.app.views.dataset_shown import shown_dataset
from mer_core.app.views.inspector import moods_of, show_track
from mer_core.app.views.recommend_compare import NAMES
from mer_core.app.views.recommend_playlist import lengthened
from mer_core.app.views.recommend_query import Shop, ask_not_music, leave_out
from mer_core.app.widgets import pick_table, track_location
from mer_core.embeddings.versions import with_copies
from mer_core.export import formats as exports
from mer_core.lyrics.space import WORDS
from mer_core.recommend.by_words import words_sentence
from mer_core.recommend.explain import Seed, closest_sections, path_sentence, sentence
from mer_core.recommend.explain_music import music_sentence
from mer_core.recommend.path import smooth_path
from mer_core.recommend.rank import Query, allowed_tracks, mood_profile, rank, usual_per_artist, why_fewer


def answer(shop: Shop, query: Query, count: int, seed: Seed | None) -> pd.DataFrame:
    """The ranked tracks with a column `reason`; seed: what was asked by, whose sections are compared."""
    found = rank(shop.catalogue, query, count)
    hop = float(shop.model.encoder["hop_seconds"])
    reasons = []
    for _, track in found.iterrows():
        by_words = shop.words is not None and shop.words.by == WORDS
        sections = None if seed is None or by_words else closest_sections(seed, shop.frames(track["track_id"]), hop)
        compared = _music_reason(shop, query, str(track["track_id"]))
        if shop.words is not None:
            compared = " ".join(filter(None, [words_sentence(track, shop.words.by), compared]))
        reasons.append(sentence(shop.catalogue, query, track, sections, compared))
    return found.assign(reason=reasons)


def _music_reason(shop: Shop, query: Query, track_id: str) -> str:
    """How tempo, key and voice compare, where one track of the workspace was asked by."""
    asked = next(iter(query.excluded), "")  # before the tracks that were left out
    if query.liked is None or len(query.weights) != 1 or asked not in shop.catalogue.row_of_id:
        return ""
    workspace = shop.page.open_workspace
    return music_sentence(music.of_track(workspace, asked), music.of_track(workspace, track_id))


def ask_path(shop: Shop) -> pd.DataFrame | None:
    """From one mood to another."""
    moods = list(shop.catalogue.moods)
    start = linked(st.selectbox, "From", moods, key="from", default=None, placeholder="A mood")
    end = linked(st.selectbox, "To", moods, key="to", default=None, placeholder="A mood")
    count = linked_number("How many", 3, 30, 10, 1, key="path-count")
    if not start or not end:
        return None
    allowed = allowed_tracks(shop.catalogue, Query(not_music=ask_not_music(shop)))
    first, last = (mood_profile(shop.catalogue, {mood: 1.0}) for mood in (start, end))
    path = smooth_path(shop.catalogue, first, last, count, usual_per_artist(shop.catalogue), allowed)
    return path.assign(
        reason=[path_sentence(position, start, end) for position in path["position"]], score=path["position"]
    )


def show(shop: Shop, found: pd.DataFrame, title: str, query: Query | None = None, wanted: int = 0) -> None:
    """The tracks, and beside them the one that was clicked with the reason for it; says why where fewer than `wanted`
    were found for `query` (None: a path)."""
    left, right = frame.beside(3, 2)
    ids = [str(track) for track in found["track_id"]]
    with left:
        _show_table(shop, found, ids)
        limit = f"the limit of {counted(query.per_artist, 'track')} an artist" if query else ""
        if query and (fewer := why_fewer(shop.catalogue, query, len(found), wanted, limit)):
            st.caption(fewer)
        _playlists(shop, found, title)
    track = recall("track")
    with right, frame.answer(track if track in ids else None):
        if track in ids:
            _show_one(shop, found.iloc[ids.index(str(track))], may_leave_out=query is not None)
        else:
            st.info("Click a row to hear the track and see why it is here.", icon=":material/touch_app:")


def _show_table(shop: Shop, found: pd.DataFrame, ids: list[str]) -> None:
    dataset, predicted = shown_dataset(shop.page.open_workspace, shop.page.model)
    rows = loaders.row_of(shop.page.open_workspace)
    title, artist = (
        found["title"].where(found["title"] != "", found["track_id"]),
        found["artist"].where(found["artist"] != "", found["artist_id"]),
    )
    moods = "Predicted moods" if predicted else "Moods"
    table = pd.DataFrame({"Track": title, moods: [moods_of(dataset, rows[track]) for track in ids]})
    columns = {
        "Track": st.column_config.TextColumn(width=140),
        "Artist": st.column_config.TextColumn(width=110),
        moods: st.column_config.ListColumn(width=130),
        "Why": st.column_config.TextColumn(width=420),
        "Way": st.column_config.NumberColumn(
            width=60, format="%.0f %%", help="How far the track is on the way from the first mood to the second"
        ),
    }
    if "position" in found:
        table.insert(0, "Way", found["position"] * 100)
    else:
        table["Why"] = [with_copies(*words) for words in zip(found["reason"], found["also_as"], strict=True)]
    table["Artist"] = artist
    columns |= music.add_columns(table, shop.page.open_workspace, ids)
    compared = "Sound" if shop.words is None else NAMES[shop.words.by]
    for column, name in (("sound_similarity", compared), ("mood_similarity", "Mood")):
        if column in found and found[column].notna().any():
            table[name] = found[column]
            text = "How alike, 1: the same; of moods with valence and arousal, where they are measured"
            columns[name] = st.column_config.NumberColumn(width=60, format="%.2f", help=text)
    height = 38 + 35 * min(len(table), 11)
    pick_table(table, lambda row: play(ids[row], among=ids), key="recommended", height=height, column_config=columns)


def _show_one(shop: Shop, track: pd.Series, may_leave_out: bool) -> None:
    key = str(track["track_id"])
    show_track(shop.page, key, note=str(track["reason"]))
    if may_leave_out:
        with st.container(horizontal=True):
            st.button("Leave out this track", on_click=leave_out, args=(key,), icon=":material/block:")
            if track["artist_id"]:
                artist = str(track["artist_id"])
                st.button("Leave out this artist", on_click=leave_out, args=(artist,), icon=":material/person_off:")


def _playlists(shop: Shop, found: pd.DataFrame, title: str) -> None:
    workspace = shop.page.open_workspace
    dataset = loaders.dataset(workspace)
    listed = lengthened(shop.catalogue, found)

    def located() -> pd.DataFrame:
        """What is listed, with where each track lies; asked for only where a playlist is taken."""
        places = [
            track_location(workspace, dataset, track, path)
            for track, path in zip(listed["track_id"], listed["path"], strict=True)
        ]
        return listed.assign(location=places)

    notes = dict(zip(listed["track_id"], listed["reason"], strict=True))
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
