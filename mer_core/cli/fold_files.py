"""`fold_tags` on a music folder or a library: the mood tags in its files."""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from mer_core.audio.folders import walk_audio
from mer_core.cli import common
from mer_core.cli.fold_meaning import with_meanings
from mer_core.cli.tag_files import replacing
from mer_core.errors import DatasetError
from mer_core.tags import folding
from mer_core.tags.vocabulary import folds_of
from mer_core.tags.write import read_moods
from mer_core.workspace.kinds import LIBRARY, kind_of
from mer_core.workspace.layout import Workspace

SHOWN = 10
Outcome = dict[str, object]


def music_of(folder: Path) -> Path | None:
    """The music whose tags are meant by `folder`: that of a library, or the folder itself where it holds audio files
    and no dataset; None for a dataset."""
    if kind_of(folder) == LIBRARY:
        return Workspace.open(folder).audio_root
    is_dataset = kind_of(folder) is not None or any(folder.glob("*.tsv")) or any((folder / "data").glob("*.tsv"))
    if is_dataset or not folder.is_dir() or next(walk_audio(folder), None) is None:
        return None
    return folder


def fold_files(music: Path, args: argparse.Namespace, synonyms: dict[str, str]) -> common.Result:
    """Show, write or take back the folds of the files below `music`; a bad file does not stop the others."""
    result: common.Result = {"folder": music, "written": bool(args.write), "still_folded": None}
    if args.undo:
        return {**result, "folds": [], "undone": True, "files": _undone(music, args)}
    moods: dict[Path, tuple[str, ...]] = {}
    outcomes = [_outcome(path, partial(_read, path, moods)) for path in walk_audio(music)]
    failed = [outcome for outcome in outcomes if outcome["error"]]
    if not any(moods.values()):
        raise DatasetError(
            f"no file of {music} names a mood in its tags, so there is nothing to fold; tag_files writes predicted ones"
        )
    counts = Counter(mood for found in moods.values() for mood in found)
    folds = folds_of(counts, args.words, with_meanings(counts, args, synonyms), only=args.only)
    files = folding.planned(moods, {fold.tag: fold.word for fold in folds})
    done = _written(files, args) if args.write else [_changed(file) for file in files]
    return {**result, "folds": [fold._asdict() for fold in folds], "undone": False, "files": [*done, *failed]}


def lines(result: common.Result) -> list[str]:
    """What became of the files, in a few lines."""
    failed = [file for file in result["files"] if file["error"]]
    count = len(result["files"]) - len(failed)
    done = "taken back in" if result["undone"] else "written into" if result["written"] else "would change"
    rest = [f"{file['file']}: {file['error']}" for file in failed]
    more = [f"… and {len(rest) - SHOWN} more that failed (--json lists all)"] if len(rest) > SHOWN else []
    changed = [file for file in result["files"] if not file["error"] and not result["undone"]]
    example = [f"{f['file']}: {', '.join(f['before'])} → {', '.join(f['after']) or 'nothing'}" for f in changed[:SHOWN]]
    return [*example, f"{done} {count} file{'s' * (count != 1)}", *rest[:SHOWN], *more]


def _written(files: Sequence[folding.FileFold], args: argparse.Namespace) -> list[Outcome]:
    folding.note(files, args.journal)
    return [
        {**_changed(file), **_outcome(file.path, partial(folding.write, file, args.journal, replacing(args)))}
        for file in files
    ]


def _undone(music: Path, args: argparse.Namespace) -> list[Outcome]:
    files = folding.folded_files(music, args.journal)
    found = [_outcome(path, partial(folding.undo, path, args.journal, replacing(args))) for path in files]
    if not found:
        raise DatasetError(f"no mood tags of files in {music} were folded; there is nothing to take back")
    return found


def _read(path: Path, moods: dict[Path, tuple[str, ...]]) -> None:
    moods[path] = read_moods(path)


def _changed(file: folding.FileFold) -> Outcome:
    return {"file": str(file.path), "before": list(file.before), "after": list(file.after), "error": None}


def _outcome(path: Path, work: Callable[[], object]) -> Outcome:
    """Do `work` on one file; whatever it raises is that file's result."""
    try:
        work()
    except Exception as error:
        return {"file": str(path), "error": common.failure(error, f"{path} is left as it was")}
    return {"file": str(path), "error": None}
