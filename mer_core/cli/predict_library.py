"""Predict the moods of all tracks of a workspace that have embeddings, and keep them there for the pages and for
export."""

import argparse
import time
from collections.abc import Sequence

from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.inference.stored import predict_store, save_predictions
from mer_core.model.bundle import STARTER, load_model, resolve_model
from mer_core.teach.own_moods import load_with_own_moods
from mer_core.workspace.layout import Workspace


def work(args: argparse.Namespace) -> common.Result:
    """Predict and save."""
    start = time.monotonic()
    workspace = Workspace.open(args.workspace)
    model = load_model(resolve_model(workspace, args.model))
    if not args.with_albums:  # what albums say of a mood of one's own was never measured
        model = load_with_own_moods(workspace, model)
    with workspace.lock():
        store = EmbeddingStore.open(workspace.embeddings_dir(model.encoder["name"]))
        tracks = Dataset.load(workspace.dataset_dir).tracks
        album_of = dict(zip(tracks["track_id"], tracks["album_id"], strict=True))
        predicted = predict_store(store, model, list(album_of), album_of if args.with_albums else None)
        folder = save_predictions(workspace, predicted)
    counts = dict(
        sorted(zip(model.moods, predicted.decided.sum(axis=0).tolist(), strict=True), key=lambda item: -item[1])
    )
    return {
        "model": model.name,
        "with_albums": args.with_albums,
        "tracks": len(predicted.track_ids),
        "decided": int(predicted.decided.any(axis=1).sum()),
        "out_of_domain": sum(map(bool, predicted.out_of_domain)),
        "moods": counts,
        "predictions": folder,
        "seconds": time.monotonic() - start,
    }


def text(result: common.Result) -> str:
    """The result for people."""
    commonest = ", ".join(f"{mood} {count}" for mood, count in list(result["moods"].items())[:5] if count)
    line = "{decided} of {tracks} tracks have moods by the model {model}".format(**result)
    return f"{line}{f', most often {commonest}' if commonest else ''}: {result['predictions']}"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the predictions are written, 1 when the model or its embeddings are missing."""
    parser = common.make_parser(__doc__ or "", "python scripts/predict_library.py workspaces/my-music --model starter")
    common.add_workspace(parser)
    parser.add_argument(
        "--model",
        default=STARTER,
        metavar="MODEL",
        help="a model of the workspace, a model folder, or starter (default: %(default)s)",
    )
    albums = (
        "let an album's other tracks count, as far as they did in the model's training (its card has the "
        "figures with and without)"
    )
    parser.add_argument("--with-albums", action="store_true", help=albums)
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
