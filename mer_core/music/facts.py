"""The table of what was measured of a workspace's tracks: `music.csv` in its folder.

Columns: track_id, tempo (beats a minute, empty: none found), key ("A minor", empty: unclear), key_strength (correlation
with the key's profile). A workspace made before there was such a file has none: `read_facts` then gives an empty table.
"""

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mer_core.errors import ArtifactError, Remedy
from mer_core.io.files import read_regular, write_bytes
from mer_core.music.tempo_key import TempoKey
from mer_core.workspace.layout import Workspace

FILE = "music.csv"
COLUMNS = ("tempo", "key", "key_strength")


def read_facts(workspace: Workspace) -> pd.DataFrame:
    """Index track_id, columns COLUMNS; empty where nothing was measured. Raises ArtifactError for a damaged file."""
    path = workspace.root / FILE
    if not path.exists():
        return _table({})
    try:
        table = pd.read_csv(io.BytesIO(read_regular(path)), dtype={"track_id": str, "key": str}, keep_default_na=True)
        table = table.set_index("track_id")[list(COLUMNS)]
        table[["tempo", "key_strength"]] = table[["tempo", "key_strength"]].astype(float)
    except (ValueError, KeyError, OSError, UnicodeError) as error:
        raise ArtifactError(
            f"{path} is damaged ({type(error).__name__}); delete it and measure the tracks again",
            remedy=Remedy("measure_music", workspace.root),
        ) from error
    return table[~table.index.duplicated(keep="last")].assign(key=table["key"].fillna(""))


def write_facts(workspace: Workspace, facts: Mapping[str, TempoKey]) -> None:
    """Write what is known of tracks, by id, in one step; replaces the file."""
    write_bytes(workspace.root / FILE, _table(facts).to_csv().encode())


def facts_by_id(table: pd.DataFrame) -> dict[str, TempoKey]:
    """The rows of `read_facts` by track id."""
    columns = (table[name] for name in COLUMNS)
    return {str(track_id): TempoKey(*found) for track_id, *found in zip(table.index, *columns, strict=True)}


def in_words(tempo: float, key: str, voice: str = "") -> str:
    """ "84 BPM · A minor · instrumental"; what is not known is left out."""
    beats = f"{tempo:.0f} BPM" if np.isfinite(tempo) else ""
    return " · ".join(filter(None, [beats, key, voice]))


def _table(facts: Mapping[str, TempoKey]) -> pd.DataFrame:
    rows = [facts[track_id] for track_id in sorted(facts)]
    index = pd.Index(sorted(facts), name="track_id", dtype=object)
    table = pd.DataFrame(rows, index=index, columns=list(COLUMNS))
    return table.astype({"tempo": float, "key_strength": float})
