"""The shell in a real browser: deep links to a fresh server, navigation that keeps the choices, no sideways
scrolling."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from _app_server import app_server
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = ("", "Dataset", "Mood_map")


def words(page: Page) -> dict[str, list[str]]:
    """What stands in the address after the question mark."""
    return parse_qs(urlsplit(page.url).query)


def test_first_request_to_a_fresh_server_is_a_deep_link(workspaces: Path, open_app: Callable[..., Page]) -> None:
    """The trap of Streamlit's pages: the first request ever may be for a page, with a view of its own."""
    with app_server({"MER_WORKSPACES": str(workspaces)}) as address:
        page = open_app(
            f"{address}/Dataset?workspace=metadata&view=tracks&moods=happy&moods=sad&match=all&track=track_0001005&model=starter"
        )
        expect(page.get_by_role("heading", name="Dataset")).to_be_visible()
        expect(page.get_by_test_id("stSidebar").get_by_label("Workspace")).to_have_value("metadata")
        expect(page.get_by_test_id("stMain")).to_contain_text("of 48 tracks")
        assert page.title() == "Dataset · Music Emotion Recognition"
        assert (
            words(page)["moods"] == ["happy", "sad"]
            and words(page)["match"] == ["all"]
            and words(page)["workspace"] == ["metadata"]
        )
        expect(page.get_by_test_id("stSidebar").get_by_role("link", name="Overview")).to_be_visible()


def test_copied_address_shows_the_same_view(server: str, open_app: Callable[..., Page]) -> None:
    first = open_app(f"{server}/?workspace=metadata")
    first.get_by_test_id("stSidebar").get_by_role("link", name="Dataset").click()
    first.locator(".st-key-view").get_by_text("Artists", exact=True).click()
    expect(first.get_by_text("A mood that one artist dominates")).to_be_visible()
    expect(first).to_have_url(re.compile("view=artists"))
    second = open_app(first.url)
    expect(second.get_by_text("A mood that one artist dominates")).to_be_visible()
    expect(second.get_by_test_id("stSidebar").get_by_label("Workspace")).to_have_value("metadata")


def test_workspace_outlives_pages_and_the_back_button(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Dataset?workspace=metadata")
    sidebar = page.get_by_test_id("stSidebar")
    sidebar.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    expect(sidebar.get_by_label("Workspace")).to_have_value("metadata")
    page.go_back()
    expect(page.get_by_role("heading", name="Dataset")).to_be_visible()
    expect(sidebar.get_by_label("Workspace")).to_have_value("metadata")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PAGES)
def test_no_sideways_scrolling(server: str, open_app: Callable[..., Page], path: str, width: int) -> None:
    page = open_app(f"{server}/{path}?workspace=full", viewport={"width": width, "height": 800})
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth + 1")


def test_dark_theme_reaches_the_figures(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Dataset?workspace=full", color_scheme="dark")
    tick = page.locator(".js-plotly-plot .ytick text").first
    expect(tick).to_be_visible()
    page.wait_for_function(
        "getComputedStyle(document.querySelector('.js-plotly-plot .ytick text')).fill === 'rgb(232, 237, 243)'"
    )


def test_no_traceback_for_a_damaged_dataset(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Dataset?workspace=spoiled")
    expect(page.get_by_test_id("stAlert")).to_contain_text("2 fields where at least 5 are needed")
    expect(page.get_by_test_id("stMain").get_by_test_id("stCode")).to_contain_text("validate_dataset.py")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_navigation_by_keyboard(server: str, open_app: Callable[..., Page]) -> None:
    """Tab reaches the links, Enter follows one."""
    page = open_app(f"{server}/?workspace=full")
    link = page.get_by_test_id("stSidebar").get_by_role("link", name="Dataset")
    for _ in range(15):
        page.keyboard.press("Tab")
        if link.evaluate("node => node === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dataset")).to_be_visible()


def test_answer_slides_over_a_phone_and_closes(server: str, open_app: Callable[..., Page]) -> None:
    """On a phone the answer lies over the page, its end can be scrolled above the player, and closing it leaves the
    player."""
    page = open_app(
        f"{server}/Mood_map?workspace=full&model=small&track=track_0001000", viewport={"width": 390, "height": 844}
    )
    sheet, bar = page.locator(".st-key-answer-open"), page.get_by_role("region", name="Player", exact=True)
    expect(sheet.get_by_text("Song 0").first).to_be_in_viewport()
    neighbours = sheet.locator(".st-key-neighbours canvas").first
    neighbours.wait_for()
    sheet.evaluate("node => node.scrollTo(0, node.scrollHeight)")
    end, player = neighbours.bounding_box(), bar.bounding_box()
    assert end and player
    assert end["y"] + end["height"] <= player["y"] and player["y"] + player["height"] <= 844
    assert sheet.evaluate("node => [node.getBoundingClientRect().left, node.getBoundingClientRect().right]") == [0, 390]
    bar.get_by_role("button", name="Play", exact=True).click()  # fails where the answer lies over it
    page.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)
    expect(bar).to_be_in_viewport()
