"""The starter's checks: nothing stands on both sides of a split, words become moods, trust follows its rule."""

import numpy as np
import pandas as pd
import pytest
from starter_material import MOODS, made_up

from mer_core.errors import DatasetError, Remedy
from mer_core.model.bundle import STARTER_DIR, load_model
from mer_core.model.decision import allowed
from mer_core.model.mlp import sigmoid
from mer_core.training.starter import checks as starter_checks
from mer_core.training.starter.checks import HumanSet, agreement, human_check, human_mean, without_same_music
from mer_core.training.starter.likelihood import calibration_figures, fit_likelihood
from mer_core.training.starter.release import FEELING_RATE, Crowd, level, make_model
from mer_core.training.starter.student import StudentRecipe
from mer_core.training.starter.trust import binormal_pr_auc, nested_spearman, people_trust

RECIPE = StudentRecipe(evidence=0, alpha=10)


@pytest.fixture(scope="module")
def people(shared):
    return HumanSet.load(shared / "data/incompetech", load_model(STARTER_DIR).moods)


def test_no_clip_and_no_collection_stands_on_both_sides(monkeypatch):
    pairs, teacher, _ = made_up(clips=60)
    real, seen = starter_checks.fit_student, []
    monkeypatch.setattr(starter_checks, "fit_student", lambda train, *rest: seen.append(train) or real(train, *rest))
    agreement(pairs, teacher, RECIPE)
    assert [sorted(set(train.collection)) for train in seen] == [["b", "c"], ["a", "c"], ["a", "b"]]


def test_agreement_is_high_with_a_teacher_that_can_be_learned_and_none_with_noise():
    pairs, teacher, _ = made_up()
    learned = agreement(pairs, teacher, RECIPE)
    assert list(learned.index) == list(MOODS)
    assert learned.min() > 0.7
    noise = type(pairs)(
        pairs.collection, pairs.clip, pairs.embedding, np.random.default_rng(1).random(pairs.teacher.shape)
    )
    assert abs(agreement(noise, teacher, RECIPE).mean()) < 0.15


def test_words_become_the_moods_they_mean(people):
    assert {"groovy", "sad", "melancholic", "relaxing", "funny", "heavy"} <= set(people.moods)
    assert people.labels.shape == (138, len(people.moods))
    assert people.labels[:, people.moods.index("groovy")].sum() == 31
    assert people.embeddings.shape == (138, 400)


def test_people_words_are_predicted_far_better_than_chance_by_the_shipped_model(people):
    model = load_model(STARTER_DIR)

    def scores(X):
        return model.probabilities(X[:, :200])

    value, low, high = human_mean(scores, people, model.moods)
    assert 0.7 < low < value < high < 1
    table = human_check(scores, people, model.moods)
    assert table["roc_auc"].mean() == pytest.approx(value)
    shuffled = np.random.default_rng(0).permutation(138)
    assert human_mean(lambda X: scores(X[shuffled]), people, model.moods)[0] == pytest.approx(0.5, abs=0.06)


def test_a_folder_without_embeddings_gets_the_way_to_make_them(shared):
    with pytest.raises(DatasetError, match="nor MusiCNN embeddings") as reported:
        HumanSet.load(shared / "data/mtg-jamendo", MOODS)
    assert reported.value.remedies == (Remedy("build_embeddings", shared / "data/mtg-jamendo", "musicnn"),)


def test_words_that_mean_none_of_the_models_moods_are_refused(shared):
    with pytest.raises(DatasetError, match=r"no word of .* means a mood"):
        HumanSet.load(shared / "data/incompetech", ("corporate",))


def test_the_evaluated_student_has_not_heard_the_same_music():
    pairs, _, _ = made_up(clips=30)
    assert set(without_same_music(pairs).collection) == {"b", "c"}


def evaluated(**figures: tuple[float, float, float, float]) -> pd.DataFrame:
    columns = ["roc_auc", "roc_auc_low", "roc_auc_high", "support"]
    return pd.DataFrame.from_dict(figures, orient="index", columns=columns)


def test_trust_joins_words_and_ratings_and_says_what_nobody_measured():
    words = evaluated(happy=(0.8, 0.7, 0.9, 20), sad=(0.45, 0.3, 0.6, 8))
    ratings = evaluated(happy=(0.7, 0.6, 0.8, 100), calm=(0.9, 0.85, 0.95, 100))
    trust = people_trust(MOODS, words, ratings)
    assert trust["measured"].to_dict() == {mood: mood != "epic" for mood in MOODS}
    assert trust["reliable"].to_dict() == {"happy": True, "sad": False, "calm": True, "epic": False}
    assert 0.7 < trust.loc["happy", "roc_auc"] < 0.8
    assert trust.loc["happy", "support"] == 120
    assert trust.loc["calm", "roc_auc"] == pytest.approx(0.9, abs=1e-6)
    assert allowed(trust).tolist() == [mood != "sad" for mood in MOODS]
    assert trust.loc["epic", ["roc_auc", "pr_auc", "lift"]].isna().all()


def test_a_better_roc_auc_means_a_better_pr_auc():
    values = [binormal_pr_auc(roc_auc) for roc_auc in (0.3, 0.5, 0.7, 0.9, 0.99)]
    assert values == sorted(values)
    assert values[1] == pytest.approx(0.2, abs=0.01)


def test_the_level_is_that_of_the_labels():
    rng = np.random.default_rng(0)
    log_odds, labels = rng.normal(size=(200, 3)), rng.random((200, 3)) < 0.1
    assert sigmoid(log_odds + level(log_odds, labels)).mean() == pytest.approx(labels.mean())


def test_a_calibration_a_mood_means_what_it_says():
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=(400, 3))
    labels = rng.random((400, 3)) < sigmoid(log_odds * [2.0, 0.3, 1.0] + [-2.0, 1.0, 0.0])
    figures = calibration_figures(log_odds, labels)
    assert figures["after"]["calibration_error"] < 0.04 < figures["before"]["calibration_error"]
    assert figures["after"]["brier"] < figures["before"]["brier"]
    fitted = fit_likelihood(log_odds, labels, MOODS[:3])
    said = sigmoid(log_odds * fitted["likelihood_slope"].to_numpy() + fitted["likelihood_intercept"].to_numpy())
    assert said.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.02)


def test_shown_trust_is_compared_with_words_it_was_not_measured_on():
    rng = np.random.default_rng(0)
    moods, labels = tuple(f"mood {i}" for i in range(8)), rng.random((300, 8)) < 0.3
    scores = labels * np.linspace(0.1, 3, 8) + rng.normal(size=labels.shape)
    nothing = evaluated()
    assert nested_spearman(scores, labels, moods, nothing) > 0.9
    assert abs(nested_spearman(rng.normal(size=labels.shape), labels, moods, nothing)) < 0.6


def test_thresholds_decide_feelings_oftener_than_themes_and_every_track_its_nearest():
    pairs, teacher, _ = made_up()
    student = starter_checks.fit_student(pairs, teacher, RECIPE)
    trust = people_trust(teacher.moods, None, evaluated(calm=(0.9, 0.85, 0.95, 100)))
    model = make_model(student, pairs, teacher, trust, {})
    decided = np.average(model.probabilities(pairs.embedding[:, :20]) >= model.thresholds, axis=0, weights=pairs.weight)
    assert np.allclose(decided, np.minimum(FEELING_RATE * teacher.prevalence, 0.5), atol=0.01)
    clips = Crowd.of(model, pairs.embedding, pairs.weight)
    assert clips.without_feeling(model) < 0.1
    assert clips.rates(model).sum() >= 1 - clips.without_feeling(model)
