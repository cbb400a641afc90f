"""Read the lyrics of a workspace's tracks (in their tags, beside them, or in a folder) and keep what they say as
numbers; list the tracks whose sound and words disagree.

The text of lyrics is not kept. The same command again reads only what has changed.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mer_core.cli import common
from mer_core.cli.lyrics_options import add_lyrics_options, words_reader
from mer_core.datasets.dataset import Dataset
from mer_core.errors import ArtifactError, DatasetError
from mer_core.export.formats import csv_text, playlist_table, to_m3u
from mer_core.inference.words_kept import FINDINGS, words_beside_sound
from mer_core.io.files import write_bytes
from mer_core.io.spans import file_of
from mer_core.lyrics.store import ENCODER, KeptWords, Wanted, read_kept_words, update_words
from mer_core.model.bundle import STARTER, load_model, resolve_model
from mer_core.workspace.layout import Workspace

PLAYLISTS = (".m3u", ".m3u8", ".csv")
SHOWN = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the words are read, 1 when the text encoder is missing or the playlist cannot be made."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/read_words.py workspaces/my-music --playlist happy-sad.m3u8"
    )
    common.add_workspace(parser)
    add_lyrics_options(parser, refusable=False)
    parser.add_argument("--again", action="store_true", help="read all lyrics again, also those that have not changed")
    parser.add_argument(
        "--model", default=STARTER, help="model that hears the sound to compare with (default: %(default)s)"
    )
    parser.add_argument(
        "--finding", choices=FINDINGS, default=FINDINGS[0], help="which tracks --playlist has (default: %(default)s)"
    )
    parser.add_argument(
        "--playlist", type=Path, metavar="FILE", help="write the tracks whose sound and words disagree: .m3u8, .csv"
    )
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Read, compare with the sound where that was embedded, write the playlist."""
    start = time.monotonic()
    if args.playlist and args.playlist.suffix.lower() not in PLAYLISTS:
        raise DatasetError(f"{args.playlist} is no kind of playlist known here; name it .m3u8 or .csv")
    workspace = Workspace.open(args.workspace)
    reader = words_reader(args)
    assert reader is not None  # they cannot be refused here
    tracks = Dataset.load(workspace.dataset_dir).tracks
    files = {track: workspace.audio_path(path) for track, path in zip(tracks["track_id"], tracks["path"], strict=True)}
    read = 0
    with workspace.lock(), tqdm(total=len(files), desc="words", disable=None) as progress:
        for fresh, done in update_words(workspace, Wanted(files, reader, args.fetch_lyrics, args.again)):
            read += fresh
            progress.update(done)
    kept = read_kept_words(workspace)
    return {
        "workspace": workspace.root,
        "encoder": ENCODER,
        "tracks": len(files),
        "read": read,
        "with_lyrics": int((kept.table["source"] != "").sum()),
        "counted": int(kept.counts.sum()),
        "languages": kept.table.loc[kept.counts, "language"].value_counts().to_dict(),
        "reasons": _reasons(kept),
        **_findings(workspace, args),
        "seconds": time.monotonic() - start,
    }


def text(result: dict[str, Any]) -> str:
    """A few lines."""
    languages = ", ".join(f"{language} {number}" for language, number in result["languages"].items())
    lines = [
        "{workspace}: {with_lyrics} of {tracks} tracks have lyrics, {read} were read now; those of {counted} "
        "count".format(**result)
        + (f" ({languages})" if languages else "")
    ]
    lines += [f"  {number} × {reason}" for reason, number in list(result["reasons"].items())[:SHOWN]]
    if result["findings"] is not None:
        lines += [f"{finding}: {number}" for finding, number in result["findings"].items()]
        lines += [common.one_line(f"  {track['title'] or track['track_id']}") for track in result["disagree"][:SHOWN]]
    lines += [f"playlist: {result['playlist']}"] if result["playlist"] else []
    return "\n".join(lines)


def _reasons(kept: KeptWords) -> dict[str, int]:
    """Why lyrics that were found do not count, with how many."""
    found = kept.table[(kept.table["source"] != "") & ~kept.counts]
    return {str(reason): int(number) for reason, number in found["reason"].str.slice(0, 120).value_counts().items()}


def _findings(workspace: Workspace, args: argparse.Namespace) -> dict[str, Any]:
    try:
        model = load_model(resolve_model(workspace, args.model))
        table = words_beside_sound(workspace, model)
    except ArtifactError:
        if args.playlist:
            raise
        return {"findings": None, "disagree": [], "playlist": None}
    tracks = Dataset.load(workspace.dataset_dir).tracks.set_index("track_id", drop=False)
    chosen = table[table["finding"] == args.finding]
    listed = tracks.loc[chosen.index].reset_index(drop=True)
    if args.playlist:
        where = {track["track_id"]: str(file_of(workspace.audio_path(track["path"])).resolve()) for _, track in
                 listed.iterrows()}  # fmt: skip
        shown = playlist_table(listed, where)
        numbers = chosen.rename_axis("track_id").reset_index()
        whole = (
            csv_text(shown.merge(numbers, on="track_id")) if args.playlist.suffix.lower() == ".csv" else to_m3u(shown)
        )
        write_bytes(args.playlist, whole.encode())
    keys = ["track_id", "title", "artist"]
    disagree = listed[keys].assign(**{name: chosen[name].to_numpy() for name in ("words_valence", "sound_valence")})
    return {
        "findings": {finding: int((table["finding"] == finding).sum()) for finding in FINDINGS},
        "disagree": disagree.to_dict("records"),
        "playlist": args.playlist,
    }


if __name__ == "__main__":
    raise SystemExit(main())
