"""A copied address is the whole view, also as the very first request that a fresh server gets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from _app_server import app_server
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

VIEWS = {
    "Mood_map?colour=one+mood&mood=epic&tool=box&track=track_0001003": {"Colour": "one mood", "Mood": "epic"},
    "Diagnostics?part=validation&mood=sad": {"Mood": "sad"},
    "Predict?": {},
    "Recommend?by=a+path&from=sad&to=happy": {"From": "sad", "To": "happy"},
    "Generate?track=track_0001003&template=Image": {"Template": "Image"},
}
SHOWN = {
    "Mood_map": "Sounds most like “Song 3",
    "Diagnostics": "12 tracks, 6 moods",
    "Predict": "The model “small” knows 6 moods",
    "Recommend": "Chosen among 48 tracks",
    "Generate": "An abstract painting",
}


@pytest.mark.parametrize("view", VIEWS)
def test_first_request_restores_the_view(workspaces: Path, open_app: Callable[..., Page], view: str) -> None:
    with app_server({"MER_WORKSPACES": str(workspaces)}) as address:
        page = open_app(f"{address}/{view}&workspace=full&model=small")
        main, sidebar = page.get_by_test_id("stMain"), page.get_by_test_id("stSidebar")
        expect(main).to_contain_text(SHOWN[view.partition("?")[0]])
        for label, value in VIEWS[view].items():
            expect(main.get_by_role("combobox", name=label, exact=True)).to_have_value(value)
        expect(sidebar.get_by_role("combobox", name="Workspace")).to_have_value("full")
        expect(sidebar.get_by_role("combobox", name="Model")).to_have_value("small")
        assert "workspace=full" in page.url and "model=small" in page.url
