"""MediaEval's metrics: the published figures to the last digit, laws, and degenerate input."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mer_core.datasets.mtg_jamendo.tsv import read_tag_list
from mer_core.errors import DatasetError
from mer_core.metrics.mediaeval import evaluate
from mer_core.metrics.published import NOISE, PUBLISHED


def published(path: Path) -> dict[str, float]:
    return {name: float(value) for name, value in (line.split("\t") for line in path.read_text().splitlines())}


def test_every_figure_of_the_vggish_baseline(shared: Path) -> None:
    folder = shared / "data/mtg-jamendo/results/mediaeval"
    truth, scores, decisions = (
        np.load(folder / f"{name}.npy")
        for name in ("groundtruth", "baseline_vggish_predictions", "baseline_vggish_decisions")
    )
    moods = read_tag_list(shared / "data/mtg-jamendo/data/tags/moodtheme_split.txt")
    evaluation = evaluate(truth, scores, moods, decisions)
    figures = {name: round(value, 6) for name, value in evaluation.figures.items()}
    assert figures == published(folder / "baseline_vggish_results.tsv")
    assert (evaluation.undefined, int(evaluation.per_mood["support"].sum())) == ({}, int(truth.sum()))


def test_every_figure_of_the_popularity_baseline(shared: Path) -> None:
    folder = shared / "data/mtg-jamendo/results/mediaeval"
    truth = np.load(folder / "groundtruth.npy")
    always_happy = np.zeros_like(truth)
    moods = read_tag_list(shared / "data/mtg-jamendo/data/tags/moodtheme_split.txt")
    happy = moods.index("mood/theme---happy")  # the mood most tracks of the training part have, said of every track
    always_happy[:, happy] = True
    evaluation = evaluate(truth, always_happy, moods, always_happy)
    assert {name: round(value, 6) for name, value in evaluation.figures.items()} == published(
        folder / "baseline_popular_results.tsv"
    )
    assert evaluation.per_mood["precision"].notna().tolist() == [column == happy for column in range(56)]


def test_published_scores_agree_with_the_files(shared: Path) -> None:
    folder = shared / "data/mtg-jamendo/results/mediaeval"
    by_name = {score.name: score for score in PUBLISHED}
    for name, file in (
        ("popularity", "baseline_popular_results.tsv"),
        ("VGG-ish baseline", "baseline_vggish_results.tsv"),
    ):
        figures = published(folder / file)
        assert by_name[name][2:4] == (round(figures["ROC-AUC-macro"], 4), round(figures["PR-AUC-macro"], 4))
    assert [score.roc_auc for score in PUBLISHED] == sorted(score.roc_auc for score in PUBLISHED)
    assert NOISE == 0.007
    for score in PUBLISHED:  # authors, a title, its year, and an address
        assert re.search(r"^\w.* “.+” \((20\d\d)\).*https://", score.source), score.name
        assert f"({score.year})" in score.source


Y = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [1, 1, 0, 1]], bool)
P = np.array([[0.9, 0.1, 0.5, 0.5], [0.2, 0.8, 0.4, 0.5], [0.8, 0.3, 0.1, 0.5]])


def test_moods_that_cannot_be_ranked_are_named_and_left_out() -> None:
    evaluation = evaluate(Y, P, ["a", "b", "none", "all"], P > 0.35)
    assert evaluation.undefined == {"none": "no positive example", "all": "no negative example"}
    assert evaluation.per_mood.loc[["none", "all"], ["ROC-AUC", "PR-AUC"]].isna().all(axis=None)
    assert evaluation.macro == {
        "ROC-AUC-macro": 1.0,
        "PR-AUC-macro": 1.0,
        "precision-macro": 1.0,
        "recall-macro": 0.75,
        "F-score-macro": pytest.approx(5 / 6),
    }
    assert np.isnan(evaluation.per_mood.loc["none", "recall"]) and evaluation.per_mood.loc["none", "precision"] == 0
    assert list(evaluation.per_mood["support"]) == [2, 2, 0, 3]


def test_without_decisions_three_figures_are_undefined() -> None:
    figures = evaluate(Y, P, ["a", "b", "c", "d"]).figures
    assert list(figures) == [
        f"{metric}-{mean}"
        for mean in ("macro", "micro")
        for metric in ("ROC-AUC", "PR-AUC", "precision", "recall", "F-score")
    ]
    assert {name for name, value in figures.items() if np.isnan(value)} == {
        f"{m}-{mean}" for mean in ("macro", "micro") for m in ("precision", "recall", "F-score")
    }


def test_nothing_to_rank_at_all() -> None:
    figures = evaluate(np.zeros((3, 2), bool), np.zeros((3, 2)), ["a", "b"], np.zeros((3, 2), bool)).figures
    assert all(np.isnan(value) for value in figures.values())


def test_nothing_decided_counts_as_precision_zero_in_the_macro_mean() -> None:
    evaluation = evaluate(Y[:, :2], P[:, :2], ["a", "b"], np.zeros((3, 2), bool))
    assert evaluation.macro["precision-macro"] == evaluation.macro["F-score-macro"] == 0
    assert evaluation.per_mood["precision"].isna().all()
    assert (evaluation.undefined, evaluation.undecided) == ({}, {"a": "never decided", "b": "never decided"})
    assert evaluate(Y[:, :2], P[:, :2], ["a", "b"]).undecided == evaluate(Y, P, "abcd", P > 0.15).undecided == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("truth", "scores", "moods", "decisions", "message"),
    [
        (Y, P[:2], "abcd", None, r"shape \(2, 4\)"),
        (Y, P, "abcd", Y[:, :2], r"decisions have the shape \(3, 2\)"),
        (
            Y,
            np.where(P == 0.8, np.nan, P),
            "abcd",
            None,
            r"2 values that are not finite, the first nan in row 1, column 1",
        ),
        (Y, np.where(P == 0.8, -np.inf, P), "abcd", None, "-inf"),
        (Y, P, "abc", None, "3 different moods are named for 4 columns"),
        (Y, P, "abca", None, "3 different moods"),
        (Y * 2, P, "abcd", None, "other than 0 and 1"),
        (Y * np.nan, P, "abcd", None, "other than 0 and 1"),
        (Y[0], P[0], "abcd", None, r"matrix of numbers"),
        (Y[:0], P[:0], "abcd", None, "at least one of each"),
        (Y, P.astype(str), "abcd", None, "matrix of numbers"),
    ],
)
def test_bad_input_is_named(
    truth: np.ndarray, scores: np.ndarray, moods: str, decisions: np.ndarray | None, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        evaluate(truth, scores, list(moods), decisions)


matrices = hnp.array_shapes(min_dims=2, max_dims=2, max_side=8).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(bool, shape), hnp.arrays(np.float64, shape, elements=st.integers(-8, 8)), hnp.arrays(bool, shape)
    )
)


@given(matrices)
@settings(max_examples=80, deadline=None)
def test_laws(arrays: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    truth, scores, decisions = arrays
    moods = [str(column) for column in range(truth.shape[1])]
    evaluation = evaluate(truth, scores, moods, decisions)
    values = np.array(list(evaluation.figures.values()))
    assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()
    rescaled = evaluate(truth, 3 * scores + 1, moods, decisions)  # a rising function of the scores changes nothing
    np.testing.assert_allclose(list(rescaled.figures.values()), values)
    order = np.random.default_rng(0).permutation(len(truth))
    np.testing.assert_allclose(
        list(evaluate(truth[order], scores[order], moods, decisions[order]).figures.values()), values
    )
    flipped = evaluate(truth, -scores, moods).macro["ROC-AUC-macro"]
    assert np.isnan(flipped) or flipped == pytest.approx(1 - evaluation.macro["ROC-AUC-macro"])
    assert set(evaluation.undefined) == {
        mood for mood, column in zip(moods, truth.T, strict=True) if column.all() or not column.any()
    }
