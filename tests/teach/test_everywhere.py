"""A mood of one's own stands wherever moods do, and says how many examples it rests on: place by place."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile
from pages_common import MOODS, assert_sound, environment, make_full, make_library, run_page, texts
from streamlit.testing.v1 import AppTest

from mer_core.cli import export_moods, predict, predict_library, recommend, tag_files
from mer_core.embeddings.store import EmbeddingStore
from mer_core.export.prompts import stated_moods
from mer_core.inference.predictor import Predictor
from mer_core.inference.stored import predict_store
from mer_core.model.album_context import AlbumContext
from mer_core.model.bundle import load_model, save_model
from mer_core.model.decision import Rule
from mer_core.model.threshold_profiles import load_profile, save_profile
from mer_core.serving.library import ServedLibrary
from mer_core.teach import own_moods
from mer_core.teach.journal import Answer, Journal
from mer_core.teach.own_moods import load_with_own_moods
from mer_core.workspace.layout import Workspace

RESTS_ON = "learned from 5 tracks that have it and 3 that have not"


@pytest.fixture
def taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace in which "rainy" was taught, and decided for every track: what is tested is where it stands."""
    monkeypatch.setattr(own_moods, "THRESHOLD", 0.0)
    workspace = make_full(tmp_path / "spaces" / "full")
    said = [Answer(f"track_{1000 + i:07d}", "rainy", i < 5, path=f"00/{i}.mp3") for i in range(8)]
    Journal.of(workspace).add(said)
    return workspace


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few seconds that the out-of-distribution check takes for music: chords that change, and a beat."""
    path = tmp_path_factory.mktemp("song") / "song.mp3"
    time, rng = np.arange(12 * 22050) / 22050, np.random.default_rng(0)
    beat = np.exp(-8 * (time % 0.5)) * rng.normal(0, 0.2, time.size)
    steps = np.take([220.0, 261.6, 329.6, 293.7, 440.0, 196.0], (time // 1.5).astype(int) % 6)
    chords = sum(np.sin(2 * np.pi * np.cumsum(steps * ratio) / 22050) for ratio in (1.0, 1.25, 1.5))
    soundfile.write(path, (0.15 * chords + beat).astype(np.float32), 22050, format="MP3")
    return path


def page(workspace: Workspace, file: str, **words: str) -> AppTest:
    """A page on it."""
    app = run_page(f"pages/{file}.py", workspace.root.parent, workspace=workspace.root.name, model="small", **words)
    assert_sound(app)
    return app


def script(capsys: pytest.CaptureFixture[str], command: ModuleType, *arguments: object) -> Any:
    """The JSON object of a script that ends well."""
    assert command.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_predicted_files(taught: Workspace, song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = script(capsys, predict, song, "--workspace", taught.root, "--model", "small")["results"]
    assert "rainy" in found["moods"] and "rainy" in found["decided"]
    assert found["trust"]["rainy"]["support"] == 5 and not found["trust"]["rainy"]["measured"]
    assert any(RESTS_ON in warning for warning in found["warnings"])


def test_exported_files(taught: Workspace, song: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("--workspace", taught.root, "--model", "small", "--out", tmp_path / "out", "--format")
    script(capsys, export_moods, song, *where, "json", "csv", "jams", "seed", "prompt")
    written = {path.name.removeprefix("song.mp3."): path.read_text() for path in (tmp_path / "out").iterdir()}
    assert sorted(written) == ["csv", "jams", "json", "prompt.txt", "seed.json"]
    assert all("rainy" in written[name] for name in ("json", "csv", "jams", "seed.json"))
    assert all(RESTS_ON in written[name] for name in ("json", "csv", "jams", "seed.json"))
    figures = json.loads(written["seed.json"])["figures"]
    assert "rainy" not in figures or figures["rainy"]["support"] == 5


def test_prompts(taught: Workspace) -> None:
    model = load_with_own_moods(taught, load_model(taught.model_dir("small")))
    model.distribution = None
    frames = np.random.default_rng(0).normal(0, 1, (5, int(model.encoder["dim"]))).astype(np.float32)
    prediction = Predictor(model).from_embedding(frames)
    assert "rainy" in stated_moods(prediction)
    app = page(taught, "6_Generate", track="track_0001000")
    assert "rainy" in texts(app)


def test_kept_predictions_and_what_is_exported_of_them(
    taught: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = script(capsys, predict_library, taught.root, "--model", "small")
    assert kept["moods"]["rainy"] > 0 and RESTS_ON in kept["notes"][0]
    where = ("--kept", "--workspace", taught.root, "--model", "small", "--out", tmp_path / "out", "--format")
    script(capsys, export_moods, *where, "json", "csv", "nsp")
    written = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert {"full.json", "full.csv", "Rainy.nsp"} <= set(written)
    assert RESTS_ON in written["full.json"] and RESTS_ON in written["full.csv"]


def test_kept_predictions_with_albums(taught: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    model = load_model(taught.model_dir("small"))
    model.album_rule = Rule(model.calibration, model.thresholds, AlbumContext(0.8, np.zeros(len(MOODS))))
    save_model(taught.model_dir("small"), model)
    found = script(capsys, predict_library, taught.root, "--model", "small", "--with-albums")
    assert found["with_albums"] and found["moods"]["rainy"] > 0
    store = EmbeddingStore.open(taught.embeddings_dir("placeholder"))
    own = load_with_own_moods(taught, model)
    alone, together = (
        predict_store(store, own, None, albums).probabilities
        for albums in (None, dict.fromkeys(store.track_ids, "one"))
    )
    assert together[:, -1] == pytest.approx(alone[:, -1]), "what albums say of a mood of one's own was never measured"
    assert (np.abs(together - alone)[:, :-1].max(axis=0) > 0.01).all()


def test_tags_of_files(taught: Workspace, song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = script(capsys, tag_files, song, "--workspace", taught.root, "--model", "small")["results"]
    assert found["error"] is None and "rainy" in found["after"]


def test_recommendations(taught: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    found = script(capsys, recommend, taught.root, "--model", "small", "--more", "rainy", "-n", 5)
    assert len(found["tracks"]) == 5 and RESTS_ON in found["notes"][0]
    assert not script(capsys, recommend, taught.root, "--model", "small", "--more", "calm")["notes"]
    app = page(taught, "5_Recommend", by="a mood", more="rainy")
    assert any("rainy" in box.value for box in app.multiselect) and RESTS_ON in texts(app)


def test_the_interface_for_other_programs(taught: Workspace) -> None:
    model = load_with_own_moods(taught, load_model(taught.model_dir("small")))
    found = ServedLibrary(taught, model).describe("rainy, happy", 5)
    assert found["understood"]["moods"] == {"rainy": 1.0, "happy": 1.0} and len(found["tracks"]) == 5


def test_colours_of_the_map(taught: Workspace) -> None:
    app = page(taught, "2_Mood_map", colour="probability of the mood", mood="rainy")
    assert app.selectbox(key="mood").value == "rainy" and RESTS_ON in texts(app)


def test_the_dataset_page_of_a_library(taught: Workspace, tmp_path: Path) -> None:
    library = make_library(taught.root, tmp_path / "spaces" / "mine")
    app = page(library, "1_Dataset", view="tracks", track="track_0001020")
    assert "rainy" in texts(app)
    for _ in range(8):
        Journal.of(library).undo()
    assert "rainy" not in texts(page(library, "1_Dataset", view="tracks", track="track_0001020"))


def test_thresholds(taught: Workspace) -> None:
    base = load_model(taught.model_dir("small"))
    model = load_with_own_moods(taught, base)
    save_profile(taught.model_dir("small"), "strict", {"calm": 0.9, "rainy": 0.8}, ["rainy"])
    assert load_profile(taught.model_dir("small"), "strict", model)[[0, -1]].tolist() == [0.9, 0.8]
    assert load_profile(taught.model_dir("small"), "strict", base)[0] == 0.9  # it was taught in another workspace


@pytest.mark.parametrize("labelled", [True, False])
def test_diagnostics_and_a_profile_saved_there(taught: Workspace, tmp_path: Path, labelled: bool) -> None:
    workspace = taught if labelled else make_library(taught.root, tmp_path / "spaces" / "mine")
    words = {"evaluate": "Moods of your own"} if labelled else {}
    with environment(MER_WORKSPACES=str(workspace.root.parent)):
        app = page(workspace, "3_Diagnostics", **words)
        assert not app.error and "“rainy” rests on 5 yes and 3 no" in texts(app)
        slider = next(slider for slider in app.slider if slider.label == "Threshold of rainy")
        slider.set_value(slider.max * 0.9).run()
        app.text_input(key="profile-name").set_value("strict")
        next(button for button in app.button if button.label == "Save profile").click().run()
        assert_sound(app)
        assert "Saved “strict” with 1 edited threshold" in texts(app)
    model = load_with_own_moods(workspace, load_model(workspace.model_dir("small")))
    saved = load_profile(workspace.model_dir("small"), "strict", model)
    assert saved[-1] > 0 and saved[:-1].tolist() == model.thresholds[:-1].tolist()
    app = page(workspace, "4_Predict", profile="strict")
    assert next(box for box in app.selectbox if box.label == "Thresholds").value == "strict"


@pytest.mark.parametrize("part", ["ranks", "reach", "measured"])
def test_beside_a_model_that_knows_more_of_its_moods(taught: Workspace, part: str) -> None:
    """As the starter does: ranks in music, thresholds' reach, and which moods people's words have measured."""
    base, n = load_model(taught.model_dir("small")), len(MOODS)
    more: dict[str, Callable[[], Any]] = {
        "ranks": lambda: replace(base, ranks=np.linspace(0, 1, 5)[:, None] * np.ones(n)),
        "reach": lambda: replace(base, reach=np.full(n, 0.5)),
        "measured": lambda: replace(base, trust=base.trust.assign(measured=False)),
    }
    model = load_with_own_moods(taught, more[part]())
    frames = np.random.default_rng(0).normal(0, 1, (5, int(model.encoder["dim"]))).astype(np.float32)
    prediction = Predictor(model).from_embedding(frames)
    row = prediction.moods.loc["rainy"]
    assert row["decided"] and row["support"] == 5 and not row["measured"]
    assert np.isnan(row["percentile"]) and np.isnan(row["reach"])
    if part == "ranks":
        assert prediction.moods.drop(index="rainy")["percentile"].notna().all()
