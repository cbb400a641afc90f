"""What `recommend` is asked by: track ids, audio files and playlists, heard and called by the tracks that they are."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mer_core.audio.playlists import is_playlist_name, read_playlist, refuse_other_playlist
from mer_core.cli import common
from mer_core.embeddings.pooling import pool
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import AudioError, DatasetError
from mer_core.inference import predict
from mer_core.model.trained import Model
from mer_core.recommend.catalogue import Catalogue
from mer_core.recommend.explain import Seed, cut
from mer_core.recommend.playlist import split_missing
from mer_core.workspace.layout import Workspace


class Heard(NamedTuple):
    """One track asked by: its frame embeddings (n_frames, dim), and the ids of the catalogue's tracks that are the same
    song."""

    frames: np.ndarray
    same: list[str]


def without_playlists(workspace: Workspace, catalogue: Catalogue, given: Sequence[str]) -> list[str]:
    """`given` with each playlist (.m3u, .m3u8) replaced by its tracks; raises AudioError where none of one is there."""
    return [name for one in given for name in _tracks_of(workspace, catalogue, one)]


def playlist_tracks(workspace: Workspace, catalogue: Catalogue, path: Path) -> list[str]:
    """The ids or files of a playlist that are there; how many are not is reported. Raises AudioError where none is."""
    names, missing = split_missing(workspace, catalogue, read_playlist(path))
    if not names:
        raise AudioError(
            f"none of the {len(missing)} files of the playlist {path} is there, the first is {missing[0]}; "
            "was the music moved, or the playlist written on another machine?"
        )
    if missing:
        common.report(
            f"passed over, because they are not there: {len(missing)} of {path.name} (the first: {missing[0]})"
        )
    return names


def _tracks_of(workspace: Workspace, catalogue: Catalogue, name: str) -> Iterator[str]:
    if is_playlist_name(name) and name not in catalogue.row_of_id:
        yield from playlist_tracks(workspace, catalogue, Path(name))
    else:
        refuse_other_playlist(Path(name))
        yield name


def hear(catalogue: Catalogue, model: Model, store: EmbeddingStore, track: str) -> Heard:
    """A track of the store, or an audio file, heard."""
    if not Path(track).is_file():
        return Heard(store.read_frames(track), [])
    heard = predict.from_file(track, model, timeline=False)
    return Heard(heard.embedding, catalogue.same_song(pool(heard.embedding, model.pooling), heard.duration))


def seeds(heard: Sequence[Heard], model: Model, args: argparse.Namespace) -> list[Seed]:
    """What is asked by: each track heard; the one --like track cut by --section. Raises DatasetError where --section
    has not one track to cut."""
    if not args.section:
        return [Seed(one.frames) for one in heard]
    if len(args.like) != 1 or args.unlike:
        raise DatasetError(
            f"--section cuts one track, but {len(args.like)} were given with --like and {len(args.unlike)} with "
            f"--unlike; name one with --like"
        )
    first, last = args.section
    return [cut(heard[0].frames, first, last, float(model.encoder["hop_seconds"]))]


def called(workspace: Workspace, catalogue: Catalogue, given: Sequence[str]) -> list[str]:
    """What was given, by id or as a file: as it is, as the file's full path, and as the id of the workspace's track
    that it is."""
    files = {Path(track).resolve() for track in given if Path(track).is_file()}
    tracks = zip(catalogue.tracks["track_id"], catalogue.tracks["path"], strict=True) if files else ()
    return [
        *given,
        *map(str, files),
        *(track_id for track_id, path in tracks if workspace.audio_path(path).resolve() in files),
    ]
