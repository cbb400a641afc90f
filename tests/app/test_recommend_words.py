"""Asking in one's own words on the recommend page."""

from pathlib import Path

import pytest
from pages_common import assert_sound, make_workspaces, run_page, texts

from mer_core.app.views.recommend_words import chips, without
from mer_core.recommend.describe import Understood

PAGE = "pages/5_Recommend.py"
UNDERSTOOD = Understood({"sad": 1.0, "dark": -1.0}, {"sad": 1.0, "piano": 0.8}, -0.5, None)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


def test_chips_name_what_was_understood_once() -> None:
    assert list(chips(UNDERSTOOD)) == ["sad", "not dark", "piano"]
    left = without(UNDERSTOOD, {"sad", "not dark"})
    assert (left.moods, left.tags, left.valence) == ({}, {"piano": 0.8}, -0.5)


def test_a_description_gives_tracks_and_shows_what_is_unknown(root: Path) -> None:
    asked = {"workspace": "full", "model": "small", "by": "a description"}
    app = run_page(PAGE, root, **asked)
    assert_sound(app)
    assert "in your own words" in texts(app)
    app = run_page(PAGE, root, **asked, describe="happy but not dark zwibble")
    assert_sound(app)
    assert "zwibble" in texts(app)
    assert "Not known of these tracks" not in texts(app)
    assert len(app.dataframe[0].value) >= 5


def test_a_description_that_means_nothing_gets_a_sentence(root: Path) -> None:
    app = run_page(PAGE, root, workspace="full", model="small", by="a description", describe="xqzt")
    assert_sound(app)
    assert "nothing to search by" in texts(app)
