"""What a person does on the pages, in a few words: upload, draw a lasso, click a point, read a table or the player."""

import io
import re
from collections.abc import Sequence

import numpy as np
import soundfile
from playwright.sync_api import Locator, Page, TimeoutError, expect

_PLACES = """(chart, trace) => {
    const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
    const traces = trace === null ? chart._fullData : [chart._fullData[trace]];
    return traces.flatMap(({x, y}) => Array.from(x, (value, i) => [
        box.x + xaxis._offset + xaxis.c2p(xaxis.d2c(value)), box.y + yaxis._offset + yaxis.c2p(yaxis.d2c(y[i]))]));
}"""


_QUIET = """() => {
    const now = performance.now();
    if (document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning") window.merBusy = now;
    return now - window.merBusy > 300;
}"""


def song(seconds: float = 8, pitch: float = 220) -> bytes:
    """A made-up MP3: a chord that swells twice a second over soft noise; another pitch is another file."""
    time = np.arange(int(seconds * 22050)) / 22050
    chord = sum(np.sin(2 * np.pi * pitch * step * time) for step in (1, 1.25, 1.5))
    noise = np.random.default_rng(0).normal(0, 0.02, time.size)
    file = io.BytesIO()
    soundfile.write(
        file, (0.15 * chord * (1 + np.sin(4 * np.pi * time)) / 2 + noise).astype(np.float32), 22050, format="MP3"
    )
    return file.getvalue()


def at_rest(page: Page) -> None:
    """Wait until the page has a heading and its script has not run for a moment: one drawing may ask for another, which
    takes focus and clicks away."""
    expect(page.get_by_test_id("stMain").locator("h1")).to_be_visible(timeout=60_000)
    page.evaluate("window.merBusy = performance.now()")
    page.wait_for_function(_QUIET, timeout=60_000)


def upload(page: Page, *files: tuple[str, bytes], label: str = "Drop one or many audio files") -> None:
    """Give files to the uploader called so; once more where a page that was just being redrawn has lost them."""
    at_rest(page)
    box = page.get_by_test_id("stFileUploader").filter(has_text=label)
    taken = box.get_by_role("button", name=re.compile("^Remove"))
    was_empty = taken.count() == 0
    for _ in range(3):
        box.locator("input[type=file]").set_input_files(
            [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files]
        )
        try:
            expect(taken.first).to_be_visible(timeout=6_000)
            return
        except AssertionError:
            if not was_empty:
                raise
    raise AssertionError(f"the uploader {label!r} did not take {files[0][0]!r}")


def open_page(page: Page, title: str) -> None:
    """Go to another page of the app by its link in the sidebar."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=title).click()
    expect(page).to_have_title(re.compile(f"^{title} "))
    at_rest(page)


def drawn(page: Page, key: str) -> Locator:
    """The (first) chart whose key begins so, once it and the page are at rest."""
    at_rest(page)
    chart = page.locator(f"[class*=st-key-{key}] .js-plotly-plot").first
    expect(chart).to_be_visible()
    chart.scroll_into_view_if_needed()
    expect(chart.locator(".nsewdrag").first).to_be_attached()
    return chart


def places(chart: Locator, trace: int | None = None) -> np.ndarray:
    """Where the points of a chart are in the window, (n, 2) pixels; of all its traces or of one."""
    return np.array(chart.evaluate(_PLACES, trace))


def map_points(chart: Locator) -> np.ndarray:
    """Row and place in the window of each point of a map, (n, 3), once they are drawn."""
    chart.page.wait_for_function("chart => chart.merMap?.names", arg=chart.element_handle())
    return np.array(chart.evaluate("chart => chart.merMap.inWindow()"))


def lasso(page: Page, chart: Locator, corners: Sequence[tuple[float, float]]) -> None:
    """Draw a lasso through corners given as shares (0 to 1) of a map's width and height."""
    map_points(chart)  # it is ready when its points are drawn
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in [*points[1:], points[0]]:
        page.mouse.move(*point, steps=8)
    page.mouse.up()


def click_point(page: Page, chart: Locator, place: Sequence[float]) -> None:
    """Point at a place of the window until the chart shows what is there (one that is just being drawn does not), and
    click it."""
    reported = chart.locator(".hoverlayer .hovertext, .mer-map-label:not(:empty)").first
    for _ in range(10):
        page.mouse.move(place[0] - 3, place[1] - 3)
        page.mouse.move(*place, steps=3)
        try:
            reported.wait_for(state="attached", timeout=2_000)
        except TimeoutError:
            continue
        page.mouse.click(*place)
        return
    raise AssertionError(f"the chart tells nothing at {place}")


def column(page: Page, key: str, title: str) -> list[str]:
    """The texts of a column of the table of that key (those rows that are in sight), read as a screen reader does."""
    table = page.locator(f".st-key-{key} table[role=grid]")
    expect(table.locator("[role=columnheader]").filter(has_text=title).first).to_be_attached()
    at_rest(page)
    place = table.locator("[role=columnheader]").all_inner_texts().index(title)
    return [row.locator("[role=gridcell]").nth(place).inner_text() for row in table.locator("tbody [role=row]").all()]


def open_tab(page: Page, name: str) -> None:
    """Bring a tab of the page to the front."""
    page.get_by_role("tab", name=name, exact=True).click()
    expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def player(page: Page) -> Locator:
    """The player at the bottom of the page."""
    return page.get_by_role("region", name="Player", exact=True)


def hears(page: Page, condition: str, arg: object = None) -> None:
    """Wait until a condition (JavaScript, of `audio` and `arg`) holds for the sound of the player."""
    page.wait_for_function(
        f"arg => {{ const audio = window.merPlayer?.audio; return Boolean(audio && ({condition})); }}",
        arg=arg,
        timeout=30_000,
    )
