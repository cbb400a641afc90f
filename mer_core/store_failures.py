"""A store's failures.csv: the tracks that could not be embedded, and why; harmless in a spreadsheet."""

from collections.abc import Collection, Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from mer_core.errors import ArtifactError
from mer_core.files import LARGEST_TEXT, csv_text, read_regular, write_bytes

NAME = "failures.csv"


class Failure(NamedTuple):
    """A track that could not be embedded: its path in the dataset and one sentence saying why."""

    track_id: str
    path: str
    error: str


def read_failures(folder: Path, rebuild: str) -> pd.DataFrame:
    """The failures of the store in `folder`, sorted by id: columns track_id, path, error.

    Raises ArtifactError naming the command `rebuild` when the file is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return _table([])
    try:
        table = pd.read_csv(BytesIO(read_regular(path, LARGEST_TEXT)), dtype=str, keep_default_na=False)[list(Failure._fields)]
    except (OSError, ValueError, KeyError) as error:
        raise ArtifactError(f"{path} is damaged ({error}); delete it and make it anew with: {rebuild}") from error
    return table.replace(r"^'(?=[=+\-@\t\r\n])", "", regex=True)


def write_failures(folder: Path, known: pd.DataFrame | None, tried: Collection[str], failures: Iterable[Failure]) -> None:
    """Write what is `known` (as `read_failures` gives it; None: nothing), with `failures` in place of what it says of the tracks `tried`."""
    kept = _table([]) if known is None else known[~known["track_id"].isin(set(tried))]
    table = pd.concat([kept, _table(failures)])
    write_bytes(folder / NAME, csv_text(table.sort_values("track_id")).encode())


def _table(failures: Iterable[Failure]) -> pd.DataFrame:
    return pd.DataFrame(failures, columns=list(Failure._fields), dtype=str)
