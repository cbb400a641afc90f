"""What earlier releases wrote is read by this one. The specimens were made by this project
(tests/stress/specimens.py)."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from pages_common import assert_sound, run_page
from stress.small_workspace import MODEL
from stress.specimens import SPECIMENS, answers

from mer_core.cli import build_embeddings, validate_dataset
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.inference.stored import load_predictions, predict_store
from mer_core.io.files import SCHEMA_VERSION
from mer_core.library.workspace import read_library
from mer_core.maps.umap import load_map
from mer_core.model.bundle import load_model
from mer_core.model.threshold_profiles import load_profile
from mer_core.workspace.layout import Workspace

VERSIONS = sorted(path.name for path in SPECIMENS.iterdir() if path.name.isdecimal())


@pytest.fixture(params=VERSIONS)
def specimen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a specimen, so that reading cannot change it."""
    return Path(shutil.copytree(SPECIMENS / request.param, tmp_path / "specimen"))


def test_every_version_has_a_small_specimen() -> None:
    assert list(map(str, range(1, SCHEMA_VERSION + 1))) == VERSIONS
    assert sum(path.stat().st_size for path in SPECIMENS.rglob("*") if path.is_file()) < 300_000


def test_everything_in_a_workspace_is_read(specimen: Path) -> None:
    workspace = Workspace.open(specimen / "workspace")
    dataset = Dataset.load(workspace.dataset_dir)
    assert (len(dataset), dataset.moods) == (9, ("calm", "dark", "happy"))
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    track_ids, X = store.read_pooled()
    assert sorted(track_ids) == sorted(dataset.tracks["track_id"]) and X.shape == (9, 32) and np.isfinite(X).all()
    assert store.read_frames(track_ids[0]).shape == (4, 16) and len(store.read_excerpts()) == 9
    assert load_map(workspace.map_dir("placeholder")).track_ids == tuple(track_ids)
    model = load_model(workspace.model_dir(MODEL), store.identity)
    assert model.moods == dataset.moods and model.predictions is not None and model.distribution is not None
    assert load_profile(workspace.model_dir(MODEL), "strict", model).tolist() == [0.9] * 3
    assert load_predictions(workspace, MODEL).track_ids == predict_store(store, model).track_ids == tuple(track_ids)


def test_a_library_is_read(specimen: Path) -> None:
    library = read_library(specimen / "library")
    assert (len(library.tracks), len(library.duplicates), [record.path for record in library.broken]) == (
        2,
        1,
        ["broken.mp3"],
    )
    assert len(Dataset.load(Workspace.open(specimen / "library").dataset_dir)) == 2


def test_the_answers_are_those_of_the_release_that_wrote_it(specimen: Path) -> None:
    wanted = json.loads((specimen / "answers.json").read_text())
    for number, moods in answers(specimen / "workspace").items():
        assert moods == pytest.approx(wanted[number], abs=1e-6)


def test_scripts_and_pages_go_on_with_it(specimen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate_dataset.main([str(specimen / "workspace"), "--json"]) == 0
    assert build_embeddings.main([str(specimen / "workspace"), "--encoder", "placeholder"]) == 1  # it has no audio
    assert "none of the 9 audio files" in capsys.readouterr().err
    for page in (None, "pages/2_Mood_map.py", "pages/3_Diagnostics.py"):
        app = run_page(page, specimen, workspace="workspace")
        assert_sound(app)
        assert not app.error
