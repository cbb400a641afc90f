"""Numbers learned beside moods: real ratings give what is published of them, few or flat ones give none."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages_common import make_full

from mer_core.errors import DatasetError
from mer_core.model.bundle import load_model, save_model
from mer_core.model.trained import Model
from mer_core.training.data import TrainingData, load_training_data
from mer_core.training.targets import Targets, learn_targets

SHARED = Path(os.environ.get("MER_SHARED") or Path(__file__).resolve().parents[3] / "shared")
PEOPLE = SHARED / "data" / "people" / "musifeast17.npz"


@pytest.fixture
def trained(tmp_path: Path) -> tuple[Model, TrainingData, Path]:
    """A model, its data (36 tracks of 12 artists and more), and the folder of both."""
    workspace = make_full(tmp_path / "full")
    return load_model(workspace.model_dir("small")), load_training_data(workspace, "placeholder"), tmp_path


def test_real_ratings_are_learned(trained: tuple[Model, TrainingData, Path]) -> None:
    if not PEOPLE.exists():
        pytest.skip(f"{PEOPLE} is not here")
    model, data, folder = trained
    with np.load(PEOPLE, allow_pickle=False) as archive:
        X, artist = archive["embedding"].astype(float), archive["artist"].astype(str)
        places = np.stack([archive["valence"], archive["arousal"]], axis=1).astype(float)
    ids = [f"t{i}" for i in range(len(X))]
    tracks = pd.DataFrame({"track_id": ids, "artist_id": artist})
    rated = replace(data, X=X, dataset=replace(data.dataset, tracks=tracks, labels=np.zeros((len(X), 6), bool)))
    learn_targets(model, rated, Targets(dict(zip(ids, map(tuple, places), strict=True))))
    assert model.metrics["targets"]["tracks"] == 356
    assert model.metrics["targets"]["arousal"]["r"] > model.metrics["targets"]["valence"]["r"] > 0.5
    assert "Learned from the ratings of 356 tracks" in model.card
    assert model.plane is not None
    save_model(folder / "again", model)
    again = load_model(folder / "again")
    assert again.plane is not None and again.plane.predict(X) == pytest.approx(model.plane.predict(X), abs=1e-4)


@pytest.mark.parametrize("case", ["none", "few", "flat"])
def test_too_few_or_flat_ratings_teach_nothing(trained: tuple[Model, TrainingData, Path], case: str) -> None:
    model, data, _ = trained
    ids = list(data.dataset.tracks["track_id"])
    rng = np.random.default_rng(0)
    places = {
        "none": {},
        "few": {track_id: tuple(rng.random(2)) for track_id in ids[:20]},
        "flat": {track_id: (0.5, float(rng.random())) for track_id in ids},
    }[case]
    learn_targets(model, data, Targets(places))
    assert model.plane is None and "targets" not in model.metrics


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "targets.tsv"
    assert Targets.read(path).places == {}
    path.write_text("TRACK_ID\tVALENCE\tAROUSAL\nt\thigh\t1\n")
    with pytest.raises(DatasetError, match="damaged"):
        Targets.read(path)
