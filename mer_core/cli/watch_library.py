"""`mer library --watch`: a music folder is looked at again and again, and what is new or changed is taken in as it
comes, one line a file.

Looking again also works where a system reports no changes, as on network folders. A file whose size or time changed
between two looks is still being copied, and waits.
"""

import argparse
import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mer_core.cli import common
from mer_core.cli.commands import sentence
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import MerError
from mer_core.inference.stored import load_predictions
from mer_core.library.scan import FileRecord, find_audio
from mer_core.library.workspace import Library, check_folders, import_library, read_library, track_id
from mer_core.workspace.layout import Workspace

Look = dict[str, tuple[int, int]]
"""Size in bytes and time of the last change in ns, by path."""


def watch(args: argparse.Namespace, analyse: Callable[[Workspace], common.Result]) -> common.Result:
    """Take in what comes until Ctrl-C; `analyse` embeds and predicts what an import left to do, and names the model.

    Raises DatasetError when the folders cannot be a library and its music; what fails later is a line.
    """
    check_folders(args.workspace, args.audio_dir)
    say = common.report if args.json else _say
    files, encoder = 0, ""

    def analysed(workspace: Workspace) -> common.Result:
        nonlocal encoder
        result = analyse(workspace)
        encoder = result["encoder"]
        return result

    with contextlib.suppress(KeyboardInterrupt):
        for moving in settled(lambda: look(args.audio_dir), lambda: pause(args.interval)):
            for line in _take_in(args, moving, analysed):
                say(line)
                files += 1
    tracks = len(read_library(args.workspace).tracks)
    return {"workspace": args.workspace, "lines": files, "tracks": tracks, "map_to_redo": encoder if files else ""}


def pause(seconds: float) -> None:
    """Wait between two looks."""
    time.sleep(seconds)


def look(folder: Path) -> Look:
    """The audio files below `folder` as they are now; none where it cannot be reached."""
    seen: Look = {}
    with contextlib.suppress(OSError):  # a drive or server that is away for a while
        for path in find_audio(folder):
            with contextlib.suppress(OSError):
                status = os.stat(f"{folder}/{path}")  # noqa: PTH116 (as library.scan)
                seen[path] = (status.st_size, status.st_mtime_ns)
    return seen


def settled(look: Callable[[], Look], wait: Callable[[], None]) -> Iterator[frozenset[str]]:
    """Whenever files that are still differ from those of the time before: the paths of those that are not still. A
    folder that shows nothing at all is taken for one that is away."""
    taken: Look = {}
    before = look()
    while True:
        wait()
        now = look()
        still = {path: state for path, state in now.items() if before.get(path) == state}
        expected = still | {path: state for path, state in taken.items() if path in now and path not in still}
        if still and expected != taken:
            yield frozenset(now.keys() - still.keys())
            taken = expected
        before = now


def _take_in(
    args: argparse.Namespace, moving: frozenset[str], analyse: Callable[[Workspace], common.Result]
) -> Iterator[str]:
    """Import, embed and predict; a line for each file that is new, changed or gone, and for what failed altogether."""
    known = read_library(args.workspace)
    words: dict[str, str] = {}
    fault = ""
    said = io.StringIO()  # the steps' bars and counts would bury the lines
    try:
        done = import_library(args.workspace, args.audio_dir, jobs=args.jobs, waiting=moving)
        if not args.files_only:
            with contextlib.redirect_stderr(said):
                words = _results(done.workspace, analyse)
    except MerError as error:
        fault = (said.getvalue().strip().splitlines() or [sentence(error)])[-1]
    yield from map(common.one_line, _lines(known, read_library(args.workspace), words))
    if fault:
        yield common.one_line(fault)


def _results(workspace: Workspace, analyse: Callable[[Workspace], common.Result]) -> dict[str, str]:
    """By track id: its decided moods, or why it has no embedding."""
    result = analyse(workspace)
    predicted = load_predictions(workspace, result["model"])
    failures = EmbeddingStore.open(workspace.embeddings_dir(result["encoder"])).failures()
    words = dict(zip(failures["track_id"], failures["error"], strict=True))
    for name, decided in zip(predicted.track_ids, predicted.decided, strict=True):
        moods = [mood for mood, yes in zip(predicted.moods, decided, strict=True) if yes]
        words[name] = ", ".join(moods) or "no mood stands out"
    return words


def _lines(known: Library, now: Library, words: dict[str, str]) -> Iterator[str]:
    before = {record.path: record for record in known.records}
    copies = {copy.path: first.path for copy, first in now.duplicates}
    for record in now.records:
        if record != before.get(record.path):
            yield f"{record.path}: {_outcome(record, copies, words)}"
    for path in sorted(before.keys() - {record.path for record in now.records}):
        yield f"{path}: gone"


def _outcome(record: FileRecord, copies: dict[str, str], words: dict[str, str]) -> str:
    if record.error:
        return record.error
    if record.path in copies:
        return f"the same recording as {copies[record.path]}"
    return words.get(track_id(record), "taken in")


def _say(line: str) -> None:
    print(line, flush=True)
