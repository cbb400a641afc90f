"""What the recommend page asks: like which tracks, which section, what mood, and how it is weighed. Each gives a
Query."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import streamlit as st

from mer_core.app import inference, loaders, music
from mer_core.app import track_search as track_picker
from mer_core.app.messages import counted
from mer_core.app.player import UPLOAD
from mer_core.app.shell import PageContext
from mer_core.app.teaching import note_own_moods
from mer_core.app.url_state import forget, linked, linked_number, linked_range, recall_all
from mer_core.app.views.recommend_playlist import ask_playlist
from mer_core.app.widgets import Point, chart
from mer_core.embeddings.pooling import pool
from mer_core.errors import MerError
from mer_core.figures.predict import timeline_figure
from mer_core.inference.predictor import Predictor, Sound
from mer_core.model.trained import Model
from mer_core.moods import FAMILIES, family_of
from mer_core.recommend.ask import query_by, query_for
from mer_core.recommend.by_words import ByWords
from mer_core.recommend.catalogue import Catalogue, Floats
from mer_core.recommend.explain import Seed, cut
from mer_core.recommend.rank import Query, check_seeds, usual_per_artist, wishes_of

WAYS = ("tracks", "a section", "a mood", "a description", "a path")
NOT_MUSIC = ("left out", "offered too")
MOODS_OVER_TIME = 6


class Asked(NamedTuple):
    """What a person asks: the query, and where it is by one track alone, that or its section."""

    query: Query
    seed: Seed | None = None


@dataclass(frozen=True)
class Shop:
    """Where one looks: the page and the tracks to choose from."""

    page: PageContext
    catalogue: Catalogue
    words: ByWords | None = None
    """Where tracks are compared by words, or by both: what `catalogue` then is."""

    def name(self, key: str) -> str:
        """What to call a track or an upload."""
        if key.startswith(UPLOAD):
            result = inference.results().get(key.removeprefix(UPLOAD))
            return f"your file: {result.name}" if result else "a file that is gone"
        return loaders.track_names(self.page.open_workspace).of(key)

    def frames(self, key: str) -> np.ndarray:
        """Frame embeddings (n_frames, dim) of a track or an upload."""
        if key.startswith(UPLOAD):
            result = inference.results().get(key.removeprefix(UPLOAD))
            if result is None or result.prediction is None:
                raise MerError("this upload is no longer here; drop the file again on the Predict page")
            return result.prediction.embedding
        return loaders.frames(self.page.open_workspace, str(self.model.encoder["name"]), key)

    @property
    def model(self) -> Model:
        """The page's model."""
        return loaders.model(self.page.workspace, self.page.model)

    def heard(self, seeds: list[str], weights: list[float]) -> Query:
        """The query for tracks or uploads, by their weights (see `Query`)."""
        X = [
            pool(self.frames(seed), self.model.pooling)
            if seed.startswith(UPLOAD)
            else self.catalogue.embeddings[self.catalogue.row_of(seed)]
            for seed in seeds
        ]
        query = query_by(self.catalogue, self.model, np.stack(X), weights)
        if self.words is None or query.sound is None:
            return query
        rows = [self._with_words(seed, sound[None]) for seed, sound in zip(seeds, query.sound, strict=True)]
        return replace(query, sound=np.concatenate(rows))

    def _with_words(self, seed: str, sound: Floats) -> Floats:
        """The row (1, k) of a track or an upload, compared by its words."""
        assert self.words is not None
        if not seed.startswith(UPLOAD):
            return self.words.row_of_track(seed)
        prediction = inference.results()[seed.removeprefix(UPLOAD)].prediction
        joined = None if prediction is None else prediction.words
        return self.words.row_of_file(sound, None if joined is None else joined.words, self.name(seed))

    def same_as(self, key: str) -> list[str]:
        """A track or an upload, and the tracks of the catalogue that are the same song as an upload."""
        if not key.startswith(UPLOAD):
            return [key]
        result = inference.results()[key.removeprefix(UPLOAD)]
        duration = result.prediction.duration if result.prediction else np.nan
        return [key, *self.catalogue.same_song(pool(self.frames(key), self.model.pooling), duration)]

    def uploads(self) -> list[str]:
        """This session's files that this model has heard, newest first."""
        results = reversed(inference.results().items())
        return [
            UPLOAD + key
            for key, result in results
            if result.prediction and result.prediction.model_name == self.model.name
        ]

    def offered(self, chosen: list[str], found: list[str]) -> list[str]:
        """What a list offers: what is chosen already, this session's uploads, what the search found."""
        known = [key for key in chosen if key in self.catalogue.row_of_id or key in self.uploads()]
        return list(dict.fromkeys([*known, *self.uploads(), *found[: track_picker.MOST]]))


def ask_tracks(shop: Shop) -> Asked | None:
    """By tracks, with plus and minus."""
    found = track_picker.search(shop.page, shop.catalogue.row_of_id, key="find")
    like = _tracks(shop, "Like these", "like", found)
    unlike = _tracks(shop, "But unlike these", "unlike", found)
    check_seeds(like, unlike, lambda key: f"“{shop.name(key)}”")
    like += [track for track in ask_playlist(shop.catalogue) if track not in [*like, *unlike]]
    if not like:
        return None
    weights = [1.0] * len(like) + [-1.0] * len(unlike)
    excluded = [track for key in [*like, *unlike] for track in shop.same_as(key)]
    query = replace(shop.heard([*like, *unlike], weights), excluded=excluded)
    return Asked(query, Seed(shop.frames(like[0])) if len(weights) == 1 else None)


def ask_section(shop: Shop) -> Asked | None:
    """By some seconds of one track, chosen with a slider or by dragging over its moods in time."""
    found = track_picker.search(shop.page, shop.catalogue.row_of_id, key="find")
    offered = shop.offered(recall_all("of") or recall_all("track"), found)
    look = {"format_func": shop.name, "placeholder": "Search a track above", "on_change": forget, "args": ("section",)}
    track = linked(st.selectbox, "Track", offered, key="of", default=offered[0] if offered else None, **look)
    if not track:
        return None
    hop, frames = float(shop.model.encoder["hop_seconds"]), shop.frames(track)
    end = max(round(len(frames) * hop), 2)

    def take_range(points: list[Point]) -> None:
        """The seconds that were selected in the timeline become the section."""
        starts = [float(np.ravel(point["customdata"])[0]) for point in points if "customdata" in point]
        if starts:
            st.session_state["section"] = (int(min(starts)), min(end, int(max(starts)) + 4))

    heard = Predictor(shop.model).from_embedding(frames, Sound(duration=end))
    if heard.timeline is not None and len(heard.timeline) > 1:
        moods = [str(mood) for mood in heard.moods.index[:MOODS_OVER_TIME]]
        figure = timeline_figure(
            heard.timeline, moods, end, hint="drag to choose seconds", percent=heard.calibrated
        ).update_layout(dragmode="select", selectdirection="h")
        chart(
            figure,
            shop.page,
            key=f"wide-section-{track}",
            alt="Moods of the track over time",
            select=("box",),
            picked=take_range,
        )
    seed = cut(frames, *linked_range("Seconds", 0, end, key="section", default=(0, min(end, 15))), hop)
    embedding = pool(seed.frames, shop.model.pooling)[None]
    query = query_by(shop.catalogue, shop.model, embedding, [1.0])
    return Asked(replace(query, excluded=shop.same_as(track)), seed)


def ask_mood(shop: Shop) -> Asked | None:
    """By moods to have more and less of, families of moods, and a place on valence and arousal."""
    catalogue = shop.catalogue
    more = linked(st.multiselect, "More of", list(catalogue.moods), key="more", placeholder="Moods")
    less = linked(st.multiselect, "Less of", list(catalogue.moods), key="less", placeholder="Moods")
    present = [family for family in FAMILIES if any(family_of(mood) == family for mood in catalogue.moods)]
    wishes: dict[str, float] = {}
    with st.expander("Families of moods: less to the left, more to the right"):
        for family in present:
            value = linked_number(family.capitalize(), -1.0, 1.0, 0.0, 0.1, key=f"family-{family}")
            wishes |= {mood: value for mood in catalogue.moods if family_of(mood) == family and value}
    with st.expander("Valence and arousal"):
        valence = linked_number("Valence (unpleasant to pleasant)", -1.0, 1.0, 0.0, 0.1, key="valence")
        arousal = linked_number("Arousal (calm to excited)", -1.0, 1.0, 0.0, 0.1, key="arousal")
    note_own_moods(shop.page, [*more, *less])
    by_name = wishes_of(more, less)
    query = query_for(catalogue, wishes | by_name, valence or None, arousal or None)
    return None if query is None else Asked(replace(query, by_label=by_name, mood_weight=1.0))


def ask_not_music(shop: Shop) -> bool:
    """Whether tracks that are not music to the model may be among the answers; where there are any, how many there are
    stands above the choice."""
    if not shop.catalogue.not_music.any():
        return False
    number = counted(int(shop.catalogue.not_music.sum()), "track")
    label, text = (
        f"{number} of no music",
        "They sound unlike all music the model knows: noise, silence, speech. Their moods mean little.",
    )
    return bool(
        linked(st.segmented_control, label, NOT_MUSIC, key="not_music", default=NOT_MUSIC[0], required=True, help=text)
        == NOT_MUSIC[1]
    )


def ask_weighing(shop: Shop, query: Query) -> tuple[Query, int]:
    """How sound and mood are weighed, variety, and what is not wanted; returns the query and how many tracks are asked
    for."""
    weight, per_artist = query.mood_weight, usual_per_artist(shop.catalogue)
    with st.expander("How it is weighed", icon=":material/tune:"):
        if query.sound is not None:
            weight = linked_number(
                "Sound or mood",
                0.0,
                1.0,
                0.5,
                0.05,
                key="weight",
                help="0: alike in sound alone; 1: alike in mood alone",
            )
        variety = linked_number(
            "Variety", 0.0, 0.9, 0.0, 0.05, key="variety", help="0: the best first; more: less alike among themselves"
        )
        if shop.catalogue.several_artists:
            per_artist = linked_number("Tracks an artist at most", 1, 10, per_artist, 1, key="per-artist")
        count = linked_number("How many", 5, 50, 15, 1, key="count")
        text = "The list ends before a track fits less than this; 0.9: among the best tenth"
        least_fit = linked_number("Least fit", 0.0, 0.95, 0.0, 0.05, key="least-fit", help=text)
    look = {
        "placeholder": "Moods you do not want",
        "help": "Leaves out the 20 % of tracks with most of this mood",
    }
    unwanted = linked(st.multiselect, "Not", list(shop.catalogue.moods), key="not", **look)
    wordless = shop.words.wordless if shop.words else []
    excluded = [*query.excluded, *wordless, *_left_out(shop), *music.ask_unwanted(shop.page)]
    not_music = ask_not_music(shop)
    return replace(
        query,
        unwanted=[*query.unwanted, *unwanted],
        excluded=excluded,
        not_music=not_music,
        mood_weight=weight,
        variety=variety,
        per_artist=per_artist,
        least_fit=least_fit,
    ), count


def leave_out(key: str) -> None:
    """From now on leave out a track or an artist (its id)."""
    st.session_state[_WITHOUT] = list(dict.fromkeys([*recall_all(_WITHOUT), key]))


_WITHOUT = "without"


def _left_out(shop: Shop) -> list[str]:
    """Ids of the tracks left out, by themselves or with their artist; shown as a list to take them back."""
    if not recall_all(_WITHOUT):
        return []
    tracks = shop.catalogue.tracks
    artists = dict(
        zip(tracks["artist_id"], tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]), strict=True)
    )
    options = [key for key in recall_all(_WITHOUT) if key in artists or key in shop.catalogue.row_of_id]
    keys = linked(
        st.multiselect,
        "Left out",
        options,
        key=_WITHOUT,
        format_func=lambda key: f"all by {artists[key]}" if key in artists else shop.name(key),
    )
    return list(tracks["track_id"][tracks["artist_id"].isin(keys) | tracks["track_id"].isin(keys)])


def _tracks(shop: Shop, label: str, key: str, found: list[str]) -> list[str]:
    offered = shop.offered(recall_all(key), found)
    hint = "Search a track above" if not offered else "Choose"
    return list(
        linked(st.multiselect, label, offered, key=key, format_func=shop.name, placeholder=hint, max_selections=10)
    )
