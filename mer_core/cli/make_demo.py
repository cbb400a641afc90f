"""Make the demo workspace, offline: a synthetic corpus, and then what any dataset goes through (embeddings, model,
map).

It may be interrupted at any moment; the same command goes on where it ended.
"""

import argparse
import time
from collections.abc import Sequence

from mer_core.cli import common
from mer_core.cli.commands import app_command
from mer_core.datasets.dataset import Dataset
from mer_core.io.extras import need
from mer_core.io.progress import progress_bar
from mer_core.workspace.layout import Workspace

ENCODER = "musicnn"


def work(args: argparse.Namespace) -> common.Result:
    """Write the corpus and run the steps that are not done yet."""
    start = time.monotonic()
    workspace = _write_corpus(args)
    _run("build_embeddings", workspace, args.verbose)
    if ENCODER not in workspace.models():
        _run("train_classifier", workspace, args.verbose)
    if ENCODER not in workspace.maps():
        _run("build_map", workspace, args.verbose)
    dataset = Dataset.load(workspace.dataset_dir)
    return {
        "workspace": workspace.root,
        "tracks": len(dataset),
        "moods": len(dataset.moods),
        "seconds": time.monotonic() - start,
    }


def _write_corpus(args: argparse.Namespace) -> Workspace:
    """Compose and play the clips, and report how many there are."""
    need("demo", "pretty_midi", "tinysoundfont")
    from mer_core.demo.corpus import CLIPS, write_corpus

    clips = args.clips or CLIPS
    with progress_bar(clips, "synthetic clips", "clip") as bar:
        return write_corpus(args.workspace, clips, progress=lambda done: bar.update(done - bar.n))


def _run(script: str, workspace: Workspace, verbose: bool) -> None:
    common.report(f"next step: {script}")
    common.run_script(script, [str(workspace.root), "--encoder", ENCODER, *(["-v"] if verbose else [])])


def text(result: common.Result) -> str:
    """One line, and what to do next."""
    line = "{workspace}: {tracks} synthetic clips, {moods} moods, in {seconds:.0f} s\nnext: {app}"
    return line.format(app=app_command(), **result)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when everything is made, 1 when a step failed or the folder holds something else."""
    parser = common.make_parser(__doc__, "python scripts/make_demo.py workspaces/demo")
    common.add_workspace(parser)
    parser.add_argument(
        "--clips",
        type=common.positive,
        metavar="N",
        help="how many clips to make, at least one a mood: 16 (default: 320)",
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
