"""The playlist that `recommend` writes: its options, what goes with what, and its text."""

import argparse
from pathlib import Path

import pandas as pd

from mer_core.cli import common
from mer_core.errors import DatasetError
from mer_core.export import formats as exports
from mer_core.export.playlist_paths import ABSOLUTE, known_paths, located
from mer_core.export.smart_playlist import SUFFIX, to_nsp
from mer_core.io.spans import file_of
from mer_core.workspace.layout import Workspace

PLAYLISTS = (".m3u", ".m3u8", ".csv", ".jspf", SUFFIX)
NOT_IN_A_RULE = (
    *("like", "unlike", "section", "describe", "path", "extend", "less", "least_fit", "mood_weight"),
    *("valence", "arousal"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --playlist, and what belongs to it."""
    parser.add_argument(
        "--playlist",
        type=Path,
        metavar="FILE",
        help="also write a playlist: .m3u8, .csv, .jspf, or .nsp: a rule by mood tags (--more, --not), kept up to date "
        "by Navidrome",
    )
    parser.add_argument(
        "--joined",
        action="store_true",
        help="with .nsp: the files' moods are one text, as tag_files.py --joined writes",
    )
    parser.add_argument(
        "--paths",
        default=ABSOLUTE,
        type=_paths,
        metavar="HOW",
        help="paths in the playlist: absolute, relative (to the playlist), or FROM=TO, as /mnt/music=/music for a "
        "server that sees the folder elsewhere (default: %(default)s)",
    )


def check(args: argparse.Namespace) -> None:
    """Raise DatasetError where the options of a playlist do not go together."""
    if args.playlist and args.playlist.suffix.lower() not in PLAYLISTS:
        raise DatasetError(f"{args.playlist} is no kind of playlist known here; name it .m3u8, .csv, .jspf or .nsp")
    if args.paths != ABSOLUTE and not args.playlist:
        raise DatasetError("--paths says how a playlist names its files; name one with --playlist, or leave it out")


def rule(args: argparse.Namespace) -> str | None:
    """The smart playlist that is asked for; None where it is a list of tracks."""
    if not args.playlist or args.playlist.suffix.lower() != SUFFIX:
        return None
    if ignored := [name for name in NOT_IN_A_RULE if getattr(args, name) not in ([], None)]:
        raise DatasetError(
            f"{args.playlist} is a rule by mood tags (--more, --not) and takes no --{ignored[0].replace('_', '-')}; "
            f"leave that out, or name the playlist .m3u8"
        )
    return to_nsp(args.playlist.stem, args.more, args.unwanted, joined=args.joined, limit=args.number)


def playlist(workspace: Workspace, found: pd.DataFrame, path: Path, how: str) -> str:
    """The text of the playlist at `path`; how: see --paths."""
    files = (Path(track) if Path(track).is_absolute() else workspace.audio_path(track) for track in found["path"])
    names = [file_of(file).resolve() for file in files]
    locations = [located(name, path, how) for name in names]
    table = found.assign(location=locations)
    if "=" in how and names and locations == [str(name) for name in names]:
        common.report(f"warning: no file lies below {how.partition('=')[0]}, so all paths stay as {names[0]}")
    if path.suffix.lower() == ".csv":
        return exports.csv_text(table.drop(columns="row"))
    if path.suffix.lower() == ".jspf":
        return exports.to_jspf(table, path.stem, dict(zip(found["track_id"], found["reason"], strict=True)))
    return exports.to_m3u(table)


def _paths(value: str) -> str:
    try:
        return known_paths(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
