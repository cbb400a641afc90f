"""Predict the moods of all tracks of a workspace that have embeddings, and keep them there for the pages and for
export."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.layout import PARTS
from mer_core.embeddings.store import EmbeddingStore
from mer_core.export.mediaeval import save_array, split_arrays
from mer_core.inference.predictor import own_mood_notes
from mer_core.inference.stored import predict_store, save_predictions
from mer_core.model.bundle import STARTER, load_model, resolve_model
from mer_core.teach.own_moods import load_with_own_moods
from mer_core.workspace.layout import Workspace


def work(args: argparse.Namespace) -> common.Result:
    """Predict and save."""
    start = time.monotonic()
    workspace = Workspace.open(args.workspace)
    model = load_with_own_moods(workspace, load_model(resolve_model(workspace, args.model)))
    with workspace.lock():
        store = EmbeddingStore.open(workspace.embeddings_dir(model.encoder["name"]))
        tracks = Dataset.load(workspace.dataset_dir).tracks
        album_of = dict(zip(tracks["track_id"], tracks["album_id"], strict=True))
        predicted = predict_store(store, model, list(album_of), album_of if args.with_albums else None)
        arrays = split_arrays(workspace, predicted, args.part, args.split) if _wanted(args) else None
        folder = save_predictions(workspace, predicted)
    for path, name in _wanted(args).items():
        save_array(path, getattr(arrays, name))
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
        "notes": own_mood_notes(model),
        "predictions": folder,
        "arrays": None
        if arrays is None
        else {
            "files": list(_wanted(args)),
            "part": args.part,
            "split": args.split,
            "shape": list(arrays.scores.shape),
            "moods": list(arrays.moods),
        },
        "seconds": time.monotonic() - start,
    }


def text(result: common.Result) -> str:
    """The result for people."""
    commonest = ", ".join(f"{mood} {count}" for mood, count in list(result["moods"].items())[:5] if count)
    line = "{decided} of {tracks} tracks have moods by the model {model}".format(**result)
    if made := result["arrays"]:
        files = ", ".join(map(str, made["files"]))
        line += f"; {made['part']} part of split {made['split']}, {made['shape'][0]} × {made['shape'][1]}: {files}"
    line += f"{f', most often {commonest}' if commonest else ''}: {result['predictions']}"
    return "\n".join([line, *map(common.one_line, result["notes"])])


def _wanted(args: argparse.Namespace) -> dict[Path, str]:
    """The arrays to write: the path of each, and which it is."""
    asked = {"scores": args.out, "decisions": args.decisions, "groundtruth": args.groundtruth}
    return {path: name for name, path in asked.items() if path}


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
    _add_arrays(parser)
    return common.run(parser, argv, work, text)


def _add_arrays(parser: argparse.ArgumentParser) -> None:
    arrays = parser.add_argument_group(
        "MediaEval's arrays",
        "rows in the order of the split's TSV, columns in that of its list of tags, as evaluate_predictions.py and the "
        "task's own script read them",
    )
    arrays.add_argument("--out", type=Path, metavar="P.npy", help="also write the probabilities")
    arrays.add_argument("--decisions", type=Path, metavar="D.npy", help="also write which moods are decided")
    arrays.add_argument("--groundtruth", type=Path, metavar="G.npy", help="also write the dataset's own labels")
    arrays.add_argument("--part", choices=PARTS, default="test", help="of which part (default: %(default)s)")
    arrays.add_argument(
        "--split", type=int, choices=range(5), default=0, metavar="N", help="of which split (default: %(default)s)"
    )


if __name__ == "__main__":
    raise SystemExit(main())
