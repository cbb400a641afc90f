"""Start the web app on this machine."""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from mer_core.workspace.layout import APP_ROOT


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; returns Streamlit's exit code."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: mer app --port 8501")
    parser.add_argument("--port", type=int, default=8501, help="where the browser finds it (default: %(default)s)")
    parser.add_argument("--headless", action="store_true", help="do not open a browser")
    args = parser.parse_args(argv)
    try:
        return subprocess.call(server(args.port, headless=args.headless))
    except KeyboardInterrupt:
        return 0


def server(port: int, *, headless: bool) -> list[str]:
    """The command that serves the app: from the checkout, else from the copy in the installed package."""
    streamlit = [sys.executable, "-m", "streamlit", "run", str(APP_ROOT / "streamlit_app.py")]
    return [*streamlit, "--server.port", str(port), *(["--server.headless", "true"] if headless else [])]


if __name__ == "__main__":
    raise SystemExit(main())
