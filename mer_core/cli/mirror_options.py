"""The options of build_embeddings.py for audio that comes from the mirror, and which options do not go together."""

import argparse

from mer_core.cli import download_dataset
from mer_core.embeddings.disk_budget import parse_size
from mer_core.encoders.joint import JOINED_BY

NAMES = ("keep_audio", "max_disk", "dataset", "type", "mirror", "metadata_mirror")
"""Options that mean nothing without --from-mirror; --parts chooses tracks anyway, and --retry-failed is what local
files get anyway, but for a library's."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group of options for audio from the mirror."""
    mirror = parser.add_argument_group("audio from the mirror")
    mirror.add_argument(
        "--from-mirror",
        action="store_true",
        help="fetch the audio part by part, the next while one is embedded, and delete it afterwards",
    )
    mirror.add_argument(
        "--retry-failed",
        action="store_true",
        help="try tracks again that failed before: from the mirror, and of a library (other local files always are)",
    )
    kept = mirror.add_mutually_exclusive_group()
    kept.add_argument("--keep-audio", action="store_true", help="keep the audio in the workspace")
    kept.add_argument(
        "--max-disk", type=_size, metavar="SIZE", help="never hold more audio than this, as 3GB (default: two parts)"
    )
    download_dataset.add_source(mirror)


def objection(args: argparse.Namespace) -> str:
    """Why options do not go together ("": they do): none may be ignored without a word. Those of NAMES are
    None where they were left out."""
    for_mirror = [f"--{name.replace('_', '-')}" for name in NAMES if getattr(args, name) is not None]
    if for_mirror and not args.from_mirror:
        return f"{', '.join(for_mirror)}: only for audio from the mirror; add --from-mirror, or leave them out"
    if (args.keep_audio or args.max_disk) and args.scheduler:
        return (
            "with --scheduler each worker holds the one part it works on and deletes it: leave out --keep-audio "
            "and --max-disk"
        )
    if args.from_mirror and JOINED_BY in args.encoder:
        return (
            "--from-mirror would fetch the audio once for each encoder: embed by one after the other, then give the "
            "joined name without --from-mirror"
        )
    if args.exchange and not args.scheduler:
        return "--exchange is for the workers of a cluster: add --scheduler, or leave it out"
    return ""


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
