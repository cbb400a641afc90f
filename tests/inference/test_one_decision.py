"""One rule decides: page, script, library, exports and diagnostics give the same moods."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prediction_models import MOODS, make_model

from mer_core.export.formats import to_csv, to_json
from mer_core.export.prompts import stated_moods
from mer_core.inference.prediction import Prediction
from mer_core.inference.predictor import Predictor
from mer_core.inference.stored import predict_store
from mer_core.model.deciding import HeardTracks, deciding
from mer_core.model.decision import FEW, MOST_OFTEN, adapt_thresholds, allowed, decided
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import DenseEnsemble, logit
from mer_core.model.scored import Evaluated
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import ValenceArousal

four = st.lists(st.floats(0.01, 0.99), min_size=4, max_size=4)


def transparent(thresholds: list[float], reach: list[float] | None = None, *, measures: bool = False) -> Model:
    """A model whose log-odds are the embedding itself; with `measures` arousal falls and valence rises with the first
    and the third."""
    weights = np.array([[0.1, -0.3], [-0.2, 0.1], [0.3, 0.2], [0.0, 0.0]])
    plane = ValenceArousal(weights, np.zeros(2), np.full(2, 0.4), np.full(2, 0.3), 0.8)
    network = DenseEnsemble(np.zeros(4), np.ones(4), (((np.eye(4), np.zeros(4)),),))
    small = make_model(pooling="mean")
    return replace(
        small,
        classifier=FittedClassifier.from_network(network, MOODS),
        thresholds=np.array(thresholds),
        trust=small.trust.assign(measured=[True, False, True, True], reliable=[True, False, True, False]),
        reach=None if reach is None else np.array(reach),
        plane=plane if measures else None,
    )


def by_library(model: Model, embedding: np.ndarray) -> set[str]:
    store = SimpleNamespace(
        identity=model.encoder,
        folder=Path("x/embeddings/y"),
        read_pooled=lambda pooling: (["t"], embedding[None]),
        read_excerpts=lambda: [None],
    )
    return {mood for mood, yes in zip(MOODS, predict_store(store, model).decided[0], strict=True) if yes}  # type: ignore[arg-type]


def by_diagnostics(model: Model, P: np.ndarray, embedding: np.ndarray, labelled: Sequence[str]) -> set[str]:
    """What is decided about a track of a dataset whose people know the moods `labelled`."""
    columns = [MOODS.index(mood) for mood in labelled]
    beside = deciding(model, pd.DataFrame(P, index=["t"], columns=MOODS), HeardTracks("t", embedding[None], [None]))
    truth = np.zeros((1, len(labelled)), bool)
    evaluated = Evaluated(
        "m", tuple(labelled), truth, P[:, columns], None, model.thresholds[columns], None, None, beside
    )
    return {mood for mood, yes in zip(labelled, evaluated.decisions()[0], strict=True) if yes}


def by_exports(prediction: Prediction) -> list[set[str]]:
    """What the exports of one prediction call decided, as a program reads them back."""
    table = pd.read_csv(io.StringIO(to_csv([prediction])))
    return [set(json.loads(to_json(prediction))["decided"]), set(table["mood"][table["decided"].astype(bool)])]


@settings(deadline=None)
@given(four, four, st.booleans(), st.booleans())
def test_page_script_library_exports_and_diagnostics_decide_alike(probabilities, thresholds, reaches, measures):
    model = transparent(thresholds, [0.5, np.nan, 0.5, 0.5] if reaches else None, measures=measures)
    embedding = logit(np.array(probabilities)).astype(np.float32)
    prediction = Predictor(model).from_embedding(np.tile(embedding, (3, 1)), timeline=False)
    script = set(prediction.to_dict()["decided"])
    assert set(prediction.decided) == script
    profile = dict(zip(MOODS, map(float, model.thresholds), strict=True))
    assert set(prediction.decided_by(profile).decided) == script
    assert by_library(model, embedding) == script
    assert by_exports(prediction) == [script, script]
    assert set(stated_moods(prediction)) <= script
    P = model.probabilities(embedding[None])
    assert by_diagnostics(model, P, embedding, MOODS) == script
    assert by_diagnostics(model, P, embedding, MOODS[::2]) == script & set(MOODS[::2]), "labelled with fewer moods"
    assert "relaxing" not in script  # measured, and found unreliable
    assert prediction.nothing_fits == (not script)


def test_all_probabilities_at_one_decide_the_same_moods_on_every_page():
    model = transparent([0.5] * 4)
    P = np.ones((2, 4))
    evaluated = Evaluated("m", MOODS, np.zeros((2, 4), bool), P, None, model.thresholds, None, model.allowed)
    assert evaluated.decisions().tolist() == model.decide(P).tolist() == [[True, True, True, False]] * 2


def test_how_often_valence_and_arousal_speak_against_moods_is_counted():
    model = transparent([0.5] * 4, measures=True)
    X = np.array([[3.0, 3, -3, 0], [3, -3, -3, 0], [-3, -3, 3, 0]])
    P = pd.DataFrame(model.probabilities(X), index=list("abc"), columns=MOODS)
    beside = deciding(model, P, HeardTracks("abc", X, [None] * 3))
    assert beside is not None
    ruled_out, unsure = beside.contradictions
    made = model.decide(P.to_numpy(), contradicted=model.contradictions(X), distance=model.distances(X)).sum()
    assert unsure == 0 and ruled_out == pytest.approx(1 - made / model.decide(P.to_numpy()).sum()) and ruled_out > 0
    assert deciding(replace(model, plane=None), P, HeardTracks("abc", X, [None] * 3)).contradictions is None
    assert deciding(model, P, HeardTracks("ab", X[:2], [None] * 2)) is None, "a track that was not heard"


def test_what_nobody_measured_is_neither_reliable_nor_vetoed():
    trust = pd.DataFrame({"reliable": [True, False, False], "measured": [True, True, False]})
    assert allowed(trust).tolist() == [True, False, True]
    assert allowed(trust[["reliable"]]).tolist() == [True, False, False]


@given(four, four, four)
def test_the_nearest_feeling_comes_only_where_none_fits_and_within_its_reach(probabilities, thresholds, reach):
    P, limits, far = np.array([probabilities]), np.array(thresholds), np.array(reach)
    plain = decided(P, limits, np.ones(4, bool))
    with_nearest = decided(P, limits, np.ones(4, bool), reach=far)
    if plain.any():
        assert np.array_equal(plain, with_nearest)
    else:
        within = logit(P[0]) >= logit(limits) - far
        assert with_nearest.sum() == int(within.any())
        assert not (with_nearest[0] & ~within).any()
    assert not decided(P, limits, np.zeros(4, bool), reach=far).any()
    assert not decided(P, limits, np.ones(4, bool), music=False, reach=far).any()
    assert not decided(P, limits, np.ones(4, bool), contradicted=np.ones((1, 4), bool), reach=far).any()


@given(four, st.lists(st.floats(0, 4), min_size=4, max_size=4), st.integers(0, 15))
def test_the_nearest_feeling_lies_on_no_other_side(probabilities, distances, sides):
    distance = np.where([sides >> j & 1 for j in range(4)], np.inf, distances)[None]
    P, limits, reach = np.array([probabilities]), np.full(4, 0.999), np.full(4, 20.0)
    chosen = decided(P, limits, np.ones(4, bool), contradicted=np.ones((1, 4), bool), reach=reach, distance=distance)[0]
    assert chosen.sum() == int(sides != 15)
    score = logit(P[0]) - distance[0]
    assert sides == 15 or score[chosen][0] == score.max()


@given(st.integers(FEW, 120), st.integers(0, 9))
def test_in_a_library_no_mood_is_decided_oftener_than_three_times_its_share(n, seed):
    rng = np.random.default_rng(seed)
    P, own, share = rng.random((n, 4)), rng.random(4), rng.uniform(0.02, 0.2, 4)
    adapted = adapt_thresholds(P, own, share, True)
    assert (adapted >= own).all()
    assert (decided(P, adapted, np.ones(4, bool)).sum(axis=0) <= np.maximum(MOST_OFTEN * share * n, 1)).all()
    rare = (own <= P).sum(axis=0) <= MOST_OFTEN * share * n - 1
    assert np.array_equal(adapted[rare], own[rare])


def test_a_few_tracks_change_no_threshold():
    assert np.array_equal(adapt_thresholds(np.ones((FEW - 1, 2)), np.full(2, 0.5), np.full(2, 0.01), True), [0.5, 0.5])
