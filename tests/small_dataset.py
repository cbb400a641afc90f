"""A small dataset in the MTG-Jamendo layout, written for a test, with the chance to spoil any of its lines."""

from collections.abc import Mapping, Sequence
from pathlib import Path

HEADER = "TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS"
TAGS = ("mood/theme---calm", "mood/theme---dark", "mood/theme---happy")
NAME = "autotagging_moodtheme"


def track_line(
    number: int,
    tags: Sequence[str] = TAGS[:1],
    artist: int | None = None,
    duration: object = 100.5,
    album: int | None = None,
) -> str:
    """One line; every track has an artist of its own unless said otherwise."""
    who = number if artist is None else artist
    return "\t".join(
        [
            f"track_{number:07d}",
            f"artist_{who:06d}",
            f"album_{number if album is None else album:06d}",
            f"{number % 100:02d}/{number}.mp3",
            str(duration),
            *tags,
        ]
    )


def write_tsv(path: Path, lines: Sequence[str], header: str = HEADER) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")


def write_dataset(
    folder: Path,
    lines: Sequence[str],
    splits: Mapping[str, Sequence[str]] | None = None,
    tags: Sequence[str] | None = TAGS,
) -> Path:
    """Write the tracks file, `splits` (part → its lines, split 0) and the tag list; returns `folder`."""
    write_tsv(folder / f"{NAME}.tsv", lines)
    for part in ("train", "validation", "test") if splits else ():
        write_tsv(folder / "splits" / "split-0" / f"{NAME}-{part}.tsv", (splits or {}).get(part, ()))
    if tags is not None:
        (folder / "tags").mkdir(parents=True, exist_ok=True)
        (folder / "tags" / "moodtheme.txt").write_text("\n".join(tags) + "\n", encoding="utf-8")
    return folder


def healthy(folder: Path) -> Path:
    """Four tracks, three of them in a part of the split each, the fourth with nothing but a mood the split leaves
    out."""
    lines = [track_line(1, TAGS[:2]), track_line(2, TAGS[2:]), track_line(3, TAGS[1:]), track_line(104, TAGS[:1])]
    write_dataset(folder, lines, {"train": lines[:1], "validation": lines[1:2], "test": lines[2:3]})
    (folder / "tags" / "moodtheme_split.txt").write_text("\n".join(TAGS[1:]) + "\n", encoding="utf-8")
    return folder
