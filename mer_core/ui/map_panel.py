"""The parts of the mood map page: choosing a colouring, drawing a map whose selection lasts, telling what was selected."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.figures.mood_map import Colouring, map_figure
from mer_core.figures.theme import FAMILY_COLOURS, MUTED, OUTCOME_COLOURS, SPLIT_COLOURS, mood_colour
from mer_core.map_view import MapView, families, outcomes, selection_moods, valence_and_arousal
from mer_core.similarity import nearest
from mer_core.ui import loaders
from mer_core.ui.address import linked
from mer_core.ui.messages import plain
from mer_core.ui.page import PageContext
from mer_core.ui.widgets import chart

COLOURINGS = ("families of moods", "one mood", "probability of the mood", "hits and misses of the mood", "split", "valence", "arousal")
_SELECTED = "map_selected"


def pick_colouring() -> str:
    """Choose what the colours mean; in the address as `colour`."""
    return str(linked(st.selectbox, "Colour", COLOURINGS, key="colour", default=COLOURINGS[0]))


def colouring_of(view: MapView, choice: str, mood: str) -> Colouring | None:
    """The colouring called `choice`; None where this workspace has not what it needs (predictions, say)."""
    if choice == "one mood":
        values = np.where(view.has(mood), mood, f"not {mood}")
        return Colouring(mood, values, {f"not {mood}": MUTED, mood: mood_colour(mood)})
    if choice == "probability of the mood":
        if view.scores is None or mood not in view.scores:
            return None
        return Colouring(f"probability of {mood}", view.scores[mood].to_numpy(dtype=float))
    if choice == "hits and misses of the mood":
        hits = outcomes(view, mood)
        return None if hits is None else Colouring(mood, hits, {name: OUTCOME_COLOURS[name] for name in reversed(OUTCOME_COLOURS)})
    if choice == "split":
        return Colouring("split", view.dataset.tracks["split"].to_numpy(), SPLIT_COLOURS)
    if choice in ("valence", "arousal"):
        return Colouring(choice, valence_and_arousal(view)[:, choice == "arousal"].astype(float), limits=(-1.0, 1.0))
    return Colouring("family", families(view), FAMILY_COLOURS)


def draw(page: PageContext, view: MapView, colouring: Colouring, *, key: str, focus: tuple[int, bool] | None = None) -> None:
    """Show the map; a lasso, box or click in it changes the selection that all maps of the page share."""
    picked = selected_rows(page, view)
    labels = _labels(view)
    figure = map_figure(np.stack([view.x, view.y], axis=1), labels, colouring, picked, focus)
    alt = f"Map of {len(view.dataset)} tracks coloured by {colouring.title}"
    points = chart(figure, page, key=key, alt=alt, select=("points", "box", "lasso"))
    chosen = sorted(int(point["customdata"][0] if isinstance(point["customdata"], list) else point["customdata"]) for point in points if "customdata" in point)
    _take_over(page, view, key, chosen)


def selected_rows(page: PageContext, view: MapView) -> np.ndarray | None:
    """The selection as (n_tracks,) bool, None where nothing is selected. It is kept by track id, so every map shows the same tracks."""
    ids = st.session_state.get(_SELECTED, {}).get(_owner(page))
    if not ids:
        return None
    mask = view.dataset.tracks["track_id"].isin(ids).to_numpy(dtype=bool)
    return mask if mask.any() else None


def clear_selection(page: PageContext) -> None:
    """Forget the selection."""
    st.session_state.setdefault(_SELECTED, {}).pop(_owner(page), None)


def tell_selection(view: MapView, selected: np.ndarray) -> None:
    """Which moods the selection has more of than the whole map, with their lift."""
    table = selection_moods(view, selected).head(12).reset_index()
    table["share"] *= 100
    columns = {
        "mood": st.column_config.TextColumn("Mood"),
        "selected": st.column_config.NumberColumn("In the selection"),
        "total": st.column_config.NumberColumn("On the map"),
        "share": st.column_config.NumberColumn("Share of the selection", format="%.0f %%"),
        "lift": st.column_config.NumberColumn("Lift", format="%.1f ×", help="How many times more often than on the whole map; 1 × is as everywhere."),
    }
    st.dataframe(table, hide_index=True, column_config=columns, key="selection-moods")


def label(view: MapView, row: int) -> str:
    """What to call the track in a row: title and artist, else its id."""
    track = view.dataset.tracks.iloc[row]
    return " · ".join(part for part in (track["title"] or track["track_id"], track["artist"]) if part)


def tell_neighbours(page: PageContext, encoder: str, view: MapView, track_id: str, most: int = 10) -> None:
    """The tracks that sound most like one, by cosine of the embeddings (not by distance on the map)."""
    ids, embeddings = loaders.pooled(page.open_workspace, encoder)
    rows = {known: row for row, known in enumerate(view.dataset.tracks["track_id"])}
    if track_id not in ids or track_id not in rows:
        return
    found, similarities = nearest(embeddings[[ids.index(track_id)]], embeddings, most + 1)
    pairs = [(rows[ids[i]], float(s)) for i, s in zip(found[0], similarities[0], strict=True) if ids[i] != track_id and ids[i] in rows][:most]
    st.subheader(f"Sounds most like “{plain(label(view, rows[track_id]))}”", anchor=False)
    moods = np.array(view.dataset.moods, dtype=object)
    table = pd.DataFrame(
        {
            "Track": [label(view, row) for row, _ in pairs],
            "Moods": [list(moods[view.dataset.labels[row]]) for row, _ in pairs],
            "Similarity": [similarity for _, similarity in pairs],
        }
    )
    st.dataframe(
        table, hide_index=True, key="neighbours", column_config={"Similarity": st.column_config.NumberColumn(format="%.2f", help="Cosine, 1: the same")}
    )


def explain(trustworthiness: float) -> None:
    """What a UMAP's axes and distances mean, and how well this map keeps neighbourhoods."""
    sentence = (
        "Tracks close together sound alike to the encoder. The axes have no meaning or unit, far distances and the size of the gaps "
        "between groups mean nothing, and a group may be an accident of the projection: check what you find in the table."
    )
    if np.isfinite(trustworthiness):
        sentence += f" Trustworthiness of this map: {trustworthiness:.2f} (1: all neighbours on the map are neighbours in truth; chance is about 0.5)."
    st.caption(sentence)


def _take_over(page: PageContext, view: MapView, key: str, chosen: list[int]) -> None:
    """A new selection in a chart becomes the selection; what the chart said before and says still is not new."""
    memory = st.session_state.setdefault(f"{key}-said", {})
    if memory.get("rows") == chosen:
        return
    memory["rows"] = chosen
    if chosen:
        st.session_state.setdefault(_SELECTED, {})[_owner(page)] = set(view.dataset.tracks["track_id"].iloc[chosen])
        st.rerun()


def _owner(page: PageContext) -> str:
    return str(page.open_workspace.root)


def _labels(view: MapView) -> list[str]:
    tracks = view.dataset.tracks
    names = tracks["title"].where(tracks["title"] != "", tracks["track_id"])
    return [_hover(f"{name} · {artist}" if artist else name) for name, artist in zip(names, tracks["artist"], strict=True)]


def _hover(text: str, longest: int = 60) -> str:
    """Text for Plotly's hover box, which reads a small HTML: angle brackets are replaced, long names are cut."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut.replace("<", "‹").replace(">", "›").replace("&", "+")
