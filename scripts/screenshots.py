"""Write a PNG of every page in the light and in the dark theme, to be looked at: what would a designer mend?"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import _cli
from _app_server import ROOT, app_server

from mer_core.errors import MerError
from mer_core.workspace import known_workspaces, workspaces_root

SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
VIEWS = {"1_Dataset": ("moods", "together", "splits", "artists", "tracks", "problems")}
"""Views of a page that are shown apart (`?view=`)."""


def work(args: argparse.Namespace) -> _cli.Result:
    """Take the pictures; returns the folder, their number, and the pages that are wider than their window."""
    names = args.workspaces or list(known_workspaces()) or [""]
    root = args.root or workspaces_root()
    args.out.mkdir(parents=True, exist_ok=True)
    with app_server({"MER_WORKSPACES": str(Path(root).resolve())}) as address:
        taken, too_wide = _take_all(address, names, args)
    return {"folder": args.out, "pictures": taken, "too_wide": too_wide}


def _take_all(address: str, names: Sequence[str], args: argparse.Namespace) -> tuple[int, list[str]]:
    try:
        from playwright.sync_api import sync_playwright  # only who takes pictures needs it
    except ImportError as error:
        raise MerError("playwright is not installed; install it with: pip install playwright") from error
    taken, too_wide = 0, []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=args.chromium, headless=True)
        for theme in args.themes:
            for size in args.sizes:
                context = browser.new_context(color_scheme=theme, viewport={"width": SIZES[size][0], "height": SIZES[size][1]})
                page = context.new_page()
                for workspace in names:
                    for name, path in _addresses(workspace, args.pages):
                        target = args.out / f"{workspace or 'nothing'}-{name}-{theme}-{size}.png"
                        too_wide += [target.name] if _take(page, f"{address}/{path}", target) else []
                        taken += 1
        browser.close()
    return taken, too_wide


def _addresses(workspace: str, pages: Sequence[str] | None) -> list[tuple[str, str]]:
    """A name for the file and the address of every page (and view) of a workspace."""
    found = [("Overview", f"?workspace={workspace}")] if not pages or "Overview" in pages else []
    for file in sorted((ROOT / "pages").glob("*.py")):
        url = file.stem.split("_", 1)[1]
        if not pages or url in pages:
            found += [(f"{url}-{view}" if view else url, f"{url}?workspace={workspace}&view={view}") for view in VIEWS.get(file.stem, ("",))]
    return found


def _take(page: Any, address: str, target: Path) -> bool:
    """Save the whole page, scrolled parts too; returns whether it is wider than its window."""
    page.goto(address)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_timeout(1500)  # charts draw themselves after the script has ended
    main = page.locator("[data-testid=stMain]")
    wide = main.evaluate("node => node.scrollWidth > node.clientWidth + 1")
    height = main.evaluate("node => node.scrollHeight")
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height + 20, 4000))})
    page.wait_for_timeout(700)
    page.screenshot(path=target)
    page.set_viewport_size(size)
    return bool(wide)


def text(result: _cli.Result) -> str:
    """The result in words."""
    wide = f"; wider than the window: {', '.join(result['too_wide'])}" if result["too_wide"] else ""
    return f"{result['pictures']} pictures in {result['folder']}{wide}"


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; returns the exit code (see _cli.run)."""
    parser = _cli.make_parser(__doc__ or "", "python scripts/screenshots.py demo jamendo --out screenshots")
    parser.add_argument("workspaces", nargs="*", metavar="WORKSPACE", help="names of workspaces (default: all known ones)")
    parser.add_argument("--root", type=Path, help="folder of the workspaces (default: MER_WORKSPACES, else workspaces/)")
    parser.add_argument("--out", type=Path, default=Path("screenshots"), help="folder of the pictures (default: %(default)s)")
    parser.add_argument("--pages", nargs="*", help="pages to take, as in their address: Overview, Dataset … (default: all)")
    parser.add_argument("--themes", nargs="*", default=["light", "dark"], choices=["light", "dark"], help="themes (default: both)")
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=list(SIZES), help="window sizes (default: both)")
    parser.add_argument("--chromium", default=os.environ.get("MER_CHROMIUM") or "/usr/bin/chromium", help="the browser (default: %(default)s)")
    return _cli.run(parser, argv, work, text)


if __name__ == "__main__":
    sys.exit(main())
