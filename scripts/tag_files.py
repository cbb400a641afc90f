"""Write predicted moods into audio files (a dry run unless --write is given), or take them out again with --undo."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import _cli
import platformdirs

from mer_core import predict, tagging
from mer_core.errors import MerError
from mer_core.generate import sure_moods


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit code."""
    parser = _cli.make_parser(__doc__ or "", "python scripts/tag_files.py song.mp3 other.flac --write")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio files")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", action="store_true", help="really write (default: show what would be written)")
    mode.add_argument("--undo", action="store_true", help="give back the bytes the files had before moods were written")
    parser.add_argument("--moods", nargs="+", metavar="MOOD", help="write these words instead of predicted moods")
    parser.add_argument("--model", default="starter", help="model that predicts (default: %(default)s)")
    parser.add_argument("--journal", type=Path, default=_journal(), help="where what undo needs is kept (default: %(default)s)")
    return _cli.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Tag, plan or undo each file; a bad one does not stop the others."""
    results = [_one(path, args) for path in args.files]
    failed = [entry for entry in results if entry["error"]]
    if len(failed) == len(results):
        raise MerError(str(failed[0]["error"]))
    return {"written": bool(args.write), "undone": bool(args.undo), "results": results}


def text(result: dict[str, Any]) -> str:
    """One line a file."""
    done = "restored" if result["undone"] else "written" if result["written"] else "would write (add --write to do it)"
    lines = []
    for entry in result["results"]:
        moods = "" if result["undone"] else f" {entry['field']} = {', '.join(entry['after']) or 'nothing'} (before: {', '.join(entry['before']) or 'nothing'})"
        lines.append(f"{entry['file']}: " + (entry["error"] or f"{done}{moods}"))
    return "\n".join(lines)


def _one(path: Path, args: argparse.Namespace) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": str(path), "field": None, "before": [], "after": [], "error": None}
    try:
        if args.undo:
            tagging.undo(path, args.journal)
            return entry
        moods = tuple(args.moods or sure_moods(predict.from_file(path, model=args.model, timeline=False)))
        change = tagging.write(path, moods, args.journal) if args.write else tagging.plan(path, moods)
        return {**entry, "field": change.field, "before": list(change.before), "after": list(change.after)}
    except MerError as error:
        return {**entry, "error": str(error)}


def _journal() -> Path:
    return Path(platformdirs.user_data_dir("music-emotion-recognition")) / "tag-journal"


if __name__ == "__main__":
    raise SystemExit(main())
