"""Recommend tracks of a workspace by a track, a file, a section, a mood profile or a path from mood to mood; as text or
a playlist."""

import argparse
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_core.cli import common, recommend_playlist
from mer_core.cli.recommend_seeds import called, hear, playlist_tracks, seeds, without_playlists
from mer_core.cli.recommend_words import compared_by, rows
from mer_core.embeddings.pooling import pool
from mer_core.embeddings.store import EmbeddingStore
from mer_core.embeddings.versions import with_copies
from mer_core.errors import DatasetError
from mer_core.inference.predictor import own_mood_notes
from mer_core.io.files import write_bytes
from mer_core.lyrics.space import SOUND, WAYS, WORDS
from mer_core.model.bundle import load_model, resolve_model
from mer_core.model.trained import Model
from mer_core.recommend.ask import query_by, query_for
from mer_core.recommend.by_words import words_sentence
from mer_core.recommend.catalogue import Catalogue, load_catalogue
from mer_core.recommend.describe import Understood, described, in_words, understand, unwanted_moods
from mer_core.recommend.explain import closest_sections, path_sentence, sentence
from mer_core.recommend.path import smooth_path
from mer_core.recommend.playlist import with_originals
from mer_core.recommend.rank import (
    PER_ARTIST,
    Query,
    allowed_tracks,
    check_seeds,
    mood_profile,
    rank,
    usual_per_artist,
    why_fewer,
    wishes_of,
)
from mer_core.teach.own_moods import load_with_own_moods
from mer_core.workspace.layout import Workspace

MOST_BY_FIT = 500
"""Tracks at most where the fit alone ends the list."""
NOT_ON_A_PATH = (
    *("extend", "least_fit", "like", "unlike", "section", "more", "less", "describe", "mood_weight", "variety"),
    *("valence", "arousal"),
)
SHOWN = ["track_id", "title", "artist", "score", "sound_similarity", "mood_similarity", "also_as", "reason"]


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 with a list, 1 when nothing can be recommended."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/recommend.py --like song.mp3 --not dark --playlist similar.m3u8"
    )
    common.add_workspace(parser)
    parser.add_argument("--model", default="starter", help="model that hears moods (default: %(default)s)")
    parser.add_argument(
        "--like", nargs="+", default=[], metavar="TRACK", help="track ids of the workspace, audio files or playlists"
    )
    parser.add_argument(
        "--unlike", nargs="+", default=[], metavar="TRACK", help="tracks, files or playlists to stay away from"
    )
    parser.add_argument(
        "--by",
        choices=WAYS,
        default=SOUND,
        help="what --like and --unlike mean: the sound, what the words say (read_words first), or both",
    )
    parser.add_argument(
        "--section", nargs=2, type=_seconds, metavar=("FROM", "TO"), help="only these seconds of the one --like track"
    )
    parser.add_argument(
        "--describe", metavar="TEXT", help='what it should be like, in your own words: "calm piano, not sad"'
    )
    parser.add_argument("--more", nargs="+", default=[], metavar="MOOD", help="moods to have more of")
    parser.add_argument("--less", nargs="+", default=[], metavar="MOOD", help="moods to have less of")
    place = "in [-1, 1], the nearest first; 0 is the middle of music"
    parser.add_argument("--valence", type=_place, metavar="V", help=f"unpleasant to pleasant, {place}")
    parser.add_argument("--arousal", type=_place, metavar="A", help=f"calm to excited, {place}")
    parser.add_argument(
        "--not", nargs="+", default=[], dest="unwanted", metavar="MOOD", help="moods that must not stand out"
    )
    parser.add_argument("--path", nargs=2, metavar=("FROM", "TO"), help="a smooth path from one mood to another")
    parser.add_argument("--mood-weight", type=_share, help="0: alike in sound alone, 1: in mood alone (default: 0.5)")
    parser.add_argument("--variety", type=_share, help="0: best first, towards 1: more different (default: 0)")
    parser.add_argument(
        "--per-artist",
        type=common.positive,
        help=f"tracks an artist at most (default: {PER_ARTIST}; any number where all are by one)",
    )
    parser.add_argument(
        "--out-of-domain",
        action="store_true",
        help="also recommend what sounds unlike all music the model knows (noise, silence)",
    )
    parser.add_argument(
        "-n", "--number", type=common.positive, help="how many tracks (default: 10; with --least-fit all that fit)"
    )
    _add_playlist_options(parser)
    return common.run(parser, argv, work, text)


def _add_playlist_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--extend", type=Path, metavar="PLAYLIST", help="go on from the tracks of a playlist (.m3u, .m3u8), which lead"
    )
    parser.add_argument(
        "--least-fit",
        type=_share,
        metavar="SCORE",
        help="end the list before the score falls below this (0 to 1; 0.9: among the best tenth)",
    )
    recommend_playlist.add_arguments(parser)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Rank, explain, and write the playlist."""
    recommend_playlist.check(args)
    args.number = args.number or (10 if args.least_fit is None else MOST_BY_FIT)
    rule = recommend_playlist.rule(args)
    workspace = Workspace.open(args.workspace)
    model = load_with_own_moods(workspace, load_model(resolve_model(workspace, args.model)))
    catalogue = load_catalogue(workspace, model)
    args.per_artist = args.per_artist or usual_per_artist(catalogue)
    known = playlist_tracks(workspace, catalogue, args.extend) if args.extend else []
    args.like, args.unlike = (without_playlists(workspace, catalogue, given) for given in (args.like, args.unlike))
    args.like = list(dict.fromkeys([*args.like, *known]))
    understood = None if args.describe is None else understand(args.describe, names=catalogue.moods)
    found, fewer = (
        (_path(catalogue, args), None) if args.path else _ranked(workspace, model, catalogue, args, understood)
    )
    if rule:
        write_bytes(args.playlist, rule.encode())
    elif args.playlist:
        listed = with_originals(catalogue, known, found)
        write_bytes(args.playlist, recommend_playlist.playlist(workspace, listed, args.playlist, args.paths).encode())
    asked = [*args.more, *args.less, *args.unwanted, *(args.path or ()), *(understood.moods if understood else ())]
    left_out = 0 if args.out_of_domain else int(catalogue.not_music.sum())
    tracks = found[[c for c in SHOWN if c in found]].to_dict("records")
    return {
        "workspace": workspace.root,
        "model": model.name,
        "playlist": args.playlist,
        "left_out": left_out,
        "fewer": fewer,
        "understood": understood.to_dict() if understood else None,
        "notes": own_mood_notes(model, asked),
        "tracks": tracks,
    }


def text(result: dict[str, Any]) -> str:
    """One line a track, why they are fewer than asked for, and how many of the workspace could not be among them."""
    lines = [
        common.one_line(f"{entry['track_id']}  {entry['title'] or '–'} · {entry['artist'] or '–'}  ({_why(entry)})")
        for entry in result["tracks"]
    ]
    if result["understood"]:
        lines.insert(0, in_words(result["understood"]))
    if result["fewer"]:
        lines.append(result["fewer"])
    lines += map(common.one_line, result["notes"])
    if result["left_out"]:
        lines.append(
            f"Left out because they sound unlike all music the model knows: {result['left_out']} (--out-of-domain "
            f"keeps them)"
        )
    return "\n".join(lines)


def _why(entry: dict[str, Any]) -> str:
    return with_copies(str(entry["reason"]), entry.get("also_as") or "")


def _path(catalogue: Catalogue, args: argparse.Namespace) -> pd.DataFrame:
    if ignored := [name for name in NOT_ON_A_PATH if getattr(args, name) not in ([], None)]:
        raise DatasetError(
            f"--path goes from mood to mood and does not use --{ignored[0].replace('_', '-')}; leave out one of the two"
        )
    start, end = (mood_profile(catalogue, {mood: 1.0}) for mood in args.path)
    allowed = allowed_tracks(catalogue, Query(unwanted=args.unwanted, not_music=args.out_of_domain))
    path = smooth_path(catalogue, start, end, args.number, args.per_artist, allowed)
    return path.assign(reason=[path_sentence(position, *args.path) for position in path["position"]])


def _ranked(
    workspace: Workspace, model: Model, catalogue: Catalogue, args: argparse.Namespace, understood: Understood | None
) -> tuple[pd.DataFrame, str | None]:
    """The tracks with a column `reason`, and why they are fewer than asked for, None where they are not."""
    store = EmbeddingStore.open(workspace.embeddings_dir(str(model.encoder["name"])))
    like, unlike = (called(workspace, catalogue, given) for given in (args.like, args.unlike))
    check_seeds(like, unlike)
    heard = [hear(catalogue, model, store, track) for track in [*args.like, *args.unlike]]
    asked_by = seeds(heard, model, args)
    compared = compared_by(workspace, catalogue, args)
    asked = query_for(catalogue, wishes_of(args.more, args.less), args.valence, args.arousal) or Query()
    query = replace(
        asked,
        described=described(catalogue, understood) if understood else None,
        unwanted=[*args.unwanted, *(unwanted_moods(catalogue, understood) if understood else [])],
        excluded=[
            *like,
            *unlike,
            *(track for one in heard for track in one.same),
            *(compared.wordless if compared else []),
        ],
        mood_weight=0.5 if args.mood_weight is None else args.mood_weight,
        variety=args.variety or 0.0,
        per_artist=args.per_artist,
        least_fit=args.least_fit or 0.0,
        not_music=args.out_of_domain,
    )
    if asked_by:
        pooled = np.stack([pool(seed.frames, model.pooling) for seed in asked_by])
        by = query_by(catalogue, model, pooled, [1.0] * len(args.like) + [-1.0] * len(args.unlike))
        query = replace(query, sound=by.sound, mood=by.mood, weights=by.weights)
        if query.place is None:  # one that was named goes before that of the tracks
            query = replace(query, place=by.place)
        if compared and by.sound is not None:
            sound = rows(compared, [*args.like, *args.unlike], [one.same for one in heard], by.sound)
            query, catalogue = replace(query, sound=sound), compared.catalogue
    found = rank(catalogue, query, args.number)
    hop = float(model.encoder["hop_seconds"])
    reasons = []
    for _, track in found.iterrows():
        sections = (
            closest_sections(asked_by[0], store.read_frames(track["track_id"]), hop)
            if len(asked_by) == 1 and args.like and args.by != WORDS
            else None
        )
        reasons.append(sentence(catalogue, query, track, sections, words_sentence(track, args.by) if compared else ""))
    wanted = 0 if args.number == MOST_BY_FIT else args.number  # where the fit alone ends the list, none are missing
    return found.assign(reason=reasons), why_fewer(
        catalogue, query, len(found), wanted, f"--per-artist {args.per_artist}"
    )


def _share(value: str) -> float:
    number = float(value)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{value} is not between 0 and 1")
    return number


def _place(value: str) -> float:
    number = float(value)
    if not -1 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{value} is not between -1 and 1")
    return number


def _seconds(value: str) -> float:
    number = float(value)
    if not 0 <= number < math.inf:
        raise argparse.ArgumentTypeError(f"{value} is not a number of seconds from the beginning of a track")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
