"""Predicting many files: find them, go through them with several threads, keep going past bad ones, resume.

A result is a dictionary: `Prediction.to_dict` with `error` None, or, for a file that cannot be read, the same keys of the
result empty and one sentence in `error`.
"""

import glob
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

from mer_core.audio_container import printable
from mer_core.errors import ArtifactError, MerError
from mer_core.predict import Predictor

SUFFIXES = frozenset({
    ".mp3", ".mp2", ".wav", ".w64", ".flac", ".ogg", ".oga", ".opus", ".m4a", ".m4b", ".mp4", ".aac", ".wma", ".webm", ".mka", ".mkv", ".avi", ".mov",
    ".aif", ".aiff", ".aifc", ".au", ".caf", ".wv", ".ape", ".tta", ".ac3", ".dsf",
})  # fmt: skip
"""What counts as audio when a folder is searched; a file that is named itself is tried whatever it is called."""

Result = dict[str, Any]


def find_files(names: Iterable[str]) -> Iterator[Path]:
    """The audio files that `names` (files, folders, glob patterns) mean, each once, folders searched to the bottom and sorted."""
    seen: set[str] = set()
    for path in (path for name in names for path in _meant_by(name)):
        if os.fspath(path) not in seen:
            seen.add(os.fspath(path))
            yield path


def predict_files(predictor: Predictor, paths: Iterable[Path], *, timeline: bool = False, jobs: int = 2) -> Iterator[Result]:
    """One result a file, in their order; `jobs` files are worked on at a time, and none is begun before its turn is near.

    Raises EncoderError or ArtifactError when the encoder cannot be had: then no file would fare better.
    """
    encoder = predictor.ready_encoder()
    ready = Predictor(predictor.model, encoder, predictor.surroundings, predictor.thresholds)
    waiting: deque[Future[Result]] = deque()
    files = iter(paths)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            waiting.extend(pool.submit(_result, ready, path, timeline) for path in islice(files, jobs + 1))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(_result, ready, path, timeline) for path in islice(files, 1))
        finally:
            pool.shutdown(cancel_futures=True)


def finished_files(path: Path) -> set[str]:
    """The files that the JSON lines in `path` tell the moods of (none where it does not exist); a last line cut off by a crash is removed.

    Raises ArtifactError when it holds anything else.
    """
    if not path.exists():
        return set()
    whole = path.read_bytes()
    complete = whole[: whole.rfind(b"\n") + 1]
    try:
        results = [json.loads(line) for line in complete.splitlines()]
        finished = {str(result["file"]) for result in results if result["error"] is None}
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{path} does not hold results of this command ({error}); name another file, or delete it") from error
    if len(complete) < len(whole):
        with path.open("r+b") as handle:
            handle.truncate(len(complete))
    return finished


def file_key(path: Path) -> str:
    """What a result calls `path` in `file`."""
    return printable(str(path))


def _meant_by(name: str) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        for folder, folders, files in os.walk(path):
            folders.sort()
            yield from (Path(folder, file) for file in sorted(files) if Path(file).suffix.lower() in SUFFIXES and not file.startswith("."))
    elif glob.has_magic(name) and not path.exists():
        matches = map(Path, sorted(glob.glob(name, recursive=True)))  # noqa: PTH207 (pathlib refuses absolute patterns)
        yield from [match for match in matches if match.is_file()] or [path]  # a pattern without a match is told as a missing file
    else:
        yield path


def _result(predictor: Predictor, path: Path, timeline: bool) -> Result:
    try:
        return {**predictor.from_file(path, name=file_key(path), timeline=timeline).to_dict(), "error": None}
    except (MerError, OSError, MemoryError) as error:
        empty: Result = {"file": file_key(path), "duration": None, "moods": {}, "decided": [], "nothing_fits": None, "out_of_domain": None}
        return {**empty, "error": str(error) or f"{file_key(path)} does not fit into memory; cut it into shorter files"}
