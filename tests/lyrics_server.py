"""A server of LRCLIB's kind on 127.0.0.1 that answers what a test says."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Server:
    """Answers in order: (status, body) for each coming question; the last one stays."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = [(404, b"{}")]
        self.asked: list[dict[str, list[str]]] = []
        self.agents: list[str] = []
        self.url = ""


@contextmanager
def lyrics_server() -> Iterator[Server]:
    """Run it for a while."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(parse_qs(urlsplit(self.path).query))
            state.agents.append(self.headers.get("User-Agent", ""))
            status, body = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{http.server_port}"
    yield state
    http.shutdown()
    http.server_close()
