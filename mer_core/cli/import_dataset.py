"""Make a workspace from a folder in the MTG-Jamendo layout; its audio is referred to, not copied."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mer_core.cli import common
from mer_core.cli.commands import command_line
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.importer import count_audio, import_dataset
from mer_core.datasets.validation import validate
from mer_core.errors import Remedy

SHOWN = ("similar_tags", "quoted_tags", "joined_tags", "left_out_tags", "identical_audio")
"""Warnings of validation that an import repeats."""


def work(args: argparse.Namespace) -> common.Result:
    """Import, and count the tracks with audio."""
    workspace = import_dataset(
        args.workspace,
        args.metadata,
        args.audio,
        title=args.title,
        name=args.name,
        categories=args.category,
        force=args.force,
    )
    dataset = Dataset.load(workspace.dataset_dir)
    warnings = [problem.message for problem in validate(workspace.dataset_dir) if problem.kind in SHOWN]
    if warnings:
        more = f" ({len(warnings) - 1} more: validate the dataset)" if len(warnings) > 1 else ""
        common.report(f"warning: {warnings[0]}{more}")
    return {
        "workspace": workspace.root,
        "tracks": len(dataset),
        "with_audio": count_audio(workspace, dataset),
    }


def text(result: common.Result) -> str:
    """One line, and what to do next."""
    done = f"{result['workspace']}: {result['tracks']} tracks, {result['with_audio']} with audio"
    return (
        f"{done}\nnext: {command_line(Remedy('build_embeddings', result['workspace'], 'musicnn'))}"
        if result["with_audio"]
        else done
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the workspace is made, 1 when the dataset has errors or the workspace holds another."""
    parser = common.make_parser(
        __doc__, "python scripts/import_dataset.py workspaces/incompetech --metadata ../shared/data/incompetech"
    )
    parser.add_argument("workspace", type=Path, metavar="WORKSPACE", help="folder to make")
    parser.add_argument(
        "--metadata", type=Path, required=True, metavar="DIR", help="folder with the tracks' .tsv, splits and tags"
    )
    parser.add_argument(
        "--audio",
        type=Path,
        metavar="DIR",
        help="folder with NN/ID.mp3 (default: audio/ or audios/ in the metadata folder, audios/ beside it, else "
        "audio/ in the workspace)",
    )
    parser.add_argument("--name", help="which tracks file to take where there are several, as autotagging_genre")
    parser.add_argument(
        "--category",
        nargs="+",
        default=(),
        metavar="CATEGORY",
        help="whose tags are labels, as genre instrument mood/theme (default: mood/theme where there are some)",
    )
    parser.add_argument("--title", help="name shown to people (default: the tracks file's name)")
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace another dataset in this workspace, and delete its embeddings, models and maps",
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
