"""Two models on the same labelled tracks: on how much they agree, and the tracks where they do not, to listen to."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app.messages import plain
from mer_core.app.player import play
from mer_core.app.url_state import recall
from mer_core.app.views.diagnostics_cases import Case
from mer_core.app.widgets import pick_table
from mer_core.model.scored import Evaluated, decided_otherwise, in_common


def show_disagreements(case: Case, other: Case) -> None:
    """How often the two decide alike, and the tracks on which they decide the mood in focus differently."""
    one, second = in_common(case.evaluated, other.evaluated)
    mood = chosen if (chosen := recall("mood")) in one.moods else one.moods[0]
    rows, alike = decided_otherwise(one, second, mood)
    st.caption(
        f"The same decision in {alike.mean():.1%} of all cases, {alike[one.moods.index(mood)]:.1%} for "
        f"“{plain(mood)}”. Below, where they differ."
    )
    if not len(rows):
        st.caption(f"They decide “{plain(mood)}” alike on every track.")
    elif one.tracks is None:
        st.caption("Which tracks these rows are is not known.")
    else:
        _show_tracks(one, second, mood, rows)


def _show_tracks(one: Evaluated, second: Evaluated, mood: str, rows: np.ndarray) -> None:
    assert one.tracks is not None  # only known tracks can be played
    tracks = one.tracks.tracks.iloc[rows]
    shown = pd.DataFrame(
        {
            "Track": tracks["title"].where(tracks["title"] != "", tracks["track_id"]).to_numpy(),
            "Artist": tracks["artist"].where(tracks["artist"] != "", tracks["artist_id"]).to_numpy(),
            "Labelled": np.where(one.mood(mood)[0][rows], "yes", "no"),
            **{plain(model.name): model.mood(mood)[1][rows] for model in (one, second)},
        }
    )
    columns = {plain(model.name): st.column_config.NumberColumn(format="%.3f") for model in (one, second)}
    ids = [str(track) for track in tracks["track_id"]]
    pick_table(shown, lambda row: play(ids[row], among=ids), key="apart", height=300, column_config=columns)
