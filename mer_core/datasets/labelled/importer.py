"""Labels in another layout → a workspace: they are written in the MTG-Jamendo layout, audio stays where it is.

Valence and arousal are kept beside the dataset in `targets.tsv`, on the scale they were given on.
"""

import hashlib
import logging
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from sklearn.model_selection import GroupShuffleSplit

from mer_core.audio.measure import read_sound
from mer_core.datasets.labelled.layouts import Layout, recognise
from mer_core.datasets.labelled.table import LabelledRow
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.datasets.mtg_jamendo.tsv import COLUMNS, is_unsafe
from mer_core.errors import AudioError, DatasetError, Remedy
from mer_core.io.files import write_bytes
from mer_core.workspace.kinds import LABELS
from mer_core.workspace.layout import Workspace

LOGGER = logging.getLogger(__name__)

TARGETS = "targets.tsv"
PARTS = ("train", "validation", "test")
_NO_TAG = re.compile(r"[<>\[\]`$\\\x00-\x1f\x7f]|---")


@dataclass(frozen=True)
class Imported:
    """What an import made: the workspace, the layout, and what was left out, in words."""

    workspace: Workspace
    layout: Layout
    left_out: tuple[str, ...]
    split_note: str = ""
    """What became of a split that was not whole, in a sentence."""


@dataclass(frozen=True)
class _LabelledTrack:
    row: LabelledRow
    track_id: str
    duration: float


def import_labels(
    root: Path, source: Path, audio: Path | None = None, *, title: str | None = None, force: bool = False
) -> Imported:
    """Make the workspace `root` from labels in `source`; audio: the folder that paths are below, if elsewhere.

    Raises DatasetError when the labels cannot be read, no audio is found, or `root` has another dataset (see `force`).
    """
    layout = recognise(source, audio)
    tracks, left_out = _measured(layout)
    if not tracks:
        raise DatasetError(
            f"no file that {source} names can be heard, the first because {left_out[0]}; name the folder that holds "
            f"the audio"
        )
    tracks, note = with_validation(tracks)
    with tempfile.TemporaryDirectory() as temporary:
        _write(Path(temporary), tracks)
        try:
            workspace = import_dataset(root, Path(temporary), layout.audio, title=title or source.stem, force=force)
        except DatasetError as error:
            raise _of_these_labels(error, root, source, audio) from error
        Workspace.create(root, title=workspace.title, kind=workspace.kind, audio_root=layout.audio, metadata=source)
    rated = [(track.track_id, *track.row.place) for track in tracks if track.row.place]
    if rated and layout.scale:
        write_bytes(root / TARGETS, _targets(rated, layout.scale))
    else:
        (root / TARGETS).unlink(missing_ok=True)
    return Imported(Workspace.open(root), layout, tuple(left_out), note)


def _measured(layout: Layout) -> tuple[list[_LabelledTrack], list[str]]:
    """The rows whose audio can be read, once each, with its length; and what is wrong with the others."""
    tracks: dict[str, _LabelledTrack] = {}
    left_out = []
    for row in layout.rows:
        path = path_below(row.path, layout.audio)
        if path is None or is_unsafe(path):
            left_out.append(f"{row.where}: {row.path[:200]!r} leaves the folder {layout.audio}")
            continue
        if path in tracks:
            left_out.append(f"{row.where}: {path} is named twice; the first row counts")
            continue
        try:
            seconds = read_sound(layout.audio / path, path).seconds
        except AudioError as error:
            left_out.append(f"{row.where}: {error}")
            continue
        except Exception as error:  # whatever one file raises is that file's result
            LOGGER.exception("unexpected failure at %s", path)
            left_out.append(f"{row.where}: {path} could not be read ({type(error).__name__}: {error})")
            continue
        track_id = f"track_{hashlib.sha256(path.encode()).hexdigest()[:12]}"
        tracks[path] = _LabelledTrack(replace(row, path=path), track_id, seconds)
    return list(tracks.values()), left_out


def path_below(path: str, audio: Path) -> str | None:
    """The path below the audio folder with forward slashes, as the file there is called; None where it lies outside.

    An absolute path, also of another machine, is the longest end of it that is there.
    """
    plain = path.replace("\\", "/")
    parts = PurePosixPath(plain).parts
    absolute = PurePosixPath(plain).is_absolute() or bool(PureWindowsPath(path).drive)
    for end in [parts[start:] for start in range(1, len(parts))] if absolute else [parts]:
        for form in (None, "NFC", "NFD"):  # file systems write ü in one of two ways
            name = "/".join(end) if form is None else unicodedata.normalize(form, "/".join(end))
            if not is_unsafe(name) and (audio / name).is_file():
                return name
    return None if absolute else plain.removeprefix("./")


def with_validation(tracks: Sequence[_LabelledTrack]) -> tuple[list[_LabelledTrack], str]:
    """`tracks` with a split that training can use, and what was done for it ("": nothing).

    Where train and test are named and validation is not, a fifth of train becomes it, artists (else albums) whole. A
    split without a train part is left out.
    """
    named = {track.row.split for track in tracks} - {""}
    if not named or {"train", "validation"} <= named:
        return list(tracks), ""
    if "train" not in named:
        note = f"the split names {' and '.join(sorted(named))} but no train part, so it is left out"
        return [replace(track, row=replace(track.row, split="")) for track in tracks], note
    train = [place for place, track in enumerate(tracks) if track.row.split == "train"]
    groups = [tracks[place].row.artist or tracks[place].row.album or tracks[place].track_id for place in train]
    if len(set(groups)) < 2:
        groups = [tracks[place].track_id for place in train]
    if len(train) < 2:
        return list(tracks), "the split has one train track and no validation part: training cannot use it"
    _, chosen = next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split(train, groups=groups))
    moved = {train[place] for place in chosen}
    divided = [
        replace(track, row=replace(track.row, split="validation")) if place in moved else track
        for place, track in enumerate(tracks)
    ]
    return divided, f"the split has no validation part: {len(moved)} of its {len(train)} train tracks were set aside"


def _of_these_labels(error: DatasetError, root: Path, source: Path, audio: Path | None) -> DatasetError:
    """The error with the commands that import these labels, not the files that were made of them."""
    options = (("labels", source), *((("audio", audio),) if audio else ()), ("force", True))
    remedies = [
        Remedy("import_labels", root, options=options, makes=remedy.makes) if remedy.job == "import_dataset" else remedy
        for remedy in error.remedies
    ]
    return DatasetError(str(error), remedy=remedies)


def _write(folder: Path, tracks: Sequence[_LabelledTrack]) -> None:
    """The dataset in the MTG-Jamendo layout."""
    tags = sorted({_tag(label, track) for track in tracks for label in track.row.labels})
    lines = {track.track_id: _line(track) for track in tracks}
    _lines(folder / f"{LABELS}.tsv", ["\t".join(COLUMNS), *lines.values()])
    names = [f"{t.track_id}\t{_one_line(t.row.title)}\t{_one_line(t.row.artist)}" for t in tracks]
    _lines(folder / f"{LABELS}.meta.tsv", ["TRACK_ID\tTRACK_NAME\tARTIST_NAME", *names])
    if tags:
        _lines(folder / "tags.txt", tags)
    if {"train", "validation"} <= {track.row.split for track in tracks}:
        for part in PARTS:
            chosen = [lines[track.track_id] for track in tracks if track.row.split == part]
            _lines(folder / "splits" / "split-0" / f"{LABELS}-{part}.tsv", ["\t".join(COLUMNS), *chosen])


def _line(track: _LabelledTrack) -> str:
    row = track.row
    artist = _id("artist", row.artist) if row.artist else ""
    album = _id("album", row.artist + "\t" + row.album) if row.album else ""
    tags = dict.fromkeys(_tag(label, track) for label in row.labels)
    return "\t".join([track.track_id, artist, album, row.path, f"{track.duration:.3f}", *tags])


def _tag(label: str, track: _LabelledTrack) -> str:
    name = " ".join(label.split()).lower()
    if _NO_TAG.search(name):
        raise DatasetError(f"{track.row.where}: the label {label[:60]!r} has signs of markup; write it as a plain word")
    return f"mood/theme---{name}"


def _id(kind: str, name: str) -> str:
    return f"{kind}_{hashlib.sha256(name.casefold().encode()).hexdigest()[:12]}"


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _lines(path: Path, lines: Iterable[str]) -> None:
    write_bytes(path, "".join(line + "\n" for line in lines).encode())


def _targets(rated: Iterable[tuple[str, float, float]], scale: tuple[float, float]) -> bytes:
    lines = [f"{track_id}\t{valence:g}\t{arousal:g}" for track_id, valence, arousal in rated]
    head = f"# valence and arousal from {scale[0]:g} to {scale[1]:g}\nTRACK_ID\tVALENCE\tAROUSAL\n"
    return (head + "\n".join(lines) + "\n").encode()
