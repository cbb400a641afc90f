"""The teach page in a real browser: a mood from nothing to a playlist, by keyboard alone, and on a phone."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _app_server import app_server
from actions import at_rest, open_page
from pages_common import make_full
from playwright.sync_api import Page, expect

from mer_core.teach.journal import Journal
from mer_core.workspace.layout import Workspace

pytestmark = pytest.mark.browser

TALL = {"width": 1280, "height": 1600}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server of its own, for answers are written, and its workspace."""
    root = tmp_path_factory.mktemp("teach")
    make_full(root / "workspaces" / "full")
    with app_server({"MER_WORKSPACES": str(root / "workspaces")}, root / "server.log") as address:
        yield f"{address}/Teach?workspace=full&model=small", root / "workspaces" / "full"


@pytest.fixture
def taught(server: tuple[str, Path]) -> tuple[str, Journal]:
    """The address of the page, and the journal of its workspace without answers."""
    address, root = server
    shutil.rmtree(root / "teach", ignore_errors=True)
    return address, Journal.of(Workspace.open(root))


def press(page: Page, journal: Journal, key: str, count: int) -> None:
    """Press a key, and wait until the answer is kept and the next question asked."""
    at_rest(page)
    page.keyboard.press(key)
    for _ in range(300):
        if len(journal.read()) == count:
            break
        page.wait_for_timeout(50)
    assert len(journal.read()) == count
    at_rest(page)


def test_a_mood_from_nothing_to_a_playlist_by_keyboard_alone(
    taught: tuple[str, Journal], open_app: Callable[..., Page], tmp_path: Path
) -> None:
    address, journal = taught
    page = open_app(address, viewport=TALL)
    mood = page.get_by_role("combobox", name="Mood", exact=True)
    mood.focus()
    page.keyboard.type("Second act")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Is this “second act”?")).to_be_visible()
    at_rest(page)  # while the list of moods is closing, a click only closes it
    page.get_by_role("heading", name="Is this “second act”?").click()  # out of the box, where letters are typed
    expect(mood).not_to_be_focused()
    for count, key in enumerate("ynsyyn", 1):
        press(page, journal, key, count)
    press(page, journal, "u", 5)
    assert [answer.value for answer in journal.read()] == [True, False, None, True, True]
    assert {answer.mood for answer in journal.read()} == {"second act"}
    examples = page.get_by_test_id("stMetric").filter(has_text="Examples")
    expect(examples).to_contain_text("3")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download M3U").click()
    started.value.save_as(tmp_path / "list.m3u8")
    assert (tmp_path / "list.m3u8").read_text().count("#EXTINF") == 20
    assert started.value.suggested_filename == "second_act.m3u8"
    open_page(page, "Recommend")
    page.get_by_role("radio", name="a mood").or_(page.get_by_role("button", name="a mood", exact=True)).first.click()
    at_rest(page)
    page.get_by_role("combobox", name=re.compile("More")).first.click()
    expect(page.get_by_role("option", name="second act")).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_the_screen_and_answers_are_taken(
    taught: tuple[str, Journal], open_app: Callable[..., Page]
) -> None:
    address, journal = taught
    page = open_app(f"{address}&teach=rainy", viewport=PHONE, has_touch=True)
    for count, label in enumerate(("Yes", "Yes", "No", "Yes"), 1):
        button = page.get_by_role("button", name=re.compile(rf"^{label}\b|{label}")).first
        expect(button).to_be_in_viewport()
        button.tap()
        at_rest(page)
        assert len(journal.read()) == count
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
