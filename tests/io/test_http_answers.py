"""Answers of a mirror that no library expects: each ends in one sentence that names the address."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mer_core.io.http import MirrorError, Transfer

ANSWERS = {
    "/bracket": (302, {"Location": "http://[::1"}),
    "/long": (302, {"Location": f"http://{'a' * 300}/x"}),
    "/digits": (206, {"Content-Range": f"bytes {'9' * 5000}-1/2"}),
}


class _Mirror(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, headers = ANSWERS[self.path]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ANSWERS)
def test_a_strange_answer_is_one_sentence(mirror: str, path: str, tmp_path: Path) -> None:
    with pytest.raises(MirrorError, match=f"{path} answers what cannot be understood"):
        Transfer(mirror + path, tmp_path / "file").run()
