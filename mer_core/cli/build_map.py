"""Fit the mood map of a workspace's embeddings (UMAP, a minute for 18,000 tracks) and store its coordinates."""

import argparse
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mer_core.cli import common
from mer_core.embeddings.nearest import standardise
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import MerError
from mer_core.lyrics.space import WITH_WORDS, WORDS, word_space
from mer_core.lyrics.store import ENCODER, read_kept_words
from mer_core.maps.umap import MoodMap, fit_map, save_map
from mer_core.workspace.layout import Workspace

POOLING = "mean+std"


def work(args: argparse.Namespace) -> common.Result:
    """Read the store, fit, save."""
    start = time.monotonic()
    workspace = Workspace.open(args.workspace)
    with workspace.lock():
        laid = _laid(workspace, args.encoder)
        fit = fit_map(laid.X, seed=args.seed)
        save_map(
            workspace.map_dir(args.encoder),
            MoodMap(tuple(laid.track_ids), fit.coordinates, fit.trustworthiness, laid.made_by, POOLING),
        )
    seconds = time.monotonic() - start
    return {
        "encoder": args.encoder,
        "tracks": len(laid.track_ids),
        "trustworthiness": fit.trustworthiness,
        "seconds": seconds,
        "map": workspace.map_dir(args.encoder),
    }


class _Laid(NamedTuple):
    """What is laid out: X (n_tracks, dim), and what made it."""

    track_ids: list[str]
    X: NDArray[np.floating]
    made_by: dict[str, Any]


def _laid(workspace: Workspace, name: str) -> _Laid:
    """The embeddings of an encoder's store, of the words (WORDS), or of both side by side."""
    encoder = name.removesuffix(WITH_WORDS)
    if encoder == name != WORDS:
        store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
        return _Laid(*store.read_pooled(POOLING), store.identity)
    space = word_space(workspace, read_kept_words(workspace))
    if name == WORDS:
        kept = space.kept
        ids = [str(track) for track in kept.table.index[kept.counts]]
        return _Laid(ids, space.rows(kept.embeddings, kept.counts)[kept.counts], {"name": WORDS, "words": ENCODER})
    store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
    track_ids, X = store.read_pooled(POOLING)
    words = space.kept.of(track_ids)
    both = np.hstack([standardise(X, X), space.rows(words.embeddings, words.counts)])
    return _Laid(track_ids, both, {**store.identity, "name": name, "words": ENCODER})


def _space(value: str) -> str:
    from mer_core.encoders import encoder_name  # here: the help need not wait for it

    encoder = value.removesuffix(WITH_WORDS)
    try:
        return value if encoder == WORDS else encoder_name(encoder) + value[len(encoder) :]
    except MerError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def text(result: common.Result) -> str:
    """The result for people."""
    return (
        "{tracks} tracks laid out from {encoder} embeddings in {seconds:.0f} s, "
        "trustworthiness {trustworthiness:.3f}: {map}"
    ).format(**result)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = common.make_parser(__doc__, "python scripts/build_map.py workspaces/demo --encoder musicnn")
    common.add_workspace(parser)
    parser.add_argument(
        "--encoder",
        type=_space,
        required=True,
        metavar="ENCODER",
        help="whose embeddings to lay out: an encoder's, or several joined by +; words: what read_words keeps; "
        "musicnn+words: both",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of the layout: same embeddings and seed, same map (default: %(default)s)"
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
