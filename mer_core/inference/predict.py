"""Predicting moods: enter the ladder at the step you have — frame embeddings, a waveform, or a file.

    from mer_core import predict

    prediction = predict.from_file("song.mp3") print(prediction.moods.head())

For many pieces open a `Predictor` once (`open_predictor`) and call its methods; the functions here open one each time.
The encoder is loaded once a process and shared by all threads.

When does nothing fit? When no mood is decided: none that is reliable reaches its threshold, or the sound is out of the
model's distribution (silence, noise, speech …), where no decision is made at all.
"""

from pathlib import Path

import numpy as np

from mer_core.audio.container import Source
from mer_core.encoders import Encoder
from mer_core.inference.prediction import Prediction
from mer_core.inference.predictor import Predictor, Sound
from mer_core.model.bundle import STARTER, load_model, resolve_model
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace

__all__ = ["Prediction", "Predictor", "Sound", "from_embedding", "from_file", "from_waveform", "open_predictor"]


def open_predictor(
    model: Model | str | Path = STARTER,
    workspace: Workspace | Path | str | None = None,
    *,
    encoder: Encoder | None = None,
) -> Predictor:
    """A Predictor for a loaded model, or for the one called so ("starter", a model of `workspace`, a folder).

    With a workspace, predictions also have the nearest labelled tracks and the place on the map.

    Raises ArtifactError when the model is missing or damaged.
    """
    loaded = model if isinstance(model, Model) else load_model(resolve_model(workspace, model))
    if not workspace:
        return Predictor(loaded, encoder)
    from mer_core.inference.reference import load_reference_set  # Parquet and maps: of no use to a song alone

    return Predictor(loaded, encoder, load_reference_set(workspace, loaded))


def from_embedding(
    frames: np.ndarray,
    model: Model | str | Path = STARTER,
    workspace: Workspace | Path | str | None = None,
    *,
    timeline: bool = True,
) -> Prediction:
    """Predict from frame embeddings (n_frames, dim); see `Predictor.from_embedding` and `open_predictor`."""
    return open_predictor(model, workspace).from_embedding(frames, timeline=timeline)


def from_waveform(
    waveform: np.ndarray,
    sample_rate: int,
    model: Model | str | Path = STARTER,
    workspace: Workspace | Path | str | None = None,
    *,
    timeline: bool = True,
) -> Prediction:
    """Predict from a mono waveform (n_samples,); see `Predictor.from_waveform` and `open_predictor`."""
    return open_predictor(model, workspace).from_waveform(waveform, sample_rate, timeline=timeline)


def from_file(
    source: Source,
    model: Model | str | Path = STARTER,
    workspace: Workspace | Path | str | None = None,
    timeline: bool = True,
    *,
    name: str | None = None,
) -> Prediction:
    """Predict from a file, its bytes or an upload; see `Predictor.from_file` and `open_predictor`.

    >>> from_file("song.mp3").decided  # doctest: +SKIP
    ['relaxing', 'calm']
    """
    return open_predictor(model, workspace).from_file(source, name=name, timeline=timeline)
