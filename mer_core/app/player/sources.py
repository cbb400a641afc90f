"""What the player shows of a track of the workspace, or of a file that a person gave."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from mer_core.app import loaders, profiles
from mer_core.app.jamendo import on_jamendo, stream_address
from mer_core.app.player import sound
from mer_core.app.results import Result
from mer_core.audio.playable import Playable
from mer_core.errors import MerError
from mer_core.export.formats import jamendo_address
from mer_core.figures.theme import mood_colour
from mer_core.figures.words import GLAD, SAD
from mer_core.inference.prediction import Prediction
from mer_core.inference.predictor import Predictor, Sound
from mer_core.io.spans import file_of
from mer_core.moods import FEELING, THEME
from mer_core.workspace.layout import Workspace

ROWS = 4
"""Moods shown over time."""

Data = dict[str, Any]


def of_track(workspace: Workspace, model: str, track_id: str) -> Data | None:
    """What the bar shows of a track; None where the workspace does not have it."""
    dataset = loaders.dataset(workspace)
    row = loaders.row_of(workspace).get(track_id)
    if row is None:
        return None
    track = dataset.tracks.iloc[row]
    moods = [mood for mood, has in zip(dataset.moods, dataset.labels[row], strict=True) if has]
    path = workspace.audio_path(track["path"])
    data = _data(
        title=str(track["title"] or track_id),
        artist=str(track["artist"] or track["artist_id"]),
        moods=", ".join(moods),
        duration=float(track["duration"]),
        rows=_stored_rows(workspace, model, track_id, float(track["duration"])),
    )
    if file_of(path).is_file():
        _let_hear(data, sound.of_file(path))
    elif on_jamendo(workspace, dataset):
        data |= {"src": stream_address(track_id), "link": jamendo_address(track_id), "link_label": "Open on Jamendo"}
        data["note"] = "played from jamendo.com" if data["src"] else "its audio is not here"
    else:
        data["note"] = f"its audio is not here; it was looked for in {path}"
    return data


def of_result(result: Result, key: str) -> Data:
    """What the bar shows of a person's own file, the result `key`."""
    prediction = result.prediction
    data = _data(title=result.name, moods="", duration=prediction.duration if prediction else 0.0, artist="", rows=[])
    if prediction is not None:
        data["moods"] = ", ".join(prediction.decided)
        data["rows"] = [*timeline_rows(prediction, _dark()), *words_rows(prediction)]
    if result.peaks is not None:
        data["peaks"] = np.round(result.peaks, 3).tolist()
    if result.data is None:
        data["note"] = "the audio is no longer kept; drop the file again to listen"
    else:
        _let_hear(data, sound.of_bytes(result.data, result.name, key))
    return data


def timeline_rows(prediction: Prediction, dark: bool, most: int = ROWS) -> list[Data]:
    """The leading moods over time, as the bar draws them, in the colours of the theme; none for a track too short for a
    timeline. Values are said in percent only by a model whose probabilities mean that."""
    timeline = prediction.timeline
    if timeline is None or len(timeline) < 2 or prediction.out_of_domain:
        return []
    moods = [*prediction.leading(FEELING, most - 1), *prediction.leading(THEME, 1)][:most]
    shown = moods or map(str, prediction.moods.index[:most])
    return [_row(mood, timeline[mood], dark) | {"percent": prediction.calibrated} for mood in shown]


def words_rows(prediction: Prediction) -> list[Data]:
    """The words line by line as a last row, glad ones blue and sad ones orange; none without synced lyrics."""
    row = None if prediction.words is None else prediction.words.row(prediction.duration)
    if row is None:
        return []
    return [
        {
            "name": "words",
            "colour": GLAD,
            "colours": [GLAD if value >= 0 else SAD for value in row.valence],
            "starts": row.starts.tolist(),
            "ends": row.ends.tolist(),
            "values": np.abs(row.valence).round(3).tolist(),
        }
    ]


def _row(mood: str, values: "pd.Series[float]", dark: bool) -> Data:
    return {
        "name": mood,
        "colour": mood_colour(mood, dark),
        "starts": [float(start) for start in values.index],
        "values": [round(float(value), 3) for value in values],
    }


def _data(**words: Any) -> Data:
    empty = {
        "src": "",
        "draws": False,
        "note": "",
        "link": "",
        "link_label": "",
        "peaks": None,
        "place": "",
        "start": 0,
    }
    return {**empty, "previous": False, "next": False, "plays": 0, **words}


def _stored_rows(workspace: Workspace, model: str, track_id: str, duration: float) -> list[Data]:
    """Moods over time from the stored embeddings; none where there are none, or the model is damaged (its page says
    so)."""
    try:
        encoder = str(loaders.model(workspace, model).encoder["name"])
        if encoder not in workspace.encoders():
            return []
        chosen = tuple(profiles.thresholds(workspace, model).items())
        look = (chosen, _dark())
        return _rows_of(workspace, model, track_id, duration, look, loaders.heard_stamp(workspace, model))
    except MerError:
        return []


@st.cache_resource(max_entries=500, show_spinner=False)
def _rows_of(
    _workspace: Workspace,
    model: str,
    track_id: str,
    duration: float,
    look: tuple[tuple[tuple[str, float], ...], bool],
    key: loaders.Stamp,
) -> list[Data]:
    reader, (chosen, dark) = loaders.model(_workspace, model), look
    frames = loaders.frames(_workspace, str(reader.encoder["name"]), track_id)
    prediction = Predictor(reader).from_embedding(frames, Sound(duration=duration))
    return timeline_rows(prediction.decided_by(dict(chosen)) if chosen else prediction, dark)


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")


def _let_hear(data: Data, heard: Playable | str) -> None:
    """Put the sound into `data`, or why there is none."""
    if isinstance(heard, str):
        data["note"] = heard
    else:
        data["src"], data["draws"] = sound.address(heard), True


def named(data: Mapping[str, Any]) -> str:
    """ "Title · Artist"."""
    return " · ".join(filter(None, [str(data["title"]), str(data["artist"])]))
