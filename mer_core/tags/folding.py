"""Mood tags in files folded onto chosen words: which files change, writing them, and taking that back.

The record of what was folded lies in the journal of tagged files (`folds/folded.json`): by path, the moods before and
after, and whether the file was untouched until then. An untouched file gets its bytes back; into one that was tagged
before, or changed by another program since, only the moods of before are written.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from mer_core.errors import ArtifactError, AudioError
from mer_core.io.files import SCHEMA_VERSION, read_json, write_json
from mer_core.io.names import meant, written
from mer_core.tags import journal as tag_journal
from mer_core.tags import write as tagging
from mer_core.tags.fields import Target
from mer_core.tags.safety import resolved
from mer_core.tags.vocabulary import folded

RECORD = Path("folds", "folded.json")
EMPTIED = Target(emptied=True)
"""Folding may leave a file without moods."""


class FileFold(NamedTuple):
    """One file and its moods, before and after."""

    path: Path
    before: tuple[str, ...]
    after: tuple[str, ...]


def planned(moods: Mapping[Path, Sequence[str]], words: Mapping[str, str]) -> list[FileFold]:
    """The files whose moods change by `words` (mood → word, "" for none), in their order."""
    folds = (FileFold(path, tuple(before), folded(before, words)) for path, before in moods.items())
    return [fold for fold in folds if fold.before != fold.after]


def note(folds: Iterable[FileFold], journal: Path) -> None:
    """Record what `write` is about to do; a file that was folded before keeps its first moods."""
    record = _read(journal)
    for fold in folds:
        key = _key(fold.path)
        known = record.get(key)
        first = known["before"] if known else list(fold.before)
        untouched = known["untouched"] if known else not _is_tagged(fold.path, journal)
        record[key] = {"before": first, "after": list(fold.after), "untouched": untouched}
    _write(record, journal)


def write(fold: FileFold, journal: Path, replacing: tagging.Replacing = tagging.CAREFUL) -> None:
    """Write the folded moods into the file; it is to be noted first. Raises as `tags.write.write` does, also where its
    moods are no longer those that were shown."""
    if tagging.read_moods(fold.path) != fold.before:
        raise AudioError(f"{fold.path} has other moods than before; look at it again")
    tagging.write(fold.path, fold.after, journal, target=EMPTIED, replacing=replacing)


def folded_files(folder: Path, journal: Path) -> list[Path]:
    """The files in `folder` (or it itself, a file) that were folded, sorted."""
    inside = Path(folder).resolve()
    files = (meant(Path(inside.anchor), name) for name in _read(journal))
    return sorted(path for path in files if path.is_relative_to(inside))


def undo(path: Path, journal: Path, replacing: tagging.Replacing = tagging.CAREFUL) -> None:
    """Give a folded file back what it had before it was first folded, and forget the record.

    Raises as `tags.write.undo` does, and AudioError where its moods have been changed since; it is then left as it is.
    """
    record = _read(journal)
    known = record[written(str(path))]
    before, now = tuple(known["before"]), tagging.read_moods(path)
    if now not in (before, tuple(known["after"])):
        raise AudioError(f"the moods of {path} were changed since they were folded; edit them by hand")
    if now == before:
        pass  # it was never written, or has been undone already
    elif known["untouched"] and _is_tagged(path, journal):
        tagging.undo(path, journal, replacing=replacing)
    else:
        tagging.write(path, before, journal, target=EMPTIED, replacing=replacing)
    del record[written(str(path))]
    _write(record, journal)


def _key(path: Path) -> str:
    return written(str(resolved(path)))


def _is_tagged(path: Path, journal: Path) -> bool:
    with tag_journal.find(resolved(path), journal) as (entry, original):
        return entry is not None and original is not None


def _read(journal: Path) -> dict[str, Any]:
    path = Path(journal) / RECORD
    if not path.is_file():
        return {}
    try:
        return {str(key): _checked(known) for key, known in read_json(path)["files"].items()}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ArtifactError(
            f"{path} is damaged ({error}), so what was folded is not known; restore it from a backup, or delete it: "
            "the files then keep their folded moods"
        ) from error


def _checked(known: Any) -> dict[str, Any]:
    before, after = (list(map(str, known[key])) for key in ("before", "after"))
    return {"before": before, "after": after, "untouched": bool(known["untouched"])}


def _write(record: Mapping[str, Any], journal: Path) -> None:
    write_json(Path(journal) / RECORD, {"schema_version": SCHEMA_VERSION, "files": dict(record)})
