"""A web mirror on 127.0.0.1 for tests, which misbehaves when asked to."""

import gzip
import hashlib
import io
import re
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple


class Request(NamedTuple):
    """What a client asked for; `start` is the first byte wanted."""

    method: str
    path: str
    start: int


class Mirror:
    """`files`: path → content. `faults`: path → misbehaviours, one for each coming request of that path.

    "cut": half of what is asked for, then the connection closes; "503" and other numbers: that status; "wrong": changed
    bytes;
    "no range": the whole file whatever is asked for; "bad range": a range that begins elsewhere; "slow": pieces with
    pauses;
    "no length": all, and nobody said how much it would be; "cut, no length": half of it;
    "packed": gzipped though nobody asked for it, "packed badly": and damaged, "bomb": zeros in place of the content;
    "redirects": to itself; "silent": nothing for a while; "hangs": half of what is asked for, then nothing until the
    test ends; "endless": more bytes than stated, without a length.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.faults: dict[str, list[str]] = {}
        self.requests: list[Request] = []
        self.url = ""
        self.closing = threading.Event()

    def starts(self, path: str) -> list[int]:
        """First bytes asked for by the GET requests of a path, in order."""
        return [request.start for request in self.requests if request.path == path and request.method == "GET"]


@contextmanager
def serve(files: Mapping[str, bytes]) -> Iterator[Mirror]:
    """Run a mirror; its address ends in a slash."""
    mirror = Mirror(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"mirror": mirror}))
    server.daemon_threads = True
    mirror.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        mirror.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    mirror: Mirror

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.lstrip("/")
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        self.mirror.requests.append(Request(self.command, path, start))
        faults = self.mirror.faults.get(path, [])
        fault = faults.pop(0) if faults and with_body else ""
        content = self.mirror.files.get(path)
        if fault == "silent":
            time.sleep(0.3)
        if content is None or fault.isdecimal():
            self._send(int(fault) if fault else 404, {"Retry-After": "0"}, b"")
        elif start and start >= len(content) and fault != "no range":
            self._send(416, {"Content-Range": f"bytes */{len(content)}"}, b"")
        elif fault == "redirects":
            self._send(302, {"Location": self.path}, b"")
        elif fault in ("packed", "packed badly", "bomb"):
            body = gzip.compress(bytes(100_000_000) if fault == "bomb" else content[start:])
            body = body[:20] + b"\xff" * 50 + body[70:] if fault == "packed badly" else body
            status, part = (206, f"bytes {start}-{len(content) - 1}/{len(content)}") if start else (200, "")
            headers = {"Content-Encoding": "gzip", "Content-Length": str(len(body)), "Content-Range": part}
            self._send(status, headers if part else {**headers, "Content-Range": "none"}, body)
        elif fault == "endless":
            self._send(200, {}, content * 3, close=True)
        else:
            self._send_content(content, start, fault, with_body)

    def _send_content(self, content: bytes, start: int, fault: str, with_body: bool) -> None:
        if fault == "wrong":
            content = bytes(byte ^ 1 for byte in content)
        first = 0 if fault == "no range" else max(0, start - 7) if fault == "bad range" else start
        body = content[first:]
        headers = {"Content-Length": str(len(body))}
        if first or (start and fault == "bad range"):
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        if fault in ("no length", "cut, no length"):
            del headers["Content-Length"]
        body = body[: len(body) // 2] if fault in ("cut", "cut, no length", "hangs") else body
        self._send(
            206 if "Content-Range" in headers else 200,
            headers,
            body if with_body else b"",
            close="Content-Length" not in headers or fault == "cut",
            pause=0.05 if fault == "slow" else 0.0,
        )
        if fault == "hangs":
            self.mirror.closing.wait(60)

    def _send(
        self, status: int, headers: Mapping[str, str], body: bytes, close: bool = False, pause: float = 0.0
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        pieces = (
            [body]
            if not pause
            else [body[i : i + max(1, len(body) // 5)] for i in range(0, len(body), max(1, len(body) // 5))]
        )
        for piece in pieces:
            self.wfile.write(piece)
            time.sleep(pause)
        if close:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


def make_tar(members: Mapping[str, bytes], folders: tuple[str, ...] = ()) -> bytes:
    """A tar of plain files, after entries for `folders`, as the real ones have."""
    return tar_of(
        [(_info(name, tarfile.DIRTYPE), b"") for name in folders]
        + [(_info(name), data) for name, data in members.items()]
    )


def tar_of(entries: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """A tar of any members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, data in entries:
            info.size = info.size or len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def _info(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    return info


def checksum_list(files: Mapping[str, bytes]) -> bytes:
    """A list as MTG publishes it: hash, one space, name."""
    return "".join(f"{hashlib.sha256(data).hexdigest()} {name}\n" for name, data in files.items()).encode()


def jamendo_files(
    metadata: Path, tracks: Mapping[str, bytes], dataset: str = "autotagging_moodtheme", kind: str = "audio-low"
) -> dict[str, bytes]:
    """Everything a mirror of MTG-Jamendo has: the files below `metadata` under data/, and tars of `tracks` (name in the
    tar → content)."""
    files = {
        f"data/{path.relative_to(metadata).as_posix()}": path.read_bytes()
        for path in metadata.rglob("*")
        if path.is_file()
    }
    tars = {}
    for part in sorted({name[:2] for name in tracks}):
        inside = {name: data for name, data in tracks.items() if name.startswith(f"{part}/")}
        tars[f"{dataset}_{kind}-{part}.tar"] = make_tar(inside, folders=(part,))
    files |= {f"{dataset}/{kind}/{name}": data for name, data in tars.items()}
    files[f"data/download/{dataset}_{kind}_sha256_tars.txt"] = checksum_list(tars)
    files[f"data/download/{dataset}_{kind}_sha256_tracks.txt"] = checksum_list(tracks)
    return files
