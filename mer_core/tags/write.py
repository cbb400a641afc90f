"""Writing moods into audio files, and taking them out again.

Fields, as MusicBrainz Picard maps "mood": ID3 TMOO (MP3, WAV, AIFF), Vorbis comment MOOD (FLAC, Ogg Vorbis, Opus),
MP4 freeform `----:com.apple.iTunes:MOOD`, ASF WM/Mood. mutagen writes them; an ID3v2.3 tag stays one (v2.2, which
mutagen
cannot write, becomes v2.4).

A file is never edited in place: a copy beside it is tagged, its decoded sound is compared with the original's, what
the change overwrote is put in the journal (`tag_journal`), and only then the copy takes the original's place in one
step. So a crash
at any moment leaves a whole file, and `undo` gives back the original byte for byte, also after the file was renamed or
moved.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mutagen
from mutagen.asf import ASF
from mutagen.id3 import TMOO
from mutagen.mp4 import MP4, MP4FreeForm

from mer_core.audio.decode import iter_blocks
from mer_core.errors import ArtifactError, AudioError
from mer_core.tags import journal as tag_journal
from mer_core.tags.safety import check_replaceable, is_rf64, open_tags, replaced, resolved, snapshot

MP4_FIELD = "----:com.apple.iTunes:MOOD"
ASF_FIELD = "WM/Mood"
DIGEST_RATE = 16000


class TagChange(NamedTuple):
    """What would be, or was, written into one file."""

    path: Path
    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class Replacing(NamedTuple):
    """What may be done to a file that is replaced: cut it off from its other names (hard links), replace one that is
    read-only."""

    hard_links: bool = False
    read_only: bool = False


CAREFUL = Replacing()


def plan(path: Path, moods: Sequence[str], *, merge: bool = False) -> TagChange:
    """What `write` would do to `path`; nothing is written (the dry run).

    `moods` replace those in the file, or with `merge` are added to them; no moods leave the file as it is.

    Raises AudioError when the file's format carries no mood field or the file cannot be read.
    """
    audio = _open(path)
    before = _read(audio)
    there = {mood.casefold() for mood in before}
    added = tuple(mood for mood in moods if mood.casefold() not in there)
    return TagChange(Path(path), _field(audio), before, before + added if merge else tuple(moods) or before)


def read_moods(path: Path) -> tuple[str, ...]:
    """The moods written in `path`, in their order; () where there are none."""
    return _read(_open(path))


def write(
    path: Path, moods: Sequence[str], journal: Path, *, merge: bool = False, replacing: Replacing = CAREFUL
) -> TagChange:
    """Write `moods` into `path` as `plan` says, keeping in the folder `journal` what `undo` needs.

    Raises AudioError when the file cannot be tagged, tagging it would change its sound, it has other names or is
    read-only and `replacing` does not allow that, or another program changes it meanwhile; and ArtifactError when the
    journal's entry of it is damaged, so that its original would be lost. The file is then as it was, or as the other
    program wrote it.
    """
    path = resolved(path)
    before = snapshot(path)
    change = plan(path, moods, merge=merge)
    if change.before == change.after:
        return change
    check_replaceable(path, **replacing._asdict())
    with tag_journal.find(path, journal) as (entry, original), replaced(path, before) as copy:
        sound = sound_digest(copy)
        audio = _open(copy, shown=path)
        _set(audio, change.after)
        _save(audio, copy)
        if sound_digest(copy) != sound:
            raise AudioError(
                f"{path} was not tagged: writing the tag would change its sound; the file may be damaged, repair or "
                f"convert it first"
            )
        with path.open("rb") as untouched:
            tag_journal.record(path, original or untouched, copy, entry, journal)
    return change


def undo(path: Path, journal: Path, *, replacing: Replacing = CAREFUL) -> None:
    """Give back the bytes and the modification time `path` had before moods were first written into it, and forget the
    journal's entry.

    Raises AudioError and ArtifactError as `write` does, also when nothing was written or the file has been changed by
    something else since; the file is then untouched.
    """
    path = resolved(path)
    before = snapshot(path)
    with tag_journal.find(path, journal) as (entry, original):
        if entry is None:
            raise ArtifactError(f"no moods were written into {path} (nothing in {journal}); nothing to undo")
        if original is None:
            raise ArtifactError(
                f"{path} was changed by another program after moods were written; undo would lose that change, edit "
                "its "
                f"mood field by hand"
            )
        check_replaceable(path, **replacing._asdict())
        with replaced(path, before) as copy:
            original.seek(0)
            with copy.open("wb") as target:
                shutil.copyfileobj(original, target, 2**20)
            if entry.mtime_ns is not None:  # entries of earlier versions lack it
                os.utime(copy, ns=(path.stat().st_atime_ns, entry.mtime_ns))
    tag_journal.forget(entry, path, journal)


def sound_digest(path: Path) -> str:
    """SHA-256 over the decoded samples (mono, 16 kHz): equal for two files that sound the same to the last bit."""
    digest = hashlib.sha256()
    for block in iter_blocks(path, DIGEST_RATE):
        digest.update(block.tobytes())
    return digest.hexdigest()


def _open(path: Path, shown: Path | None = None) -> Any:
    shown = shown or path
    without_field = (
        f"{shown} is in a format without a mood field; convert it to MP3, FLAC, Ogg, Opus, M4A, WMA, WAV or AIFF first"
    )
    if is_rf64(path):
        raise AudioError(f"{shown} is an RF64 file, which cannot carry tags; convert it to FLAC, or to WAV below 4 GB")
    try:
        audio = open_tags(path)
        if audio is not None:
            audio.filename = os.fspath(path)
        if _keeps_v23(audio):
            audio = type(audio)(path, translate=False)  # frames as they are, for mutagen would make them v2.4's
    except AudioError as error:
        raise AudioError(str(error).replace(str(path), str(shown))) from error
    except Exception as error:  # mutagen meets damage its parsers were not made for with errors of any kind
        raise AudioError(
            f"{shown} cannot be read for tagging ({error}); is it damaged, or not an audio file?"
        ) from error
    if audio is None:
        raise AudioError(without_field)
    if audio.tags is None:
        try:
            audio.add_tags()
        except mutagen.MutagenError as error:  # AAC and AC3: known to mutagen, but never tagged
            raise AudioError(without_field) from error
    return audio


def _field(audio: Any) -> str:
    if isinstance(audio, MP4):
        return MP4_FIELD
    if isinstance(audio, ASF):
        return ASF_FIELD
    return "TMOO" if _is_id3(audio) else "MOOD"


def _is_id3(audio: Any) -> bool:
    return hasattr(audio.tags, "getall")


def _keeps_v23(audio: Any) -> bool:
    return audio is not None and _is_id3(audio) and audio.tags.version[:2] == (2, 3)


def _read(audio: Any) -> tuple[str, ...]:
    if _is_id3(audio):
        return tuple(str(text) for frame in audio.tags.getall("TMOO") for text in frame.text)
    values = audio.tags.get(_field(audio), [])
    return tuple(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values)


def _set(audio: Any, moods: Sequence[str]) -> None:
    tags = audio.tags
    if _is_id3(audio):
        tags.setall("TMOO", [TMOO(encoding=3, text=list(moods))])
    else:
        tags[_field(audio)] = [MP4FreeForm(mood.encode()) for mood in moods] if isinstance(audio, MP4) else list(moods)


def _save(audio: Any, path: Path) -> None:
    try:
        audio.save(
            path, **({"v2_version": 3, "v23_sep": None} if _keeps_v23(audio) else {})
        )  # None: several values stay several
    except (mutagen.MutagenError, OSError) as error:
        raise AudioError(
            f"the moods could not be written ({error}); is the disk full or the file read-only?"
        ) from error
