"""What an album's other tracks say: laws of the arithmetic, how much they count, and the way into models and
predictions."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pages_common import make_workspaces
from scipy.special import expit

from mer_core.cli import predict_library
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError
from mer_core.inference.stored import load_predictions, predict_store
from mer_core.model.album_context import WEIGHTS, AlbumContext, fit_album_context
from mer_core.model.bundle import STARTER_DIR, load_model, save_model
from mer_core.model.decision import Rule, fit_rule
from mer_core.workspace.layout import Workspace

ALBUMS = st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=6, max_size=6).map(np.array)
LOGITS = arrays.arrays(float, (6, 2), elements=st.floats(-9, 9))


@given(LOGITS, ALBUMS, st.floats(0, 2))
def test_each_track_is_moved_by_its_albums_others_alone(logits: np.ndarray, albums: np.ndarray, weight: float) -> None:
    """As the formula of the module says, track by track."""
    context = AlbumContext(weight, np.array([0.5, -1.0]))
    reported = context.apply(logits, albums)
    for row, album in enumerate(albums):
        others = [other for other in range(6) if other != row and albums[other] == album and album]
        expected = logits[row] + weight * sum((logits[other] - context.center for other in others), np.zeros(2)) / (
            len(others) + 1
        )
        np.testing.assert_allclose(reported[row], expected, atol=1e-9)


def labelled(like: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, log-odds and albums of 600 tracks, five an album; `like`: how much of what makes a label is the
    album's."""
    rng = np.random.default_rng(seed)
    albums = np.repeat(np.arange(120), 5)
    truth = like * rng.normal(size=(120, 4))[albums] + (1 - like) * rng.normal(size=(600, 4))
    return expit(4 * truth - 3) > rng.random(truth.shape), truth + rng.normal(size=truth.shape), albums.astype(str)


def test_albums_count_where_they_are_alike_and_not_where_they_are_dealt() -> None:
    Y, logits, albums = labelled(0.7)
    alike = fit_album_context(Y, logits, albums)
    assert alike.weight >= 0.3 and alike.weight in WEIGHTS
    np.testing.assert_allclose(alike.center, logits.mean(axis=0))
    Y, logits, albums = labelled(0.0)
    assert fit_album_context(Y, logits, albums).weight <= 0.1
    assert fit_album_context(Y, logits, np.full(600, "")).weight == 0


def test_a_rule_with_albums_is_calibrated_for_what_they_give() -> None:
    Y, logits, albums = labelled(0.7)
    rule, alone = fit_rule(Y, expit(logits), albums=albums), fit_rule(Y, expit(logits))
    assert rule.counts_albums and not alone.counts_albums
    evaluated = rule.apply(expit(logits), albums)
    np.testing.assert_allclose(evaluated.calibrated.mean(axis=0), Y.mean(axis=0), atol=0.03)
    assert (evaluated.calibrated[:, 0] > 0.5)[Y[:, 0]].mean() > (alone.apply(expit(logits)).calibrated[:, 0] > 0.5)[
        Y[:, 0]
    ].mean()
    again = Rule.from_dict(rule.to_dict())
    np.testing.assert_array_equal(again.apply(expit(logits), albums).calibrated, evaluated.calibrated)


@pytest.mark.parametrize(
    "bad",
    [{"weight": -1.0, "center": [0.0]}, {"weight": float("nan"), "center": [0.0]}, {"weight": 0.5, "center": [[0.0]]}],
)
def test_a_malformed_context_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="weight of at least 0"):
        AlbumContext.from_dict(bad)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with three tracks an album and the model "small", to which a rule for albums is given."""
    workspace = Workspace.open(make_workspaces(tmp_path) / "full")
    for table in workspace.dataset_dir.rglob("*.tsv"):
        reported = re.sub(
            r"\balbum_(\d{6})\b", lambda album: f"album_{int(album[1]) // 3:06d}", table.read_text(encoding="utf-8")
        )
        table.write_text(reported, encoding="utf-8")
    model = load_model(workspace.model_dir("small"))
    album = AlbumContext(0.6, np.full(len(model.moods), -1.0))
    save_model(
        workspace.model_dir("small"), replace(model, album_rule=Rule(model.calibration, model.thresholds, album))
    )
    return workspace


def test_a_librarys_albums_move_its_predictions(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    model = load_model(workspace.model_dir("small"))
    assert model.album_rule and model.album_rule.album and model.album_rule.album.weight == 0.6
    store = EmbeddingStore.open(workspace.embeddings_dir(model.encoder["name"]))
    tracks = Dataset.load(workspace.dataset_dir).tracks
    alone = predict_store(store, model)
    assert predict_library.main([str(workspace.root), "--model", "small", "--with-albums"]) == 0
    kept = load_predictions(workspace, "small")
    album_of = dict(zip(tracks["track_id"], tracks["album_id"], strict=True))
    albums = np.array([album_of[track_id] for track_id in kept.track_ids])
    assert len(set(albums)) < len(albums) / 2
    assert (np.abs(kept.probabilities - alone.probabilities).max(axis=1) > 1e-4).mean() > 0.9
    nobody = predict_store(store, model, albums={})
    np.testing.assert_allclose(nobody.probabilities, alone.probabilities, atol=1e-6)


def test_a_model_that_has_not_learned_what_albums_say_is_refused(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    store = EmbeddingStore.open(workspace.embeddings_dir(load_model(workspace.model_dir("small")).encoder["name"]))
    model = replace(load_model(workspace.model_dir("small")), album_rule=None)
    with pytest.raises(ArtifactError, match="has not learned how much"):
        predict_store(store, model, albums={})
    assert load_model(STARTER_DIR).album_rule is None
