"""Write a PNG of every page in the light and in the dark theme, to be looked at: what would a designer mend?"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a checkout works without installation

from _app_server import ROOT, app_server
from _screenshot_views import View, views

from mer_core.cli import common
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.errors import MerError
from mer_core.workspace.layout import known_workspaces

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


def work(args: argparse.Namespace) -> common.Result:
    """Take the pictures; returns the folder, their number, and the pages that are wider than their window."""
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = _gather(Path(folder), args)
        names = args.workspaces or sorted(path.name for path in root.iterdir()) or [""]
        with app_server({"MER_WORKSPACES": str(root), "MER_WORKSPACE": str(root / names[0])}) as address:
            taken, too_wide = _take_all(address, [root / name if name else None for name in names], args)
    return {"folder": args.out, "pictures": taken, "too_wide": too_wide}


def _gather(root: Path, args: argparse.Namespace) -> Path:
    """A folder with links to the workspaces there are and, where the shared data is here, one of the real metadata."""
    found = (
        {path.parent.name: path.parent for path in sorted(Path(args.root).glob("*/workspace.json"))}
        if args.root
        else known_workspaces()
    )
    for name, path in found.items():
        (root / name).symlink_to(path.resolve(), target_is_directory=True)
    metadata = args.shared / "data" / "mtg-jamendo"
    if "jamendo" not in found and metadata.is_dir() and (not args.workspaces or "jamendo" in args.workspaces):
        import_dataset(root / "jamendo", metadata)
    return root


def _take_all(address: str, workspaces: Sequence[Path | None], args: argparse.Namespace) -> tuple[int, list[str]]:
    try:
        from playwright.sync_api import sync_playwright  # only who takes pictures needs it
    except ImportError as error:
        raise MerError("playwright is not installed; install it with: pip install playwright") from error
    taken, too_wide = 0, []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=args.chromium, headless=True)
        for theme in args.themes:
            for size in args.sizes:
                context = browser.new_context(
                    color_scheme=theme, viewport={"width": SIZES[size][0], "height": SIZES[size][1]}
                )
                page = context.new_page()
                for workspace in workspaces:
                    name = workspace.name if workspace else ""
                    for view in views(workspace, args.shared):
                        if args.pages and view.name not in args.pages and view.name.partition("-")[0] not in args.pages:
                            continue
                        target = args.out / f"{name or 'nothing'}-{view.name}-{theme}-{size}.png"
                        too_wide += (
                            [target.name]
                            if _take(page, f"{address}/{view.address}&workspace={name}", view, target)
                            else []
                        )
                        taken += 1
        browser.close()
    return taken, too_wide


def _take(page: Any, address: str, view: View, target: Path) -> bool:
    """Save the whole page, scrolled parts too; returns whether it is wider than its window."""
    page.goto(address)
    page.wait_for_selector("[data-testid=stMain] h1", timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_timeout(500)  # what the first drawing asked for comes in a second one
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    if view.act:
        view.act(page)
    page.wait_for_timeout(1500)  # charts draw themselves after the script has ended
    main = page.locator("[data-testid=stMain]")
    wide = main.evaluate("node => node.scrollWidth > node.clientWidth + 1")
    height = main.evaluate("node => node.scrollHeight")
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height + 20, 5000))})
    page.wait_for_timeout(700)
    page.screenshot(path=target)
    page.set_viewport_size(size)
    return bool(wide)


def text(result: common.Result) -> str:
    """The result in words."""
    wide = f"; wider than the window: {', '.join(result['too_wide'])}" if result["too_wide"] else ""
    return f"{result['pictures']} pictures in {result['folder']}{wide}"


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; returns the exit code (see common.run)."""
    parser = common.make_parser(__doc__ or "", "python scripts/screenshots.py demo jamendo --out screenshots")
    parser.add_argument(
        "workspaces", nargs="*", metavar="WORKSPACE", help="names of workspaces (default: all known ones)"
    )
    parser.add_argument("--root", type=Path, help="folder of the workspaces (default: those that the app knows)")
    shared = Path(os.environ.get("MER_SHARED") or ROOT.parent / "shared")
    parser.add_argument(
        "--shared",
        type=Path,
        default=shared,
        help="other people's data: real metadata, prediction files (default: %(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("screenshots"), help="folder of the pictures (default: %(default)s)"
    )
    parser.add_argument(
        "--pages", nargs="*", help="pages or views to take: Overview, Dataset, Recommend-path … (default: all)"
    )
    parser.add_argument(
        "--themes", nargs="*", default=["light", "dark"], choices=["light", "dark"], help="themes (default: both)"
    )
    parser.add_argument(
        "--sizes", nargs="*", default=list(SIZES), choices=list(SIZES), help="window sizes (default: both)"
    )
    parser.add_argument(
        "--chromium",
        default=os.environ.get("MER_CHROMIUM") or "/usr/bin/chromium",
        help="the browser (default: %(default)s)",
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    sys.exit(main())
