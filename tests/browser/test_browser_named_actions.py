"""After each named action its answer is in the window, and what was under the pointer has not moved; how many seconds
that takes is measured by scripts/benchmark.py actions."""

from collections.abc import Callable

import pytest
from _named_actions import SIZES, Action, actions, outcome
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ACTIONS = actions("full", "small")
MOST_MOVED = 2.0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("action", ACTIONS, ids=[action.name for action in ACTIONS])
def test_the_answer_is_in_the_window(server: str, open_app: Callable[..., Page], action: Action, size: str) -> None:
    page = open_app(f"{server}/{action.address}", viewport=SIZES[size])
    found = outcome(page, action)
    assert found.inside
    assert found.moved <= MOST_MOVED
