"""The player in a real browser: a click, a drag and the keyboard move in the sound, the playhead shows where it is."""

from collections.abc import Callable

import pytest
from actions import at_rest, hears, player
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}


@pytest.fixture
def page(server: str, open_app: Callable[..., Page]) -> Page:
    """A page with the track that has audio (3 seconds) in the player, which is not playing."""
    opened = open_app(f"{server}/Mood_map?workspace=full&model=small&track=track_0001000", viewport=WIDE)
    expect(player(opened)).to_be_visible()
    hears(opened, "audio.duration > 2.5")
    return opened


def slider(page: Page) -> Locator:
    """Waveform and moods over time, which one moves in."""
    return player(page).get_by_role("slider", name="Position in the track")


def place(page: Page, share: float) -> tuple[float, float]:
    """A place in the window, at a share of the slider's width."""
    box = slider(page).bounding_box()
    assert box
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def shown(page: Page) -> float:
    """Where the playhead stands, as a share of the slider's width."""
    box, head = slider(page).bounding_box(), player(page).locator(".playhead").bounding_box()
    assert box and head
    return (head["x"] + head["width"] / 2 - box["x"]) / box["width"]


def test_a_click_moves_the_sound_and_the_playhead(page: Page) -> None:
    page.mouse.click(*place(page, 0.5))
    hears(page, "Math.abs(audio.currentTime / audio.duration - 0.5) < 0.02 && !audio.seeking")
    assert shown(page) == pytest.approx(0.5, abs=0.02)
    expect(slider(page)).to_have_attribute("aria-valuetext", "0:01 of 0:03")


def test_a_drag_moves_it_along(page: Page) -> None:
    page.mouse.move(*place(page, 0.2))
    page.mouse.down()
    page.mouse.move(*place(page, 0.6), steps=5)
    hears(page, "Math.abs(audio.currentTime / audio.duration - 0.6) < 0.02")
    page.mouse.move(*place(page, 0.8), steps=5)
    page.mouse.up()
    hears(page, "Math.abs(audio.currentTime / audio.duration - 0.8) < 0.02 && !audio.seeking")
    page.mouse.move(*place(page, 0.1))
    assert shown(page) == pytest.approx(0.8, abs=0.02)  # the button was let go


def test_the_keyboard_moves_and_plays(page: Page) -> None:
    slider(page).focus()
    page.keyboard.press("End")
    hears(page, "audio.currentTime > audio.duration - 0.2 && !audio.seeking")
    page.keyboard.press("ArrowLeft")
    hears(page, "audio.currentTime === 0 && !audio.seeking")
    page.keyboard.press("ArrowRight")
    hears(page, "audio.currentTime > audio.duration - 0.2 && !audio.seeking")
    page.keyboard.press("Home")
    hears(page, "audio.currentTime === 0 && audio.paused")
    page.keyboard.press(" ")
    hears(page, "audio.played.length > 0")


def test_space_plays_and_pauses_from_the_page_itself(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(" ")
    hears(page, "audio.played.length > 0")
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0


def test_a_letter_box_keeps_its_spaces(page: Page) -> None:
    box = page.get_by_role("textbox", name="Find a track or artist")
    box.click()
    page.keyboard.type("a b")
    expect(box).to_have_value("a b")
    assert page.evaluate("window.merPlayer.audio.paused")


def test_next_and_previous_walk_the_list(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Dataset?workspace=full&view=tracks", viewport=WIDE)
    table = page.locator(".st-key-tracks canvas").first
    table.wait_for()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 40, box["y"] + 38 + 35 * 0.5)
    expect(player(page)).to_contain_text("1 of 48")
    at_rest(page)
    player(page).get_by_role("button", name="Next track").click()
    expect(player(page)).to_contain_text("2 of 48")
    expect(player(page)).to_contain_text("Song 1 ")
    at_rest(page)
    player(page).get_by_role("button", name="Previous track").click()
    expect(player(page)).to_contain_text("1 of 48")
