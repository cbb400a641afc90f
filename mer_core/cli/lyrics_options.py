"""The options that say where lyrics come from."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mer_core.errors import LyricsError

if TYPE_CHECKING:
    from mer_core.lyrics.moods import WordMoods

SHOWN = 5


def add_lyrics_options(parser: argparse.ArgumentParser, *, refusable: bool = True) -> None:
    """Add --lyrics, --fetch-lyrics, --lyrics-server and, where lyrics may be refused, --no-lyrics."""
    parser.add_argument(
        "--lyrics",
        type=Path,
        metavar="FILE|DIR",
        help="lyrics of the file, or a folder of lyrics called like the files (default: those in the tags "
        "or beside it)",
    )
    either = parser.add_mutually_exclusive_group()
    if refusable:
        either.add_argument(
            "--no-lyrics", action="store_true", help="moods of the sound alone, whatever lyrics there are"
        )
    either.add_argument(
        "--fetch-lyrics",
        action="store_true",
        help="ask LRCLIB for lyrics that are missing: title, artist and length leave this machine",
    )
    parser.add_argument("--lyrics-server", metavar="URL", help="another server of LRCLIB's kind")


def words_reader(args: argparse.Namespace) -> "Callable[[Path], WordMoods] | None":
    """What finds the moods of a file's words, as the options of `args` say; None where they are not wanted.

    Raises LyricsError when the lyrics given do not exist, or are not wanted.
    """
    if getattr(args, "no_lyrics", False):
        if args.lyrics is not None:
            raise LyricsError(
                f"lyrics are given ({args.lyrics}) and not wanted (--no-lyrics); leave out one of the two"
            )
        return None
    from mer_core.inference.words import words_of
    from mer_core.lyrics.sources import make_finder

    client = None
    if args.fetch_lyrics:
        from mer_core.lyrics.lrclib import SERVER, LrcLib

        client = LrcLib((args.lyrics_server or SERVER).rstrip("/"))
    return partial(words_of, find=make_finder(args.lyrics, client.find if client else None))


def words_lines(lyrics: dict[str, Any] | None) -> list[str]:
    """What the words of a result (its key `lyrics`) say, or why they do not count; a line each."""
    if lyrics is None:
        return []
    if not lyrics["counted"]:
        return [lyrics["reason"]]
    first = sorted(lyrics["moods"], key=lyrics["moods"].get, reverse=True)[:SHOWN]
    shares = ", ".join(f"{mood} {lyrics['moods'][mood]:.0%}" for mood in first)
    finding = [lyrics["finding"]] if lyrics["finding"] else []
    return [f"words ({lyrics['words']}, {lyrics['language']}): {shares}", *finding]
