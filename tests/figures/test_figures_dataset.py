"""The dataset's figures say what their data say."""

import json

import numpy as np
import pandas as pd
import pytest
from test_statistics import make_dataset

from mer_core.datasets import statistics
from mer_core.figures import dataset as figures
from mer_core.figures import overview, theme

Y = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]], bool)
DATASET = make_dataset(Y, ["x", "x", "y", "y"], ["train", "train", "test", "validation"])
TABLE = statistics.mood_balance(DATASET)


def titled(figure: theme.Figure) -> None:
    """Every axis that has numbers has a title, and the figure can be sent to a browser."""
    json.loads(figure.to_json())
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        assert axis.title.text is not None or axis.visible is False


@pytest.mark.parametrize("amount", figures.AMOUNTS)
def test_balance_draws_the_table(amount: str) -> None:
    figure = figures.balance(TABLE, amount)
    assert list(figure.data[0].y) == list(DATASET.moods)
    assert list(figure.data[0].x) == list(TABLE[amount])
    assert list(figure.layout.yaxis.categoryarray) == list(DATASET.moods)
    titled(figure)


def test_balance_by_split_adds_up() -> None:
    figure = figures.balance(TABLE, by_split=True)
    assert [trace.name for trace in figure.data] == ["train", "validation", "test"]
    assert np.sum([trace.x for trace in figure.data], axis=0).tolist() == [3, 2, 1]


def test_balance_by_split_on_a_log_axis_is_not_stacked() -> None:
    figure = figures.balance(TABLE, by_split=True, log=True)
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert figure.layout.xaxis.type == "log"


@pytest.mark.parametrize("measure", statistics.MEASURES)
def test_heat_map_has_every_cell(measure: str) -> None:
    matrix = statistics.cooccurrence(Y, measure)
    figure = figures.cooccurrence(matrix, list(DATASET.moods), measure, statistics.cooccurrence(Y))
    cells, markers = figure.data
    assert len(markers.x) == 9
    marked = dict(zip(zip(markers.y, markers.x, strict=True), markers.text, strict=True))
    assert "2 tracks" in marked["mood0", "mood1"]
    z = np.array(cells.z, dtype=float)
    assert np.isnan(z[0, 2]), "moods that never meet leave a blank cell"
    expected = np.log10(2) if measure == "count" else matrix[0, 1]
    assert z[0, 1] == pytest.approx(expected)
    titled(figure)


def test_heat_map_of_one_mood_says_so() -> None:
    assert "two moods" in figures.cooccurrence(np.ones((1, 1)), ["calm"]).layout.annotations[0].text


def test_heat_map_of_moods_that_never_meet_says_so() -> None:
    assert "No two moods" in figures.cooccurrence(np.diag([3.0, 2.0]), ["calm", "dark"]).layout.annotations[0].text


def test_tags_and_durations() -> None:
    tags = figures.tags_per_track(statistics.tags_per_track(Y))
    assert list(tags.data[0].y) == [2, 2] and list(tags.data[0].text) == ["50%", "50%"]
    assert tags.layout.uniformtext.mode == "hide" and tags.layout.uniformtext.minsize >= 10
    lengths = figures.durations(statistics.duration_histogram(np.array([30.0, 45.0, 200.0])))
    assert sum(lengths.data[0].y) == 3
    assert lengths.data[0].customdata[-1].endswith("or longer")
    titled(tags)
    titled(lengths)


def test_shift_colours_only_what_is_clear() -> None:
    table = pd.DataFrame(
        {"first": [0.1, 0.2], "second": [0.3, 0.2], "difference": [0.2, 0.0], "low": [0.1, -0.1], "high": [0.3, 0.1]},
        index=["happy", "sad"],
    )
    figure = figures.split_shift(table, "train", "test")
    assert list(figure.data[0].x) == pytest.approx([20, 0])
    assert list(figure.data[0].marker.color) == [theme.mood_colour("happy"), theme.MUTED]
    titled(figure)


def test_shift_of_nothing_says_so() -> None:
    table = pd.DataFrame(
        {"first": [np.nan], "second": [0.1], "difference": [np.nan], "low": [np.nan], "high": [np.nan]}, index=["happy"]
    )
    assert "no tracks in train" in figures.split_shift(table, "train", "test").layout.annotations[0].text


def test_artists_in_percent() -> None:
    figure = figures.artists(TABLE)
    assert list(figure.data[0].x) == pytest.approx([200 / 3, 50, 100])
    titled(figure)


@pytest.mark.parametrize("score, values", [("roc_auc", [0.7, 0.77]), ("pr_auc", [0.15])])
def test_scores(score: str, values: list[float]) -> None:
    table = pd.DataFrame(
        {"name": ["mine", "theirs"], "roc_auc": [0.7, 0.77], "pr_auc": [np.nan, 0.15], "own": [True, False]}
    )
    figure = overview.scores(table, score, 0.5)
    assert list(figure.data[0].x) == values
    assert list(figure.data[0].marker.color)[-1] == theme.MUTED
    assert len(figure.layout.shapes) == 1
    titled(figure)
