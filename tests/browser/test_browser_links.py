"""A copied address is the whole view, also as the very first request that a fresh server gets."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from _app_server import app_server
from actions import at_rest, open_page
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

VIEWS = {
    "Mood_map?colour=one+mood&mood=epic&track=track_0001003": {"Colour": "one mood", "Mood": "epic"},
    "Diagnostics?part=validation&mood=sad": {"Mood": "sad"},
    "Predict?": {},
    "Recommend?by=a+path&from=sad&to=happy": {"From": "sad", "To": "happy"},
    "Generate?track=track_0001003&template=Image": {"Template": "Image"},
}
SHOWN = {
    "Mood_map": "Song 3 <b>*bold*</b> · Artist 3",
    "Diagnostics": "12 tracks, 6 moods",
    "Predict": "The model “small” knows 6 moods",
    "Recommend": "Chosen among 48 tracks",
    "Generate": "An abstract painting",
}
WHERE = {"Mood_map": ".st-key-answer-open"}
"""Where that is shown, if it must be there and no other place of the page will do (the player names the track, too)."""


@pytest.mark.parametrize("view", VIEWS)
def test_first_request_restores_the_view(workspaces: Path, open_app: Callable[..., Page], view: str) -> None:
    with app_server({"MER_WORKSPACES": str(workspaces)}) as address:
        page = open_app(f"{address}/{view}&workspace=full&model=small")
        main, sidebar = page.get_by_test_id("stMain"), page.get_by_test_id("stSidebar")
        name = view.partition("?")[0]
        expect(main.locator(WHERE.get(name, "[data-testid=stMainBlockContainer]"))).to_contain_text(SHOWN[name])
        for label, value in VIEWS[view].items():
            expect(main.get_by_role("combobox", name=label, exact=True)).to_have_value(value)
        expect(sidebar.get_by_role("combobox", name="Workspace")).to_have_value("full")
        expect(sidebar.get_by_role("combobox", name="Model")).to_have_value("small")
        assert {"workspace=full", "model=small"} <= set(urlsplit(page.url).query.split("&"))


def test_words_of_one_page_say_nothing_to_another(server: str, open_app: Callable[..., Page]) -> None:
    """“part” is what is evaluated on one page and a filter on the other; mood, model and workspace go along."""
    page = open_app(f"{server}/Diagnostics?workspace=full&model=small&part=validation&mood=sad")
    open_page(page, "Dataset")
    expect(page.get_by_test_id("stMain")).to_contain_text("48 tracks")
    expect(page.get_by_test_id("stMain")).not_to_contain_text("of 48 tracks")
    assert "part=" not in page.url
    open_page(page, "Diagnostics")
    expect(page.get_by_test_id("stMain").get_by_role("combobox", name="Mood", exact=True)).to_have_value("sad")
    expect(page.get_by_test_id("stMain")).to_contain_text("12 tracks, 6 moods")


def test_no_page_asks_another_machine_for_anything(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/?workspace=full")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for title in ("Dataset", "Mood map", "Diagnostics", "Predict", "Recommend", "Generate", "Overview"):
        open_page(page, title)
    page.reload()
    at_rest(page)
    assert (
        asked
        and [url for url in asked if not url.startswith((server, server.replace("http", "ws"), "data:", "blob:"))] == []
    )
