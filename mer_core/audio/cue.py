"""Tracks inside one file: CUE sheets beside it, and chapters in it.

A CUE sheet names a file and where its tracks begin (`INDEX 01 MM:SS:FF`, 75 frames a second). Reference: the CDRWIN
user's guide, appendix A.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from mer_core.audio.container import open_audio
from mer_core.audio.formats import is_audio_name
from mer_core.errors import AudioError, MerError
from mer_core.io.files import LARGEST_TEXT, players_text, read_regular

FRAMES = 75
_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_TIME = re.compile(r"(\d+):([0-5]?\d):(\d\d)")


class CueTrack(NamedTuple):
    """One track: the file it is in, its number, its beginning in seconds and its end (None: that of the file)."""

    file: Path
    number: int
    title: str
    artist: str
    album: str
    start: float
    end: float | None


def read_cue(path: Path) -> list[CueTrack]:
    """The tracks of the CUE sheet at `path`, in order.

    Raises AudioError when it cannot be read, names no track, or its times run backwards.
    """
    try:
        data = read_regular(path, LARGEST_TEXT)
    except OSError as error:
        raise AudioError(f"the CUE sheet {path} cannot be read ({error.strerror or error})") from error
    sheet = _Sheet(path)
    for number, line in enumerate(players_text(data).splitlines(), 1):
        sheet.take([quoted or bare for quoted, bare in _WORDS.findall(line)], f"{path}:{number}")
    return sheet.tracks()


class _Sheet:
    """What the lines so far have said."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, ""
        self._album = {"TITLE": "", "PERFORMER": ""}
        self._found: list[dict[str, str | float]] = []

    def take(self, words: list[str], where: str) -> None:
        """One line, as its words."""
        match [words[0].upper(), *words[1:]] if words else []:
            case ["FILE", name, *_]:
                self._file = name
            case ["TRACK", number, *_]:
                self._found.append({"file": self._file, "number": number, **self._album, "TITLE": ""})
            case ["TITLE" | "PERFORMER" as field, value, *_]:
                (self._found[-1] if self._found else self._album)[field] = value
            case ["INDEX", "01" | "1", time, *_] if self._found:
                self._found[-1]["start"] = _seconds(time, where)
            case _:
                pass

    def tracks(self) -> list[CueTrack]:
        """All tracks with a beginning; each ends where the next of its file begins."""
        given = [track for track in self._found if "start" in track]
        if not given:
            raise AudioError(f"the CUE sheet {self._path} names no track with an INDEX 01; is it a CUE sheet?")
        tracks: list[CueTrack] = []
        names = {str(track["file"]) for track in given}
        files = {name: _audio_of(self._path, name, alone=len(names) == 1) for name in names}
        for track, after in zip(given, [*given[1:], None], strict=True):
            end = float(after["start"]) if after and after["file"] == track["file"] else None
            if end is not None and end <= float(track["start"]):
                raise AudioError(
                    f"the CUE sheet {self._path} has track {after['number'] if after else ''} begin before the one "
                    f"before it; correct its INDEX lines"
                )
            number = int(track["number"]) if str(track["number"]).isdecimal() else len(tracks) + 1
            words = str(track["TITLE"]), str(track["PERFORMER"]), self._album["TITLE"]
            tracks.append(CueTrack(files[str(track["file"])], number, *words, float(track["start"]), end))
        return tracks


def chapters(path: Path) -> list[CueTrack]:
    """The chapters of an audio file with at least two, as tracks; [] for others.

    Raises AudioError when the file cannot be read.
    """
    with open_audio(path) as audio:
        given = audio.container.chapters() if hasattr(audio.container, "chapters") else []
    found = []
    for number, chapter in enumerate(given, 1):
        base = float(chapter["time_base"])
        title = chapter.get("metadata", {}).get("title", f"Chapter {number}")
        found.append(CueTrack(path, number, title, "", "", chapter["start"] * base, chapter["end"] * base))
    return found if len(found) > 1 else []


def bounds(tracks: Iterable[CueTrack], lengths: Mapping[Path, float | None]) -> list[tuple[float, float]]:
    """Start and end of each track in seconds; `lengths` are those of the files in seconds.

    Raises AudioError where a file ends before a track begins.
    """
    found = []
    for track in tracks:
        end = track.end if track.end is not None else lengths[track.file]
        if end is None or end <= track.start:
            raise AudioError(
                f"{track.file} ends before track {track.number} of its CUE sheet begins; is it the file of that sheet?"
            )
        found.append((track.start, end))
    return found


def tracks_of(path: Path) -> tuple[list[CueTrack], str]:
    """The tracks inside the file at `path`, by the CUE sheet of its name beside it, else by its chapters; [] where it
    is one track. And "" or what is wrong with the sheet."""
    sheet = sheet_of(path)
    if sheet is None:
        return chapters(path), ""
    try:
        named = read_cue(Path(sheet))
    except MerError as error:
        return [], str(error)
    found = [track for track in named if track.file == path]
    if not found and (gone := next((track.file for track in named if not track.file.exists()), None)):
        return [], f"the CUE sheet {sheet} names {gone.name}, which is not there; correct its FILE line"
    return (found if len(found) > 1 else []), ""


def sheet_of(path: str | os.PathLike[str]) -> str | None:
    """The CUE sheet of the same name beside an audio file, None where there is none."""
    stem = os.path.splitext(path)[0]  # noqa: PTH122 (asked of every file of a library: a Path would take too long)
    names = (f"{stem}.cue", f"{stem}.CUE", f"{os.fspath(path)}.cue")
    return next((name for name in names if os.path.isfile(name)), None)  # noqa: PTH113 (as above)


def _audio_of(sheet: Path, name: str, *, alone: bool) -> Path:
    """The file that a sheet means by `name`. Sheets often name it in the coding it had before it was compressed, or in
    another case: then it is the one audio file with that stem, else, where the sheet names one file `alone`, the one
    with the stem of the sheet. Else the file that is not there."""
    named = sheet.parent / name.replace("\\", "/")
    if named.is_file():
        return named
    try:
        audio = sorted(path for path in named.parent.iterdir() if is_audio_name(path.name))
    except (OSError, ValueError):  # no folder that can be listed, or no name of one
        return named
    for stem in (named.stem, sheet.stem) if alone else (named.stem,):
        if len(alike := [path for path in audio if path.stem.casefold() == stem.casefold()]) == 1:
            return alike[0]
    return named


def _seconds(time: str, where: str) -> float:
    match = _TIME.fullmatch(time)
    if match is None or int(match[3]) >= FRAMES:
        raise AudioError(f"{where}: {time!r} is no time of a CUE sheet; write minutes:seconds:frames, as in 03:25:00")
    return int(match[1]) * 60 + int(match[2]) + int(match[3]) / FRAMES
