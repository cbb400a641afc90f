"""Valence and arousal: the shipped map, its intervals, and what is left of it in older models."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prediction_models import make_model

from mer_core.errors import DatasetError
from mer_core.model.bundle import STARTER_DIR, load_model, save_model
from mer_core.model.valence_arousal import ValenceArousal
from mer_core.moods import MIDDLE, MOODS, contradicted
from mer_core.training.starter.valence_arousal import LEVEL, RatedSongs, fit_valence_arousal

PLANE = ValenceArousal(np.eye(3)[:, :2], np.zeros(2), np.array([0.4, 0.2]), np.array([0.3, 0.2]), 0.8)


def made_up(n: int = 300, noise: float = 0.5, seed: int = 0) -> tuple[RatedSongs, np.ndarray]:
    rng = np.random.default_rng(seed)
    X, truth = rng.normal(size=(n, 12)), rng.normal(size=(12, 2))
    ratings = 3 + X @ truth + noise * np.linalg.norm(truth, axis=0) * rng.normal(size=(n, 2))
    return RatedSongs(X, ratings, np.array([f"artist {k // 2}" for k in range(n)])), truth


def test_what_people_heard_is_found_again_and_intervals_hold_what_they_say():
    songs, truth = made_up()
    plane, measured = fit_valence_arousal(songs, 12)
    fresh = np.random.default_rng(5).normal(size=(400, 12))
    for k in range(2):
        assert np.corrcoef(plane.predict(fresh / 20)[:, k], fresh @ truth[:, k])[0, 1] > 0.97
    assert (np.abs(measured.coverage - LEVEL) < 0.06).all()
    assert (measured.r > 0.85).all()


def test_an_interval_grows_with_the_distance_and_never_leaves_the_plane():
    near, far = PLANE.intervals(np.zeros((2, 2)), np.array([0.5, 2.0]))
    np.testing.assert_allclose(near, [[-0.4, 0.4], [-0.2, 0.2]])
    np.testing.assert_allclose(far, [[-0.8, 0.8], [-0.4, 0.4]])
    assert np.abs(PLANE.intervals(np.array([[1.0, -1.0]]), np.array([9.0]))).max() <= 1


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_only_moods_on_a_side_where_the_music_is_not_are_contradicted(v, a, half_v, half_a):
    ends = np.array([[[v - half_v, v + half_v], [a - half_a, a + half_a]]])
    against = contradicted(np.array([[v, a]]), ends, list(MOODS))[0]
    for mood, found in zip(MOODS, against, strict=True):
        sides = [
            np.sign(place) * here > 0
            for place, here in zip(MOODS[mood][:2], (v, a), strict=True)
            if abs(place) > MIDDLE
        ]
        assert found or all(sides) or 0 in (v, a)
    wider = contradicted(np.array([[v, a]]), ends + np.array([-0.5, 0.5]), list(MOODS))[0]
    assert (wider >= against).all()


def test_nothing_is_contradicted_where_nothing_was_measured():
    assert not contradicted(np.zeros((2, 2)), np.full((2, 2, 2), np.nan), list(MOODS)).any()


def test_a_model_without_the_map_is_read_and_takes_the_place_of_its_moods(tmp_path):
    old = make_model()
    save_model(tmp_path / "old", old)
    read = load_model(tmp_path / "old")
    P = np.array([[0.9, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(read.places(np.zeros((1, 1)), P), [MOODS["calm"][:2]])
    assert np.isnan(read.place_intervals(np.zeros((1, 1)), np.zeros((1, 2)))).all()
    assert np.isnan(read.percentiles(P)).all()


def test_the_map_and_the_ranks_survive_the_folder(tmp_path):
    ranks = np.linspace(0, 1, 11)[:, None] * np.ones(4)
    save_model(tmp_path / "new", replace(make_model(), plane=PLANE, ranks=ranks))
    read = load_model(tmp_path / "new")
    np.testing.assert_allclose(read.percentiles(np.array([[0.25, 0.5, 0.0, 1.0]])), [[0.25, 0.5, 0.0, 1.0]], atol=1e-6)
    np.testing.assert_allclose(read.plane.predict(np.array([[0.5, -0.5, 9]])), [[0.5, -0.5]])


def test_damaged_ratings_are_refused(tmp_path):
    (tmp_path / "junk.npz").write_bytes(b"junk")
    with pytest.raises(DatasetError, match="cannot be read as rated songs"):
        RatedSongs.load(tmp_path / "junk.npz")


def test_the_shipped_map_is_the_one_that_training_makes(shared):
    starter = load_model(STARTER_DIR)
    songs = RatedSongs.load(shared / "data/people/musifeast17.npz")
    plane, measured = fit_valence_arousal(songs, 200)
    np.testing.assert_allclose(starter.plane.weights, plane.weights, rtol=1e-3, atol=1e-5)
    assert (measured.r2 > [0.4, 0.7]).all()
    assert (np.abs(measured.coverage - LEVEL) < 0.03).all()
