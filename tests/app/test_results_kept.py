"""What became of a person's files outlives a reload, for the browser that gave them alone."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from mer_core.app import results as module
from mer_core.app.results import MOST_PEOPLE, TOKEN, Result, publish, results


class Browser:
    """A browser (its cookie) and what Streamlit keeps of a session in it."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self.open()

    def open(self, token: str | None = None, mask: bytes = b"\x01\x02\x03\x04") -> None:
        """A new session, as after a reload; the cookie is masked anew each time."""
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(self.secret))
        self.cookies = {"_streamlit_xsrf": f"2|{mask.hex()}|{masked.hex()}|1700000000"} if self.secret else {}
        self.session: dict[str, object] = {}
        self.address: dict[str, str | None] = {TOKEN: token}


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Makes a browser the one that the page is run for."""
    store: module.OrderedDict[str, object] = module.OrderedDict()

    def be(browser: Browser) -> None:
        context = SimpleNamespace(cookies=browser.cookies)
        monkeypatch.setattr(module, "st", SimpleNamespace(session_state=browser.session, context=context))
        monkeypatch.setattr(module, "recall", browser.address.get)
        monkeypatch.setattr(module, "remember", browser.address.__setitem__)
        monkeypatch.setattr(module, "_store", lambda: store)

    yield be


def give(browser: Browser, visit: object, name: str = "song.mp3") -> str:
    """Drop a file, open the page; returns the token in the address."""
    visit(browser)  # type: ignore[operator]
    results()["key"] = Result(name, b"")
    publish()
    token = browser.address[TOKEN]
    assert token
    return token


def test_a_reload_finds_them_again(visit: object) -> None:
    mine = Browser(b"my secret")
    token = give(mine, visit)
    mine.open(token, mask=b"\x09\x08\x07\x06")
    visit(mine)  # type: ignore[operator]
    assert results()["key"].name == "song.mp3"
    publish()
    assert mine.address[TOKEN] == token


def test_a_copied_address_shows_nobody_elses_files(visit: object) -> None:
    token = give(Browser(b"my secret"), visit)
    for other in (Browser(b"another secret"), Browser(b"")):
        other.open(token)
        visit(other)  # type: ignore[operator]
        assert results() == {}
        publish()
        assert other.address[TOKEN] is None


def test_without_a_cookie_nothing_is_found_again(visit: object) -> None:
    nobody = Browser(b"")
    token = give(nobody, visit)
    nobody.open(token)
    visit(nobody)  # type: ignore[operator]
    assert results() == {}


def test_a_broken_cookie_is_nobody(visit: object) -> None:
    token = give(Browser(b"my secret"), visit)
    broken = Browser(b"my secret")
    broken.open(token)
    broken.cookies = {"_streamlit_xsrf": "2|zz|not hex|1"}
    visit(broken)  # type: ignore[operator]
    assert results() == {}


def test_the_oldest_go_first(visit: object) -> None:
    first = Browser(b"the first")
    token = give(first, visit)
    for number in range(MOST_PEOPLE):
        give(Browser(f"guest {number}".encode()), visit)
    first.open(token)
    visit(first)  # type: ignore[operator]
    assert results() == {}


def test_tokens_are_not_guessable_from_one_another(visit: object) -> None:
    tokens = {give(Browser(f"guest {number}".encode()), visit) for number in range(10)}
    assert len(tokens) == 10 and all(len(token) >= 22 for token in tokens)
