"""One track beside what it was chosen in: what it is called, its moods, and the tracks that sound most like it."""

import pandas as pd
import streamlit as st

from mer_core.app import loaders, music
from mer_core.app.messages import plain
from mer_core.app.player import play
from mer_core.app.shell import PageContext
from mer_core.app.teaching import correction_controls
from mer_core.app.views.dataset_shown import shown_dataset
from mer_core.app.widgets import pick_table
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.versions import nearest_recordings, with_copies

NEIGHBOURS = 8


def show_track(page: PageContext, track_id: str, note: str = "") -> None:
    """The track in focus: title, artist, moods, `note`, and its neighbours; a click on one of these plays it."""
    workspace = page.open_workspace
    dataset, predicted = shown_dataset(workspace, page.model)
    row = loaders.row_of(workspace).get(track_id)
    if row is None:
        st.caption(f"The track {plain(track_id)} is not in this workspace.")
        return
    show_name(dataset, row)
    moods = moods_of(dataset, row)
    st.markdown(badges(moods) if moods else ("No mood is decided." if predicted else "It has no mood label."))
    if predicted:
        st.caption(f":material/smart_toy: Predicted by the model “{plain(page.model)}”; nobody labelled it.")
    music.show_track(workspace, track_id)
    if note:
        st.markdown(plain(note))
    correction_controls(page, [track_id], key="inspector")
    _show_neighbours(page, dataset, track_id, predicted)


def show_name(dataset: Dataset, row: int) -> None:
    """Title and artist."""
    track = dataset.tracks.iloc[row]
    artist = track["artist"] or track["artist_id"]
    st.markdown(f"**{plain(track['title'] or track['track_id'])}**" + (f" · {plain(artist)}" if artist else ""))


def moods_of(dataset: Dataset, row: int) -> list[str]:
    """The moods of a track of `dataset`."""
    return [dataset.moods[column] for column in dataset.labels[row].nonzero()[0]]


def badges(moods: list[str]) -> str:
    """Moods as Markdown, each in a box."""
    return " ".join(f":gray-badge[{plain(mood)}]" for mood in moods)


def _show_neighbours(page: PageContext, dataset: Dataset, track_id: str, predicted: bool) -> None:
    """The neighbours by cosine of the standardised embeddings (not by distance on a map)."""
    workspace = page.open_workspace
    encoders = workspace.encoders()
    if not encoders:
        return
    own = str(loaders.model(workspace, page.model).encoder["name"])
    space = loaders.sound_space(workspace, own if own in encoders else encoders[0])
    if track_id not in space.row_of:
        st.caption("It has no embedding, so its neighbours are not known.")
        return
    row, rows = space.row_of[track_id], loaders.row_of(workspace)
    if space.also_as[row]:
        st.caption(f"Also as {space.also_as[row]}")
    found, similarities = nearest_recordings(space.X[row], space.X, NEIGHBOURS, space.recordings, exclude=[row])
    near = [
        (space.track_ids[place], place, float(likeness))
        for place, likeness in zip(found, similarities, strict=True)
        if space.track_ids[place] in rows
    ]
    ids = [neighbour for neighbour, _, _ in near]
    names = loaders.track_names(workspace)
    st.caption("Sounds most like")
    title = "Predicted moods" if predicted else "Moods"
    table = pd.DataFrame(
        {
            "Track": [with_copies(names.of(neighbour), space.also_as[place]) for neighbour, place, _ in near],
            title: [moods_of(dataset, rows[neighbour]) for neighbour in ids],
            "Likeness": [likeness for _, _, likeness in near],
        }
    )
    columns = {
        "Track": st.column_config.TextColumn(width=190),
        title: st.column_config.ListColumn(width=130),
        "Likeness": st.column_config.NumberColumn(
            width=65, format="%.2f", help="Cosine of the embeddings; 1: the same"
        ),
    }
    pick_table(table, lambda place: play(ids[place], among=[track_id, *ids]), key="neighbours", column_config=columns)
