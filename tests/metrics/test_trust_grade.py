"""The words for trust never promise more than was measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.metrics.trust_grade import GRADES, describe, grade, how_strong


@given(low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_better_figure_never_gets_a_worse_grade(low: float, high: float) -> None:
    low, high = sorted((low, high))
    grades = [GRADES.index(grade({"reliable": True, "pr_auc": value, "lift": value / 0.1})) for value in (low, high)]
    assert grades[0] <= grades[1]


@given(st.floats(0, 1))
def test_what_is_not_reliable_is_called_so(pr_auc: float) -> None:
    assert describe({"reliable": False, "pr_auc": pr_auc, "lift": 9.0, "support": 10}).startswith("not reliable")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"reliable": True, "pr_auc": 0.21, "lift": 6.2, "support": 1112}, "fair: 6 × chance, 1,112 tracks"),
        ({"reliable": True, "pr_auc": 0.02, "lift": 1.1, "support": 80}, "weak: near chance, 80 tracks"),
        ({"reliable": True, "pr_auc": 0.45, "lift": 1.2, "support": 80}, "weak: near chance, 80 tracks"),
        ({"reliable": False, "pr_auc": np.nan, "lift": np.nan, "support": np.nan}, "not reliable: never measured"),
    ],
)
def test_the_sentence(row: dict, text: str) -> None:
    assert describe(row) == text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"likelihood": 0.414, "percentile": 0.969}, "41 % likely, stronger than in 96 % of music"),
        ({"likelihood": np.nan, "percentile": 0.96}, "stronger than in 96 % of music"),
        ({"likelihood": 0.41, "percentile": None}, "41 % likely"),
        ({}, ""),
    ],
)
def test_a_percentage_is_said_where_people_said_something_else_a_rank(row: dict[str, float], text: str) -> None:
    assert how_strong(row) == text
