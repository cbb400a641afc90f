"""axe-core finds no violation on any page, in any state that is pictured, in either theme; every page can be walked by
keyboard alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _screenshot_views import views
from actions import at_rest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PAGES = ("", "Dataset", "Mood_map", "Diagnostics", "Predict", "Recommend", "Generate", "Teach")
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
FINDINGS = """axe.run(
    {exclude: [['[data-testid="stSidebar"][data-collapsed="true"]']]}, {resultTypes: ["violations"]}
).then(({violations}) => violations.flatMap(
    ({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 150)} ${node.failureSummary}`)))"""
STATES = [
    *[("full", "light", "wide"), ("full", "dark", "wide"), ("full", "dark", "phone")],
    *[("metadata", "light", "phone"), ("metadata", "dark", "wide")],
    *[("broken", "light", "wide"), ("broken", "dark", "phone")],
]
"""What axe-core is run on: every workspace in both themes and both sizes, though not in all pairs of them."""
REACHED = """() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    if (!at || at === document.body) return null;
    const shown = at.closest("canvas") ?? at; // a table draws its cells on a canvas
    const box = shown.getBoundingClientRect(), style = getComputedStyle(at);
    return {name: at.getAttribute("aria-label") || at.textContent.trim().slice(0, 40) || at.tagName,
            player: Boolean(document.activeElement.closest(".st-key-player") || at.closest(".bar")),
            main: Boolean(document.activeElement.closest("[data-testid=stMain], [data-testid=stBottom]")),
            seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
            hidden: style.visibility === "hidden"};
}"""


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, but for a sidebar that is folded away: nobody can reach it."""
    page.evaluate(AXE_FILE_PATH.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(FINDINGS)
    return found


@pytest.mark.parametrize(("workspace", "theme", "size"), STATES)
def test_axe_finds_nothing(
    server: str, workspaces: Path, open_app: Callable[..., Page], workspace: str, theme: str, size: str
) -> None:
    shared = Path(__file__).parents[3] / "shared"
    page = open_app(f"{server}/?workspace={workspace}", color_scheme=theme, viewport=SIZES[size])
    wrong: dict[str, Any] = {}
    for view in views(workspaces / workspace, shared):
        page.goto(f"{server}/{view.address}&workspace={workspace}")
        at_rest(page)
        if view.act:
            view.act(page)
            at_rest(page)
        if found := findings(page):
            wrong[view.name] = found
    assert not wrong


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_walked_by_keyboard(server: str, open_app: Callable[..., Page], path: str) -> None:
    """Tab goes through the sidebar, the page and the player without a trap, and what it reaches has a name and is in
    sight."""
    page = open_app(f"{server}/{path}?workspace=full&track=track_0001000", viewport=SIZES["wide"])
    expect(page.get_by_role("region", name="Player", exact=True)).to_be_visible()
    reached = walk(page)
    assert [stop["name"] for stop in reached if not stop["name"].strip()] == []
    assert [stop["name"] for stop in reached if not stop["seen"]] == []
    assert any(stop["player"] for stop in reached)
    assert any(stop["main"] and not stop["player"] for stop in reached) or path == ""


def walk(page: Page, most: int = 150) -> list[dict[str, Any]]:
    """What Tab reaches, from the top of the page until it is there again; fails where it never is."""
    reached: list[dict[str, Any]] = []
    page.evaluate("document.activeElement.blur()")
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(REACHED)
        if stop is None:  # past the last, or what had the focus was just drawn anew
            continue
        if reached and stop["name"] == reached[0]["name"]:
            return reached
        reached.append(stop)
    raise AssertionError(f"Tab never leaves the page; last: {[stop['name'] for stop in reached[-5:]]}")
