"""Fold a dataset's messy tags onto chosen words: shown first, done with --write, taken back with --undo."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from mer_core.cli import common
from mer_core.datasets import vocabulary
from mer_core.datasets.mtg_jamendo.layout import RawDataset, find_files
from mer_core.errors import DatasetError
from mer_core.moods import MOODS

SHOWN = 40


def work(args: argparse.Namespace) -> common.Result:
    """Show the folds, keep them, or take the last ones back."""
    files = find_files(args.folder, name=args.name)
    if args.undo:
        return {"folder": files.folder, "written": False, "still_folded": vocabulary.undo(files.folder), "folds": []}
    synonyms = vocabulary.read_synonyms(args.synonyms) if args.synonyms else {}
    raw = RawDataset.read(files)
    if not any(row.tags for row in raw.rows):
        raise DatasetError(
            f"no track of {files.folder} has a label, so there is nothing to fold; the moods in the tags of a "
            f"library's own files are changed by tag_files"
        )
    if args.by_meaning:
        synonyms = {**_by_meaning(raw, args.words, synonyms), **synonyms}
    folds = vocabulary.preview(raw, args.words, synonyms, only=args.only)
    if args.write and folds:
        vocabulary.fold(files.folder, folds)
    entries = [fold._asdict() for fold in folds]
    return {"folder": files.folder, "written": bool(args.write and folds), "still_folded": None, "folds": entries}


def _by_meaning(raw: RawDataset, words: list[str], synonyms: dict[str, str]) -> dict[str, str]:
    """What each tag means among the chosen words, or, where none are, among the moods that are known: tag → word."""
    from mer_core.lyrics.encoder import load_text_encoder
    from mer_core.recommend.mood_words import meanings

    tags = {tag.partition("---")[2] for row in raw.rows for tag in row.tags} - synonyms.keys()
    found = meanings(sorted(tags), words or sorted(MOODS), load_text_encoder())
    return {meaning.word: meaning.mood for meaning in found if meaning.mood and meaning.mood != meaning.word}


def text(result: common.Result) -> str:
    """One line a tag: before → after."""
    if result["still_folded"] is not None:
        return f"taken back; {result['still_folded']} tags are folded now"
    folds = result["folds"]
    lines = [f"{fold['tag']} ({fold['tracks']} tracks) → {fold['word'] or 'left out'}" for fold in folds[:SHOWN]]
    lines += [f"… and {len(folds) - SHOWN} more (--json lists all)"] if len(folds) > SHOWN else []
    if not folds:
        return "no tag would change"
    lines.append(
        "written; --undo takes it back" if result["written"] else "nothing is written yet: add --write to do it"
    )
    return "\n".join(map(common.one_line, lines))


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the folds are shown, kept or taken back."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/fold_tags.py workspaces/mine --words calm happy sad --only --write"
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="workspace, or a dataset's folder")
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
    mode.add_argument("--write", action="store_true", help="keep the folds beside the dataset, whose files stay")
    mode.add_argument("--undo", action="store_true", help="take the last folding back")
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
