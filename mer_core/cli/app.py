"""Start the web app on this machine."""

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence

from mer_core.workspace.layout import APP_ROOT

LOCAL = ("localhost", "127.0.0.1")


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; returns Streamlit's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: mer app --port 8501")
    parser.add_argument("--port", type=int, default=8501, help="where the browser finds it (default: %(default)s)")
    parser.add_argument("--headless", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--address",
        default=None,
        help="where to listen (default: 127.0.0.1; another only behind a proxy)",
    )
    parser.add_argument(
        "--public",
        type=_host_name,
        metavar="HOST",
        help="the host name under which a proxy offers the app (docs/deployment.md)",
    )
    args = parser.parse_args(argv)
    try:
        return subprocess.call(server(args.port, headless=args.headless, address=args.address, public=args.public))
    except KeyboardInterrupt:
        return 0


def _host_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no host name; write it alone, as music.example.org")
    return text


def server(port: int, *, headless: bool, address: str | None = None, public: str | None = None) -> list[str]:
    """The command that serves the app: from the checkout, else from the copy in the installed package.

    public: a name beside this machine's own that pages and their WebSocket may be asked under, as a proxy passes it on.
    """
    command = [sys.executable, "-m", "streamlit", "run", str(APP_ROOT / "streamlit_app.py")]
    command += ["--server.port", str(port)]
    command += ["--server.headless", "true"] if headless else []
    command += ["--server.address", address] if address else []
    if public:  # the Host header is compared with allowedHosts, the page's Origin with serverAddress
        names = [word for name in (*LOCAL, public) for word in ("--server.allowedHosts", name)]
        command += [*names, "--browser.serverAddress", public]
    return command


if __name__ == "__main__":
    raise SystemExit(main())
