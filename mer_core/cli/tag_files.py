"""Write predicted moods into audio files (a dry run unless --write is given), or take them out again with --undo.

Moods that a file has already are replaced, or kept beside the new ones with --merge; a file of which no mood is sure
stays as it is.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import platformdirs

from mer_core.audio.cue import read_cue
from mer_core.audio.playlists import refuse_other_playlist
from mer_core.cli import common
from mer_core.errors import ArtifactError, AudioError, MerError
from mer_core.export.prompts import sure_moods
from mer_core.inference.batch import find_files
from mer_core.inference.predictor import Predictor
from mer_core.io.files import remove_leftovers
from mer_core.tags import write as tagging
from mer_core.tags.fields import PLACES, Target
from mer_core.workspace.layout import default_root

SEPARATORS = ";/,|\r\n"
"""What players take for the end of one mood and the beginning of the next; each mood is a value of its own, so none
needs it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; returns its exit code."""
    parser = common.make_parser(__doc__ or "", "python scripts/tag_files.py song.mp3 other.flac --write")
    parser.add_argument("files", nargs="+", metavar="FILE", help="audio files, or folders that hold some")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--write", action="store_true", help="really write (default: show what would be written)")
    mode.add_argument("--undo", action="store_true", help="give back the bytes the files had before moods were written")
    parser.add_argument(
        "--merge", action="store_true", help="add to the moods that a file has already (default: replace them)"
    )
    add_replacing_options(parser)
    parser.add_argument(
        "--field",
        type=_place,
        choices=PLACES,
        help="where moods are written (default: the field that a file has some in already, else the standard one); "
        "other fields with moods are taken out",
    )
    parser.add_argument(
        "--joined",
        action="store_true",
        help="write several moods as one text, a; b (default: so in ID3v2.3, which holds only one value)",
    )
    parser.add_argument(
        "--moods", nargs="+", type=_mood, metavar="MOOD", help="write these words instead of predicted moods"
    )
    parser.add_argument("--model", default="starter", help="model that predicts (default: %(default)s)")
    return common.run(parser, argv, work, text)


def add_replacing_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command that writes into music files asks: --hard-links, --read-only, --keep-mtime, --journal."""
    parser.add_argument(
        "--hard-links",
        action="store_true",
        help="also files with other names (hard links), which keep them as they are",
    )
    parser.add_argument("--read-only", action="store_true", help="also files that are read-only, which they stay")
    parser.add_argument("--keep-mtime", action="store_true", help="keep the files' times of modification")
    parser.add_argument(
        "--workspace",
        type=Path,
        default=default_root(),
        metavar="DIR",
        help="whose moods of one's own are written, too, and where models are looked up (default: %(default)s)",
    )
    parser.add_argument(
        "--journal", type=Path, default=_journal(), help="where what undo needs is kept (default: %(default)s)"
    )


def replacing(args: argparse.Namespace) -> tagging.Replacing:
    """How files are replaced, by these options."""
    return tagging.Replacing(args.hard_links, args.read_only, args.keep_mtime)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Tag, plan or undo each file; a bad one does not stop the others."""
    passed_over: Counter[str] = Counter()
    paths = list(find_files(args.files, passed_over))
    hears = (
        None if args.undo or args.moods or not paths else Predictor(common.load_model_of(args.workspace, args.model))
    )
    results = [_one(path, args, hears) for path in paths]
    for folder in {Path(entry["file"]).parent.resolve() for entry in results} if args.undo else ():
        remove_leftovers(folder)  # copies of runs that were killed before they tagged anything
    if not results:
        raise ArtifactError(
            f"there is no audio file in {', '.join(args.files)}; name files, or a folder that holds some"
        )
    failed = [entry for entry in results if entry["error"]]
    if len(failed) == len(results):
        raise MerError("\n".join(common.one_line(entry["error"]) for entry in failed))
    common.report_passed_over(passed_over)
    done = {"written": bool(args.write), "undone": bool(args.undo)}
    return {**done, "results": results, "passed_over": dict(passed_over)}


def text(result: dict[str, Any]) -> str:
    """One line a file: the moods before and after, or why nothing is done."""
    lines = [
        common.one_line(f"{entry['file']}: {entry['error'] or entry['skipped'] or _done(entry, result)}")
        for entry in result["results"]
    ]
    not_written = (entry for entry in result["results"] if not result["written"])
    planned = [entry for entry in not_written if entry["after"] != entry["before"] or entry["dropped_fields"]]
    replaces = (
        ", and --merge to keep the moods that are there"
        if any(set(entry["before"]) - set(entry["after"]) for entry in planned)
        else ""
    )
    return "\n".join([*lines, *([f"nothing is written yet: add --write to do it{replaces}"] if planned else [])])


def _done(entry: dict[str, Any], result: dict[str, Any]) -> str:
    if result["undone"]:
        return "restored"
    before, after = (", ".join(entry[key]) or "nothing" for key in ("before", "after"))
    dropped = f" (instead of {', '.join(entry['dropped_fields'])})" if entry["dropped_fields"] else ""
    return f"{'written' if result['written'] else 'would write'} {entry['field']}{dropped}: {before} → {after}"


def _one(path: Path, args: argparse.Namespace, predictor: Predictor | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "file": str(path),
        "field": None,
        "before": [],
        "after": [],
        "dropped_fields": [],
        "skipped": None,
        "error": None,
    }
    target = Target(args.field, args.joined or None)
    try:
        _refuse_list(path)
        if args.undo:
            tagging.undo(path, args.journal, replacing=replacing(args))
            return entry
        moods = tuple(args.moods or (sure_moods(predictor.from_file(path, timeline=False)) if predictor else ()))
        change = (
            tagging.write(path, moods, args.journal, merge=args.merge, target=target, replacing=replacing(args))
            if args.write
            else tagging.plan(path, moods, merge=args.merge, target=target)
        )
        skipped = _why_nothing(change, moods)
        return {
            **entry,
            "field": change.field,
            "before": list(change.before),
            "after": list(change.after),
            "dropped_fields": list(change.dropped),
            "skipped": skipped,
        }
    except Exception as error:  # whatever one file raises is that file's result
        return {**entry, "error": common.failure(error, f"{path} is left as it was, for something unexpected happened")}


def _refuse_list(path: Path) -> None:
    """Raise AudioError for a list of tracks, which holds no tags itself."""
    refuse_other_playlist(path)
    if path.suffix.lower() == ".cue":
        files = ", ".join(dict.fromkeys(str(track.file) for track in read_cue(path)))
        raise AudioError(f"{path} is a CUE sheet, which is not tagged; name its audio, which is tagged whole: {files}")


def _why_nothing(change: tagging.TagChange, moods: Sequence[str]) -> str | None:
    if change.writes:
        return None
    there = f"{change.field} = {', '.join(change.before)}" if change.before else "without moods"
    return f"stays as it is ({there}): {'it has these moods already' if moods else 'no mood is sure'}"


def _place(word: str) -> str:
    """One of PLACES in any case."""
    return next((place for place in PLACES if place.casefold() == word.casefold()), word)


def _mood(word: str) -> str:
    if not (mood := word.strip()):
        raise argparse.ArgumentTypeError("an empty word is no mood; leave it out")
    if found := [sign for sign in mood if sign in SEPARATORS]:
        raise argparse.ArgumentTypeError(
            f"{word!r} holds {found[0]!r}, which players take for the end of a mood; give several moods as several "
            f"words"
        )
    return mood


def _journal() -> Path:
    return Path(platformdirs.user_data_dir("music-emotion-recognition")) / "tag-journal"


if __name__ == "__main__":
    raise SystemExit(main())
