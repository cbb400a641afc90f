"""Words on the predict page in a real browser: a song with synced lyrics in its tags shows both rows and that sound and
words disagree, and seeks on a line; lyrics that are given are read and not kept."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from actions import at_rest, click_point, drawn, hears, open_tab, player, song, upload
from mutagen.id3 import ID3, SYLT, USLT, Encoding
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

TALL = {"width": 1280, "height": 2000}
SAD = (
    "I am crying because you left me",
    "my heart is broken and the tears will not stop",
    "the house is empty and I am all alone",
    "nothing will ever be right again",
    "we buried him in the cold rain today",
    "I have lost everything I had",
    "goodbye my love, you are gone for ever",
    "and all that is left for me is the pain",
)
"""This project's own lines."""


def with_lyrics(data: bytes, *, synced: bool) -> bytes:
    """An MP3 with SAD in its tags, a line every five seconds from the second one on."""
    tags = ID3()
    if synced:
        lines = [(line, 1000 * (2 + 5 * place)) for place, line in enumerate(SAD)]
        tags.add(SYLT(encoding=Encoding.UTF8, lang="eng", format=2, type=1, desc="", text=lines))
    else:
        tags.add(USLT(encoding=Encoding.UTF8, lang="eng", desc="", text="\n".join(SAD)))
    file = io.BytesIO(data)
    tags.save(file)
    return file.getvalue()


def test_both_rows_the_disagreement_and_a_seek_on_a_line(
    server: str, open_app: Callable[..., Page], shared: Path
) -> None:
    glad = (shared / "data" / "incompetech" / "audio" / "05" / "2005.mp3").read_bytes()
    page = open_app(f"{server}/Predict?model=starter", viewport=TALL)
    upload(page, ("glad.mp3", with_lyrics(glad, synced=True)))
    expect(page.locator(".st-key-words-finding")).to_contain_text("Happy sound, sad words", timeout=120_000)
    open_tab(page, "Over time")
    assert len(drawn(page, "timeline-").locator(".heatmaplayer image").all()) == 1
    row = drawn(page, "words-row-")
    assert row.evaluate("chart => chart._fullData[0].base.length") == len(SAD)
    axes = [
        chart.evaluate("chart => [chart._fullLayout.xaxis._offset, chart._fullLayout.xaxis._length]")
        for chart in (drawn(page, "timeline-"), row)
    ]
    assert axes[0] == pytest.approx(axes[1], abs=1)
    expect(player(page).locator(".names")).to_contain_text("words")
    place = row.evaluate(
        """chart => { const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
        return [box.x + xaxis._offset + xaxis.c2p(19), box.y + yaxis._offset + yaxis._length / 2]; }"""
    )
    click_point(page, row, place)
    hears(page, "!audio.paused && audio.currentTime >= 17 && audio.currentTime < 21")
    open_tab(page, "Words")
    expect(page.get_by_role("tabpanel", name="Words")).to_contain_text("From the file's tags: English")
    page.get_by_text("Lines (click one to hear it)").click()
    page.get_by_role("button", name=re.compile("we buried him")).click()
    hears(page, "!audio.paused && audio.currentTime >= 22 && audio.currentTime < 26")


def test_lyrics_are_given_and_taken_away(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small", viewport=TALL)
    upload(page, ("plain.mp3", song(6)))
    open_tab(page, "Words")
    panel = page.get_by_role("tabpanel", name="Words")
    expect(panel).to_contain_text("No lyrics were found in the file's tags")
    expect(panel.get_by_text("leave this machine")).to_have_count(0)
    panel.get_by_text("Look at LRCLIB").click()
    expect(panel).to_contain_text("Title, artist, album and length leave this machine.")
    expect(panel.get_by_role("button", name="Send and fetch")).to_be_disabled()
    box = panel.get_by_role("textbox", name="Paste the lyrics")
    box.fill("[-00:01.00]before the beginning")
    box.blur()
    at_rest(page)
    panel.get_by_role("button", name="Read the words").click()
    expect(panel.get_by_test_id("stAlert").filter(has_text="before the beginning of the song")).to_be_visible()
    box.fill("\n".join(SAD))
    box.blur()
    at_rest(page)
    panel.get_by_role("button", name="Read the words").click()
    expect(panel).to_contain_text("From what was pasted: English")
    expect(drawn(page, "words-moods-")).to_be_visible()
    page.get_by_text("Give other words").click()
    panel.get_by_role("button", name="Sound alone").click()
    expect(panel).to_contain_text("No lyrics were found")


def test_words_in_a_language_that_is_not_read_are_named(server: str, open_app: Callable[..., Page]) -> None:
    page = open_app(f"{server}/Predict?workspace=full&model=small", viewport=TALL)
    swedish = "Jag är så glad i dag och solen skiner över sjön och skogen. Vi sjunger och dansar hela natten lång, " * 2
    words = (
        swedish + "hjärtat slår och våren kommer snart till oss här uppe i norr, där björkarna står gröna vid stranden"
    )
    data = with_lyrics(song(6), synced=False)
    file = io.BytesIO(data)
    tags = ID3(file)
    tags.setall("USLT", [USLT(encoding=Encoding.UTF8, lang="swe", desc="", text=words)])
    tags.save(file)
    upload(page, ("svensk.mp3", file.getvalue()))
    expect(page.get_by_test_id("stMain")).to_contain_text("language 'sv', which is not read", timeout=60_000)
