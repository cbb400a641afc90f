"""The recommend page in a real browser: by tracks and by mood, to a playlist whose content is right; one's own file as
a seed."""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from actions import at_rest, column, open_page, player, song, upload
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TALL = {"width": 1280, "height": 1400}
PHONE = {"width": 390, "height": 844}


def download(page: Page, name: str, target: Path) -> str:
    """The content of the file that a button gives."""
    with page.expect_download() as started:
        page.get_by_role("button", name=name).click()
    started.value.save_as(target)
    return target.read_text(encoding="utf-8")


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a list by its beginning."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option).first.click()
    page.keyboard.press("Escape")
    at_rest(page)


def test_by_track_to_a_playlist(server: str, open_app: Callable[..., Page], tmp_path: Path) -> None:
    page = open_app(f"{server}/Recommend?workspace=full&model=small", viewport=TALL)
    page.get_by_role("textbox", name="Find a track or artist").fill("song 17")
    page.keyboard.press("Enter")
    expect(page.get_by_placeholder("Choose", exact=True).first).to_be_visible()
    choose(page, "Like these", "Song 17")
    listed = column(page, "recommended", "Track")
    assert listed and not any("Song 17 " in name for name in listed)
    expect(page).to_have_url(re.compile("like=track_0001017"))
    playlist = download(page, "Download M3U", tmp_path / "list.m3u8").splitlines()
    titles = [line.partition(",")[2] for line in playlist if line.startswith("#EXTINF")]
    places = [line for line in playlist if not line.startswith("#")]
    assert playlist[0] == "#EXTM3U" and len(titles) == len(places) == 15
    assert listed == [title.partition(" - ")[2] for title in titles[: len(listed)]]
    tracks = json.loads(download(page, "Download JSPF", tmp_path / "list.jspf"))["playlist"]["track"]
    assert len(tracks) == 15 and all("closest sections begin at" in track["annotation"] for track in tracks)


def test_by_mood_and_without_what_stands_out(server: str, open_app: Callable[..., Page], tmp_path: Path) -> None:
    """More happy, but not so happy that it stands out: the happiest go."""
    page = open_app(f"{server}/Recommend?workspace=full&model=small&by=a+mood", viewport=TALL)
    expect(page.get_by_text("Choose moods, or move a slider")).to_be_visible()
    choose(page, "More of", "happy")
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible()
    before = [
        row["track_id"] for row in csv.DictReader(download(page, "Download CSV", tmp_path / "before.csv").splitlines())
    ]
    choose(page, "Not", "happy")
    expect(page).to_have_url(re.compile("not=happy"))
    at_rest(page)
    rows = list(csv.DictReader(download(page, "Download CSV", tmp_path / "after.csv").splitlines()))
    assert len(before) == 15 and set(before) - {row["track_id"] for row in rows}
    assert any("happy, though not most of all" in row["reason"] for row in rows) and not any(
        "hears happy" in row["reason"] for row in rows
    )
    assert len(rows) == 15 and max(Counter(row["artist_id"] for row in rows).values()) <= 2


def test_own_file_is_a_seed(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small")
    upload(page, ("mine.mp3", song()))
    expect(page.get_by_role("heading", name="mine.mp3")).to_be_visible()
    open_page(page, "Recommend")
    choose(page, "Like these", "your file: mine.mp3")
    assert len(column(page, "recommended", "Track")) >= 10


def test_every_way_to_ask_is_in_sight(server: str, open_app: Callable[..., Page]) -> None:
    for size in ({"width": 1440, "height": 900}, PHONE):
        page = open_app(f"{server}/Recommend?workspace=full&model=small", viewport=size)
        ways = page.get_by_role("radiogroup", name="Recommend by")
        expect(ways.get_by_role("radio")).to_have_count(5)
        assert ways.evaluate("ways => ways.scrollWidth <= ways.clientWidth")


def test_a_row_plays_and_shows_why_and_on_a_phone_its_sheet_can_be_closed(
    server: str, open_app: Callable[..., Page]
) -> None:
    page = open_app(f"{server}/Recommend?workspace=full&model=small&by=a+mood&more=happy", viewport=PHONE)
    expect(page.get_by_text("Click a row to hear the track")).to_be_attached()
    titles = column(page, "recommended", "Track")
    table = page.locator(".st-key-recommended canvas").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 40, box["y"] + 38 + 35 * 1.5)  # the second row, below the heading
    sheet = page.locator(".st-key-answer-open")
    expect(player(page)).to_contain_text(titles[1])
    expect(player(page)).to_contain_text("2 of 15")
    expect(sheet).to_contain_text(titles[1])
    expect(sheet).to_contain_text("happy, as asked")
    at_rest(page)
    sheet.get_by_role("button", name="Close", exact=True).click()
    expect(sheet).to_have_count(0)
    expect(player(page)).to_contain_text(titles[1])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
