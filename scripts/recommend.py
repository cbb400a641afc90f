"""Recommend tracks of a workspace by a track, a file, a section, a mood profile or a path from mood to mood; as text or a playlist."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import _cli
import numpy as np
import pandas as pd

from mer_core import exports, predict
from mer_core.catalogue import load_catalogue
from mer_core.embedding_store import EmbeddingStore
from mer_core.errors import DatasetError
from mer_core.files import write_bytes
from mer_core.model_folder import Model, load_model, resolve_model
from mer_core.mood_path import smooth_path
from mer_core.pooling import pool
from mer_core.recommend import Catalogue, Query, mood_profile, rank
from mer_core.recommend_reasons import closest_sections, sentence, shared_moods
from mer_core.workspace import Workspace, default_root

SHOWN = ["track_id", "title", "artist", "score", "sound_similarity", "mood_similarity", "reason"]


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 with a list, 1 when nothing can be recommended."""
    parser = _cli.make_parser(__doc__ or "", "python scripts/recommend.py --like song.mp3 --not dark --playlist similar.m3u8")
    parser.add_argument("workspace", nargs="?", type=Path, default=default_root(), metavar="WORKSPACE", help="where to choose from (default: %(default)s)")
    parser.add_argument("--model", default="starter", help="model that hears moods (default: %(default)s)")
    parser.add_argument("--like", nargs="+", default=[], metavar="TRACK", help="track ids of the workspace, or audio files")
    parser.add_argument("--unlike", nargs="+", default=[], metavar="TRACK", help="track ids or audio files to stay away from")
    parser.add_argument("--section", nargs=2, type=float, metavar=("FROM", "TO"), help="only these seconds of the one --like track")
    parser.add_argument("--more", nargs="+", default=[], metavar="MOOD", help="moods to have more of")
    parser.add_argument("--less", nargs="+", default=[], metavar="MOOD", help="moods to have less of")
    parser.add_argument("--not", nargs="+", default=[], dest="unwanted", metavar="MOOD", help="moods that must not stand out")
    parser.add_argument("--path", nargs=2, metavar=("FROM", "TO"), help="a smooth path from one mood to another")
    parser.add_argument("--mood-weight", type=_share, default=0.5, help="0: alike in sound alone, 1: in mood alone (default: %(default)s)")
    parser.add_argument("--variety", type=_share, default=0.3, help="0: best first, towards 1: more different (default: %(default)s)")
    parser.add_argument("--per-artist", type=int, default=2, help="tracks an artist at most (default: %(default)s)")
    parser.add_argument("-n", "--number", type=int, default=10, help="how many tracks (default: %(default)s)")
    parser.add_argument("--playlist", type=Path, metavar="FILE", help="also write a playlist: .m3u8, .csv or .jspf")
    return _cli.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Rank, explain, and write the playlist."""
    if args.playlist and args.playlist.suffix not in (".m3u", ".m3u8", ".csv", ".jspf"):
        raise DatasetError(f"{args.playlist} is no kind of playlist known here; name it .m3u8, .csv or .jspf")
    workspace = Workspace.open(args.workspace)
    model = load_model(resolve_model(workspace, args.model))
    catalogue = load_catalogue(workspace, model)
    found = _path(catalogue, args) if args.path else _ranked(workspace, model, catalogue, args)
    if args.playlist:
        write_bytes(args.playlist, _playlist(workspace, found, args.playlist).encode())
    return {"workspace": workspace.root, "model": model.name, "playlist": args.playlist, "tracks": found[[c for c in SHOWN if c in found]].to_dict("records")}


def text(result: dict[str, Any]) -> str:
    """One line a track."""
    return "\n".join(f"{entry['track_id']}  {entry['title'] or '–'} · {entry['artist'] or '–'}  ({entry['reason']})" for entry in result["tracks"])


def _path(catalogue: Catalogue, args: argparse.Namespace) -> pd.DataFrame:
    start, end = (mood_profile(catalogue, {mood: 1.0}) for mood in args.path)
    path = smooth_path(catalogue, start, end, args.number, args.per_artist)
    return path.assign(reason=[f"{position:.0%} of the way from {args.path[0]} to {args.path[1]}" for position in path["position"]])


def _ranked(workspace: Workspace, model: Model, catalogue: Catalogue, args: argparse.Namespace) -> pd.DataFrame:
    store = EmbeddingStore.open(workspace.embeddings_dir(str(model.encoder["name"])))
    seeds = [_frames(seed, model, store) for seed in [*args.like, *args.unlike]]
    hop = float(model.encoder["hop_seconds"])
    if args.section:
        if len(seeds) != 1:
            raise DatasetError(f"--section cuts one track, {len(seeds)} were given; name one with --like")
        seeds = [seeds[0][int(args.section[0] / hop) : max(int(args.section[0] / hop) + 1, round(args.section[1] / hop))]]
        if not len(seeds[0]):
            raise DatasetError(f"the track ends before second {args.section[0]:g}; choose an earlier section")
    profile = mood_profile(catalogue, {**dict.fromkeys(args.more, 1.0), **dict.fromkeys(args.less, -1.0)})
    sound = None
    if seeds:
        pooled = np.stack([pool(frames, model.pooling) for frames in seeds])
        sound = catalogue.sound_of(pooled)
        profile = profile + catalogue.mood_of(model.probabilities(pooled[: len(args.like) or 1])).mean(axis=0)
    weights = [1.0] * len(args.like) + [-1.0] * len(args.unlike)
    excluded = [*args.like, *args.unlike]
    query = Query(sound, weights, profile, args.unwanted, excluded, args.mood_weight, args.variety, args.per_artist)
    found = rank(catalogue, query, args.number)
    reasons = []
    for row, track_id in zip(found["row"], found["track_id"], strict=True):
        sections = closest_sections(seeds[0], store.read_frames(track_id), hop) if len(seeds) == 1 else None
        reasons.append(sentence(shared_moods(catalogue, row, profile), sections))
    return found.assign(reason=reasons)


def _frames(seed: str, model: Model, store: EmbeddingStore) -> np.ndarray:
    """Frame embeddings of an audio file, or of a track of the store."""
    if Path(seed).is_file():
        return predict.from_file(seed, model, timeline=False).embedding
    return store.read_frames(seed)


def _playlist(workspace: Workspace, found: pd.DataFrame, path: Path) -> str:
    table = found.assign(location=[str(workspace.audio_path(track).resolve()) for track in found["path"]])
    if path.suffix == ".csv":
        return exports.csv_text(table.drop(columns="row"))
    if path.suffix == ".jspf":
        return exports.to_jspf(table, path.stem, dict(zip(found["track_id"], found["reason"], strict=True)))
    return exports.to_m3u(table)


def _share(value: str) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{value} is not between 0 and 1")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
