"""A model survives the way to disk and back, and every damage is reported with the command that mends it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reported import reported

from mer_core.errors import ArtifactError
from mer_core.model.bundle import load_model, resolve_model, save_model
from mer_core.model.calibration import Calibration
from mer_core.model.classifier import MoodClassifier
from mer_core.model.mlp import DenseEnsemble
from mer_core.model.threshold_profiles import load_profile, profile_names, save_profile
from mer_core.model.trained import Model

IDENTITY = {
    "name": "placeholder",
    "version": "1",
    "sample_rate": 16000,
    "frame_seconds": 1.0,
    "hop_seconds": 1.0,
    "dim": 4,
}
MOODS = ("calm", "dark", "happy")


def make_model(name: str = "small") -> Model:
    rng = np.random.default_rng(0)
    layers = ((rng.normal(size=(4, 5)), rng.normal(size=5)), (rng.normal(size=(5, 3)), rng.normal(size=3)))
    linear = ((rng.normal(size=(4, 3)), rng.normal(size=3)),)
    network = DenseEnsemble(
        rng.normal(size=4), np.ones(4), (layers, linear), start=(rng.normal(size=(4, 3)), np.zeros(3))
    )
    trust = pd.DataFrame(
        {"support": [9, 8, 0], "pr_auc": [0.5, 0.4, np.nan], "reliable": [True, True, False]},
        index=pd.Index(MOODS, name="mood"),
    )
    return Model(
        name=name,
        moods=MOODS,
        encoder=IDENTITY,
        pooling="mean",
        classifier=MoodClassifier.from_network(network, MOODS),
        calibration=Calibration(np.array([1.0, 0.5, 2.0]), np.array([0.0, -1.0, 1.0])),
        thresholds=np.array([0.5, 0.2, 0.0]),
        trust=trust,
        metrics={"test": {"ROC-AUC-macro": float("nan")}},
        card="# Card – ünïcode\n",
        distribution={
            "center": np.arange(4.0),
            "scale": np.ones(4),
            "basis": np.eye(4)[:, :2],
            "variances": np.ones(3),
            "threshold": np.array([np.inf]),
        },
        predictions=pd.DataFrame(
            {"track_id": ["a"], "split": ["test"], **{f"{kind}:{mood}": [0.25] for kind in "pc" for mood in MOODS}}
        ),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(tmp_path / "models" / "small", make_model())
    return tmp_path / "models" / "small"


def test_round_trip(folder: Path) -> None:
    X = np.random.default_rng(1).normal(size=(6, 4))
    model, loaded = make_model(), load_model(folder, IDENTITY, MOODS)
    np.testing.assert_array_equal(loaded.probabilities(X), model.probabilities(X))
    pd.testing.assert_frame_equal(loaded.trust, model.trust, check_dtype=False)
    assert loaded.card == model.card
    assert loaded.metrics == {"test": {"ROC-AUC-macro": None}}
    assert loaded.predictions is not None and loaded.predictions.equals(model.predictions)
    assert loaded.distribution is not None and np.array_equal(loaded.distribution["center"], np.arange(4.0))
    assert loaded.created and not loaded.synthetic


def test_unreliable_mood_is_never_decided() -> None:
    decisions = make_model().decide(np.ones((5, 3)))
    assert decisions[:, :2].all() and not decisions[:, 2].any()
    assert not make_model().decide(np.full((5, 3), 0.4), np.full(3, 0.5)).any()


@pytest.mark.parametrize("key, value", [("name", "vggish"), ("version", "2"), ("dim", 128), ("sample_rate", 44100)])
def test_wrong_encoder_is_refused(folder: Path, key: str, value: object) -> None:
    with reported(ArtifactError, f"{key}.*train_classifier"):
        load_model(folder, {**IDENTITY, key: value})


@pytest.mark.parametrize("moods", [("calm", "dark"), ("dark", "calm", "happy"), ("calm", "dark", "sad")])
def test_wrong_vocabulary_is_refused(folder: Path, moods: tuple[str, ...]) -> None:
    with reported(ArtifactError, r"knows 3 moods.*train_classifier"):
        load_model(folder, moods=moods)


def test_wrong_width_is_refused(folder: Path) -> None:
    with pytest.raises(ArtifactError, match="pooling"):
        load_model(folder).probabilities(np.zeros((2, 7)))


@pytest.mark.parametrize("pattern", ["model.json", "weights-*", "card-*", "predictions-*", "domain-*"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "junk"])
def test_damaged_file_is_refused(folder: Path, pattern: str, damage: str) -> None:
    [path] = folder.glob(pattern)
    data = path.read_bytes()
    path.write_bytes(
        {"missing": b"", "empty": b"", "cut": data[: len(data) // 2], "junk": b"\x80\x04junk" + data[:50]}[damage]
    )
    if damage == "missing":
        path.unlink()
    with reported(ArtifactError, "train_classifier"):
        load_model(folder)


@pytest.mark.parametrize(
    "key", ["moods", "encoder", "pooling", "calibration", "thresholds", "trust", "metrics", "files", "name", "created"]
)
@pytest.mark.parametrize("value", [None, "x", [], {}, [0.5, 0.5], 7])
def test_mangled_manifest_is_refused_or_harmless(folder: Path, key: str, value: object) -> None:
    manifest = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**manifest, key: value}))
    try:
        model = load_model(folder)
    except ArtifactError as error:
        assert [remedy.job for remedy in error.remedies] == ["train_classifier"]
    else:
        assert key in ("metrics", "name", "created")
        assert model.probabilities(np.zeros((1, 4))).shape == (1, 3)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("pooling", "x", "unknown pooling 'x'"),
        ("encoder", {"name": "musicnn"}, "encoder has no version"),
        ("encoder", {**IDENTITY, "hop_seconds": 0}, "is 0"),
    ],
)
def test_what_would_fail_later_is_refused(folder: Path, key: str, value: object, words: str) -> None:
    save_model(folder, replace(make_model(), **{key: value}))  # type: ignore[arg-type]
    with reported(ArtifactError, f"damaged.*{words}.*train_classifier"):
        load_model(folder)


def test_missing_key_and_newer_schema_are_refused(folder: Path) -> None:
    manifest = json.loads((folder / "model.json").read_text())
    for damaged in ({k: v for k, v in manifest.items() if k != "thresholds"}, {**manifest, "schema_version": 99}):
        (folder / "model.json").write_text(json.dumps(damaged))
        with pytest.raises(ArtifactError):
            load_model(folder)


def test_pickle_is_refused(tmp_path: Path) -> None:
    model = make_model()
    model.distribution = {"evil": np.array([{"a": 1}], dtype=object)}
    with pytest.raises(ValueError, match="allow_pickle"):
        save_model(tmp_path, model)


def test_resolve(folder: Path, tmp_path: Path) -> None:
    assert resolve_model(tmp_path, "small") == folder
    assert resolve_model(None, folder) == folder
    with reported(ArtifactError, r"no model 'other'.*starter, small.*train_classifier"):
        resolve_model(tmp_path, "other")


def test_saving_again_keeps_profiles_and_leaves_no_rubbish(folder: Path) -> None:
    save_profile(folder, "party", {"happy": 0.25})
    save_model(folder, make_model("renamed"))
    assert load_model(folder).name == "renamed"
    assert profile_names(folder) == ["party"]
    assert sorted(path.suffix for path in folder.iterdir() if path.is_file()) == [
        ".json",
        ".md",
        ".npz",
        ".npz",
        ".parquet",
    ]


def test_profiles(folder: Path) -> None:
    model = load_model(folder)
    save_profile(folder, "strict one", {"calm": 0.9})
    np.testing.assert_array_equal(load_profile(folder, "strict one", model), [0.9, 0.2, 0.0])
    for name, thresholds in (
        ("../evil", {"calm": 0.5}),
        ("", {"calm": 0.5}),
        ("fine", {"calm": 1.5}),
        ("fine", {"calm": float("nan")}),
    ):
        with pytest.raises(ArtifactError):
            save_profile(folder, name, thresholds)
    save_profile(folder, "foreign", {"jazzy": 0.5})
    with pytest.raises(ArtifactError, match="jazzy"):
        load_profile(folder, "foreign", model)
    (folder / "profiles" / "foreign.json").write_text("{")
    with pytest.raises(
        ArtifactError, match=r"damaged, missing or of a later release; save the profile again on the Diagnostics page$"
    ):
        load_profile(folder, "foreign", model)
    shutil.rmtree(folder / "profiles")
    assert profile_names(folder) == []


def test_how_likely_people_say_a_mood_is_known_where_somebody_said_something(folder: Path) -> None:
    P = np.array([[0.2, 0.5, 0.9]])
    labelled = make_model()
    np.testing.assert_array_equal(labelled.likelihoods(P), P)
    earlier = replace(labelled, calibrated_on="none: a student's scores")
    assert np.isnan(earlier.likelihoods(P)).all(), "a model of an earlier release says nothing of it"
    trust = earlier.trust.assign(likelihood_slope=[2.0, 1.0, np.nan], likelihood_intercept=[0.0, -1.0, np.nan])
    save_model(folder, replace(earlier, trust=trust))
    read = load_model(folder).likelihoods(P)
    np.testing.assert_allclose(read[0, :2], [1 / (1 + 4**2), 1 / (1 + np.e)])
    assert np.isnan(read[0, 2])


def broken_parts() -> dict[str, dict[str, object]]:
    whole = make_model()
    assert whole.distribution is not None and whole.predictions is not None
    return {
        "no arrays in the distribution": {"distribution": {}},
        "a distribution of another width": {"distribution": {**whole.distribution, "center": np.zeros(3)}},
        "a distribution with NaN": {"distribution": {**whole.distribution, "variances": np.full(3, np.nan)}},
        "predictions with NaN": {"predictions": whole.predictions.assign(**{"p:calm": np.nan})},
        "predictions of a part of the moods": {"predictions": whole.predictions.drop(columns="c:dark")},
    }


@pytest.mark.parametrize("part", broken_parts())
def test_whole_files_that_make_no_model_are_a_damaged_artifact(folder: Path, part: str) -> None:
    save_model(folder, replace(make_model(), **broken_parts()[part]))  # type: ignore[arg-type]
    with reported(ArtifactError, r"is damaged .*train_classifier"):
        load_model(folder)
