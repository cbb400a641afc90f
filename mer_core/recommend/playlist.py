"""A playlist that is there already, made longer: which tracks of the catalogue its files are, and both together."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from mer_core.io.spans import file_of
from mer_core.recommend.catalogue import Catalogue
from mer_core.workspace.layout import Workspace


def known_tracks(workspace: Workspace, catalogue: Catalogue, files: Sequence[Path]) -> list[str]:
    """For each file its track id where it is a track of the workspace, else its path."""
    ids = {
        workspace.audio_path(path).resolve(): track_id
        for track_id, path in zip(catalogue.tracks["track_id"], catalogue.tracks["path"], strict=True)
    }
    return [str(ids.get(file.resolve(), file)) for file in files]


def split_missing(workspace: Workspace, catalogue: Catalogue, files: Sequence[Path]) -> tuple[list[str], list[Path]]:
    """What can be heard of a playlist, as `known_tracks` names it, and the files that are neither tracks of the
    workspace nor there."""
    named = list(zip(known_tracks(workspace, catalogue, files), files, strict=True))
    missing = [file for name, file in named if name not in catalogue.row_of_id and not file_of(file).is_file()]
    return [name for name, file in named if file not in missing], missing


def with_originals(catalogue: Catalogue, originals: Sequence[str], found: pd.DataFrame) -> pd.DataFrame:
    """The tracks of a playlist (`originals`: ids, or files that are no tracks here) in front of those that were
    found."""
    if not len(originals):
        return found
    rows = [_original(catalogue, name) for name in originals]
    return pd.concat([pd.DataFrame(rows).assign(reason="was in the playlist"), found], ignore_index=True)


def _original(catalogue: Catalogue, name: str) -> dict[str, object]:
    if name in catalogue.row_of_id:
        return {str(key): value for key, value in catalogue.tracks.iloc[catalogue.row_of(name)].items()}
    file = Path(name).resolve()
    title = file_of(file).stem
    return {"track_id": name, "path": str(file), "title": title, "artist": "", "duration": float("nan")}
