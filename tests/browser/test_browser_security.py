"""Titles, artists, names of folders and of uploads that try to be HTML, Markdown, a link or a formula are shown as they
are, and no more."""

import csv
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from _app_server import app_server
from actions import at_rest, open_tab, player, song, upload
from pages_common import make_full
from playwright.sync_api import Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

pytestmark = pytest.mark.browser

EVIL = """<img src="http://evil.example/a.png" onerror="window.hacked=1"><script>window.hacked=1</script><a href="http://evil.example">x</a>"""
MARKDOWN = """![x](http://evil.example/b.png) [click](javascript:window.hacked=1) :red[boo] $x$ **bold**"""
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    "AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
PAGES = ("", "Dataset", "Mood_map", "Diagnostics", "Predict", "Recommend", "Generate")
FOREIGN = """() => [...document.querySelectorAll('script, img, a, iframe, link')]
    .filter(e => (e.src || e.href || '').match(/evil|javascript:/) && e.textContent !== e.href).map(e => e.outerHTML)"""
"""Elements that come from elsewhere or go there, save a link that says honestly where it goes (an address in a title
becomes one)."""


@pytest.fixture(scope="module")
def hostile_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app on a workspace in which everything that has a name has a hostile one."""
    root = tmp_path_factory.mktemp("hostile")
    workspace = make_full(root / "plain")
    names = workspace.dataset_dir / "autotagging_moodtheme.meta.tsv"
    names.write_text(names.read_text().replace("Song ", f"=1+1 {EVIL} ").replace("Artist ", f"{MARKDOWN} "))
    described = root / "plain" / "workspace.json"
    described.write_text(described.read_text().replace("Full", f"{MARKDOWN} <b>Full</b>"))
    (root / "plain" / "models" / "small").rename(root / "plain" / "models" / "<b>*small*")
    shutil.move(root / "plain", root / "<i>[w](javascript:window.hacked=1)")
    with app_server({"MER_WORKSPACES": str(root)}, tmp_path_factory.mktemp("log") / "server.log") as address:
        yield address


def assert_harmless(page: Page) -> None:
    assert page.evaluate("window.hacked") is None
    assert page.evaluate(FOREIGN) == []
    assert page.get_by_test_id("stMain").get_by_text("fault of this program").count() == 0


def test_every_page_shows_hostile_names_as_text(hostile_server: str, open_app: Callable[..., Page]) -> None:
    asked: list[str] = []
    page = open_app(hostile_server)
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{hostile_server}/{name}")
        at_rest(page)
        assert_harmless(page)
    assert asked
    assert [url for url in asked if "evil" in url] == []


def test_the_name_of_an_upload_is_text(hostile_server: str, open_app: Callable[..., Page], tmp_path: Path) -> None:
    page = open_app(f"{hostile_server}/Predict")
    name = "=cmd()![x](http:evil.example)<b>bold<b> $x$.mp3"
    upload(page, (name, song(6)))
    expect(page.get_by_role("heading", name=name)).to_be_visible(timeout=60_000)
    expect(player(page).get_by_text(name, exact=True)).to_be_visible()
    assert_harmless(page)
    open_tab(page, "Downloads")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download CSV").click()
    started.value.save_as(tmp_path / "moods.csv")
    with (tmp_path / "moods.csv").open(encoding="utf-8") as text:
        assert next(csv.DictReader(text))["file"] == f"'{name}"


def test_the_download_button_of_a_table_gives_no_formula(
    hostile_server: str, open_app: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_app(f"{hostile_server}/Dataset?view=tracks")
    table = page.get_by_test_id("stDataFrame").first
    table.hover(timeout=60_000)
    page.evaluate(
        "delete window.showSaveFilePicker"
    )  # else the browser asks where to save it, in a window that nobody answers
    with page.expect_download() as started:
        page.get_by_test_id("stElementToolbar").get_by_role("button", name="Download as CSV").first.click()
    started.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig") as text:
        assert next(csv.DictReader(text))["title"].startswith("'=1+1")


def test_other_sites_cannot_reach_the_server(hostile_server: str) -> None:
    place, foreign = urlsplit(hostile_server), "http://evil.example"
    stream = f"ws://{place.netloc}/_stcore/stream"
    connect(stream, origin=hostile_server, subprotocols=["streamlit"], proxy=None).close()
    for other in (foreign, "http://localhost.evil.example", "http://evil.example/localhost", "null"):
        with pytest.raises(InvalidStatus):
            connect(stream, origin=other, subprotocols=["streamlit"], proxy=None)
    with socket.create_connection(
        ("127.0.0.1", place.port or 0)
    ) as raw:  # its own name, made to point here (DNS rebinding)
        raw.sendall(
            f"GET /_stcore/stream HTTP/1.1\r\nHost: evil.example\r\nOrigin: {foreign}\r\n{UPGRADE}\r\n".encode()
        )
        assert raw.recv(100).split()[1] == b"403"
    answer = requests.get(f"{hostile_server}/_stcore/health", headers={"Origin": foreign}, timeout=10)
    assert answer.headers.get("Access-Control-Allow-Origin") not in {"*", foreign}
    forged = requests.put(
        f"{hostile_server}/_stcore/upload_file/a/b",
        files={"file": ("a", b"x")},
        headers={"Origin": foreign},
        timeout=10,
    )
    assert forged.status_code == 403 and "XSRF" in forged.text


def test_only_this_machine_is_listened_to(hostile_server: str) -> None:
    port = urlsplit(hostile_server).port
    listening = {
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.laddr.port == port and connection.status == "LISTEN"
    }
    assert listening == {"127.0.0.1"}
