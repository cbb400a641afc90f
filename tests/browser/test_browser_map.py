"""The mood map in a real browser: a lasso selects, the legend and the table follow, a click tells the neighbours, a
search flies there."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from actions import click_point, column, drawn, lasso, open_page, places
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

LEFT_HALF = [(0.01, 0.01), (0.5, 0.01), (0.5, 0.99), (0.01, 0.99)]
TALL = {"width": 1280, "height": 1500}


def left_of_the_middle(chart: Locator) -> int:
    """How many points of the chart lie in LEFT_HALF."""
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box
    points = places(chart)
    return int((points[:, 0] < box["x"] + box["width"] / 2).sum())


def test_lasso_selects_and_legend_and_table_follow(server: str, open_app: Callable[..., Page], tmp_path: Path) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small&colour=split", viewport=TALL)
    chart = drawn(page, "map-placeholder")
    expected = left_of_the_middle(chart)
    assert 5 < expected < 40
    lasso(page, chart, LEFT_HALF)
    expect(page.get_by_role("heading", name=f"{expected} of 48 tracks selected")).to_be_visible()
    legend = chart.locator(".legendtext")
    expect(legend.first).to_have_text(re.compile(r"^train \d+ / 24$"))
    counts = [re.fullmatch(r"\w+ (\d+) / (\d+)", text or "") for text in legend.all_text_contents()]
    assert [sum(int(match[part]) for match in counts if match) for part in (1, 2)] == [expected, 48]
    with page.expect_download() as started:
        page.get_by_role("button", name="Download CSV").click()
    started.value.save_as(tmp_path / "selection.csv")
    with (tmp_path / "selection.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == expected
    page.locator(".st-key-selected-tracks canvas").first.wait_for()
    listed = column(page, "selected-tracks", "Title")
    assert listed and listed == [row["title"] for row in rows][: len(listed)]


def test_selection_outlives_another_colouring_and_another_page(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small&colour=split", viewport=TALL)
    chart = drawn(page, "map-placeholder")
    lasso(page, chart, LEFT_HALF)
    heading = page.get_by_role("heading", name="tracks selected")
    expect(heading).to_be_visible()
    told = heading.inner_text()
    page.get_by_role("combobox", name="Colour").click()
    page.get_by_role("option", name="families of moods").click()
    expect(chart.locator(".legendtext").first).to_have_text(re.compile(r" \d+ / \d+$"))
    expect(heading).to_have_text(told)
    open_page(page, "Overview")
    open_page(page, "Mood map")
    expect(heading).to_have_text(told)
    page.get_by_role("button", name="Clear the selection").click()
    expect(heading).to_have_count(0)


def test_click_on_a_point_tells_its_neighbours(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small&colour=split&tool=click", viewport=TALL)
    chart = drawn(page, "map-placeholder")
    points = places(chart)
    apart = np.sort(np.linalg.norm(points[:, None] - points[None], axis=2), axis=1)[:, 1]
    click_point(page, chart, points[np.argmax(apart)].tolist())
    expect(page.get_by_role("heading", name="1 of 48 tracks selected")).to_be_visible()
    expect(page.get_by_role("heading", name="Sounds most like")).to_be_visible()
    expect(page).to_have_url(re.compile("track=track_000"))
    page.locator(".st-key-neighbours canvas").first.wait_for()
    assert len(column(page, "neighbours", "Track")) == 10


def test_search_flies_to_the_track(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small")
    chart = drawn(page, "map-placeholder")
    before = chart.evaluate("chart => chart._fullLayout.xaxis.range")
    page.get_by_role("textbox", name="Find a track or artist").fill("Song 17")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sounds most like “Song 17")).to_be_visible()
    page.wait_for_function(
        "width => (r => r[1] - r[0])(document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range) < width / 2",
        arg=before[1] - before[0],
    )
    ring = places(chart, len(chart.evaluate("chart => chart._fullData.map(trace => trace.name)")) - 1)[0]
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box and np.allclose(ring, [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2], atol=2)
