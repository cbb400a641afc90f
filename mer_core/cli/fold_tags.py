"""Fold messy tags onto chosen words: the labels of a dataset, or the moods in the tags of a music folder's own files.

What changes is shown first, done with --write, and taken back with --undo. A dataset's files stay: the folds are kept
beside it. Into music files the words are written as tag_files writes them.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mer_core.cli import common, fold_files
from mer_core.cli.fold_meaning import with_meanings
from mer_core.cli.tag_files import add_replacing_options
from mer_core.datasets import vocabulary
from mer_core.datasets.mtg_jamendo.layout import RawDataset, find_files
from mer_core.errors import DatasetError
from mer_core.tags.vocabulary import read_synonyms

SHOWN = 40


def work(args: argparse.Namespace) -> common.Result:
    """Show the folds, keep them, or take them back."""
    synonyms = read_synonyms(args.synonyms) if args.synonyms else {}
    if (music := fold_files.music_of(args.folder)) is not None:
        return fold_files.fold_files(music, args, synonyms)
    files = find_files(args.folder, name=args.name)
    result: common.Result = {"folder": files.folder, "written": False, "still_folded": None, "files": []}
    if args.undo:
        return {**result, "still_folded": vocabulary.undo(files.folder), "folds": []}
    raw = RawDataset.read(files)
    if not any(row.tags for row in raw.rows):
        raise DatasetError(
            f"no track of {files.folder} has a label, so there is nothing to fold; to fold the mood tags of music "
            "files, name their folder, or the library of it"
        )
    tags = {tag.partition("---")[2] for row in raw.rows for tag in row.tags}
    synonyms = with_meanings(tags, args, synonyms)
    folds = vocabulary.preview(raw, args.words, synonyms, only=args.only)
    if args.write and folds:
        vocabulary.fold(files.folder, folds)
    return {**result, "written": bool(args.write and folds), "folds": [fold._asdict() for fold in folds]}


def text(result: common.Result) -> str:
    """One line a tag: before → after; then what became of the files, where they are the music itself."""
    if result["still_folded"] is not None:
        return f"taken back; {result['still_folded']} tags are folded now"
    folds = result["folds"]
    lines = [f"{fold['tag']} ({fold['tracks']} tracks) → {fold['word'] or 'left out'}" for fold in folds[:SHOWN]]
    lines += [f"… and {len(folds) - SHOWN} more (--json lists all)"] if len(folds) > SHOWN else []
    if result["files"]:
        lines += fold_files.lines(result)
    if not folds and not result.get("undone"):
        lines.append("no tag would change")
    elif not result.get("undone"):
        lines.append(
            "written; --undo takes it back" if result["written"] else "nothing is written yet: add --write to do it"
        )
    return "\n".join(map(common.one_line, lines))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the folds are shown, kept or taken back, also where single files failed (their result says why)."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/fold_tags.py workspaces/mine --words calm happy sad --only --write"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="workspace, a dataset's folder, or a music folder")
    parser.add_argument(
        "--words",
        nargs="+",
        default=[],
        metavar="WORD",
        help="the chosen words (default: of spellings of one word, the commonest)",
    )
    parser.add_argument("--synonyms", type=Path, metavar="FILE", help="lines of word, tab, chosen word")
    parser.add_argument(
        "--by-meaning",
        action="store_true",
        help="also fold words of other vocabularies and languages onto the word of --words that they mean (without "
        "--words: onto a known mood)",
    )
    parser.add_argument("--only", action="store_true", help="leave out tags that no chosen word fits")
    parser.add_argument("--name", help="which tracks file where there are several")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", action="store_true", help="keep the folds, or write them into the music files")
    mode.add_argument("--undo", action="store_true", help="take back the last folding, or that of the music files")
    add_replacing_options(parser)
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
