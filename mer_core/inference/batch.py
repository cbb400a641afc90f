"""Predicting many files: find them, go through them with several threads, keep going past bad ones, resume.

A result is a dictionary: `Prediction.to_dict` with `error` None, or, for a file that cannot be read, the same keys of
the result empty and one sentence in `error`.
"""

import glob
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, NamedTuple

from mer_core.audio.container import printable
from mer_core.audio.cue import CueTrack, bounds, read_cue, tracks_of
from mer_core.audio.folders import walk_audio
from mer_core.audio.measure import measure
from mer_core.audio.playlists import is_playlist_name, read_playlist, refuse_other_playlist
from mer_core.errors import ArtifactError, AudioError, MerError
from mer_core.inference.predict import Predictor
from mer_core.inference.words import with_words
from mer_core.io.files import parse_json, read_regular, write_bytes
from mer_core.io.spans import spanned
from mer_core.lyrics.moods import WordMoods

Result = dict[str, Any]
LOGGER = logging.getLogger(__name__)
_BEGINNING = b'{"file": '  # of every result's line


class Finished(NamedTuple):
    """Which files earlier results hold the moods of (`done`), and which could not be read (`failed`), as `file_key`
    calls them."""

    done: set[str]
    failed: set[str]


def find_files(names: Iterable[str], passed_over: Counter[str] | None = None, *, parts: bool = False) -> Iterator[Path]:
    """The audio files that `names` (files, folders, glob patterns, playlists) mean, each once, folders searched to the
    bottom and sorted. How many other files of the folders are passed over, by ending, is added to `passed_over`.

    parts: whether CUE sheets, and files of folders that have one or chapters, mean their tracks, as parts of a file
    (see io.spans).

    A playlist or CUE sheet that cannot be read stands for itself, so that it fails alone, when its turn comes.
    """
    seen: set[str] = set()
    for name in names:
        try:
            for path in _meant_by(name, passed_over, parts):
                if os.fspath(path) not in seen:
                    seen.add(os.fspath(path))
                    yield path
        except AudioError as error:
            LOGGER.warning("%s", error)
            yield Path(name)


def predict_files(
    predictor: Predictor,
    paths: Iterable[Path],
    *,
    timeline: bool = False,
    jobs: int = 2,
    words: Callable[[Path], WordMoods] | None = None,
) -> Iterator[Result]:
    """One result a file, in their order; `jobs` files are worked on at a time, and none is begun before its turn is
    near.

    words: what finds the moods of a file's words, to be joined with those of its sound (see `inference.words`).
    `paths` is read in a thread of its own, so a result does not wait for paths that come later, as from a slow pipe.

    Raises EncoderError or ArtifactError when the encoder cannot be had: then no file would fare better; and what
    `paths` raises.
    """
    encoder = predictor.ready_encoder()
    ready = Predictor(predictor.model, encoder, predictor.reference_set, predictor.thresholds)
    waiting: Queue[Future[Result] | None] = Queue(jobs + 1)
    with ThreadPoolExecutor(jobs) as pool:

        def submit() -> None:
            """Hand the paths to the pool as they come; its own thread, for they may be waited for."""
            try:
                for path in paths:
                    waiting.put(pool.submit(_result, ready, path, timeline, words))
                waiting.put(None)
            except Exception as error:  # raised again where results are taken; the pool refuses work after its end
                failed: Future[Result] = Future()
                failed.set_exception(error)
                waiting.put(failed)

        Thread(target=submit, daemon=True).start()
        try:
            while (future := waiting.get()) is not None:
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
            with suppress(Empty):  # room for the thread to see the end
                while True:
                    waiting.get_nowait()


def finished_files(path: Path, model: str, *, forget_failed: bool = False) -> Finished:
    """What the JSON lines in `path` say (nothing where it does not exist); a last line cut off by a crash is removed,
    with `forget_failed` those of failed files, too.

    Raises ArtifactError when it holds anything else, or moods by another model than `model`; it is then untouched.
    """
    if not path.exists():
        return Finished(set(), set())
    try:
        whole = read_regular(path)
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); name another file") from error
    lines = whole.splitlines(keepends=True)
    torn = lines.pop() if lines and not whole.endswith(b"\n") else b""
    try:
        if not (torn.startswith(_BEGINNING) or _BEGINNING.startswith(torn)):
            raise ValueError("its last line is not the beginning of one")
        results = [parse_json(line) for line in lines]
        done = {str(result["file"]) for result in results if result["error"] is None}
        failed = {str(result["file"]) for result in results} - done
        others = [str(result["model"]) for result in results if result["error"] is None and result["model"] != model]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(
            f"{path} does not hold results of this command ({error}); name another file, or delete it"
        ) from error
    if others:
        raise ArtifactError(
            f"{path} holds moods by the model {others[0]!r}, not by {model!r}: two models in one file would not be "
            f"distinguished; "
            "name another file, or go on with the model it was begun with"
        )
    kept = [line for line, result in zip(lines, results, strict=True) if not (forget_failed and result["error"])]
    if len(kept) < len(lines) or torn:
        write_bytes(path.resolve(), b"".join(kept))
    return Finished(done, set() if forget_failed else failed)


def file_key(path: Path) -> str:
    """What a result calls `path` in `file`."""
    return printable(str(path))


def _meant_by(name: str, passed_over: Counter[str] | None, parts: bool) -> Iterator[Path]:
    path = Path(name)
    if path.is_dir():
        for file in walk_audio(path, passed_over):
            yield from _tracks_in(file) if parts else [file]
    elif glob.has_magic(name) and not path.exists():
        matches = map(Path, sorted(glob.glob(name, recursive=True)))  # noqa: PTH207 (pathlib refuses absolute patterns)
        yield from [match for match in matches if match.is_file()] or [
            path
        ]  # a pattern without a match is reported as a missing file
    elif is_playlist_name(name) and path.is_file():
        yield from read_playlist(path)
    elif parts and path.suffix.lower() == ".cue" and path.is_file():
        tracks = read_cue(path)
        yield from _parts(tracks, _lengths(tracks))
    else:
        yield path


def _tracks_in(file: Path) -> Iterator[Path]:
    """The tracks of an album in one file; the file itself where it is none, or its sheet cannot be read."""
    try:
        tracks, fault = tracks_of(file)
        lengths = _lengths(tracks)
    except Exception:  # whatever it is, it is reported when the file is read
        yield file
        return
    try:
        parts = _parts(tracks, lengths)
    except AudioError as error:
        parts, fault = [], str(error)
    if fault:
        LOGGER.warning("%s (%s is taken as one track)", printable(fault), printable(str(file)))
    yield from parts or [file]


def _lengths(tracks: Sequence[CueTrack]) -> dict[Path, float | None]:
    return {file: measure(file) for file in {track.file for track in tracks}}


def _parts(tracks: Sequence[CueTrack], lengths: Mapping[Path, float | None]) -> list[Path]:
    spans = bounds(tracks, lengths)
    return [Path(spanned(str(track.file), *span)) for track, span in zip(tracks, spans, strict=True)]


def _result(
    predictor: Predictor, path: Path, timeline: bool, words: Callable[[Path], WordMoods] | None = None
) -> Result:
    try:
        _refuse_list(path)
        prediction = predictor.from_file(path, name=file_key(path), timeline=timeline)
        joined = prediction if words is None else with_words(prediction, words(path), predictor.model)
        return {**joined.to_dict(), "error": None}
    except Exception as error:  # whatever one file raises, of whatever type, is that file's result
        empty: Result = {
            "file": file_key(path),
            "duration": None,
            "moods": {},
            "decided": [],
            "nothing_fits": None,
            "out_of_domain": None,
        }
        empty |= {"trust": {}, "warnings": []}
        return {**empty, "error": _message(error, file_key(path))}


def _refuse_list(path: Path) -> None:
    """Raise AudioError with the reason for which a folder, playlist or CUE sheet stands for itself."""
    if path.is_dir():
        raise AudioError(f"{path} is a folder, which a playlist cannot hold; name the folder itself in its place")
    refuse_other_playlist(path)
    if is_playlist_name(path.name):
        read_playlist(path)
    elif path.suffix.lower() == ".cue":
        _parts(tracks := read_cue(path), _lengths(tracks))


def _message(error: Exception, name: str) -> str:
    if isinstance(error, MerError | OSError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{name} does not fit into memory{f' ({error})' if str(error) else ''}; cut it into shorter files"
    LOGGER.error("unexpected failure at %s", name, exc_info=error)
    what = f"{type(error).__name__}: {printable(str(error))}"
    return f"{name} could not be predicted ({what}); convert it with another program"
