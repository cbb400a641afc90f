"""What lies around a person's own file: the tracks of the workspace that sound most like it, and its place on their
map."""

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders, map_layer
from mer_core.app.inference import Result
from mer_core.app.shell import PageContext
from mer_core.app.views import mood_map as map_panel
from mer_core.app.views.dataset_shown import shown_dataset
from mer_core.app.views.map_drawing import is_partial, points_of
from mer_core.app.widgets import chart, safe_table
from mer_core.embeddings.versions import with_copies
from mer_core.figures.mood_map import map_figure


def show_nearest(result: Result) -> None:
    """The tracks of the workspace that sound most like it, with the moods predicted for them where nobody labelled
    them; nothing where none is known."""
    nearest = None if result.prediction is None else result.prediction.nearest
    if nearest is None or not len(nearest):
        return
    predicted = _predicted_around(result)
    if predicted is None:
        st.caption("The labelled tracks that sound most like it, and their moods")
        title, moods = "Moods", nearest["moods"]
    else:
        st.caption(
            "The tracks that sound most like it, and the moods that the model predicts for them: nobody labelled these "
            "tracks"
        )
        title, moods = "Predicted moods", nearest["track_id"].map(predicted).replace("", "nothing fits")
    titles = nearest["title"].where(nearest["title"] != "", nearest["track_id"])
    titles = titles.where(~nearest["same"], titles + " (this song)")
    named = [with_copies(title, kinds) for title, kinds in zip(titles, nearest["also_as"], strict=True)]
    table = pd.DataFrame(
        {"Track": named, "Artist": nearest["artist"], title: moods, "Similarity": nearest["similarity"]}
    )
    safe_table(table, column_config={"Similarity": st.column_config.NumberColumn(format="%.2f")})


def show_place(page: PageContext, result: Result, key: str) -> None:
    """The place on the map of the workspace that the result's model was in."""
    prediction, workspace = result.prediction, result.workspace
    assert prediction is not None  # a failure has no place
    if prediction.map_point is None or workspace is None:
        st.caption(
            "No map of this workspace's tracks was made with this model's encoder, so there is no place to show."
        )
        return
    encoder = str(loaders.model(workspace, prediction.model_name).encoder["name"])
    view = loaders.map_view(workspace, encoder, prediction.model_name)
    colouring = map_panel.colouring_of(view, map_panel.COLOURINGS[0], "")
    assert colouring is not None  # families need nothing but the dataset
    figure = map_figure(view.places, colouring, dense=is_partial(view))
    figure.update_layout(height=380, title="Its place (ring) among the tracks of this workspace", showlegend=False)
    chart(figure, page, key=f"place-{key}", alt="Place on the mood map")
    map_layer.show(f"place-{key}", points_of(view, colouring, page.dark))
    x, y = map(float, prediction.map_point)
    map_layer.mark(f"place-{key}", map_layer.Marks((x, y)))


def _predicted_around(result: Result) -> dict[str, str] | None:
    """By track id: the moods that the result's model predicts for the tracks of its workspace; None where people
    labelled these."""
    if result.workspace is None or result.prediction is None:
        return None
    dataset, predicted = shown_dataset(result.workspace, result.prediction.model_name)
    if not predicted:
        return None
    words = np.array(dataset.moods, dtype=object)
    return {
        track_id: ", ".join(words[row])
        for track_id, row in zip(dataset.tracks["track_id"], dataset.labels, strict=True)
    }
