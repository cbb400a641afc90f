"""Folds keep artists together, are balanced, and cross-fitting never judges a track by a model that saw it."""

import numpy as np
import pytest

from mer_core.model.classifier import Context, MoodClassifier
from mer_core.model.ridge import PENALTIES, choose_penalty, fit_linear_start
from mer_core.training.baseline import LogisticBaseline
from mer_core.training.folds import cross_fit, deal_folds, grouped_by_artist


def test_artists_stay_together_where_there_are_enough() -> None:
    rng = np.random.default_rng(0)
    artists = rng.integers(0, 30, 200).astype(str)
    Y = rng.random((200, 5)) < 0.2
    folds = deal_folds(Y, artists, 5)
    assert grouped_by_artist(artists) and set(folds) == set(range(5))
    assert all(len(set(folds[artists == artist])) == 1 for artist in set(artists))
    assert np.array_equal(folds, deal_folds(Y, artists, 5)) and not np.array_equal(
        folds, deal_folds(Y, artists, 5, seed=1)
    )


def test_tracks_are_dealt_singly_when_artists_are_few_and_positives_are_spread() -> None:
    rng = np.random.default_rng(0)
    Y = rng.random((100, 6)) < 0.1
    folds = deal_folds(Y, np.full(100, "one"), 5)
    assert (np.bincount(folds) == 20).all() and not grouped_by_artist(np.full(100, "one"))
    per_fold = np.stack([Y[folds == fold].sum(axis=0) for fold in range(5)])
    assert per_fold.var(axis=0).sum() < np.mean(
        [np.stack([Y[rng.permutation(100)[:20]].sum(axis=0) for _ in range(5)]).var(axis=0).sum() for _ in range(30)]
    )


@pytest.mark.parametrize(("n_tracks", "n_folds"), [(10, 2), (3, 5), (0, 3)])
def test_impossible_folds_are_refused(n_tracks: int, n_folds: int) -> None:
    with pytest.raises(ValueError, match="at least 3"):
        deal_folds(np.zeros((n_tracks, 2), bool), np.array(["a"] * n_tracks), n_folds)


@pytest.mark.parametrize("make", [LogisticBaseline, lambda: MoodClassifier(members=0)])
def test_no_track_is_evaluated_by_a_model_that_saw_it(make) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    artists = np.repeat(np.arange(25), 8).astype(str)
    X = rng.normal(size=(25, 40))[np.repeat(np.arange(25), 8)] + rng.normal(
        0, 0.01, (200, 40)
    )  # who sees an artist knows the artist
    Y = np.repeat(rng.random((25, 8)) < 0.4, 8, axis=0)
    scores = []
    for folds in (deal_folds(Y, artists, 5), np.arange(200) % 5):
        logits = cross_fit(make, X, Y, folds, Context(groups=artists))
        order = np.argsort(np.argsort(logits, axis=0), axis=0)
        scores.append(np.mean([(order[y, j].mean() - order[~y, j].mean()) / 100 for j, y in enumerate(Y.T)]))
    assert abs(scores[0]) < 0.3 and scores[1] > 0.8


def test_the_linear_start_finds_the_signal_and_keeps_to_what_is_known() -> None:
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(300, 30))
    Y = Z[:, :3] + rng.normal(0, 0.1, (300, 3)) > 1
    weights, biases = fit_linear_start(Z, Y, 1.0)
    assert (np.abs(weights).argmax(axis=0) == [0, 1, 2]).all() and biases.shape == (3,)
    known = (rng.normal(size=(30, 3)), np.zeros(3))
    kept, _ = fit_linear_start(Z, Y, 1e9, known)
    np.testing.assert_allclose(np.abs([np.corrcoef(kept[:, j], known[0][:, j])[0, 1] for j in range(3)]), 1.0)
    assert choose_penalty(Z, Y) in PENALTIES and choose_penalty(Z[:4], Y[:4]) == PENALTIES[-1]
