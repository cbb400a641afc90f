"""Make a workspace from labels of your own: a table, a folder a label, or DEAM, PMEmo, Emotify, 4Q."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mer_core.cli import common
from mer_core.cli.commands import command_line
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.labelled.importer import import_labels
from mer_core.errors import Remedy


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the workspace is made, 1 when the labels cannot be read or no audio is found."""
    parser = common.make_parser(__doc__ or "", "python scripts/import_labels.py workspaces/mine --labels labels.csv")
    parser.add_argument("workspace", type=Path, metavar="WORKSPACE", help="folder to make")
    parser.add_argument(
        "--labels", type=Path, required=True, metavar="FILE_OR_FOLDER", help="table, or folder of folders"
    )
    parser.add_argument(
        "--audio", type=Path, metavar="DIR", help="folder that paths are below (default: that of the labels)"
    )
    parser.add_argument("--title", help="name shown to people (default: that of the labels)")
    parser.add_argument("--force", action="store_true", help="replace another dataset and all that was made from it")
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Import, and count."""
    done = import_labels(args.workspace, args.labels, args.audio, title=args.title, force=args.force)
    dataset = Dataset.load(done.workspace.dataset_dir)
    rows = {row.path for row in done.layout.rows if row.place}
    return {
        "workspace": done.workspace.root,
        "layout": done.layout.name,
        "tracks": len(dataset),
        "labels": list(dataset.moods),
        "with_valence_and_arousal": len(rows) if done.layout.scale else 0,
        "scale": done.layout.scale,
        "left_out": list(done.left_out),
        "split_note": done.split_note,
    }


def text(result: dict[str, Any]) -> str:
    """What was found, what was left out, and what to do next."""
    lines = [
        f"{result['workspace']}: {result['layout']}, {result['tracks']} tracks, {len(result['labels'])} labels"
        + (f", valence and arousal from {result['scale'][0]:g} to {result['scale'][1]:g}" if result["scale"] else "")
    ]
    if result["left_out"]:
        lines.append(common.one_line(f"left out {len(result['left_out'])}, the first: {result['left_out'][0]}"))
    lines += [result["split_note"]] if result["split_note"] else []
    lines.append(f"next: {command_line(Remedy('build_embeddings', result['workspace'], 'musicnn'))}")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
