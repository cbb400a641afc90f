"""The moods that a workspace keeps of its tracks (the job predict_library made them), as CSV and JSON for other
programs."""

import json
from typing import Any

import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.inference.predictor import caveats
from mer_core.inference.stored import PredictedMoods, load_predictions
from mer_core.inference.words_kept import words_beside_sound
from mer_core.io.files import csv_text
from mer_core.lyrics.store import has_words
from mer_core.model.bundle import without_nan
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace

_TRACK = ["track_id", "path", "title", "artist", "duration"]


def kept_to_csv(workspace: Workspace, model: Model) -> str:
    """One row a track: track_id, path, title, artist, duration (seconds), decided ("calm, dream"), out_of_domain,
    model, notes (what to beware of in what it says), each mood's probability, and, where the words were read, the
    columns of `words_beside_sound`.

    Raises ArtifactError when the model has predicted nothing there.
    """
    predicted, tracks = _read(workspace, model)
    decided = [", ".join(moods) for moods in _decided(predicted)]
    probabilities = pd.DataFrame(predicted.probabilities.astype(float).round(4), columns=list(predicted.moods))
    words = _words(workspace, model, predicted)
    values = tracks.assign(
        decided=decided, out_of_domain=predicted.out_of_domain, model=model.name, notes="; ".join(caveats(model))
    )
    said = [] if words is None else [words.reset_index(drop=True)]
    return csv_text(pd.concat([values, probabilities, *said], axis=1))


def kept_to_json(workspace: Workspace, model: Model) -> str:
    """A JSON object: model, warnings [what to beware of in what it says], and tracks [{track_id, path, title, artist,
    duration, decided [moods], out_of_domain, moods {mood: probability}, and, where the words were read, words
    {the columns of `words_beside_sound`} or null}].

    Raises ArtifactError as `kept_to_csv` does.
    """
    predicted, tracks = _read(workspace, model)
    rows: list[dict[str, Any]] = tracks.to_dict("records")  # type: ignore[assignment]
    for row, decided, not_music, probabilities in zip(
        rows, _decided(predicted), predicted.out_of_domain, predicted.probabilities, strict=True
    ):
        row |= {
            "decided": decided,
            "out_of_domain": not_music or None,
            "moods": dict(zip(predicted.moods, probabilities.astype(float).round(4), strict=True)),
        }
    words = _words(workspace, model, predicted)
    for row, said in zip(rows, [] if words is None else words.to_dict("records"), strict=False):
        row["words"] = said if isinstance(said["finding"], str) else None
    values = {"model": model.name, "warnings": caveats(model), "tracks": rows}
    return json.dumps(without_nan(values), indent=1, ensure_ascii=False, allow_nan=False)


def _words(workspace: Workspace, model: Model, predicted: PredictedMoods) -> pd.DataFrame | None:
    """What the words of the same tracks say, as numbers; None where they were not read."""
    if not has_words(workspace):
        return None
    return words_beside_sound(workspace, model).round(4).reindex(list(predicted.track_ids))


def decided_moods(workspace: Workspace, model: Model) -> list[str]:
    """The moods that some track there has, by the kept predictions of the model.

    Raises ArtifactError as `kept_to_csv` does.
    """
    predicted = load_predictions(workspace, model.name)
    return [mood for mood, rows in zip(predicted.moods, predicted.decided.T, strict=True) if rows.any()]


def _read(workspace: Workspace, model: Model) -> tuple[PredictedMoods, pd.DataFrame]:
    """The predictions, and in their order what is known of their tracks; empty where a track has left the dataset
    since."""
    predicted = load_predictions(workspace, model.name)
    tracks = Dataset.load(workspace.dataset_dir).tracks.set_index("track_id", drop=False)
    found = tracks.reindex(list(predicted.track_ids))[_TRACK].assign(track_id=list(predicted.track_ids))
    names = [column for column in _TRACK if column != "duration"]
    return predicted, found.fillna(dict.fromkeys(names, "")).reset_index(drop=True)


def _decided(predicted: PredictedMoods) -> list[list[str]]:
    """By track: its decided moods, the most probable first."""
    order = (-predicted.probabilities).argsort(axis=1, kind="stable")
    return [
        [predicted.moods[i] for i in row if decided[i]] for row, decided in zip(order, predicted.decided, strict=True)
    ]
