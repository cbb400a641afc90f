"""Compute the embeddings of a workspace's tracks. It may be interrupted at any moment; the same command goes on where
it ended.

With --from-mirror the audio of MTG-Jamendo is fetched part by part, embedded and deleted: 152 GB need 3 GB of disk.
With --scheduler the work is done by the workers of a Dask cluster.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from tqdm.contrib.logging import logging_redirect_tqdm

from mer_core.cli import common, download_dataset, mirror_options
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.download import Downloader
from mer_core.datasets.mtg_jamendo.layout import PARTS
from mer_core.datasets.mtg_jamendo.source import ALL_PARTS
from mer_core.datasets.subset import choose_subset, subset_table
from mer_core.embeddings.audio_type import keep_audio_type, type_at_home
from mer_core.embeddings.dask.driver import ClusterJob, extract_on_cluster, mirror_audio, shared_audio
from mer_core.embeddings.dask.exchange import Exchange
from mer_core.embeddings.extract import AudioItem, Extraction, audio_items, extract
from mer_core.embeddings.failures import failures_path, warnings_path
from mer_core.embeddings.joint import join_stores
from mer_core.embeddings.precision import store_precision
from mer_core.embeddings.store import EmbeddingStore
from mer_core.embeddings.stream import AudioStream, extract_from_mirror
from mer_core.encoders import load_encoder
from mer_core.encoders.joint import parts_of
from mer_core.errors import DatasetError
from mer_core.io.files import csv_text, write_bytes
from mer_core.io.spans import file_of
from mer_core.workspace.kinds import LIBRARY
from mer_core.workspace.layout import Workspace, write_lock

WARNED_SHOWN = 3
"""Tracks with cut-off or damaged audio that the text names; warnings.csv names all."""


def work(args: argparse.Namespace) -> common.Result:
    """Embed what the store does not hold yet, and sum up; several encoders one after the other, then join them."""
    parts = parts_of(args.encoder)
    if len(parts) == 1:
        return _by_one(args)
    workspace = Workspace.open(args.workspace)
    for part in parts:
        if part not in workspace.encoders() or _audio_is_here(workspace):
            _by_one(argparse.Namespace(**vars(args) | {"encoder": part}))
    with write_lock(args.workspace):
        done = join_stores(workspace, args.encoder)
    return _summed_up(args, Dataset.load(workspace.dataset_dir).tracks, done, workspace)


def _audio_is_here(workspace: Workspace) -> bool:
    """Whether anything is left to embed from: a store that was made from the mirror is taken as it is."""
    paths = Dataset.load(workspace.dataset_dir).tracks["path"]
    return any(file_of(workspace.audio_path(path)).exists() for path in paths)


def _by_one(args: argparse.Namespace) -> common.Result:
    with logging_redirect_tqdm():
        downloader = Downloader(args.workspace, download_dataset.source_of(args), progress=True)
        found = None if args.from_mirror else Workspace.open(args.workspace)
        with write_lock(args.workspace):
            workspace = found or downloader.fetch_metadata()
            tracks = _chosen_tracks(
                Dataset.load(workspace.dataset_dir, name=downloader.source.tracks_name if args.from_mirror else None),
                args,
            )
            stream = AudioStream(downloader, workspace, args.keep_audio, args.max_disk)
            subset = _subset_result(workspace, tracks) if args.subset else None
            done = _on_cluster(args, tracks, stream) if args.scheduler else _here(args, tracks, stream)
    return {
        **_summed_up(args, tracks, done, workspace),
        "subset": subset,
        "parts": sorted(set(_parts_of(tracks["path"]))) if args.from_mirror else [],
        "failed_parts": {f"{number:02d}": reason for number, reason in stream.failed_parts.items()},
    }


def _summed_up(args: argparse.Namespace, tracks: pd.DataFrame, done: Extraction, workspace: Workspace) -> common.Result:
    store = EmbeddingStore.open(workspace.embeddings_dir(args.encoder))
    return {
        "encoder": args.encoder,
        "tracks": int(tracks["track_id"].isin(store.track_ids).sum()),
        "failures": done.failed,
        "failed_before": done.failed_before,
        "warnings": len(cut := _warned(store, tracks)),
        "warned": cut[:WARNED_SHOWN],
        "embedded": done.embedded,
        "reused": done.reused,
        "audio_hours": done.audio_hours,
        "seconds": done.seconds,
        "x_realtime": done.x_realtime,
        "store": store.folder,
        "subset": None,
        "parts": [],
        "failed_parts": {},
    }


def _warned(store: EmbeddingStore, tracks: pd.DataFrame) -> list[str]:
    """Paths of those of `tracks` that were embedded, by this run or an earlier one, from audio that is not whole."""
    warnings = store.warnings()
    return list(warnings["path"][warnings["track_id"].isin(tracks["track_id"])])


def _here(args: argparse.Namespace, tracks: pd.DataFrame, stream: AudioStream) -> Extraction:
    folder = stream.workspace.embeddings_dir(args.encoder)
    items, audio_type = ([], None) if args.from_mirror else _at_home(tracks, stream.workspace, folder)
    begun = None if os.environ.get("MER_PRECISION") else store_precision(folder)
    encoder = load_encoder(args.encoder, **({"precision": begun} if begun else {}))
    store = EmbeddingStore.create(folder, encoder.identity())
    if args.from_mirror:
        return extract_from_mirror(
            tracks, stream, encoder, store, jobs=args.jobs, retry_failed=args.retry_failed, progress=True
        )
    keep_audio_type(store, audio_type)
    retry = args.retry_failed or stream.workspace.kind != LIBRARY  # there a track's id stands for its sound
    return extract(items, encoder, store, jobs=args.jobs, retry_failed=retry, progress=True)


def _on_cluster(args: argparse.Namespace, tracks: pd.DataFrame, stream: AudioStream) -> Extraction:
    folder = stream.workspace.embeddings_dir(args.encoder)
    exchange = Exchange(args.exchange or str(folder / "exchange"))
    if args.from_mirror:  # a task a part, whose tar is then fetched once
        audio_of, audio_type = mirror_audio(stream.downloader), args.type
        job = ClusterJob(
            args.scheduler,
            exchange,
            audio_of,
            slice_tracks=None,
            jobs=args.jobs,
            retry_failed=args.retry_failed,
            audio_type=audio_type,
        )
    else:
        _, audio_type = _at_home(tracks, stream.workspace, folder)  # reports also where audio is missing altogether
        job = ClusterJob(
            args.scheduler, exchange, shared_audio(stream.workspace, audio_type), jobs=args.jobs, audio_type=audio_type
        )
    return extract_on_cluster(tracks, args.encoder, folder, job, progress=True)


def _at_home(tracks: pd.DataFrame, workspace: Workspace, folder: Path) -> tuple[list[AudioItem], str | None]:
    """The workspace's own files for the store in `folder`, and their type where it is known."""
    audio_type = type_at_home(workspace, tracks["path"], folder)
    return audio_items(workspace, tracks, audio_type), audio_type


def _chosen_tracks(dataset: Dataset, args: argparse.Namespace) -> pd.DataFrame:
    """The tracks that --parts, --subset and --limit leave, in the dataset's order; from the mirror --limit leaves those
    of the first parts: few downloads."""
    if args.parts != tuple(ALL_PARTS):
        dataset = dataset.subset(_parts_of(dataset.tracks["path"]).isin([f"{part:02d}" for part in args.parts]))
    if args.subset:
        dataset = dataset.subset(choose_subset(dataset, args.subset))
    if not len(dataset):
        raise DatasetError(
            f"no track of {dataset.name} lies in the parts {args.parts[0]:02d} to {args.parts[-1]:02d} asked for; "
            f"choose other --parts"
        )
    tracks = dataset.tracks.sort_values("path", key=_parts_of, kind="stable") if args.from_mirror else dataset.tracks
    return tracks[: args.limit].sort_index()


def _parts_of(paths: pd.Series) -> pd.Series:
    """The folders, such as "48", that `paths` begin with."""
    return paths.str.split("/").str[0]


def _subset_result(workspace: Workspace, tracks: pd.DataFrame) -> common.Result:
    """Write the tracks of --subset down, and say where, of which parts they are and how many a split has."""
    table = subset_table(tracks)
    path = workspace.root / "subset.csv"
    write_bytes(path, csv_text(table).encode())
    splits = {split: n for split in PARTS if (n := int((table["split"] == split).sum()))}
    return {"file": path, "tracks": len(table), "parts": sorted(set(table["part"])), "splits": splits}


def text(result: common.Result) -> str:
    """The result for people."""
    line = (
        "{tracks} tracks have {encoder} embeddings in {store}: {embedded} made now, {reused} before; {failures} failed"
    ).format(**result)
    if result["failures"]:
        line += f" (see {failures_path(result['store'])})"
    if result["failed_before"]:
        line += f"; {result['failed_before']} failed earlier: try them again with --retry-failed"
    lines = [
        line,
        *([_warnings_text(result)] if result["warnings"] else []),
        *([_subset_text(result["subset"])] if result["subset"] else []),
        "{audio_hours:.2f} h of audio in {seconds:.0f} s, {x_realtime:.0f} × real time".format(**result),
    ]
    return "\n".join(
        [*lines, *(f"part {number} could not be had: {reason}" for number, reason in result["failed_parts"].items())]
    )


def _warnings_text(result: common.Result) -> str:
    named = ", ".join(common.one_line(path) for path in result["warned"]) + (
        ", …" if result["warnings"] > len(result["warned"]) else ""
    )
    listed = f"{warnings_path(result['store'])} says of each what was read"
    remedy = (
        "replace them (those of MTG-Jamendo: download_dataset.py --verify), delete their shards and run the "
        "same command again"
    )
    return (
        f"{result['warnings']} tracks were cut off or damaged, and embedded as far as they can be read: "
        f"{named}; {listed}: {remedy}"
    )


def _subset_text(subset: common.Result) -> str:
    splits = ", ".join(f"{n} {split}" for split, n in subset["splits"].items())
    return (
        f"the subset is {subset['tracks']} tracks{f' ({splits})' if splits else ''} of the parts "
        f"{', '.join(subset['parts'])}; {subset['file']} lists them"
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this script's arguments."""
    common.add_workspace(parser)
    common.add_encoder(parser, "what to embed by: vggish (TensorFlow Hub), musicnn (works offline) …")
    parser.add_argument(
        "--jobs", type=common.positive, metavar="N", help="decoding threads (default: the processor's cores)"
    )
    parser.add_argument(
        "--limit",
        type=common.positive,
        metavar="N",
        help="embed only the first N tracks of the dataset, from the mirror those of its first parts",
    )
    parser.add_argument(
        "--subset",
        type=common.positive,
        metavar="N",
        help="embed only N tracks that look like the whole, always the same, from the first parts",
    )
    mirror_options.add_arguments(parser)
    cluster = parser.add_argument_group("many machines")
    cluster.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="run on the workers of the Dask scheduler at this address, as tcp://host:8786",
    )
    cluster.add_argument(
        "--exchange",
        metavar="PATH",
        help="path or URL that all machines share, for rows on their way (default: in the workspace)",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 also when single files failed (failures.csv names them), 1 when all did or whole parts
    could not be had."""
    parser = common.make_parser(
        __doc__, "python scripts/build_embeddings.py workspaces/jamendo --encoder musicnn --from-mirror --subset 500"
    )
    add_arguments(parser)
    complaint = ""

    def work_and_note(args: argparse.Namespace) -> common.Result:
        nonlocal complaint
        given = parser.parse_args(
            argv, argparse.Namespace(**dict.fromkeys(mirror_options.NAMES))
        )  # None: left out, whatever the default is
        if objection := mirror_options.objection(given):
            parser.error(objection)
        result = work(args)
        complaint = _complaint(result)
        return result

    code = common.run(parser, argv, work_and_note, text)
    if complaint:
        common.report(f"{parser.prog}: {complaint}")
    return code or int(bool(complaint))


def _complaint(result: common.Result) -> str:
    """What makes a run that came to its end a failure ("": nothing)."""
    if result["failed_parts"]:
        return f"the parts {', '.join(result['failed_parts'])} could not be had; run the same command to try them again"
    if failed := 0 if result["tracks"] else result["failures"] + result["failed_before"]:
        again = "run the same command again" + (" with --retry-failed" if result["failed_before"] else "")
        return (
            f"all {failed} tracks failed; {failures_path(result['store'])} says why: correct the files or choose "
            f"others, and {again}"
        )
    return ""


if __name__ == "__main__":
    raise SystemExit(main())
