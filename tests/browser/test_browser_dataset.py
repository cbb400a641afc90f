"""The dataset page in a real browser: clicks in the figures list the tracks, downloads hold them."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from actions import click_point, drawn
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def click_cell(page: Page, row: str, column: str) -> None:
    """Click the cell of two moods in the heat map."""
    chart = drawn(page, "wide-together")
    place = chart.evaluate(
        """(chart, [row, column]) => {
            const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
            const x = xaxis._offset + xaxis.c2p(xaxis.d2c(column)), y = yaxis._offset + yaxis.c2p(yaxis.d2c(row));
            return [box.x + x, box.y + y];
        }""",
        [row, column],
    )
    click_point(page, chart, place)


def test_click_in_the_heat_map_lists_those_tracks(
    real_server: str, open_app: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_app(f"{real_server}/Dataset?workspace=jamendo&view=together", viewport={"width": 1280, "height": 1600})
    click_cell(page, "corporate", "motivational")
    expect(page.get_by_text("251 tracks").first).to_be_visible()
    expect(page.get_by_role("combobox", name="Tracks with")).to_have_value("corporate")
    expect(page.get_by_role("combobox", name="and", exact=True)).to_have_value("motivational")
    expect(page).to_have_url(re.compile("mood=corporate&with=motivational"))
    with page.expect_download() as started:
        page.get_by_role("button", name="Download CSV").click()
    started.value.save_as(tmp_path / "tracks.csv")
    with (tmp_path / "tracks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 251
    assert all({"corporate", "motivational"} <= set(row["moods"].split(";")) for row in rows)
    click_cell(page, "deep", "summer")
    expect(page.get_by_text("248 tracks").first).to_be_visible()
    expect(page.get_by_role("combobox", name="Tracks with")).to_have_value("deep")


def test_click_on_a_bar_lists_that_mood(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Dataset?workspace=full&view=moods")
    chart = drawn(page, "balance")
    bar = chart.locator(".barlayer .point path").first.bounding_box()
    assert bar
    click_point(page, chart, (bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2))
    expect(page.get_by_text("tracks with").first).to_be_visible()
    expect(page).to_have_url(re.compile("mood="))


def test_chosen_track_has_a_player(real_server: str, open_app: Callable[..., Page], tmp_path: Path) -> None:
    page = open_app(f"{real_server}/Dataset?workspace=incompetech&view=tracks&track=track_0002000")
    expect(page.locator("[class*=st-key-answer-]").get_by_text("8bit Dungeon Boss").first).to_be_visible()
    bar = page.get_by_role("region", name="Player")
    expect(bar).to_contain_text("8bit Dungeon Boss")
    expect(bar).to_be_in_viewport()
    page.wait_for_function("window.merPlayer.audio.duration > 100", timeout=20_000)
    assert page.evaluate("window.merPlayer.audio.paused")  # a link does not start to sound by itself
    bar.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("!window.merPlayer.audio.paused && window.merPlayer.audio.currentTime > 0")
    expect(bar.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download M3U").click()
    started.value.save_as(tmp_path / "tracks.m3u8")
    files = [
        line for line in (tmp_path / "tracks.m3u8").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert len(files) == 138 and all(Path(file).is_file() for file in files)
