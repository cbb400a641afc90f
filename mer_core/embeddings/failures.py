"""What a store records of tracks in tables harmless in a spreadsheet: _failures.csv, why some could not be embedded,
and _warnings.csv, what was wrong with the audio of others that were.
"""

import logging
from collections.abc import Collection, Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from mer_core.errors import ArtifactError, Remedies
from mer_core.io.files import LARGEST_TEXT, csv_text, read_regular, write_bytes
from mer_core.workspace.layout import beside_shards

LOGGER = logging.getLogger(__name__)


class Failure(NamedTuple):
    """A track that could not be embedded: its path in the dataset and one sentence saying why."""

    track_id: str
    path: str
    error: str


class AudioWarning(NamedTuple):
    """A track embedded from cut-off or damaged audio: its path in the dataset and one sentence saying what was read."""

    track_id: str
    path: str
    warning: str


Note = Failure | AudioWarning
_FILES: dict[type[Note], str] = {Failure: "failures.csv", AudioWarning: "warnings.csv"}
_DAMAGED = {
    Failure: "it is rewritten now: tracks without embedding are tried again by every run",
    AudioWarning: "it is rewritten now, for new tracks",
}


def failures_path(folder: Path) -> Path:
    """The list of failures of the store in `folder`."""
    return _path(Failure, folder)


def warnings_path(folder: Path) -> Path:
    """The list of warnings of the store in `folder`."""
    return _path(AudioWarning, folder)


def read_notes(kind: type[Note], folder: Path, rebuild: Remedies) -> pd.DataFrame:
    """The failures or the warnings of the store in `folder`, sorted by id: columns as the fields of `kind`.

    Raises ArtifactError with the remedy `rebuild` when the file is damaged.
    """
    path = _path(kind, folder)
    if not path.exists():
        return _table(kind, [])
    try:
        table = pd.read_csv(BytesIO(read_regular(path, LARGEST_TEXT)), dtype=str, keep_default_na=False)[
            list(kind._fields)
        ]
    except (OSError, ValueError, KeyError) as error:
        raise ArtifactError(f"{path} is damaged ({error}); delete it", remedy=rebuild) from error
    return table.replace(r"^'(?=[=+\-@\t\r\n])", "", regex=True)


def record_notes(
    kind: type[Note], folder: Path, rebuild: Remedies, tried: Collection[str], notes: Collection[Note]
) -> None:
    """Replace what the file says of the tracks `tried` by `notes`; a damaged file is started again, and one that would
    be the first and empty is not written."""
    if kind is AudioWarning and not notes and not _path(kind, folder).exists():
        return
    try:
        known = read_notes(kind, folder, rebuild)
    except ArtifactError as error:
        LOGGER.warning("%s (%s)", error, _DAMAGED[kind])
        known = _table(kind, [])
    table = pd.concat([known[~known["track_id"].isin(set(tried))], _table(kind, notes)])
    write_bytes(_path(kind, folder), csv_text(table.sort_values("track_id")).encode())


def _path(kind: type[Note], folder: Path) -> Path:
    return beside_shards(folder, _FILES[kind])


def _table(kind: type[Note], notes: Iterable[Note]) -> pd.DataFrame:
    return pd.DataFrame(notes, columns=list(kind._fields), dtype=str)
