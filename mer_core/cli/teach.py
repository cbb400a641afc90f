"""The moods taught in a workspace: list them, make a playlist of one, take answers out of it or into it."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mer_core.cli import common, teach_tags
from mer_core.errors import DatasetError
from mer_core.export import formats as exports
from mer_core.io.files import write_bytes
from mer_core.model.bundle import load_model, resolve_model
from mer_core.teach import exchange
from mer_core.teach.examples import LEAST, examples_by_mood
from mer_core.teach.journal import Journal, tidy_mood
from mer_core.teach.own_moods import Lessons, open_lessons
from mer_core.workspace.layout import Workspace


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when it is done, 1 when a file cannot be read or a mood was not taught."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/teach.py workspaces/demo --mood rainy --playlist rainy.m3u8"
    )
    common.add_workspace(parser)
    parser.add_argument("--model", default="starter", help="model that hears the tracks (default: %(default)s)")
    parser.add_argument(
        "--import", dest="source", type=Path, metavar="FILE", help="add the answers of a CSV or JAMS file"
    )
    parser.add_argument(
        "--from-tags",
        action="store_true",
        help="take the moods in the tags of a library's files as answers, in whatever language: shown first",
    )
    parser.add_argument("--write", action="store_true", help="with --from-tags: keep the answers")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write all answers as .csv or .jams")
    parser.add_argument("--mood", help="the mood to list tracks of")
    parser.add_argument("--playlist", type=Path, metavar="FILE", help="with --mood: also write them as .m3u8")
    parser.add_argument(
        "-n", "--number", type=common.positive, default=20, help="how many tracks (default: %(default)s)"
    )
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Import, export, list; or read the answers in the tags of files."""
    if args.playlist and not args.mood:
        raise DatasetError("--playlist is of one mood; name it with --mood")
    workspace = Workspace.open(args.workspace)
    if args.write and not args.from_tags:
        raise DatasetError("--write keeps the answers of --from-tags; give both, or neither")
    if args.from_tags:
        return teach_tags.work(workspace, load_model(resolve_model(workspace, args.model)), args.write)
    journal = Journal.of(workspace)
    imported = len(journal.add(exchange.read_answers(args.source))) if args.source else 0
    answers = journal.read()
    lessons = open_lessons(workspace, load_model(resolve_model(workspace, args.model)))
    if args.export:
        write_bytes(args.export, _exported(args.export, answers, lessons).encode())
    found = examples_by_mood(lessons.said(answers))
    moods = {
        mood: {"yes": int(given.liked.sum()), "no": int((~given.liked).sum()), "learned": given.enough}
        for mood, given in found.items()
    }
    tracks = _tracks(workspace, lessons, found, args) if args.mood else []
    return {
        "workspace": workspace.root,
        "answers": len(answers),
        "imported": imported,
        "moods": moods,
        "tracks": tracks,
    }


def text(result: dict[str, Any]) -> str:
    """A line a mood, or a line a track."""
    if "words" in result:
        return teach_tags.text(result)
    if result["tracks"]:
        return "\n".join(
            common.one_line(f"{track['probability']:.2f}  {track['track_id']}  {track['title']} · {track['artist']}")
            for track in result["tracks"]
        )
    lines = [f"{result['workspace']}: {result['answers']} answers"]
    for mood, counted in result["moods"].items():
        few = "" if counted["learned"] else f" (learned from {LEAST} yes on)"
        lines.append(common.one_line(f"{mood}: {counted['yes']} yes, {counted['no']} no{few}"))
    return "\n".join(lines)


def _exported(path: Path, answers: list[Any], lessons: Lessons) -> str:
    tracks = lessons.tracks
    if path.suffix.lower() == ".csv":
        return exchange.to_csv(answers)
    if path.suffix.lower() in (".jams", ".json"):
        names = (dict(zip(tracks["track_id"], tracks[column], strict=True)) for column in ("duration", "title"))
        return exchange.to_jams(answers, *names)
    raise DatasetError(f"{path} is no kind of file answers are written to; name it .csv or .jams")


def _tracks(
    workspace: Workspace, lessons: Lessons, found: dict[str, Any], args: argparse.Namespace
) -> list[dict[str, Any]]:
    mood = tidy_mood(args.mood)
    if mood not in found or not found[mood].enough:
        raise DatasetError(
            f"the mood {mood!r} has fewer than {LEAST} examples here; give more on the Teach page, or with --import"
        )
    probabilities = lessons.learn(found[mood]).probabilities(lessons.features, lessons.known(mood))
    order = np.argsort(-probabilities, kind="stable")
    refused = found[mood].rows[~found[mood].liked]
    order = order[lessons.of_library[order] & ~np.isin(order, refused)][: args.number]
    chosen = lessons.tracks.iloc[order].assign(probability=probabilities[order])
    if args.playlist:
        places = [str(workspace.audio_path(path).resolve()) for path in chosen["path"]]
        write_bytes(args.playlist, exports.to_m3u(chosen.assign(location=places)).encode())
    return chosen[["track_id", "title", "artist", "probability"]].to_dict("records")  # type: ignore[return-value]


if __name__ == "__main__":
    raise SystemExit(main())
