"""The parts of the mood map page: choosing a colouring, a selection that lasts, showing what was selected."""

from collections.abc import Iterable

import numpy as np
import streamlit as st

from mer_core.app import loaders
from mer_core.app import track_search as track_picker
from mer_core.app.messages import empty_state, plain, show_error
from mer_core.app.next_steps import embed_command
from mer_core.app.player import choose
from mer_core.app.shell import PageContext
from mer_core.app.url_state import linked
from mer_core.app.views import map_extras
from mer_core.app.widgets import mood_picker, safe_table, show_predicted_note
from mer_core.cli.commands import command_line
from mer_core.encoders.joint import JOINED_BY
from mer_core.errors import MerError, Remedy
from mer_core.figures.mood_map import Colouring
from mer_core.figures.theme import FAMILY_COLOURS, MUTED, OUTCOME_COLOURS, SPLIT_COLOURS, mood_colour
from mer_core.maps.view import NOTHING_FITS, MapView, families, outcomes, selection_moods, valence_and_arousal

BY_DESCRIPTION = "a description"
COLOURINGS = (
    "families of moods",
    "one mood",
    "probability of the mood",
    "hits and misses of the mood",
    "split",
    "valence",
    "arousal",
    BY_DESCRIPTION,
)
OF_ONE_MOOD = COLOURINGS[1:4]
NEWEST, FLOWN, WINDOWS = "map_newest", "map_flown", "map_windows"
"""Session keys: the answer asked for last, the track that the view begins at, and what is in view by map."""
_SELECTED, _FOUND = "map_selected", "map_found"


def pick_colouring(page: PageContext) -> str:
    """Choose what the colours mean: one of COLOURINGS or a column; in the address as `colour`."""
    options = [*COLOURINGS, *map_extras.columns(page.open_workspace)]
    return str(linked(st.selectbox, "Colour", options, key="colour", default=COLOURINGS[0]) or COLOURINGS[0])


def pick_mood(view: MapView) -> str | None:
    """Choose a mood to colour a map by: of the labels, or one that only the model knows, as moods of one's own."""
    moods = tuple(dict.fromkeys([*view.dataset.moods, *([] if view.scores is None else view.scores)]))
    return mood_picker(moods, default=next(iter(moods), None))


def pick_maps(maps: list[str]) -> list[str]:
    """One map, or two side by side; in the address as `maps`."""
    if len(maps) == 1:
        return maps
    text = "Choose two to see them side by side with one selection."
    return linked(st.multiselect, "Maps", maps, key="maps", default=maps[:1], max_selections=2, help=text) or maps[:1]


def view_of(page: PageContext, encoder: str) -> MapView:
    """The map of an encoder with the page's model; where model or embeddings are damaged, what is wrong and the map
    without predictions."""
    try:
        return loaders.map_view(page.open_workspace, encoder, page.model)
    except MerError as error:
        problem = error
    view = loaders.map_view(page.open_workspace, encoder, None)  # raises where it is the map that is damaged
    show_error(problem)
    return view


def colouring_of(view: MapView, choice: str, mood: str, *, calibrated: bool = True) -> Colouring | None:
    """The colouring called `choice`; None where this workspace has not what it needs (predictions, say). Without
    `calibrated` a probability is no percentage, so that the tracks' ranks are shown."""
    if choice == "one mood":
        has = view.has(mood)
        if mood not in view.dataset.moods and view.decisions is not None and mood in view.decisions:
            has = view.decisions[mood].fillna(False).to_numpy(dtype=bool)
        values = np.where(has, mood, f"not {mood}")
        return Colouring(mood, values, {f"not {mood}": MUTED, mood: mood_colour(mood)})
    if choice == "probability of the mood":
        if view.scores is None or mood not in view.scores:
            return None
        scores = view.scores[mood] if calibrated else view.scores[mood].rank(pct=True)
        title = f"probability of {mood}" if calibrated else f"{mood}: rank among these tracks"
        return Colouring(title, scores.to_numpy(dtype=float), tickformat=".0%")
    if choice == "hits and misses of the mood":
        hits = outcomes(view, mood)
        return (
            None
            if hits is None
            else Colouring(mood, hits, {name: OUTCOME_COLOURS[name] for name in reversed(OUTCOME_COLOURS)})
        )
    if choice == "split":
        return Colouring("split", view.dataset.tracks["split"].to_numpy(dtype=object), SPLIT_COLOURS)
    if choice in ("valence", "arousal"):
        title = f"{choice}, {'from moods' if view.measured is None else 'measured'}"
        values = valence_and_arousal(view)[:, int(choice == "arousal")].astype(float)
        return Colouring(title, values, limits=(-1.0, 1.0))
    return Colouring("family", families(view), {NOTHING_FITS: MUTED, **FAMILY_COLOURS})


def any_colouring(page: PageContext, view: MapView, choice: str, mood: str) -> Colouring | None:
    """The colouring called `choice`, which may be a column (see `colouring_of`)."""
    if choice in COLOURINGS:
        calibrated = view.scores is None or loaders.model(page.open_workspace, page.model).calibrated_on == "labels"
        return colouring_of(view, choice, mood, calibrated=calibrated)
    return map_extras.colouring(page.open_workspace, view, choice)


def search(page: PageContext, view: MapView) -> list[str]:
    """Search a track or artist; returns the ids of all found."""
    return track_picker.search(page, view.row_of, key="find")


def pick_found(page: PageContext, view: MapView, found: list[str]) -> str | None:
    """Choose one of those found (none: nothing was searched); a newly found one becomes the track in focus. Returns
    it."""
    chosen = None
    if found:
        names = {track: view.names[view.row_of[track]] for track in found[: track_picker.MOST]}
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = st.selectbox(f"{len(found):,} found", list(names), format_func=names.__getitem__, key="found")
            st.button("Select all found", on_click=select, args=(page, found), icon=":material/select_all:")
    if st.session_state.get(_FOUND) != chosen:
        st.session_state[_FOUND] = chosen
        if chosen:
            choose(chosen)
            st.session_state[FLOWN] = chosen
            st.session_state.pop(WINDOWS, None)
            st.session_state[NEWEST] = "Track"
            st.rerun()  # the bar and the answer show it
    return chosen


def selected_rows(page: PageContext, view: MapView) -> np.ndarray | None:
    """The selection as (n_tracks,) bool, None where nothing is selected. It is kept by track id, so every map shows the
    same tracks."""
    rows = view.rows(st.session_state.get(_SELECTED, {}).get(_owner(page), ()))
    if not len(rows):
        return None
    mask = np.zeros(len(view.dataset), bool)
    mask[rows] = True
    return mask


def select(page: PageContext, track_ids: Iterable[str]) -> None:
    """Make these tracks the selection; none: nothing is selected."""
    st.session_state.setdefault(_SELECTED, {})[_owner(page)] = frozenset(track_ids)
    st.session_state[NEWEST] = "Selection"


def show_selection(view: MapView, selected: np.ndarray) -> None:
    """Which moods the selection has more of than the whole map, with their lift."""
    table = selection_moods(view, selected).reset_index()[["mood", "lift", "selected", "share", "total"]]
    table["share"] *= 100
    columns = {
        "mood": st.column_config.TextColumn("Predicted mood" if view.predicted else "Mood"),
        "lift": st.column_config.NumberColumn(
            "Lift", format="%.1f ×", help="How many times more often than on the whole map; 1 × is as everywhere"
        ),
        "selected": st.column_config.NumberColumn("Tracks", help="Tracks of the selection that have the mood"),
        "share": st.column_config.NumberColumn(
            "Share", format="%.0f %%", help="Share of the selection that has the mood"
        ),
        "total": st.column_config.NumberColumn("On the map", help="Tracks of the whole map that have the mood"),
    }
    safe_table(table, column_config=columns, key="selection-moods", height=min(213, 38 + 35 * max(len(table), 1)))


def no_colouring(page: PageContext, encoder: str, choice: str, mood: str) -> None:
    """What a colouring by predictions needs."""
    try:
        model = loaders.model(page.open_workspace, page.model)
    except MerError:
        return  # `view_of` has said what is wrong with it
    read = str(model.encoder["name"])
    if encoder not in (read, *read.split(JOINED_BY)):
        empty_state(
            "No predictions on this map",
            f"The model “{plain(page.model)}” reads another encoder than this map's, {encoder}. Choose another model "
            f"in the sidebar, or train one:",
            command_line(Remedy("train_classifier", page.open_workspace.root, encoder)),
        )
    elif mood not in model.moods:
        st.info(
            f"The model “{plain(page.model)}” does not know the mood “{plain(mood)}”; choose another mood or model.",
            icon=":material/info:",
        )
    else:
        st.info(
            f"{choice.capitalize()} needs labels by people; there are none here.",
            icon=":material/info:",
        )


def explain_labels(page: PageContext, view: MapView, choice: str) -> None:
    """Say where moods are predictions, and where a model is shown on the tracks it was trained on."""
    if view.predicted:
        show_predicted_note(page)
        if choice == COLOURINGS[0]:
            st.caption(f"Grey, “{NOTHING_FITS}”: no mood is probable and reliable enough, or the sound is not music.")
    elif choice in ("probability of the mood", "hits and misses of the mood"):
        st.caption(
            f"Predicted by the model “{plain(page.model)}”; on training tracks it looks better than it is (see "
            f"Diagnostics)."
        )


def explain(page: PageContext, encoder: str, view: MapView) -> None:
    """What to do here, what a UMAP's axes and distances mean, and how well this map keeps neighbourhoods."""
    st.markdown(
        "Click a point to hear it. Drag to draw a lasso around many. Scroll to zoom. A word on the map names the mood "
        "that stands out most there. The dotted line is the way of the chosen song over time."
    )
    map_extras.show_examples(page, view)
    trustworthiness = loaders.mood_map(page.open_workspace, encoder).trustworthiness
    sentence = (
        "Tracks close together sound alike to the encoder. The axes have no meaning or unit, far distances and the "
        "size of the gaps "
        "between groups mean nothing, and a group may be an accident of the projection: check what you find in the "
        "table."
    )
    if np.isfinite(trustworthiness):
        sentence += (
            f" Trustworthiness of this map: {trustworthiness:.2f} (1: all neighbours on the map are neighbours in "
            "truth; chance is about 0.5)."
        )
    st.caption(sentence)


def no_map(page: PageContext) -> None:
    """What to do where there is no map yet."""
    root = page.open_workspace.root
    commands = [command_line(Remedy("build_map", root, encoder)) for encoder in page.open_workspace.encoders()]
    if not commands:
        build = embed_command(page.open_workspace, "musicnn")
        commands = [build + "\n" + command_line(Remedy("build_map", root, "musicnn"))]
    empty_state(
        "No map yet",
        "The map places every track by how it sounds. It is made once, offline, from the embeddings.",
        *commands,
    )


def newest_answer(tabs: list[str]) -> str:
    """Which of the answers was asked for last: the track, the selection, or (neither) what the map means."""
    newest = st.session_state.get(NEWEST, "Track")
    return newest if newest in tabs else tabs[0]


def _owner(page: PageContext) -> str:
    return str(page.open_workspace.root)
