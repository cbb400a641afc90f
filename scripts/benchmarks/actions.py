"""How long a person waits: from a click to its answer within the window, and for the map of all tracks, in a real
browser.

The pages show the real MTG-Jamendo metadata (18,486 tracks) with as many points on the map, made-up embeddings and
predictions, as in the benchmark "app". The first action on each page is done twice and the second time counts, as for
everybody but the first person. Frames are counted while the map is zoomed with the wheel.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from _app_server import app_server
from _named_actions import SIZES, Action, Outcome, actions, at_rest, outcome

from benchmarks.full_workspace import fill
from mer_core.cli import common
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.errors import DatasetError
from mer_core.workspace.layout import APP_ROOT, Workspace

DESCRIPTION = "Measure the seconds from a click to its answer, and the drawing of the map, in a browser."
SEARCH = "track_0000948"
LONGEST = 15.0
"""Seconds after which an answer is given up."""
ZOOMED = 2.0
"""Seconds of zooming in which frames are counted."""
_DRAWN = """count => document.querySelector("[class*=st-key-map-] .js-plotly-plot")?.merMap?.x?.length >= count"""
_FRAMES = """seconds => new Promise(done => {
    const times = [], start = performance.now();
    const next = now => {
        times.push(now);
        if (now - start < 1000 * seconds) requestAnimationFrame(next); else done(times.length / seconds);
    };
    requestAnimationFrame(next);
})"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this measurement's options."""
    metadata = APP_ROOT.parent / "shared/data/mtg-jamendo"
    parser.add_argument("--metadata", type=Path, default=metadata, help="MTG-Jamendo metadata (default: %(default)s)")
    parser.add_argument(
        "--chromium",
        default=os.environ.get("MER_CHROMIUM") or "/usr/bin/chromium",
        help="the browser (default: %(default)s)",
    )
    parser.add_argument(
        "--rounds", type=common.positive, default=2, help="times the first on each page is done (default: %(default)s)"
    )
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES), help="window sizes (default: both)")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; returns {"actions": {size: {name: {seconds, inside, moved}}}, "map": {seconds, frames_a_second}}."""
    from playwright.sync_api import sync_playwright  # only who measures needs it

    if not args.metadata.is_dir():
        raise DatasetError(f"there is no metadata in {args.metadata}; give its folder with --metadata")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "jamendo"
        import_dataset(root, args.metadata)
        tracks = fill(Workspace.open(root))
        with app_server({"MER_WORKSPACES": folder}) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=args.chromium, headless=True)
            found = {}
            warmed: set[str] = set()
            for size in args.sizes:
                found[size] = _all_actions(browser, address, size, args.rounds, warmed)
            return {"tracks": tracks, "actions": found, "map": _map(browser, address, tracks)}


def _all_actions(browser: Any, address: str, size: str, rounds: int, warmed: set[str]) -> dict[str, dict[str, Any]]:
    """Every action once, after `rounds` - 1 times where its page was not opened before: those are for the caches."""
    found = {}
    context = browser.new_context(viewport=SIZES[size])
    for action in actions("jamendo", "made-up", SEARCH):
        for _ in range(1 if action.address in warmed else rounds):
            warmed.add(action.address)
            page = context.new_page()
            page.goto(f"{address}/{action.address}")
            found[action.name] = _outcome(page, action)._asdict()
            page.close()
        common.report(f"{size}, {action.name}: {found[action.name]['seconds']:.2f} s")
    context.close()
    return found


def _outcome(page: Any, action: Action) -> Outcome:
    """What came of it; an action that could not be done at all has no answer, and does not end the others."""
    from playwright.sync_api import Error

    try:
        return outcome(page, action, LONGEST)
    except Error as error:
        common.report(f"{action.name}: {error}")
        return Outcome(float("inf"), False, float("inf"))


def _map(browser: Any, address: str, tracks: int) -> dict[str, float]:
    context = browser.new_context(viewport=SIZES["wide"])
    page = context.new_page()
    seconds = []
    for _ in range(3):
        start = time.monotonic()
        page.goto(f"{address}/Mood_map?workspace=jamendo&model=made-up")
        page.wait_for_function(_DRAWN, arg=tracks, timeout=60_000)
        seconds.append(time.monotonic() - start)
        at_rest(page)
    box = page.locator("[class*=st-key-map-] .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate(f"() => {{ window.merFrames = ({_FRAMES})({ZOOMED}); }}")
    end = time.monotonic() + ZOOMED
    while time.monotonic() < end:
        page.mouse.wheel(0, -60)
    frames = float(page.evaluate("window.merFrames"))
    context.close()
    return {"first_seconds": seconds[0], "warm_seconds": statistics.median(seconds[1:]), "frames_a_second": frames}


def text(result: dict[str, Any]) -> str:
    """The result in words."""
    lines = [f"{'action':<34}{'window':>8}{'seconds':>9}{'in sight':>10}{'moved':>8}"]
    for size, found in result["actions"].items():
        for name, done in found.items():
            seen = "yes" if done["inside"] else "NO"
            lines.append(f"{name:<34}{size:>8}{done['seconds']:>9.2f}{seen:>10}{done['moved']:>6.0f}px")
    drawn = result["map"]
    lines.append(
        f"the map of {result['tracks']:,} tracks: {drawn['first_seconds']:.1f} s the first time, "
        f"{drawn['warm_seconds']:.1f} s warm, from the address to its points; "
        f"{drawn['frames_a_second']:.0f} frames a second while zooming"
    )
    return "\n".join(lines)
