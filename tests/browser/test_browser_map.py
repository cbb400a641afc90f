"""The mood map in a real browser: a lasso selects, the legend and the table follow, a click plays and tells the
neighbours, a search flies there."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from actions import click_point, column, drawn, lasso, map_points, open_page
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

LEFT_HALF = [(0.01, 0.01), (0.5, 0.01), (0.5, 0.99), (0.01, 0.99)]
TALL = {"width": 1280, "height": 1500}


def left_of_the_middle(chart: Locator) -> int:
    """How many points of the chart lie in LEFT_HALF."""
    box = chart.locator(".nsewdrag").first.bounding_box()
    assert box
    points = map_points(chart)[:, 1:]
    return int((points[:, 0] < box["x"] + box["width"] / 2).sum())


def test_lasso_selects_and_legend_and_table_follow(server: str, open_app: Callable[..., Page], tmp_path: Path) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small&colour=split", viewport=TALL)
    chart = drawn(page, "map-placeholder")
    expected = left_of_the_middle(chart)
    assert 5 < expected < 40
    lasso(page, chart, LEFT_HALF)
    expect(page.get_by_text(f"{expected} of 48 tracks selected", exact=True)).to_be_visible()
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
    count = page.get_by_text(re.compile(r"^\d+ of 48 tracks selected$"))
    expect(count).to_be_visible()
    reported = count.inner_text()
    page.get_by_role("combobox", name="Colour").click()
    page.get_by_role("option", name="families of moods").click()
    expect(chart.locator(".legendtext").first).to_have_text(re.compile(r" \d+ / \d+$"))
    expect(count).to_have_text(reported)
    open_page(page, "Overview")
    open_page(page, "Mood map")
    expect(count).to_have_text(reported)
    page.get_by_role("button", name="Clear the selection").click()
    expect(count).to_have_count(0)


def lonely_point(chart: Locator) -> list[float]:
    """The place of the point that is farthest from its neighbours, so that a click there can mean no other."""
    points = map_points(chart)[:, 1:]
    apart = np.sort(np.linalg.norm(points[:, None] - points[None], axis=2), axis=1)[:, 1]
    place: list[float] = points[np.argmax(apart)].tolist()
    return place


def place_of_row(chart: Locator, row: int) -> list[float]:
    """Where the point of a track is, by its row in the dataset."""
    points = map_points(chart)
    place: list[float] = points[points[:, 0] == row][0, 1:].tolist()
    return place


def test_click_on_a_point_shows_its_neighbours(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small&colour=split", viewport=TALL)
    chart = drawn(page, "map-placeholder")
    click_point(page, chart, lonely_point(chart))
    expect(page.get_by_role("tab", name="Track")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("Sounds most like", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("track=track_000"))
    expect(page.get_by_text(re.compile("tracks selected$"))).to_have_count(0)  # a click is no selection
    page.locator(".st-key-neighbours canvas").first.wait_for()
    assert len(column(page, "neighbours", "Track")) == 8


def test_click_on_a_point_plays_it(server: str, open_app: Callable[..., Page]) -> None:
    """The track with audio sounds on the click that chose it, with the answer and the player on one screen."""
    page = open_app(
        f"{server}/Mood_map?workspace=full&model=small&colour=split", viewport={"width": 1440, "height": 900}
    )
    chart = drawn(page, "map-placeholder")
    click_point(page, chart, place_of_row(chart, 0))
    expect(page).to_have_url(re.compile("track=track_0001000"))
    bar = page.get_by_role("region", name="Player")
    expect(bar).to_contain_text("Song 0")
    expect(bar).to_contain_text("1 of 48")
    page.wait_for_function("window.merPlayer.audio.duration > 2.5 && window.merPlayer.audio.played.length > 0")
    for part in (bar, page.get_by_role("tab", name="Track"), chart):
        expect(part).to_be_in_viewport()


def test_search_flies_to_the_track(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Mood_map?workspace=full&model=small")
    chart = drawn(page, "map-placeholder")
    before = chart.evaluate("chart => chart._fullLayout.xaxis.range")
    page.get_by_role("textbox", name="Find a track or artist").fill("Song 17")
    page.keyboard.press("Enter")
    expect(page.locator("[class*=st-key-answer-]").get_by_text("Song 17", exact=False).first).to_be_visible()
    expect(page.get_by_text("Sounds most like", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("track=track_0001017"))
    page.wait_for_function(
        "width => (r => r[1] - r[0])(document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range) < width / 2",
        arg=before[1] - before[0],
    )
    boxes = [chart.locator(part).first.bounding_box() for part in (".mer-map-layer .ring", ".nsewdrag")]
    middles = [[box["x"] + box["width"] / 2, box["y"] + box["height"] / 2] for box in boxes if box]
    assert len(middles) == 2 and np.allclose(*middles, atol=2)
