"""The view of the dataset page that ranks labels which look wrong, with what speaks for it."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import frame, loaders
from mer_core.app.messages import counted, empty_state, plain
from mer_core.app.next_steps import embed_command
from mer_core.app.player import play
from mer_core.app.shell import PageContext
from mer_core.app.teaching import correction_controls
from mer_core.app.url_state import linked, recall
from mer_core.app.views.dataset_filter import Shown
from mer_core.app.views.inspector import badges, moods_of, show_name
from mer_core.app.widgets import pick_table, safe_table
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.versions import nearest_recordings
from mer_core.teach import labels as doubts
from mer_core.workspace.layout import Workspace

SHOWN = {"wrong": "Given, but improbable", "missing": "Probable, but not given", "odd": "Odd moods and duplicates"}
MOST, NEIGHBOURS = 300, 8
_DOUBTED = "doubted_label"
COLUMNS = {"Probability": st.column_config.NumberColumn(format="%.2f", help="Of the mood, by models of other artists")}


def doubtful(page: PageContext, shown: Shown) -> None:
    """Labels that look wrong among the tracks that the filter leaves; evaluated on all labelled, embedded tracks."""
    workspace = page.open_workspace
    encoder = str(loaders.base_model(workspace, page.model).encoder["name"])
    if not loaders.dataset(workspace).labels.any() or encoder not in workspace.encoders():
        text = "To find labels that may be wrong, this page needs labels and embeddings."
        empty_state("Nothing to doubt yet", text, embed_command(workspace, encoder))
        return
    kind = linked(
        st.segmented_control, "Doubt", list(SHOWN), key="doubt", default="wrong", required=True, format_func=SHOWN.get
    )
    key = (*loaders.stamp(workspace.embeddings_dir(encoder)), *loaders.dataset_key(workspace))
    data, dataset, table = _doubts(workspace, encoder, key)
    if kind == "odd":
        _odd(data, dataset)
        return
    kept = set(shown.dataset.tracks["track_id"])
    chosen = table[(table["kind"] == kind) & table["track_id"].isin(kept)]
    if not len(chosen):
        st.success("No label looks wrong in this way among these tracks.", icon=":material/verified:")
        return
    sure = int(chosen["confident"].sum())
    st.caption(
        f"{counted(len(chosen), 'label')}, of which confident learning counts {sure:,} among the errors. "
        "Listen before you correct."
    )
    chosen = chosen.head(MOST)
    left, right = frame.beside(3, 2)
    with left:
        _table(chosen, kind, dataset)
    picked = _picked(chosen, kind)
    with right, frame.answer(None if picked is None else f"{picked['track_id']} {picked['mood']}"):
        if picked is None:
            st.info("Click a row to hear the track and see what speaks for the doubt.", icon=":material/touch_app:")
        else:
            _one(page, encoder, dataset, picked)


@st.cache_resource(max_entries=2, show_spinner="Looking for labels that look wrong …")
def _doubts(_workspace: Workspace, encoder: str, key: loaders.Stamp) -> tuple[doubts.Labelled, Dataset, pd.DataFrame]:
    """The embedded tracks, their dataset, and the table of `labels.suspects` with track_id."""
    dataset = loaders.dataset(_workspace)
    track_ids, X = loaders.pooled(_workspace, encoder)
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    dataset = dataset.subset(dataset.tracks["track_id"].isin(row_of).to_numpy())
    rows = [row_of[track_id] for track_id in dataset.tracks["track_id"]]
    artists = dataset.tracks["artist_id"].to_numpy(dtype=str)
    data = doubts.Labelled(X[rows], dataset.labels, dataset.moods, artists).checkable()
    table = doubts.suspects(data.labels, doubts.probabilities_held_out(data), data.moods)
    return data, dataset, table.assign(track_id=dataset.tracks["track_id"].to_numpy()[table["row"].astype(int)])


def _table(chosen: pd.DataFrame, kind: str, dataset: Dataset) -> None:
    names = dataset.tracks["title"].where(dataset.tracks["title"] != "", dataset.tracks["track_id"]).to_numpy()
    probability = chosen["confidence"] if kind == "wrong" else 1 - chosen["confidence"]
    shown = pd.DataFrame(
        {"Track": names[chosen["row"].astype(int)], "Mood": chosen["mood"], "Probability": probability.to_numpy()}
    )
    shown["Counted"] = np.where(chosen["confident"].astype(bool), "an error", "")
    ids = [str(track) for track in chosen["track_id"]]

    def picked(row: int) -> None:
        """Play the track, and keep which of its labels is doubted."""
        st.session_state[_DOUBTED] = (kind, ids[row], str(chosen["mood"].iloc[row]))
        play(ids[row], among=list(dict.fromkeys(ids)))

    height = 38 + 35 * min(len(shown), 11)
    pick_table(shown, picked, key=f"doubts-{kind}", height=height, column_config=COLUMNS)


def _picked(chosen: pd.DataFrame, kind: str) -> pd.Series | None:
    """The label whose row was clicked; where next or previous went on from it, the first doubt of the track in the
    player."""
    track = recall("track")
    of_track = chosen[chosen["track_id"] == track]
    exact = of_track[[(kind, track, mood) == st.session_state.get(_DOUBTED) for mood in of_track["mood"]]]
    rows = exact if len(exact) else of_track
    return rows.iloc[0] if len(rows) and _DOUBTED in st.session_state else None


def _one(page: PageContext, encoder: str, dataset: Dataset, picked: pd.Series) -> None:
    """The track, its correction, and what speaks for the doubt: the nearest tracks and the artist's others."""
    workspace, row = page.open_workspace, int(picked["row"])
    track = dataset.tracks.iloc[row]
    show_name(dataset, row)
    st.markdown(badges(moods_of(dataset, row)) or "It has no mood label.")
    correction_controls(page, [str(track["track_id"])], key="doubted")
    column = dataset.moods.index(picked["mood"])
    space = loaders.sound_space(workspace, encoder)
    at = space.row_of[str(track["track_id"])]
    found, _ = nearest_recordings(space.X[at], space.X, NEIGHBOURS, space.recordings, exclude=[at])
    row_of = {track_id: i for i, track_id in enumerate(dataset.tracks["track_id"])}
    near = [row_of[space.track_ids[i]] for i in found if space.track_ids[i] in row_of]
    _show(dataset, near, column, "Sounds most like")
    same = (dataset.tracks["artist_id"] == track["artist_id"]) & bool(track["artist_id"])
    others = np.flatnonzero(same.to_numpy())
    _show(dataset, [int(i) for i in others if i != row], column, "The artist's other tracks")


def _show(dataset: Dataset, rows: list[int], column: int, title: str) -> None:
    mood = dataset.moods[column]
    st.markdown(f"**{title}**: {int(dataset.labels[rows, column].sum())} of {len(rows)} have “{plain(mood)}”")
    for row in rows[:NEIGHBOURS]:
        names = [dataset.moods[i] for i in dataset.labels[row].nonzero()[0]]
        track = dataset.tracks.iloc[row]
        st.caption(f"{plain(track['title'] or track['track_id'])}: {plain(', '.join(names) or 'no moods')}")


def _odd(data: doubts.Labelled, dataset: Dataset) -> None:
    """Moods that stand for each other, moods one artist makes, duplicates with different labels."""
    names = dataset.tracks["title"].where(dataset.tracks["title"] != "", dataset.tracks["track_id"]).to_numpy()
    artists = dict(zip(dataset.tracks["artist_id"], dataset.tracks["artist"], strict=True))
    twins, ones = doubts.twin_moods(data.labels, data.moods), doubts.moods_of_one_artist(data)
    copies = doubts.unequal_duplicates(data.X, data.labels)
    ones = ones.assign(artist_id=[artists.get(artist) or artist for artist in ones["artist_id"]])
    copies = copies.assign(row=names[copies["row"].astype(int)], other=names[copies["other"].astype(int)])
    for title, table in (
        ("Moods that stand for each other", twins.set_axis(["Mood", "Other", "Both", "Overlap"], axis=1)),
        ("Moods that one artist makes", ones.set_axis(["Mood", "Artist", "Share", "Tracks"], axis=1)),
        ("Same sound, different labels", copies.set_axis(["Track", "Other", "Similarity"], axis=1)),
    ):
        st.markdown(f"**{title}**" + ("" if len(table) else ": none"))
        if len(table):
            safe_table(table, key=f"odd-{title}")
