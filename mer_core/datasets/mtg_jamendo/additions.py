"""What this program adds to a dataset without touching its own files: `added.json` beside the tracks file.

categories   whose tags are labels (none: mood/theme, or all where there is no such tag)
durations    track id → seconds, read from the audio where DURATION is empty
identical    groups of track ids whose audio files are the same byte for byte
words        tag → the word it is folded onto ("" for none), see `datasets.vocabulary`; `words_before` for undo
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mer_core.datasets.mtg_jamendo.checksums import read_checksums
from mer_core.datasets.mtg_jamendo.tsv import TrackRow
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.files import SCHEMA_VERSION, read_json, write_json

ADDED = "added.json"


@dataclass(frozen=True)
class Additions:
    """See the module; empty where nothing is added."""

    categories: tuple[str, ...] = ()
    durations: Mapping[str, float] = field(default_factory=dict)
    identical: tuple[tuple[str, ...], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    words_before: tuple[Mapping[str, str], ...] = ()

    @classmethod
    def read(cls, folder: Path) -> "Additions":
        """Those of the dataset in `folder`; raises DatasetError when they are damaged."""
        path = folder / ADDED
        if not path.is_file():
            return cls()
        try:
            content = read_json(path)
            return cls(
                tuple(map(str, content.get("categories", ()))),
                {str(key): float(value) for key, value in content.get("durations", {}).items()},
                tuple(tuple(map(str, group)) for group in content.get("identical", ())),
                _strings(content.get("words", {})),
                tuple(map(_strings, content.get("words_before", ()))),
            )
        except (ArtifactError, AttributeError, TypeError, ValueError) as error:
            raise DatasetError(
                f"{path} is damaged ({error}); delete it, import the dataset again and fold its tags again"
            ) from error

    def write(self, folder: Path) -> None:
        """Keep them in `folder`; nothing is written where there is nothing to keep and nothing was."""
        if self != Additions() or (folder / ADDED).exists():
            write_json(folder / ADDED, {"schema_version": SCHEMA_VERSION, **asdict(self)})


def identical_audio(checksums: Path | None, rows: Iterable[TrackRow]) -> tuple[tuple[str, ...], ...]:
    """Groups of ids of tracks whose files have one SHA-256 in the checksum list, each in the rows' order; () without a
    list.

    Raises DatasetError when the list cannot be read.
    """
    if checksums is None:
        return ()
    digests = read_checksums(checksums)
    groups: dict[str, list[str]] = {}
    for row in rows:
        digest = digests.get(row.path) or digests.get(f"{row.path.removesuffix('.mp3')}.low.mp3")
        if digest:
            groups.setdefault(digest, []).append(row.track_id)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def _strings(value: Any) -> dict[str, str]:
    return {str(key): str(word) for key, word in value.items()}
