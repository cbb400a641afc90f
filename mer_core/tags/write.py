"""Writing moods into audio files, and taking them out again; `tags.fields` says which fields hold them.

mutagen writes them; an ID3v2.3 tag stays one (v2.2, which mutagen cannot write, becomes v2.4) and holds several moods
in one text, as players read them.

A file is never edited in place: a copy beside it is tagged, its decoded sound is compared with the original's, what the
change overwrote is put in the journal (`tag_journal`), and only then the copy takes the original's place in one step.
So a crash at any moment leaves a whole file, and `undo` gives back the original byte for byte, also after the file was
renamed or moved.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import mutagen
from mutagen.mp3 import MP3

from mer_core.audio.decode import iter_blocks
from mer_core.errors import ArtifactError, AudioError
from mer_core.tags import journal as tag_journal
from mer_core.tags.fields import USUAL, MoodField, Target, all_moods, drop, found_fields, put, target_field
from mer_core.tags.safety import check_replaceable, is_rf64, open_ape, open_tags, replaced, resolved, snapshot

DIGEST_RATE = 16000


class TagChange(NamedTuple):
    """What would be, or was, written into one file."""

    path: Path
    field: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    dropped: tuple[str, ...] = ()
    """Other fields with moods, which are taken out."""

    @property
    def writes(self) -> bool:
        """Whether the file changes."""
        return self.before != self.after or bool(self.dropped)


class Replacing(NamedTuple):
    """How a file is replaced: whether it may be cut off from its other names (hard links), whether one that is
    read-only may be."""

    hard_links: bool = False
    read_only: bool = False
    keep_mtime: bool = False
    """Whether it keeps its time of modification, so that players sort it as before."""


CAREFUL = Replacing()


def plan(path: Path, moods: Sequence[str], *, merge: bool = False, target: Target = USUAL) -> TagChange:
    """What `write` would do to `path`; nothing is written (the dry run).

    `moods` replace those in the file, or with `merge` are added to them; no moods leave the file as it is, unless the
    `target` is to be emptied.

    Raises AudioError when the file's format carries no mood field or the file cannot be read.
    """
    audio = _open(path)
    found = _found(audio, path)
    before, field = all_moods(found), target_field(audio.tags, target.place)
    if not moods and not (target.emptied and before):
        return TagChange(Path(path), found[0].field if found else field, before, before)
    there = {mood.casefold() for mood in before}
    added = tuple(mood for mood in moods if mood.casefold() not in there)
    dropped = tuple(dict.fromkeys(other.field for other in found if other.field != field))
    return TagChange(Path(path), field, before, before + added if merge else tuple(moods), dropped)


def read_moods(path: Path) -> tuple[str, ...]:
    """The moods written in `path` in any of its fields, in their order; () where there are none."""
    return all_moods(_found(_open(path), path))


def write(
    path: Path,
    moods: Sequence[str],
    journal: Path,
    *,
    merge: bool = False,
    target: Target = USUAL,
    replacing: Replacing = CAREFUL,
) -> TagChange:
    """Write `moods` into `path` as `plan` says, keeping in the folder `journal` what `undo` needs.

    Raises AudioError when the file cannot be tagged, tagging it would change its sound, it has other names or is
    read-only and `replacing` does not allow that, or another program changes it meanwhile; and ArtifactError when the
    journal's entry of it is damaged, so that its original would be lost. The file is then as it was, or as the other
    program wrote it.
    """
    path = resolved(path)
    before = snapshot(path)
    change = plan(path, moods, merge=merge, target=target)
    if not change.writes:
        return change
    check_replaceable(path, hard_links=replacing.hard_links, read_only=replacing.read_only)
    with tag_journal.find(path, journal) as (entry, original), replaced(path, before) as copy:
        sound = sound_digest(copy)
        audio = _open(copy, shown=path)
        joined = _keeps_v23(audio) if target.joined is None else target.joined
        put(audio.tags, change.field, change.after, joined=joined)
        _save(audio, copy)
        if sound_digest(copy) != sound:
            raise AudioError(
                f"{path} was not tagged: writing the tag would change its sound; the file may be damaged, repair or "
                f"convert it first"
            )
        with path.open("rb") as untouched:
            tag_journal.record(path, original or untouched, copy, entry, journal)
        if replacing.keep_mtime:
            status = path.stat()
            os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
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
        check_replaceable(path, hard_links=replacing.hard_links, read_only=replacing.read_only)
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


def _found(audio: Any, path: Path) -> list[MoodField]:
    """The fields with moods; those of the APEv2 tag of an MP3 only where its ID3 tag has none."""
    found = found_fields(audio.tags)
    if found or not isinstance(audio, MP3):
        return found
    ape = open_ape(path)
    return [] if ape is None else [MoodField(f"APEv2 {field}", moods) for field, moods in found_fields(ape)]


def _keeps_v23(audio: Any) -> bool:
    return audio is not None and hasattr(audio.tags, "getall") and audio.tags.version[:2] == (2, 3)


def _save(audio: Any, path: Path) -> None:
    """Write the tags; moods in the APEv2 tag of an MP3 would contradict them, and go."""
    ape = open_ape(path) if isinstance(audio, MP3) else None
    try:
        audio.save(
            path, **({"v2_version": 3, "v23_sep": None} if _keeps_v23(audio) else {})
        )  # None: several values stay several
        if ape is not None and found_fields(ape):
            drop(ape)
            ape.save(path)
    except (mutagen.MutagenError, OSError) as error:
        raise AudioError(
            f"the moods could not be written ({error}); is the disk full or the file read-only?"
        ) from error
