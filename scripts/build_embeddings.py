"""Compute the embeddings of a workspace's tracks. It may be interrupted at any moment; the same command goes on where it ended."""

import argparse
from collections.abc import Sequence

import _cli
from tqdm.contrib.logging import logging_redirect_tqdm

from mer_core.dataset import Dataset
from mer_core.embedding_store import EmbeddingStore
from mer_core.encoders import ENCODERS, load_encoder
from mer_core.extraction import audio_items, extract
from mer_core.workspace import Workspace


def work(args: argparse.Namespace) -> _cli.Result:
    """Embed what the store does not hold yet, and sum up."""
    workspace = Workspace.open(args.workspace)
    tracks = Dataset.load(workspace.dataset_dir).tracks[: args.limit]
    items = audio_items(workspace, tracks)
    with workspace.lock(), logging_redirect_tqdm():
        encoder = load_encoder(args.encoder)
        store = EmbeddingStore.create(workspace.embeddings_dir(args.encoder), encoder.identity())
        done = extract(items, encoder, store, jobs=args.jobs, progress=True)
    return {
        "encoder": encoder.name,
        "tracks": int(tracks["track_id"].isin(store.track_ids).sum()),
        "failures": done.failed,
        "embedded": done.embedded,
        "reused": done.reused,
        "audio_hours": done.audio_hours,
        "seconds": done.seconds,
        "x_realtime": done.x_realtime,
        "store": store.folder,
    }


def text(result: _cli.Result) -> str:
    """The result for people."""
    line = "{tracks} tracks have {encoder} embeddings in {store}: {embedded} made now, {reused} before; {failures} failed".format(**result)
    if result["failures"]:
        line += f" (see {result['store'] / 'failures.csv'})"
    return line + "\n{audio_hours:.2f} h of audio in {seconds:.0f} s, {x_realtime:.0f} × real time".format(**result)


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 also when single files failed (failures.csv names them)."""
    parser = _cli.make_parser(__doc__, "python scripts/build_embeddings.py workspaces/demo --encoder musicnn")
    _cli.add_workspace(parser)
    parser.add_argument("--encoder", choices=ENCODERS, required=True, help="vggish (TensorFlow Hub), musicnn (works offline) or placeholder (for tests)")
    parser.add_argument("--jobs", type=_cli.positive, metavar="N", help="decoding threads (default: the processor's cores)")
    parser.add_argument("--limit", type=_cli.positive, metavar="N", help="embed only the first N tracks of the dataset")
    return _cli.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
