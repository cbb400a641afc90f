"""Learning a mood from examples, what is asked next, and how far it is learned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from mer_core.model.mlp import logit
from mer_core.teach import learner
from mer_core.teach.examples import Examples, examples_by_mood, latest
from mer_core.teach.journal import Answer
from mer_core.teach.learner import Features, Space, learn, learn_ranking
from mer_core.teach.progress import answers_that_help, progress_of, wilson
from mer_core.teach.queue import BOUNDARY, DIFFERENT, SURE, boundary, next_question

N, DIM = 400, 30
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, DIM))
DIRECTION = RNG.normal(size=DIM)
TRUTH = X @ DIRECTION + RNG.normal(size=N) > 1.4 * np.linalg.norm(DIRECTION)
P = 1 / (1 + np.exp(-RNG.normal(size=(N, 6)) - X[:, :6]))


@pytest.fixture(scope="module")
def features() -> Features:
    """400 made-up tracks; a mood lies in one direction of their sound."""
    return Space.fit(X, logit(P)).features(X, logit(P))


def examples(rows: np.ndarray, why: tuple[str, ...] | None = None) -> Examples:
    """What a person who knows the truth says of `rows`."""
    return Examples("rainy", rows, TRUTH[rows], why or ("",) * len(rows), np.array([], dtype=int))


def some(yes: int, no: int, seed: int = 0) -> np.ndarray:
    """Rows that have the mood, then rows that have not."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(TRUTH))[:yes], rng.permutation(np.flatnonzero(~TRUTH))[:no]])


def test_three_examples_rank_better_than_chance_and_thirty_better_than_three(features: Features) -> None:
    precision = []
    for yes, no in ((3, 0), (15, 15)):
        rows = some(yes, no)
        scores = learn_ranking(features, rows, TRUTH[rows]).scores(features)
        unseen = np.setdiff1d(np.arange(N), rows)
        precision.append(average_precision_score(TRUTH[unseen], scores[unseen]))
    assert TRUTH.mean() < precision[0] < precision[1]


def test_a_known_mood_starts_from_what_the_model_says(features: Features) -> None:
    known = X @ DIRECTION
    rows = some(3, 0)
    with_model = learn_ranking(features, rows, TRUTH[rows], known).scores(features, known)
    assert np.corrcoef(with_model, known)[0, 1] > 0.95


def test_new_tracks_are_scored_as_those_of_the_library() -> None:
    space = Space.fit(X, logit(P))
    features, rows = space.features(X, logit(P)), some(5, 5)
    taught = learn(features, rows, TRUTH[rows])
    one = space.features(X[7:8], logit(P[7:8]))
    assert taught.scores(one) == pytest.approx(taught.scores(features)[7:8])
    assert taught.probabilities(one) == pytest.approx(taught.probabilities(features)[7:8])


@pytest.mark.parametrize(("yes", "no"), [(1, 0), (3, 0), (3, 2), (8, 8), (20, 4)])
def test_probabilities_rise_with_the_scores(features: Features, yes: int, no: int) -> None:
    rows = some(yes, no)
    taught = learn(features, rows, TRUTH[rows])
    order = np.argsort(taught.scores(features), kind="stable")
    probabilities = taught.probabilities(features)[order]
    assert (np.diff(probabilities) >= 0).all() and probabilities[0] >= 0 and probabilities[-1] <= 1


def test_the_fit_is_that_of_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an intercept's pull and start, Newton's steps end where scikit-learn's do."""
    rows, weights = X[:60, :5], np.linspace(0.1, 1, 60)
    fitted = learner._fit(rows, TRUTH[:60], weights, None)
    reference = LogisticRegression(C=learner.SPREAD, tol=1e-10, max_iter=2000).fit(rows, TRUTH[:60], weights)
    assert fitted[:-1] == pytest.approx(reference.coef_[0], abs=2e-3)


def test_without_a_track_that_has_the_mood_nothing_is_learned(features: Features) -> None:
    with pytest.raises(ValueError, match="at least one"):
        learn(features, np.array([1, 2]), np.array([False, False]))


def test_questions_take_turns_and_never_repeat(features: Features) -> None:
    rows, why = list(some(3, 0)), [""] * 3
    for _ in range(20):
        given_so_far = examples(np.array(rows), tuple(why))
        scores = learn_ranking(features, given_so_far.rows, given_so_far.liked).scores(features)
        question = next_question(features, scores, given_so_far)
        assert question is not None and question.row not in rows
        rows.append(question.row)
        why.append(question.why)
    assert {BOUNDARY, DIFFERENT, SURE} == set(why[3:])


def test_of_a_mood_that_a_model_knows_what_is_sure_is_asked_first(features: Features) -> None:
    known, asked = X @ DIRECTION, examples(some(3, 0))
    scores = learn_ranking(features, asked.rows, asked.liked, known).scores(features, known)
    question = next_question(features, scores, asked, known=True)
    left = np.setdiff1d(np.arange(N), asked.rows)
    assert question == (left[np.argmax(scores[left])], SURE)


def test_answers_that_follow_no_sound_decide_nothing(features: Features) -> None:
    """Of the answers left out, "yes" scores no higher than "no": which seeds those are is up to chance."""
    told = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        rows, liked = rng.permutation(N)[:12], np.arange(12) % 2 == 0
        taught = learn(features, rows, liked)
        scores = taught.scores(features)
        spread = np.ptp(taught.slope * scores)
        if spread < 1:  # the least slope
            told += 1
            assert (taught.probabilities(features) < 0.5).all()
    assert told


def test_a_boundary_question_is_the_track_nearest_to_it_and_a_sure_one_scores_highest(features: Features) -> None:
    for count, why in ((5, BOUNDARY), (4, SURE)):
        asked = examples(some(count, 0))
        scores = learn_ranking(features, asked.rows, asked.liked).scores(features)
        question = next_question(features, scores, asked)
        left = np.setdiff1d(np.arange(N), asked.rows)
        value = np.abs(scores - boundary(scores, asked)) if why == BOUNDARY else -scores
        assert question is not None and question.why == why
        assert question.row == left[np.argmin(value[left])]


def test_only_tracks_that_may_be_asked_about_are_and_then_none(features: Features) -> None:
    asked = examples(some(3, 0))
    scores = learn_ranking(features, asked.rows, asked.liked).scores(features)
    allowed = np.zeros(N, bool)
    allowed[[5, asked.rows[0]]] = True
    question = next_question(features, scores, asked, allowed)
    assert question is not None and question.row == 5
    allowed[5] = False
    assert next_question(features, scores, asked, allowed) is None


def test_skipped_tracks_are_not_asked_again(features: Features) -> None:
    asked = examples(some(3, 0))
    scores = learn_ranking(features, asked.rows, asked.liked).scores(features)
    allowed = np.zeros(N, bool)
    allowed[[5, 6]] = True
    skipping = Examples("rainy", asked.rows, asked.liked, asked.why, np.array([5]))
    question = next_question(features, scores, skipping, allowed)
    assert question is not None and question.row == 6


def test_the_last_answer_counts_and_tracks_are_found_by_path() -> None:
    said = [
        Answer("a", "rainy", True),
        Answer("gone", "rainy", True, path="00/b.mp3"),
        Answer("c", "rainy", None),
        Answer("unknown", "rainy", True),
        Answer("a", "rainy", False),
        Answer("a", "cosy", True),
    ]
    found = examples_by_mood(latest(said, {"a": 0, "b": 1, "c": 2}, {"00/b.mp3": 1}))
    assert list(found) == ["cosy", "rainy"]
    assert found["rainy"].rows.tolist() == [1, 0]
    assert found["rainy"].liked.tolist() == [True, False]
    assert found["rainy"].skipped.tolist() == [2]
    assert not found["rainy"].enough


@given(st.integers(1, 200), st.data())
def test_an_interval_holds_its_share(trials: int, data: st.DataObject) -> None:
    share, low, high = wilson(data.draw(st.integers(0, trials)), trials)
    assert 0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1


def test_wilson_is_that_of_the_literature() -> None:
    assert wilson(8, 10) == pytest.approx((0.8, 0.490, 0.943), abs=5e-4)


@settings(max_examples=30)
@given(st.integers(6, 200), st.floats(0, 1))
def test_a_list_that_changes_more_needs_more_answers(answered: int, stable: float) -> None:
    more = answers_that_help(answered, stable)
    assert 0 <= more <= 100
    assert more <= answers_that_help(answered, stable / 2)


def test_progress_counts_checks_and_waits_for_answers(features: Features) -> None:
    rows = some(8, 6)
    asked = examples(rows, (SURE,) * 4 + ("",) * 10)
    scores = learn_ranking(features, asked.rows, asked.liked).scores(features)
    progress = progress_of(features, asked, scores)
    assert (progress.yes, progress.no, progress.checked, progress.agreed) == (8, 6, 4, 4)
    assert progress.precision is not None and progress.precision[0] == 1.0
    assert progress.stable is not None and 0 <= progress.stable <= 1
    few = examples(rows[:3])
    early = progress_of(features, few, learn_ranking(features, few.rows, few.liked).scores(features))
    assert (early.precision, early.stable, early.more) == (None, None, None)
