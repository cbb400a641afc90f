"""Measure tempo and key of a workspace's tracks on a minute of each, and keep them beside the embeddings."""

import argparse
import logging
import time
from collections.abc import Sequence

from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.errors import DatasetError, Remedy
from mer_core.io.progress import progress_bar
from mer_core.io.spans import file_of
from mer_core.music.facts import FILE, facts_by_id, read_facts, write_facts
from mer_core.music.measure import measure_all
from mer_core.workspace.layout import Workspace

LOGGER = logging.getLogger(__name__)
KEPT_EVERY = 200
"""Tracks after which what was measured is written, so that a run that is stopped can be continued."""


def work(args: argparse.Namespace) -> common.Result:
    """Measure what is not measured yet; returns counts, seconds and the file."""
    start = time.monotonic()
    workspace = Workspace.open(args.workspace)
    with workspace.lock():
        facts = {} if args.force else facts_by_id(read_facts(workspace))
        tracks = Dataset.load(workspace.dataset_dir).tracks
        paths = {str(row.track_id): workspace.audio_path(str(row.path)) for row in tracks.itertuples()}
        todo = [
            (track_id, path) for track_id, path in paths.items() if track_id not in facts and file_of(path).is_file()
        ]
        if not todo and not facts:
            raise DatasetError(
                f"there is no audio in {workspace.audio_root}; download it, or point the workspace at it",
                remedy=Remedy("download_dataset", workspace.root),
            )
        failed = 0
        with progress_bar(len(todo), "measured", "track") as bar:
            for done, track in enumerate(measure_all(todo, args.workers), 1):
                if track.found is None:
                    failed += 1
                    LOGGER.warning("%s: %s", track.track_id, track.error)
                else:
                    facts[track.track_id] = track.found
                if done % KEPT_EVERY == 0:
                    write_facts(workspace, facts)
                bar.update()
        write_facts(workspace, facts)
    seconds = time.monotonic() - start
    return {
        "measured": len(todo) - failed,
        "failed": failed,
        "known": len(facts),
        "seconds": seconds,
        "file": workspace.root / FILE,
    }


def text(result: common.Result) -> str:
    """The result for people."""
    return (
        "{measured} tracks measured in {seconds:.0f} s, {failed} could not be read; tempo and key of {known}: {file}"
    ).format(**result)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = common.make_parser(__doc__, "python scripts/measure_music.py workspaces/demo")
    common.add_workspace(parser)
    parser.add_argument("--workers", type=common.positive, help="processes (default: one a core)")
    parser.add_argument("--force", action="store_true", help="measure again what is measured already")
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
