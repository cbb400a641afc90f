"""Fit the mood map of a workspace's embeddings (UMAP, a minute for 18,000 tracks) and store its coordinates."""

import argparse
import time
from collections.abc import Sequence

from mer_core.cli import common
from mer_core.embeddings.store import EmbeddingStore
from mer_core.maps.umap import MoodMap, fit_map, save_map
from mer_core.workspace.layout import Workspace

POOLING = "mean+std"


def work(args: argparse.Namespace) -> common.Result:
    """Read the store, fit, save."""
    start = time.monotonic()
    workspace = Workspace.open(args.workspace)
    with workspace.lock():
        store = EmbeddingStore.open(workspace.embeddings_dir(args.encoder))
        track_ids, X = store.read_pooled(POOLING)
        fit = fit_map(X, seed=args.seed)
        save_map(
            workspace.map_dir(args.encoder),
            MoodMap(tuple(track_ids), fit.coordinates, fit.trustworthiness, store.identity, POOLING),
        )
    seconds = time.monotonic() - start
    return {
        "encoder": args.encoder,
        "tracks": len(track_ids),
        "trustworthiness": fit.trustworthiness,
        "seconds": seconds,
        "map": workspace.map_dir(args.encoder),
    }


def text(result: common.Result) -> str:
    """The result for people."""
    return (
        "{tracks} tracks laid out from {encoder} embeddings in {seconds:.0f} s, trustworthiness "
        "{trustworthiness:.3f}: {map}"
    ).format(**result)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    parser = common.make_parser(__doc__, "python scripts/build_map.py workspaces/demo --encoder musicnn")
    common.add_workspace(parser)
    common.add_encoder(parser, "whose embeddings to lay out")
    parser.add_argument(
        "--seed", type=int, default=0, help="of the layout: same embeddings and seed, same map (default: %(default)s)"
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
