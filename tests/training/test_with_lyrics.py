"""Training with words: weights and gain where words tell what the sound does not, none where they are noise."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages_common import MOODS, TRACKS, make_full

from mer_core.errors import DatasetError
from mer_core.inference.words import weights_of
from mer_core.lyrics.fusion import LEARNED, WEIGHTS_BY_MOODS
from mer_core.lyrics.store import KeptWords
from mer_core.model.bundle import load_model, save_model
from mer_core.model.classifier import MoodClassifier
from mer_core.model.trained import Model
from mer_core.training.data import TrainingData, load_training_data
from mer_core.training.train import TrainingRecipe, train_model
from mer_core.training.with_lyrics import gain_sentence, learn_with_lyrics

QUICK = {"members": 1, "hidden": (), "max_epochs": 3, "batch_size": 8}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    workspace = make_full(tmp_path_factory.mktemp("lyrics") / "full")
    return load_training_data(workspace, "placeholder", by_split=False)


@pytest.fixture(scope="module")
def trained(data: TrainingData) -> Model:
    return train_model("m", data, TrainingRecipe(MoodClassifier(**QUICK), n_folds=4))


@pytest.fixture
def model(trained: Model) -> Model:
    return replace(trained, metrics=dict(trained.metrics))


def words(data: TrainingData, z: np.ndarray, reason: str = "") -> KeptWords:
    table = pd.DataFrame({"reason": reason, "z:sad": z}, index=pd.Index(data.dataset.tracks["track_id"]))
    return KeptWords(table, np.zeros((len(table), 4), np.float32))


def test_words_that_tell_get_a_weight_and_a_gain(data: TrainingData, model: Model, tmp_path: Path) -> None:
    sad = data.labels[:, MOODS.index("sad")]
    noise = np.random.default_rng(0).normal(0, 0.5, len(sad))
    learn_with_lyrics(model, data, words(data, np.where(sad, 1.5, -1.5) + noise))
    learned = model.metrics[LEARNED]
    assert (learned["tracks"], learned["moods"], set(learned["weights"])) == (len(sad), 1, {"sad"})
    assert learned["gain"]["low"] > 0
    assert learned["gain"]["low"] <= learned["gain"]["value"] <= learned["gain"]["high"]
    assert gain_sentence(learned) in model.card
    save_model(tmp_path / "m", model)
    assert weights_of(load_model(tmp_path / "m")).moods == learned["weights"]


def test_words_of_noise_get_none(data: TrainingData, model: Model) -> None:
    learn_with_lyrics(model, data, words(data, np.random.default_rng(1).normal(size=TRACKS)[: len(data.X)]))
    assert model.metrics[LEARNED]["weights"] == {}
    assert model.metrics[LEARNED]["gain"]["value"] == pytest.approx(0, abs=0.05)


def test_too_few_words_are_told(data: TrainingData, model: Model) -> None:
    with pytest.raises(DatasetError, match="only 0 of the tracks"):
        learn_with_lyrics(model, data, words(data, np.zeros(len(data.X)), "too short"))
    assert weights_of(model) is WEIGHTS_BY_MOODS
    model.metrics[LEARNED] = {"weights": {"sad": "many", "dark": 9.0, "no mood": 0.1}}
    assert weights_of(model).moods == {"dark": 0.5}
