"""`recommend --by words` and `--by both`: tracks compared by what their words say."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mer_core.errors import DatasetError
from mer_core.inference.words import words_of
from mer_core.lyrics.space import SOUND, word_space
from mer_core.lyrics.store import read_kept_words
from mer_core.recommend.by_words import ByWords, by_words
from mer_core.recommend.catalogue import Catalogue, Floats
from mer_core.workspace.layout import Workspace


def compared_by(workspace: Workspace, catalogue: Catalogue, args: argparse.Namespace) -> ByWords | None:
    """The catalogue as `--by` says; None for sound. Raises DatasetError without a track to compare with, and
    ArtifactError, with the remedy, where no words were read."""
    if args.by == SOUND:
        return None
    if not args.like or args.section:
        raise DatasetError(f"--by {args.by} compares with whole tracks; name them with --like, and leave out --section")
    return by_words(catalogue, word_space(workspace, read_kept_words(workspace)), args.by)


def rows(compared: ByWords, tracks: Sequence[str], same: Sequence[Sequence[str]], sounds: Floats) -> Floats:
    """(n, k): the rows of tracks and files; same: of each file the ids of the tracks that are the same song; sounds:
    (n, dim) in the plain catalogue's space."""
    found = []
    for track, twins, sound in zip(tracks, same, sounds, strict=True):
        known = track if track in compared.catalogue.row_of_id else next(iter(twins), None)
        if known is not None:
            found.append(compared.row_of_track(known))
        else:
            found.append(compared.row_of_file(sound[None], words_of(Path(track)), f"the file {track}"))
    return np.concatenate(found)
