"""A playlist that is there already, made longer: which tracks of the catalogue its files are, and both together."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mer_core.recommend.catalogue import Catalogue
from mer_core.workspace.layout import Workspace


def known_tracks(workspace: Workspace, catalogue: Catalogue, files: Sequence[Path]) -> list[str]:
    """For each file its track id where it is a track of the workspace, else its path."""
    ids = {
        workspace.audio_path(path).resolve(): track_id
        for track_id, path in zip(catalogue.tracks["track_id"], catalogue.tracks["path"], strict=True)
    }
    return [str(ids.get(file.resolve(), file)) for file in files]


def with_originals(
    catalogue: Catalogue, originals: Sequence[str], files: Sequence[Path], found: pd.DataFrame
) -> pd.DataFrame:
    """The tracks of a playlist (`originals` as `known_tracks` gives) in front of those that were found."""
    if not len(originals):
        return found
    rows = [
        catalogue.tracks.iloc[catalogue.row_of(name)].to_dict()
        if name in catalogue.row_of_id
        else {"track_id": name, "path": str(file.resolve()), "title": file.stem, "artist": "", "duration": float("nan")}
        for name, file in zip(originals, files, strict=True)
    ]
    return pd.concat([pd.DataFrame(rows).assign(reason="was in the playlist"), found], ignore_index=True)
