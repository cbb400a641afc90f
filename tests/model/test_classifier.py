"""MoodClassifier learns, survives hopeless labels, and predicts in NumPy exactly what it stores."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from mer_core.errors import ArtifactError
from mer_core.model.classifier import Context, MoodClassifier
from mer_core.model.mlp import DenseEnsemble, logit, restandardise, sigmoid
from mer_core.model.mlp_training import positive_weights
from mer_core.training.baseline import LogisticBaseline

QUICK = {"members": 2, "hidden": (8,), "max_epochs": 15, "batch_size": 32, "learning_rate": 0.01}


def music(n: int = 160, n_features: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features with three moods: one linear in them, one that is not (a product of two), one rare."""
    rng = np.random.default_rng(seed)
    X = rng.normal(3.0, 2.0, (n, n_features))
    Z = (X - 3) / 2
    return X, np.stack([Z[:, 0] + Z[:, 1] > 0.7, Z[:, 2] * Z[:, 3] > 0.5, Z[:, 4] > 1.5], axis=1)


def test_learns_what_is_linear() -> None:
    X, Y = music()
    X_new, Y_new = music(seed=1)
    for settings in (QUICK, {**QUICK, "linear": False}, {"members": 0}):
        P = MoodClassifier(**settings).fit(X[:120], Y[:120], X[120:], Y[120:]).predict_proba(X_new)
        assert P.shape == Y_new.shape and ((P >= 0) & (P <= 1)).all()
        assert roc_auc_score(Y_new[:, 0], P[:, 0]) > 0.9 and roc_auc_score(Y_new[:, 2], P[:, 2]) > 0.8


def test_networks_learn_what_is_not_linear() -> None:
    X, Y = music(1200, 5)
    X_new, Y_new = music(600, 5, seed=1)
    scores = {}
    for members in (0, 3):
        settings = {**QUICK, "members": members, "hidden": (32,), "dropout": 0.0, "max_epochs": 60}
        P = MoodClassifier(**settings).fit(X[:900], Y[:900], X[900:], Y[900:]).predict_proba(X_new)
        scores[members] = roc_auc_score(Y_new[:, 1], P[:, 1])
    assert scores[0] < 0.6 and scores[3] > 0.85


def test_same_seed_same_result_and_clones_are_untrained() -> None:
    X, Y = music()
    first, second = (MoodClassifier(**QUICK, seed=5).fit(X[:120], Y[:120], X[120:], Y[120:]) for _ in range(2))
    assert np.array_equal(first.predict_proba(X), second.predict_proba(X))
    copied = clone(first)
    assert copied.get_params() == first.get_params() and not hasattr(copied, "network_")


def test_folds_stop_without_validation_tracks() -> None:
    X, Y = music()
    X_new, Y_new = music(seed=1)
    fitted = MoodClassifier(**{**QUICK, "members": 4}).fit_folds(
        X, Y, np.arange(len(X)) % 3, Context(("calm", "dark", "happy"))
    )
    assert fitted.classes_ == ("calm", "dark", "happy")
    assert len(fitted.network_.members) == 6  # rounded up to a multiple of the folds
    assert roc_auc_score(Y_new[:, 0], fitted.predict_proba(X_new)[:, 0]) > 0.9


def test_what_is_known_already_is_kept_where_labels_are_too_few() -> None:
    X, Y = music(400)
    known = (np.zeros((12, 3)), np.zeros(3))
    known[0][[0, 1], 0], known[0][4, 2] = 1.0, 1.0
    few = slice(0, 30)
    with_known, without = (
        MoodClassifier(**QUICK).fit(X[few], Y[few], X[30:60], Y[30:60], Context(known=k)).predict_proba(X[100:])
        for k in (known, None)
    )
    score = {
        name: roc_auc_score(Y[100:, [0, 2]], P[:, [0, 2]]) for name, P in (("with", with_known), ("without", without))
    }
    assert score["with"] > 0.95 and score["with"] > score["without"]


def test_hopeless_moods_do_no_harm() -> None:
    X, Y = music()
    Y = np.column_stack(
        [Y, np.zeros(len(X), bool), np.arange(len(X)) == 3, np.arange(len(X)) >= 120, np.ones(len(X), bool)]
    )
    P = MoodClassifier(**QUICK).fit(X[:120], Y[:120], X[120:], Y[120:]).predict_proba(X)
    assert np.isfinite(P).all()
    assert P[:, 3].max() < 0.2 and P[:, 6].min() > 0.8
    baseline = LogisticBaseline().fit(X[:120], Y[:120]).predict_proba(X)
    assert np.isfinite(baseline).all() and baseline[:, 3].max() < 0.01 and baseline[:, 6].min() > 0.99


def test_no_positive_in_all_of_validation_still_trains() -> None:
    X, Y = music()
    P = MoodClassifier(**QUICK).fit(X[:120], Y[:120], X[120:], np.zeros((40, 3), bool)).predict_proba(X)
    assert np.isfinite(P).all()


def test_a_silent_feature_cannot_shout_later() -> None:
    X, Y = music()
    X[:, 11] = 0.0
    X[0, 11] = 1e-4
    fitted = MoodClassifier(**QUICK).fit(X[:120], Y[:120], X[120:], Y[120:])
    loud = X.copy()
    loud[:, 11] = 0.5
    assert np.abs(fitted.decision_function(loud) - fitted.decision_function(X)).max() < 1.0


@pytest.mark.parametrize(
    "damage",
    [
        lambda X, Y: (X[:0], Y[:0], X, Y),
        lambda X, Y: (X, Y, X[:0], Y[:0]),
        lambda X, Y: (X, Y[:-1], X, Y),
        lambda X, Y: (X, Y, X[:, :-1], Y),
        lambda X, Y: (X, Y, X, Y[:, :-1]),
        lambda X, Y: (np.where(X > 5, np.nan, X), Y, X, Y),
        lambda X, Y: (X[:, 0], Y, X, Y),
    ],
)
def test_wrong_input_is_reported(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r"shapes|validation|needs|NaN"):
        MoodClassifier(**QUICK).fit(*damage(*music()))
    with pytest.raises(ValueError, match="2 moods named"):
        MoodClassifier(**QUICK).fit(*music(), *music(), Context(("a", "b")))


def test_untrained_it_says_so_as_any_estimator() -> None:
    with pytest.raises(NotFittedError, match="MoodClassifier instance is not fitted"):
        MoodClassifier().predict_proba(np.zeros((1, 2)))


def test_predicting_needs_no_tensorflow() -> None:
    code = (
        "import sys, numpy as np; from mer_core.model.classifier import MoodClassifier; from mer_core.model.mlp import "
        "DenseEnsemble;"
        "n = DenseEnsemble(np.zeros(2), np.ones(2), (((np.ones((2, 1)), np.zeros(1)),),));"
        "print(MoodClassifier.from_network(n, ['a']).predict_proba(np.zeros((1, 2)))[0, 0], 'tensorflow' in "
        "sys.modules, 'keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=__file__.rsplit("/", 3)[0]
    )
    assert done.stdout.split() == ["0.5", "False", "False"]


def test_networks_survive_the_way_to_arrays_and_refuse_damage() -> None:
    X, Y = music()
    network = MoodClassifier(**QUICK).fit(X[:120], Y[:120], X[120:], Y[120:]).network_
    arrays = network.to_arrays()
    assert np.array_equal(DenseEnsemble.from_arrays(arrays).logits(X), network.logits(X))
    for name, array in arrays.items():
        with pytest.raises((ValueError, KeyError)):
            DenseEnsemble.from_arrays({**arrays, name: array * np.nan})
        with pytest.raises((ValueError, KeyError, IndexError)):
            DenseEnsemble.from_arrays({**arrays, name: array[:-1]})
        with pytest.raises((ValueError, KeyError)):
            DenseEnsemble.from_arrays({key: value for key, value in arrays.items() if key != name})
    with pytest.raises(ArtifactError, match="pooling"):
        MoodClassifier.from_network(network, ("a", "b", "c")).predict_proba(X[:, :5])
    with pytest.raises(ValueError, match="2 moods"):
        MoodClassifier.from_network(network, ("a", "b"))


def test_restandardised_layer_is_the_same_map() -> None:
    rng = np.random.default_rng(0)
    X, layer = rng.normal(size=(5, 3)), (rng.normal(size=(3, 2)), rng.normal(size=2))
    old, new = (rng.normal(size=3), rng.uniform(1, 2, 3)), (rng.normal(size=3), rng.uniform(1, 2, 3))
    weights, biases = restandardise(layer, old, new)
    np.testing.assert_allclose((X - new[0]) / new[1] @ weights + biases, (X - old[0]) / old[1] @ layer[0] + layer[1])


def test_sigmoid_and_logit_are_inverse_and_never_overflow() -> None:
    assert np.isfinite(sigmoid(np.array([-1e9, 0, 1e9]))).all() and np.isfinite(logit(np.array([0.0, 1.0]))).all()
    np.testing.assert_allclose(logit(sigmoid(np.linspace(-9, 9, 50))), np.linspace(-9, 9, 50), atol=1e-6)


def test_positive_weights() -> None:
    Y = np.zeros((100, 3), bool)
    Y[:20, 0], Y[:, 2] = True, True
    np.testing.assert_allclose(positive_weights(Y, 0.5), [2.0, np.sqrt(99), 0.1])
    np.testing.assert_allclose(positive_weights(Y, 0.0), 1.0)
