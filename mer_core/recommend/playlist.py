"""A playlist that is there already, made longer: which tracks of the catalogue its files are, and both together."""

import unicodedata
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


def tracks_by_name(tracks: pd.DataFrame, entries: Sequence[str]) -> tuple[list[str], list[str]]:
    """The ids of the tracks that the paths of a playlist from another machine mean, and the paths that mean none.

    A path means the track whose path ends with most of the same folders and the same file name, whatever its ending and
    case; where several tracks agree as far, the first.
    """
    by_stem: dict[str, list[tuple[list[str], str]]] = {}
    for track_id, path in zip(tracks["track_id"], tracks["path"], strict=True):
        parts = _folded_parts(str(file_of(path)))
        by_stem.setdefault(parts[-1], []).append((parts, str(track_id)))
    found: dict[str, str] = {}
    missing = []
    for entry in entries:
        wanted = _folded_parts(entry)
        candidates = by_stem.get(wanted[-1], [])
        if candidates:
            best = max(candidates, key=lambda one: _common_end(one[0], wanted))
            found.setdefault(best[1], entry)
        else:
            missing.append(entry)
    return list(found), missing


def _folded_parts(path: str) -> list[str]:
    """Folders and file name without its ending, fit to compare."""
    parts = [unicodedata.normalize("NFC", part).casefold() for part in path.replace("\\", "/").split("/") if part]
    return [*parts[:-1], Path(parts[-1]).stem] if parts else [""]


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    same = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        same += 1
    return same


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
