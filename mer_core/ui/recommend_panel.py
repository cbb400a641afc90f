"""The parts of the recommend page: what is asked for, how it is weighed, and the answer with its reasons."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core import exports
from mer_core.errors import MerError
from mer_core.mood_path import smooth_path
from mer_core.mood_space import FAMILIES, family_of
from mer_core.pooling import pool
from mer_core.recommend import Catalogue, Query, mood_profile, rank
from mer_core.recommend_reasons import closest_sections, sentence, shared_moods
from mer_core.ui import inference, loaders
from mer_core.ui.address import linked
from mer_core.ui.page import PageContext
from mer_core.ui.widgets import player, track_location

WAYS = ("tracks", "a section", "a mood", "a path")
UPLOAD = "your file: "


def track_names(page: PageContext, catalogue: Catalogue) -> dict[str, str]:
    """What can be chosen as a seed: this session's uploads first, then every track, by its key in the address."""
    uploads = {f"upload:{key}": UPLOAD + result.name for key, result in inference.results().items() if result.prediction is not None}
    tracks = catalogue.tracks
    named = tracks["title"].where(tracks["title"] != "", tracks["track_id"]) + np.where(tracks["artist"] != "", " · " + tracks["artist"], "")
    return {**uploads, **dict(zip(tracks["track_id"], named, strict=True))}


def ask_tracks(page: PageContext, catalogue: Catalogue) -> Query | None:
    """By tracks, with plus and minus."""
    names = track_names(page, catalogue)
    like = linked(st.multiselect, "Like these", list(names), key="like", format_func=names.__getitem__, placeholder="Title, artist or id", max_selections=10)
    unlike = linked(st.multiselect, "But unlike these", list(names), key="unlike", format_func=names.__getitem__, max_selections=10)
    if not like:
        return None
    seeds = [*like, *unlike]
    weights = [1.0] * len(like) + [-1.0] * len(unlike)
    sound = np.concatenate([_sound(page, catalogue, seed) for seed in seeds])
    mood = np.average(np.concatenate([_mood(page, catalogue, seed) for seed in like]), axis=0)
    return Query(sound=sound, sound_weights=weights, mood=mood, excluded=seeds)


def ask_section(page: PageContext, catalogue: Catalogue) -> Query | None:
    """By some seconds of one track."""
    names = track_names(page, catalogue)
    seed = linked(st.selectbox, "Track", list(names), key="track", default=None, format_func=names.__getitem__, placeholder="Title, artist or id")
    if not seed:
        return None
    model = loaders.model(page.workspace, page.model)
    hop, frames = float(model.encoder["hop_seconds"]), _frames(page, seed)
    end = max(round(len(frames) * hop), 2)
    first, last = st.slider("Seconds", 0, end, (0, min(end, 15)), key=f"section-{seed}")
    part = frames[int(first / hop) : max(int(first / hop) + 1, round(last / hop))]
    embedding = pool(part, model.pooling)[None]
    return Query(sound=catalogue.sound_of(embedding), mood=catalogue.mood_of(model.probabilities(embedding))[0], excluded=(seed,))


def ask_mood(catalogue: Catalogue) -> Query | None:
    """By families of moods (more or less of each), a place on valence and arousal, and moods that are not wanted."""
    present = [family for family in FAMILIES if any(family_of(mood) == family for mood in catalogue.moods)]
    st.caption("More of a family to the right, less of it to the left")
    wishes: dict[str, float] = {}
    for column, family in zip(_grid(len(present)), present, strict=True):
        value = column.slider(family.capitalize(), -1.0, 1.0, 0.0, 0.1, key=f"family-{family}")
        wishes |= {mood: value for mood in catalogue.moods if family_of(mood) == family and value}
    left, right = st.columns(2)
    valence = left.slider("Valence (unpleasant to pleasant)", -1.0, 1.0, 0.0, 0.1, key="valence")
    arousal = right.slider("Arousal (calm to excited)", -1.0, 1.0, 0.0, 0.1, key="arousal")
    more = linked(st.multiselect, "More of", list(catalogue.moods), key="more")
    wishes |= dict.fromkeys(more, 1.0)
    profile = mood_profile(catalogue, wishes, valence or None, arousal or None)
    return Query(mood=profile, mood_weight=1.0) if np.any(profile) else None


def ask_weighing(query: Query, catalogue: Catalogue) -> tuple[Query, int]:
    """How sound and mood, variety and exclusions are weighed."""
    columns = st.columns(4)
    weight = query.mood_weight
    if query.sound is not None:
        weight = columns[0].slider("Sound or mood", 0.0, 1.0, 0.5, 0.05, key="weight", help="0: alike in sound alone; 1: alike in mood alone")
    variety = columns[1].slider("Variety", 0.0, 0.9, 0.3, 0.05, key="variety")
    per_artist = columns[2].slider("Tracks an artist at most", 1, 10, 2, key="per-artist")
    count = columns[3].slider("How many", 5, 50, 15, key="count")
    unwanted = linked(st.multiselect, "Not", list(catalogue.moods), key="not", placeholder="Moods you do not want")
    return Query(query.sound, query.sound_weights, query.mood, tuple(unwanted), query.excluded, weight, variety, per_artist), count


def answer(page: PageContext, catalogue: Catalogue, query: Query, count: int, seed: str | None) -> pd.DataFrame:
    """The ranked tracks with a column `reason`."""
    found = rank(catalogue, query, count)
    wanted = np.zeros(len(catalogue.moods)) if query.mood is None else query.mood
    frames = None if seed is None else _frames(page, seed)
    hop = float(loaders.model(page.workspace, page.model).encoder["hop_seconds"])
    reasons = []
    for row, track_id in zip(found["row"], found["track_id"], strict=True):
        sections = None if frames is None else closest_sections(frames, _frames(page, track_id), hop)
        reasons.append(sentence(shared_moods(catalogue, row, wanted), sections))
    return found.assign(reason=reasons)


def ask_path(page: PageContext, catalogue: Catalogue) -> pd.DataFrame | None:
    """From one mood to another."""
    left, middle, right = st.columns(3)
    with left:
        start = linked(st.selectbox, "From", list(catalogue.moods), key="from", default=None, placeholder="A mood")
    with middle:
        end = linked(st.selectbox, "To", list(catalogue.moods), key="to", default=None, placeholder="A mood")
    count = right.slider("How many", 3, 30, 10, key="path-count")
    if not start or not end:
        return None
    path = smooth_path(catalogue, mood_profile(catalogue, {start: 1.0}), mood_profile(catalogue, {end: 1.0}), count)
    return path.assign(reason=[f"{position:.0%} of the way from {start} to {end}" for position in path["position"]], score=path["position"])


def show(page: PageContext, found: pd.DataFrame, title: str, wanted: int = 0) -> None:
    """The tracks with reasons, a player and the playlists; says so where fewer than `wanted` were found."""
    named = found["title"].where(found["title"] != "", found["track_id"])
    shown = pd.DataFrame({"Track": named, "Artist": found["artist"].where(found["artist"] != "", found["artist_id"]), "Why": found["reason"]})
    for column, name in (("sound_similarity", "Sound"), ("mood_similarity", "Mood")):
        if column in found and found[column].notna().any():
            shown[name] = found[column]
    columns = {name: st.column_config.NumberColumn(format="%.2f", help="Cosine similarity, 1: the same") for name in ("Sound", "Mood")}
    event = st.dataframe(shown, hide_index=True, key="recommended", on_select="rerun", selection_mode="single-row", column_config=columns)
    rows = event["selection"]["rows"]
    if len(found) < wanted:
        st.caption(f"Only {len(found)} tracks are left by the limit an artist and the exclusions.")
    if rows:
        player(page.open_workspace, loaders.dataset(page.open_workspace), str(found["track_id"].iloc[rows[0]]))
    dataset = loaders.dataset(page.open_workspace)
    where = [track_location(page.open_workspace, dataset, track, path) for track, path in zip(found["track_id"], found["path"], strict=True)]
    table = found.assign(location=where)
    notes = dict(zip(found["track_id"], found["reason"], strict=True))
    with st.container(horizontal=True):
        for label, suffix, mime, make in (
            ("M3U", "m3u8", "audio/x-mpegurl", lambda: exports.to_m3u(table)),
            ("CSV", "csv", "text/csv", lambda: exports.csv_text(table.drop(columns=["row"]))),
            ("JSPF", "jspf", "application/json", lambda: exports.to_jspf(table, title, notes)),
        ):
            st.download_button(f"Download {label}", make, f"playlist.{suffix}", mime, key=f"playlist-{suffix}", icon=":material/download:", on_click="ignore")


def _sound(page: PageContext, catalogue: Catalogue, seed: str) -> np.ndarray:
    if seed.startswith("upload:"):
        return catalogue.sound_of(_upload_embedding(page, seed))
    return catalogue.sound[[catalogue.row_of(seed)]]


def _mood(page: PageContext, catalogue: Catalogue, seed: str) -> np.ndarray:
    if seed.startswith("upload:"):
        return catalogue.mood_of(loaders.model(page.workspace, page.model).probabilities(_upload_embedding(page, seed)))
    return catalogue.mood[[catalogue.row_of(seed)]]


def _upload_embedding(page: PageContext, seed: str) -> np.ndarray:
    return np.asarray(pool(_frames(page, seed), loaders.model(page.workspace, page.model).pooling)[None])


def _frames(page: PageContext, seed: str) -> np.ndarray:
    if seed.startswith("upload:"):
        result = inference.results().get(seed.removeprefix("upload:"))
        if result is None or result.prediction is None:
            raise MerError("this upload is no longer here; drop the file again on the Predict page")
        return result.prediction.embedding
    encoder = str(loaders.model(page.workspace, page.model).encoder["name"])
    return loaders.store(page.open_workspace, encoder).read_frames(seed)


def _grid(n: int, width: int = 3) -> list[st.delta_generator.DeltaGenerator]:
    cells = [cell for _ in range(-(-n // width)) for cell in st.columns(width)]
    return cells[:n]
