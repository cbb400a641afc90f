"""The predict page in a real browser: a real MP3's moods, the player at the second that was clicked, each session by
itself."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from actions import at_rest, click_point, column, drawn, hears, open_page, open_tab, places, player, song, upload
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TALL = {"width": 1280, "height": 2000}


def test_moods_of_a_real_mp3(server: str, open_app: Callable[..., Page], shared: Path, tmp_path: Path) -> None:
    """The starter model, with its real encoder, on 45 seconds of real music."""
    file = shared / "data" / "incompetech" / "audio" / "00" / "2000.mp3"
    page = open_app(f"{server}/Predict?model=starter", viewport=TALL)
    upload(page, (file.name, file.read_bytes()))
    expect(page.get_by_role("heading", name=file.name)).to_be_visible(timeout=120_000)
    expect(page.locator(".st-key-headline")).to_be_visible()
    assert not page.get_by_test_id("stAlert").filter(has_text="not music").count()
    assert len(drawn(page, "moods-").locator(".ytick text").all_text_contents()) >= 10
    expect(player(page)).to_contain_text(file.name)
    hears(page, "audio.duration > 20")
    open_tab(page, "Why")
    expect(page.get_by_role("tabpanel", name="Why").get_by_text("comes most from").first).to_be_visible()
    open_tab(page, "Downloads")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download CSV").click()
    started.value.save_as(tmp_path / "moods.csv")
    with (tmp_path / "moods.csv").open(encoding="utf-8") as text:
        row = next(csv.DictReader(text))
    assert row["file"] == file.name


def test_click_in_the_timeline_moves_the_player(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small", viewport=TALL)
    upload(page, ("swell.mp3", song(30)))
    expect(player(page)).to_contain_text("swell.mp3")
    open_tab(page, "Over time")
    chart = drawn(page, "timeline-")
    start = chart.evaluate("chart => chart._fullData[1].customdata[5]")
    assert start > 10
    at = "!audio.paused && audio.currentTime >= arg && audio.currentTime < arg + 3"
    click_point(page, chart, places(chart, 1)[5].tolist())
    hears(page, at, start)
    page.evaluate("window.merPlayer.audio.currentTime = 1")
    at_rest(page)
    page.mouse.move(0, 0)
    click_point(page, drawn(page, "timeline-"), places(chart, 1)[5].tolist())
    hears(page, at, start)


def test_one_bad_file_never_stops_the_others(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small", viewport=TALL)
    upload(page, ("one.mp3", song(6)), ("words.mp3", b"no music at all"), ("two.mp3", song(6, 330)))
    expect(page.get_by_text("3 files", exact=True)).to_be_visible()
    page.locator(".st-key-all-files canvas").first.wait_for()
    assert column(page, "all-files", "File") == ["one.mp3", "words.mp3", "two.mp3"]
    assert column(page, "all-files", "State") == ["done", "failed", "done"]


def test_results_outlive_other_pages_and_seed_prompts(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small", viewport=TALL)
    upload(page, ("kept.mp3", song()))
    expect(page.get_by_role("heading", name="kept.mp3")).to_be_visible()
    open_page(page, "Generate")
    expect(page.get_by_role("combobox", name="Song")).to_have_value("kept.mp3")
    expect(page.get_by_test_id("stCode").first).to_contain_text("music")
    with page.expect_download() as started:
        page.get_by_role("button", name="mood seed").click()
    assert started.value.suggested_filename == "mood_seed.json"
    open_page(page, "Predict")
    expect(page.get_by_role("heading", name="kept.mp3")).to_be_visible()
    expect(player(page)).to_contain_text("kept.mp3")
    page.reload()
    expect(page.get_by_role("heading", name="kept.mp3")).to_be_visible()


def test_two_sessions_do_not_see_each_others_files(server: str, open_app: Callable[..., Page]) -> None:
    address = f"{server}/Predict?workspace=full&model=small"
    first, second = open_app(address), open_app(address)
    upload(first, ("secret one.mp3", song(6, 200)))
    upload(second, ("secret two.mp3", song(6, 300)))
    for page, own, other in ((first, "secret one.mp3", "secret two.mp3"), (second, "secret two.mp3", "secret one.mp3")):
        expect(page.get_by_role("heading", name=own)).to_be_visible()
        expect(page.get_by_text(other)).to_have_count(0)
    assert "kept=" in first.url
    for empty in (address, first.url):
        third = open_app(empty)
        expect(third.get_by_text("Nothing leaves this machine")).to_be_visible()
        expect(third.get_by_text("secret")).to_have_count(0)


def test_another_workspace_or_model_leaves_results_as_they_are(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small", viewport=TALL)
    upload(page, ("kept.mp3", song()))
    expect(page.get_by_text("Heard by the model “small” of the workspace “full”")).to_be_visible()
    open_page(page, "Overview")
    page.get_by_test_id("stSidebar").get_by_role("combobox", name="Workspace").click()
    page.get_by_role("option", name="metadata").click()
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox", name="Model")).to_have_value("starter")
    open_page(page, "Predict")
    expect(page.get_by_text("Heard by the model “small” of the workspace “full”")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    drawn(page, "moods-")


def test_own_songs_are_heard_by_the_starter_in_a_synthetic_workspace(
    server: str, open_app: Callable[..., Page]
) -> None:
    page = open_app(f"{server}/?workspace=full")
    model = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Model")
    expect(model).to_have_value("small")
    open_page(page, "Predict")
    expect(model).to_have_value("starter")
    open_page(page, "Mood map")
    expect(model).to_have_value("small")
