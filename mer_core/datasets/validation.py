"""What is wrong with a dataset, all of it, and its known counts.

kind                 severity  what
unreadable           error     a file is missing, is not UTF-8, or lacks a column; nothing more can be said
malformed_line       error     too few fields, a tag without category, a bad id (warning in a names file)
missing_id           error     a line without TRACK_ID
duplicate_id         error     a track twice in one file
duplicate_tag        warning   a tag twice in one line
unknown_tag          error     a tag that the tag list does not have
path_outside         error     a path that leaves the audio folder
absurd_duration      error     not a number, not positive, or more than a day
unknown_track        error     a track of a split that the tracks file does not have
in_two_splits        error     a track in two parts of a split
in_no_split          warning   a track with a mood of the splits that is in none of their parts
split_mismatch       warning   a split that gives a track another artist, path, duration or mood than the tracks file
artist_overlap       warning   an artist with tracks in two parts of a split: leakage
missing_audio        warning   a track whose audio file is not there
identical_audio      warning   tracks whose audio files are the same byte for byte, by the checksum list
similar_tags         warning   tags that differ only in case, blanks or separators
quoted_tags          warning   tags in quotation marks
joined_tags          warning   several moods in one tag
left_out_tags        warning   tags of categories that are no labels, where tracks lose all of theirs
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.groups import identical_groups
from mer_core.datasets.mtg_jamendo.layout import RawDataset, find_files
from mer_core.datasets.mtg_jamendo.tsv import Problem, without_quotes
from mer_core.errors import DatasetError
from mer_core.tags.joined import MOST_WORDS
from mer_core.tags.vocabulary import plain_form


def validate(
    folder: Path | str, audio_root: Path | str | None = None, split: int = 0, name: str | None = None
) -> list[Problem]:
    """Everything wrong with the dataset in `folder`; with `audio_root` also the audio files that are missing below it.

    An unreadable dataset is one problem of the kind "unreadable"; no error is raised for bad data.
    """
    try:
        raw = RawDataset.read(find_files(folder, split, name))
    except DatasetError as error:
        return [Problem("unreadable", str(folder), str(error))]
    return check(raw, audio_root)


def check(raw: RawDataset, audio_root: Path | str | None = None) -> list[Problem]:
    """The same for a dataset that has been read."""
    problems = [*raw.problems, *_split_mismatches(raw), *_in_no_split(raw), *_artist_overlap(raw)]
    problems += [*_identical_audio(raw), *_similar_tags(raw), *_badly_written_tags(raw), *_left_out_tags(raw)]
    return problems if audio_root is None else [*problems, *_missing_audio(raw, Path(audio_root))]


def shared_artists(dataset: Dataset) -> list[str]:
    """Ids of the artists with tracks in more than one part of the split, sorted; unknown artists ("") are left out."""
    placed = dataset.tracks[(dataset.tracks["split"] != "") & (dataset.tracks["artist_id"] != "")]
    parts = placed.groupby("artist_id")["split"].nunique()
    return sorted(parts.index[parts > 1])


def commonest_pairs(dataset: Dataset, count: int = 10) -> list[tuple[str, str, int]]:
    """The `count` pairs of moods that most tracks have together: (mood, mood, tracks), the commonest first, ties by
    name."""
    together = dataset.labels.T.astype(int) @ dataset.labels.astype(int)
    pairs = (
        (a, b, int(together[i, j])) for (i, a), (j, b) in combinations(enumerate(dataset.moods), 2) if together[i, j]
    )
    return sorted(pairs, key=lambda pair: (-pair[2], pair[:2]))[:count]


def summarise(dataset: Dataset) -> dict[str, Any]:
    """Counts by which a dataset is known, keys as the job validate_dataset prints them."""
    parts = Counter(dataset.tracks["split"])
    return {
        "tracks": len(dataset),
        "tags": len(dataset.moods),
        "hours": dataset.hours,
        "tags_per_track": float(dataset.labels.sum(axis=1).mean()) if len(dataset) else 0.0,
        "split_tracks": {part: parts[part] for part in ("train", "validation", "test")},
        "split_tags": len(dataset.split_moods),
        "artist_overlap": len(shared_artists(dataset)),
        "commonest_pairs": [list(pair) for pair in commonest_pairs(dataset)],
        "identical_audio": count_identical(dataset),
    }


def count_identical(dataset: Dataset) -> dict[str, int]:
    """How much of the audio is there more than once: "groups" of identical files, their "tracks", groups with
    "differing_labels", and groups "across_parts" of the split."""
    groups = identical_groups(dataset)
    return {
        "groups": len(groups),
        "tracks": int(groups["rows"].map(len).sum()),
        "differing_labels": int(groups["differing"].map(bool).sum()),
        "across_parts": int((groups["parts"].map(len) > 1).sum()),
    }


def _split_mismatches(raw: RawDataset) -> Iterator[Problem]:
    known = {row.track_id: row for row in raw.rows}
    split_tags = set(raw.split_tags)
    for row in (row for part in raw.splits.values() for row in part if row.track_id in known):
        other = known[row.track_id]
        fields = [
            field
            for field in ("artist_id", "album_id", "path", "duration")
            if getattr(row, field) != getattr(other, field)
        ]
        if set(row.tags) & split_tags != set(other.tags) & split_tags:
            fields.append("tags")
        if fields:
            yield Problem(
                "split_mismatch",
                row.where,
                f"track {row.track_id} has another {', '.join(fields)} than in {other.where}; make the two lines agree",
                "warning",
            )


def _in_no_split(raw: RawDataset) -> Iterator[Problem]:
    """Tracks with nothing but moods that the splits leave out are rightly in none."""
    if not raw.splits:
        return
    placed = {row.track_id for part in raw.splits.values() for row in part}
    split_tags = set(raw.split_tags)
    for row in raw.rows:
        if row.track_id not in placed and split_tags.intersection(row.tags):
            yield Problem(
                "in_no_split",
                row.where,
                f"track {row.track_id} is in no part of the split, so it is never learnt from or tested",
                "warning",
            )


def _artist_overlap(raw: RawDataset) -> Iterator[Problem]:
    parts: dict[str, dict[str, int]] = {}
    for part, rows in raw.splits.items():
        for row in rows:
            counts = parts.setdefault(row.artist_id, {})
            counts[part] = counts.get(part, 0) + 1
    for artist, counts in parts.items():
        if artist and len(counts) > 1:
            where = str(raw.files.tracks.parent / "splits")
            tracks = ", ".join(f"{count} in {part}" for part, count in counts.items())
            yield Problem(
                "artist_overlap",
                where,
                f"artist {artist} has tracks in several parts ({tracks}): test figures will be too good",
                "warning",
            )


def _identical_audio(raw: RawDataset) -> Iterator[Problem]:
    row_of = {row.track_id: row for row in raw.rows}
    part_of = {row.track_id: part for part, rows in raw.splits.items() for row in rows}
    for group in raw.added.identical:
        rows = [row_of[track_id] for track_id in group if track_id in row_of]
        parts = sorted({part_of[row.track_id] for row in rows if row.track_id in part_of})
        differing = " with differing tags" if len({frozenset(row.tags) for row in rows}) > 1 else ""
        across = f", in the parts {' and '.join(parts)}: test figures will be too good" if len(parts) > 1 else ""
        if len(rows) > 1:
            yield Problem(
                "identical_audio",
                rows[0].where,
                f"tracks {', '.join(row.track_id for row in rows)} have the same audio file{differing}{across}; folds "
                f"keep them together, keep one of them if you can",
                "warning",
            )


def _similar_tags(raw: RawDataset) -> Iterator[Problem]:
    """Each spelling beside the commonest, where it stands first; those in quotation marks are told by themselves."""
    counts, first = _unfolded_tags(raw)
    spellings: dict[str, list[str]] = {}
    for tag, _ in counts.most_common():
        if without_quotes(tag) == tag:
            spellings.setdefault(plain_form(tag), []).append(tag)
    for usual, *others in spellings.values():
        for other in others:
            yield Problem(
                "similar_tags",
                first[other],
                f"the tag {other!r} ({counts[other]} tracks) and {usual!r} ({counts[usual]} tracks) count as two; "
                f"write {usual!r} for both, or fold them onto one word",
                "warning",
            )


def _badly_written_tags(raw: RawDataset) -> Iterator[Problem]:
    """Tags that are accepted as they stand, but are hardly meant so; each where it stands first."""
    counts, first = _unfolded_tags(raw)
    for tag, count in counts.items():
        category, _, name = tag.partition("---")
        moods = re.split(r"\s*[;,|]\s*", name)
        if (bare := without_quotes(tag)) != tag:
            kind, fault = "quoted_tags", f"stands in quotation marks; write it without: {bare}"
        elif len(moods) > 1 and all(1 <= len(mood.split()) <= MOST_WORDS for mood in moods):
            apart = ", ".join(f"{category}---{mood}" for mood in moods)
            kind, fault = "joined_tags", f"is several moods in one; separate them by tabs: {apart}"
        else:
            continue
        tracks = "1 track" if count == 1 else f"{count} tracks"
        yield Problem(kind, first[tag], f"the tag {tag!r} ({tracks}) {fault}", "warning")


def _unfolded_tags(raw: RawDataset) -> tuple[Counter[str], dict[str, str]]:
    """How many tracks have each tag that is not folded onto a word, and where it stands first."""
    counts, first = Counter[str](), dict[str, str]()
    for row in raw.rows:
        for tag in row.tags:
            if tag not in raw.added.words:
                counts[tag] += 1
                first.setdefault(tag, row.where)
    return counts, first


def _left_out_tags(raw: RawDataset) -> Iterator[Problem]:
    labels = set(raw.label_tags)
    others = Counter(tag.partition("---")[0] for tag in raw.tags if tag not in labels)
    bare = sum(bool(row.tags) and labels.isdisjoint(row.tags) for row in raw.rows)
    if others and bare:
        kinds = ", ".join(f"{count} of {category}" for category, count in others.most_common())
        yield Problem(
            "left_out_tags",
            str(raw.files.tracks),
            f"{sum(others.values())} of {len(raw.tags)} tags are no labels ({kinds}), so {bare} of {len(raw.rows)} "
            f"tracks have none; name the categories to import ({', '.join(others)}) to make labels of them",
            "warning",
        )


def _missing_audio(raw: RawDataset, audio_root: Path) -> Iterator[Problem]:
    for row in raw.rows:
        path = audio_root / row.path
        if not path.is_file() and not path.with_suffix(".low.mp3").is_file():
            yield Problem(
                "missing_audio",
                row.where,
                f"{path} of track {row.track_id} is not there; download it, or name the right audio folder",
                "warning",
            )
