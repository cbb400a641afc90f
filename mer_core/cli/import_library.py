"""Make a workspace from a folder of your own music, with embeddings, predicted moods and a map. Your files are read
where they lie, never changed.

The same command again takes in what was added, drops what has gone, and embeds only what is new.
"""

import argparse
import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mer_core.audio.folders import passed_over_line
from mer_core.cli import common, watch_library
from mer_core.cli.commands import app_command, command
from mer_core.embeddings.store import EmbeddingStore
from mer_core.library.workspace import LibraryImport, import_library
from mer_core.model.bundle import STARTER, load_model, resolve_model
from mer_core.workspace.layout import Workspace

SHOWN = 10


def work(args: argparse.Namespace) -> common.Result:
    """Import, then run the steps that follow from what changed; or watch."""
    if args.watch:
        return watch_library.watch(args, lambda workspace: _embed_and_predict(workspace, args))
    done = import_library(args.workspace, args.audio_dir, jobs=args.jobs, progress=True)
    broken = [{"path": record.path, "error": record.error} for record in done.library.broken]
    damaged = [{"path": record.path, "damage": record.damage} for record in done.library.damaged]
    duplicates = [{"path": copy.path, "same_as": first.path} for copy, first in done.library.duplicates]
    return {
        "workspace": done.workspace.root,
        "tracks": len(done.library.tracks),
        "added": done.added,
        "removed": done.removed,
        "unchanged": done.unchanged,
        "broken": len(broken),
        "damaged": len(damaged),
        "duplicates": len(duplicates),
        "passed_over": dict(done.passed_over),
        "with_mood_tags": len(done.library.file_moods()),
        "broken_files": broken,
        "damaged_files": damaged,
        "duplicate_files": duplicates,
        **({} if args.files_only else _analyse(done, args)),
    }


def _analyse(done: LibraryImport, args: argparse.Namespace) -> common.Result:
    workspace, root = done.workspace, str(done.workspace.root)
    made = _embed_and_predict(workspace, args)
    encoder, embeddings = made["encoder"], made["embeddings"]
    failures = EmbeddingStore.open(workspace.embeddings_dir(encoder)).failures()
    if embeddings["tracks"] > 1 and (
        done.added or done.removed or embeddings["embedded"] or encoder not in workspace.maps()
    ):
        common.run_script("build_map", [root, "--encoder", encoder])
    keys = ("embedded", "failures", "failed_before", "audio_hours", "seconds", "x_realtime")
    mapped = encoder in Workspace.open(root).maps()
    return {
        **made,
        "embeddings": {key: embeddings[key] for key in keys},
        "failed_files": failures[failures["track_id"].isin(done.library.tracks)][["path", "error"]].to_dict("records"),
        "map": mapped,
    }


def _embed_and_predict(workspace: Workspace, args: argparse.Namespace) -> common.Result:
    root = str(workspace.root)
    encoder = str(load_model(resolve_model(workspace, args.model)).encoder["name"])
    jobs = ["--jobs", str(args.jobs)] if args.jobs else []
    retry = ["--retry-failed"] if args.retry_failed else []
    embeddings = common.run_script("build_embeddings", [root, "--encoder", encoder, *jobs, *retry])
    predicted = common.run_script("predict_library", [root, "--model", args.model])
    words = common.run_script("read_words", [root, "--model", args.model]) if args.words else None
    return {
        "words": None if words is None else {key: words[key] for key in ("read", "with_lyrics", "counted", "findings")},
        "encoder": encoder,
        "embeddings": embeddings,
        "predicted": predicted["tracks"],
        "model": predicted["model"],
    }


def text(result: common.Result) -> str:
    """The result for people: counts, then what could not be used."""
    if "lines" in result:
        return _no_longer_watched(result)
    lines = ["{workspace}: {tracks} tracks, {added} added, {removed} removed, {unchanged} unchanged".format(**result)]
    if "embeddings" in result:
        lines.append(
            "{embedded} embedded now, {failures} failed, {failed_before} failed before".format(**result["embeddings"])
            + ", {predicted} with predicted moods".format(**result)
        )
    if result.get("words"):
        lines.append("words: {with_lyrics} tracks have lyrics, those of {counted} count".format(**result["words"]))
    lines += _listed("broken", [f"{file['path']}: {file['error']}" for file in result["broken_files"]])
    lines += _listed(
        "damaged, taken in as far as they can be read",
        [f"{file['path']}: {file['damage']}" for file in result["damaged_files"]],
    )
    lines += _listed(
        "without embedding", [f"{file['path']}: {file['error']}" for file in result.get("failed_files", [])]
    )
    lines += _listed(
        "duplicates",
        [f"{file['path']} is the same recording as {file['same_as']}" for file in result["duplicate_files"]],
    )
    lines += [line] if (line := passed_over_line(Counter(result["passed_over"]))) else []
    return "\n".join([*lines, f"next: MER_WORKSPACE={shlex.quote(str(result['workspace']))} {app_command()}"])


def _no_longer_watched(result: common.Result) -> str:
    line = "{workspace}: {tracks} tracks; no longer watched".format(**result)
    if not result["map_to_redo"]:
        return line
    redo = command("build_map", result["workspace"], "--encoder", result["map_to_redo"])
    return f"{line}\nthe mood map does not show what has come; redo it: {redo}"


def _listed(name: str, passed_over_line: list[str]) -> list[str]:
    more = [f"  … and {len(passed_over_line) - SHOWN} more (--json lists all)"] if len(passed_over_line) > SHOWN else []
    return (
        [
            f"{name}: {len(passed_over_line)}",
            *(f"  {common.one_line(line)}" for line in passed_over_line[:SHOWN]),
            *more,
        ]
        if passed_over_line
        else []
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the library is imported, also where single files are broken; 1 when there is no music or a step
    failed."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/import_library.py workspaces/my-music --audio-dir ~/Music"
    )
    parser.add_argument(
        "workspace", type=Path, metavar="WORKSPACE", help="folder to make or update; not inside the music folder"
    )
    parser.add_argument("--audio-dir", type=Path, required=True, metavar="DIR", help="the folder with your music")
    parser.add_argument(
        "--model",
        default=STARTER,
        metavar="MODEL",
        help="what predicts the moods: starter, a model of the workspace, or a model folder",
    )
    parser.add_argument(
        "--files-only", action="store_true", help="only read the files; no embeddings, predictions or map"
    )
    parser.add_argument(
        "--words",
        action="store_true",
        help="also read the lyrics in the files' tags and beside them, and keep what they say as numbers",
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="try to embed files again that could not be embedded before"
    )
    parser.add_argument(
        "--watch",
        action="store_true",
        help="go on until Ctrl-C: take in what is added or changed as it comes, one line a file (the map stays)",
    )
    parser.add_argument(
        "--interval",
        type=common.above_zero,
        default=10.0,
        metavar="SECONDS",
        help="between two looks of --watch; a file must be still as long (default: %(default)g)",
    )
    parser.add_argument(
        "--jobs", type=common.positive, metavar="N", help="files read at once (default: the processor's cores)"
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
