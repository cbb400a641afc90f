"""A real server and a real browser. Set MER_CHROMIUM where Chromium is not at /usr/bin/chromium."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # pages_common, small_dataset

from _app_server import app_server
from actions import at_rest
from pages_common import make_workspaces

from mer_core.datasets.mtg_jamendo.importer import import_dataset

expect.set_options(timeout=40_000)  # a loaded machine draws slowly


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, headless=True)
        yield running
        running.close()


@pytest.fixture(scope="session")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of workspaces that `server` offers: those of `make_workspaces`."""
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


@pytest.fixture(scope="session")
def server(workspaces: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of the app, shared by the tests."""
    with app_server({"MER_WORKSPACES": str(workspaces)}, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


@pytest.fixture(scope="session")
def real_server(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same with the workspaces "jamendo" (metadata only) and "incompetech" (with audio), both real."""
    root = tmp_path_factory.mktemp("real")
    import_dataset(root / "jamendo", shared / "data" / "mtg-jamendo")
    import_dataset(root / "incompetech", shared / "data" / "incompetech", shared / "data" / "incompetech" / "audio")
    with app_server({"MER_WORKSPACES": str(root)}, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


@pytest.fixture
def open_app(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address in a new browser session (cookies, window) and wait until the page has been drawn once.

    Keyword arguments are Playwright's for a context: viewport={"width": 390, "height": 844}, color_scheme="dark".
    """
    contexts = []

    def open_one(address: str, **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        at_rest(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
