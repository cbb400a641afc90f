"""The starter's checks: nothing stands on both sides of a split, words become moods, trust follows its rule."""

import numpy as np
import pandas as pd
import pytest
from starter_material import MOODS, made_up

from mer_core.errors import DatasetError, Remedy
from mer_core.metrics.bootstrap import mood_trust
from mer_core.model.bundle import STARTER_DIR, load_model
from mer_core.training.starter import checks as starter_checks
from mer_core.training.starter.checks import HumanSet, agreement, human_check, human_mean, without_same_music
from mer_core.training.starter.release import make_model, student_trust
from mer_core.training.starter.student import Recipe

RECIPE = Recipe(evidence=0, alpha=10)


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


def test_a_folder_without_embeddings_is_told_how_to_make_them(shared):
    with pytest.raises(DatasetError, match="nor MusiCNN embeddings") as told:
        HumanSet.load(shared / "data/mtg-jamendo", MOODS)
    assert told.value.remedies == (Remedy("build_embeddings", shared / "data/mtg-jamendo", "musicnn"),)


def test_words_that_mean_none_of_the_models_moods_are_refused(shared):
    with pytest.raises(DatasetError, match=r"no word of .* means a mood"):
        HumanSet.load(shared / "data/incompetech", ("corporate",))


def test_the_judged_student_has_not_heard_the_same_music():
    pairs, _, _ = made_up(clips=30)
    assert set(without_same_music(pairs).collection) == {"b", "c"}


def test_trust_is_the_teachers_pulled_towards_chance():
    _, teacher, _ = made_up()
    measured = mood_trust(teacher.labels, teacher.probabilities, teacher.moods, teacher.artists)
    half = student_trust(teacher, pd.Series([0.5, 1.0, 0.0, -0.4], index=list(MOODS)), None)
    assert half.loc["happy", "roc_auc"] == pytest.approx((measured.loc["happy", "roc_auc"] + 0.5) / 2)
    assert half.loc["sad", "pr_auc_low"] == pytest.approx(measured.loc["sad", "pr_auc_low"])
    assert half.loc["epic", "pr_auc"] == pytest.approx(half.loc["epic", "prevalence"])
    assert half["reliable"].tolist() == [True, True, False, False]


def test_peoples_words_can_confirm_a_mood_that_the_teacher_is_left_in():
    _, teacher, _ = made_up()
    human = pd.DataFrame({"reliable": [True]}, index=["calm"])
    assert student_trust(teacher, pd.Series(0.1, index=list(MOODS)), human)["reliable"].tolist() == [
        False,
        False,
        True,
        False,
    ]


def test_thresholds_decide_twice_as_often_as_the_moods_prevalence():
    pairs, teacher, _ = made_up()
    student = starter_checks.fit_student(pairs, teacher, RECIPE)
    model = make_model(student, pairs, teacher, agreement(pairs, teacher, RECIPE), None)
    decided = np.average(model.probabilities(pairs.embedding[:, :20]) >= model.thresholds, axis=0, weights=pairs.weight)
    assert np.allclose(decided, np.minimum(2 * teacher.prevalence, 0.5), atol=0.01)
