"""Which file of a folder is what in the MTG-Jamendo layout, and reading them all.

    NAME.tsv                                    the tracks
    splits/split-N/NAME-{train,validation,test}.tsv
    tags/TAGS.txt, tags/TAGS_split.txt          all tags, and those of the splits (TAGS: NAME without "autotagging_"),
    tags.txt                                    or one list for both
    *.meta.tsv                                  titles and artists
    download/*_audio_sha256_tracks.txt          SHA-256 of the audio files
    added.json                                  what this program adds

The folder may be a workspace, its `dataset/` folder, a clone of MTG's repository (files in `data/`), or flat.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

from mer_core.datasets.mtg_jamendo.additions import Additions, identical_audio
from mer_core.datasets.mtg_jamendo.tsv import CATEGORIES, Problem, TrackRow, read_names, read_tag_list, read_tracks
from mer_core.errors import DatasetError, Remedy
from mer_core.workspace.kinds import kind_of, restore_dataset

PARTS = ("train", "validation", "test")
OWN = "own.json"
"""Beside the files of a split that training made, not the dataset: how (see `training.own_split`)."""
MOOD_CATEGORY = "mood/theme"
_EMPTY = (
    "the duration '' is empty and its audio is not at hand to read it from; write it in seconds, as in 212.7, or "
    "import the dataset with its audio"
)


@dataclass(frozen=True)
class DatasetFiles:
    """Where the files of a dataset lie; what is optional and absent is None or empty."""

    folder: Path
    tracks: Path
    splits: dict[str, Path]
    tags: Path | None
    split_tags: Path | None
    names: tuple[Path, ...]
    checksums: Path | None = None


def find_files(folder: Path | str, split: int = 0, name: str | None = None) -> DatasetFiles:
    """Find the files of the dataset in `folder`; `name` picks a tracks file where there are several.

    Raises DatasetError when there is no tracks file, several and no name given, or no such split.
    """
    folder = _metadata_folder(Path(folder))
    tracks = _tracks_file(folder, name)
    stem = tracks.stem.removeprefix("autotagging_")
    every = _first(folder, f"tags/{stem}.txt", f"tags/{tracks.stem}.txt", "tags/tags.txt", "tags.txt")
    in_splits = _first(
        folder, f"tags/{stem}_split.txt", f"tags/{tracks.stem}_split.txt", "tags/tags_split.txt", "tags_split.txt"
    )
    return DatasetFiles(
        folder,
        tracks,
        _split_files(folder, tracks.stem, split),
        every,
        in_splits,
        tuple(sorted(folder.glob("*.meta.tsv"))),
        _first(folder, *(f"download/{tracks.stem}_{kind}_sha256_tracks.txt" for kind in ("audio", "audio-low"))),
    )


def _metadata_folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder; name the folder that holds the dataset's .tsv file")
    inside = folder / "dataset"
    missed = inside if inside.is_dir() else folder
    clones = [clone / "data" for clone in sorted(folder.glob("mtg-jamendo-dataset*"))]  # so mirdata keeps it
    return next((place for place in (folder, inside, folder / "data", *clones) if _tracks_files(place)), missed)


def _tracks_files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.tsv")) if not path.name.endswith(".meta.tsv")}


def _tracks_file(folder: Path, name: str | None) -> Path:
    found = _tracks_files(folder)
    if name is None:
        names = [stem for stem in found if stem.endswith("moodtheme")] or list(found)
        name = names[0] if len(names) == 1 else None
    if name in found:
        return found[name]
    if not found:
        raise DatasetError(f"{folder} holds no .tsv file of tracks", remedy=_other_labels(folder))
    raise DatasetError(
        f"{folder} holds {', '.join(found)}: {f'there is no {name}' if name else 'which one is meant'}; keep "
        f"one .tsv, or name one of them",
        remedy=Remedy("import_dataset", None, options=(("metadata", folder), ("name", next(iter(found))))),
    )


def _other_labels(folder: Path) -> Remedy:
    """What to do with a folder without a tracks file: a workspace gets its own again; labels in another layout are
    imported."""
    if kind_of(folder) is None and kind_of(folder.parent) is None and any(folder.iterdir()):
        return Remedy("import_labels", None, options=(("labels", folder),), makes="a table or a folder a mood")
    return restore_dataset(folder)


def _split_files(folder: Path, stem: str, split: int) -> dict[str, Path]:
    splits = sorted(path.name for path in (folder / "splits").glob("split-*"))
    if not splits:
        return {}
    files = {part: folder / "splits" / f"split-{split}" / f"{stem}-{part}.tsv" for part in PARTS}
    absent = [path for path in files.values() if not path.is_file()]
    if absent:
        held = f"{folder / 'splits'} holds {', '.join(splits)}"
        raise DatasetError(
            f"{absent[0]} is missing, so there is no split {split}; {held}: choose one, or fetch it again",
            remedy=restore_dataset(folder) if folder.name == "dataset" else (),
        )
    return files


def _first(folder: Path, *candidates: str) -> Path | None:
    return next((folder / candidate for candidate in candidates if (folder / candidate).is_file()), None)


@dataclass(frozen=True)
class RawDataset:
    """A dataset's files as read: usable rows, and everything that is wrong with them or between them."""

    files: DatasetFiles
    rows: list[TrackRow]
    splits: dict[str, list[TrackRow]]
    tags: list[str]
    split_tags: list[str]
    names: dict[str, tuple[str, str]]
    problems: list[Problem]
    added: Additions = field(default_factory=Additions)

    @property
    def label_tags(self) -> list[str]:
        """The tags that are labels: those of the chosen categories, else of mood/theme, else all."""
        chosen = self.added.categories or (MOOD_CATEGORY,)
        return [tag for tag in self.tags if tag.partition("---")[0] in chosen] or self.tags

    @classmethod
    def read(cls, files: DatasetFiles) -> "RawDataset":
        """Read the files of a dataset; raises DatasetError when one cannot be read at all."""
        rows, problems = read_tracks(files.tracks)
        splits, names = {}, {}
        for part, path in files.splits.items():
            splits[part], found = read_tracks(path)
            problems += found
        for path in files.names:
            more, found = read_names(path)
            names.update(more)
            problems += found
        tags = read_tag_list(files.tags) if files.tags else sorted({tag for row in rows for tag in row.tags})
        split_tags = read_tag_list(files.split_tags) if files.split_tags else tags
        problems += _unknown_tags(rows, files.tags, tags) + _split_faults(rows, splits)
        problems += [
            Problem("unknown_tag", str(files.split_tags), f"the tag {tag} is not in {files.tags}")
            for tag in split_tags
            if tag not in set(tags)
        ]
        added = Additions.read(files.folder)
        identical = added.identical or _identical(files, rows, problems)
        raw = cls(files, rows, splits, tags, split_tags, names, problems)
        return raw.with_additions(replace(added, identical=identical))

    def with_additions(self, added: Additions) -> "RawDataset":
        """The same with other additions, which may know the durations that are missing."""
        others = [problem for problem in self.problems if problem.kind != "absurd_duration" or _EMPTY not in problem]
        unknown = [
            Problem("absurd_duration", row.where, _EMPTY)
            for row in self.rows
            if not row.duration and row.track_id not in added.durations
        ]
        return replace(self, added=added, problems=others + unknown)


def _identical(files: DatasetFiles, rows: list[TrackRow], problems: list[Problem]) -> tuple[tuple[str, ...], ...]:
    """Groups of tracks with identical audio; a list that cannot be read becomes a problem."""
    try:
        return identical_audio(files.checksums, rows)
    except DatasetError as error:
        problems.append(Problem("malformed_line", str(files.checksums), str(error), "warning"))
        return ()


def _unknown_tags(rows: list[TrackRow], path: Path | None, tags: list[str]) -> list[Problem]:
    listed = set(tags)
    unlisted_categories = set(CATEGORIES) - {tag.partition("---")[0] for tag in tags}
    return [
        Problem(
            "unknown_tag",
            row.where,
            f"the tag {tag} of track {row.track_id} is not in {path}; correct it, or add it there",
        )
        for row in rows
        for tag in row.tags
        if tag not in listed and tag.partition("---")[0] not in unlisted_categories
    ]


def _split_faults(rows: list[TrackRow], splits: dict[str, list[TrackRow]]) -> list[Problem]:
    """Tracks of a split that the tracks file has not, and tracks that are in two parts of a split."""
    known = {row.track_id for row in rows}
    placed: dict[str, str] = {}
    problems = []
    for row in (row for part in splits.values() for row in part):
        if row.track_id not in known:
            problems.append(
                Problem(
                    "unknown_track",
                    row.where,
                    f"track {row.track_id} is not in the tracks file; remove it here, or add it there",
                )
            )
        if row.track_id in placed:
            problems.append(
                Problem(
                    "in_two_splits",
                    row.where,
                    f"track {row.track_id} is also in {placed[row.track_id]}; keep it in one part",
                )
            )
        placed.setdefault(row.track_id, row.where)
    return problems
