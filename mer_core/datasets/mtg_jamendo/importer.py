"""A folder in the MTG-Jamendo layout → a workspace: metadata is copied, audio stays where it is."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mer_core.audio.measure import read_sound
from mer_core.datasets.dataset import Dataset, refuse_errors
from mer_core.datasets.mtg_jamendo.additions import Additions
from mer_core.datasets.mtg_jamendo.layout import OWN, DatasetFiles, RawDataset, find_files
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.io.files import LARGEST_TEXT, read_regular, write_bytes
from mer_core.workspace.kinds import DATASET, kind_of
from mer_core.workspace.layout import Workspace

LOGGER = logging.getLogger(__name__)
MADE_FROM_DATASET = ("embeddings", "models", "map")
OLD = ".dataset.old.tmp"


def import_dataset(
    root: Path | str,
    metadata: Path | str,
    audio: Path | str | None = None,
    *,
    title: str | None = None,
    name: str | None = None,
    categories: Sequence[str] = (),
    force: bool = False,
) -> Workspace:
    """Make the workspace `root` from the dataset in `metadata`; audio is in `audio`, else in `metadata/audio` or
    mirdata's `audios`, else in `root/audio`.

    name: which tracks file, where there are several. categories: whose tags are labels (none: mood/theme). Empty
    durations are read from the audio. All that is kept beside the copied files, in `added.json`.

    Running it again with the same dataset is harmless, and keeps title and audio folder unless others are named.
    `force` replaces another dataset, and deletes the embeddings, models and maps that were made from it. A damaged
    workspace.json, or a lost tracks file, is rewritten; that the audio can then not be found any more is logged as a
    warning.

    Raises DatasetError when the dataset has errors, the audio folder holds none of its tracks, or `root` has another
    dataset.
    """
    root, metadata = Path(root), Path(metadata)
    files = find_files(metadata, name=name)
    raw = _with_additions(RawDataset.read(files), root, metadata, audio, categories)
    refuse_errors(raw)
    dataset = Dataset.from_raw(raw)
    _finish_interrupted_replacement(root / "dataset")
    replaced = _has_other_dataset(root, files)
    if replaced and not force:
        raise DatasetError(
            f"{root} holds another dataset, or another version of this one; name a new folder, or allow it and all "
            f"made from it to be replaced",
            remedy=Remedy(
                "import_dataset", root, options=(("metadata", metadata), ("force", True)), makes="replaces it"
            ),
        )
    before = None if replaced else _workspace_at(root)
    mended = before is None and not replaced and (root / "dataset").is_dir()
    if audio is not None:
        _refuse_other_audio(root, Path(audio), dataset)
    workspace = Workspace(
        root,
        title or (before.title if before else dataset.name),
        DATASET,
        False,
        _audio_root(root, metadata, audio, before),
        "",
    )
    root.mkdir(parents=True, exist_ok=True)
    with workspace.lock():
        if replaced:
            _delete_what_was_made(root)
        made = _write(workspace, files, raw.added, metadata, before)
    if mended and audio is None:
        _warn_of_lost_audio(made, dataset)
    return made


def _audio_root(root: Path, metadata: Path, audio: Path | str | None, before: Workspace | None) -> Path:
    """Where the audio lies: where it is said to, else where it was before, else beside the metadata or in `root`."""
    if audio is not None:
        return Path(audio)
    if before:
        return before.audio_root
    return next((folder for folder in _usual_places(metadata) if folder.is_dir()), root / "audio")


def _usual_places(metadata: Path) -> list[Path]:
    """Where the audio of the dataset in `metadata` may lie unsaid: mirdata calls its folder "audios", and keeps it
    beside that of the metadata, whose files lie in its `data`."""
    beside = metadata.resolve().parents[:2]
    return [metadata / "audio", metadata / "audios", *(parent / "audios" for parent in beside)]


def _delete_what_was_made(root: Path) -> None:
    """Delete what was made from the dataset that is replaced; until the new one is complete `root` is no workspace."""
    (root / "workspace.json").unlink(missing_ok=True)
    for name in MADE_FROM_DATASET:
        shutil.rmtree(root / name, ignore_errors=True)


def _write(
    workspace: Workspace, files: DatasetFiles, added: Additions, metadata: Path, before: Workspace | None
) -> Workspace:
    """Copy the dataset's files and write workspace.json last; a dataset that is the workspace's own stays as it is."""
    root, itself = workspace.root, files.folder.resolve() == workspace.dataset_dir.resolve()
    if not itself:
        _replace_folder(workspace.dataset_dir, files, () if before is None else _own_splits(workspace.dataset_dir))
    added.write(workspace.dataset_dir)
    elsewhere = None if workspace.audio_root.resolve() == (root / "audio").resolve() else workspace.audio_root
    source = metadata if not itself else before.metadata if before else None
    return Workspace.create(root, title=workspace.title, kind=workspace.kind, audio_root=elsewhere, metadata=source)


def with_read_durations(raw: RawDataset, folders: Sequence[Path]) -> RawDataset:
    """The dataset with durations that its files leave empty read from the audio below one of `folders`."""
    read = {
        row.track_id: seconds
        for row in raw.rows
        if not row.duration and row.track_id not in raw.added.durations and (seconds := _seconds(row.path, folders))
    }
    return raw.with_additions(replace(raw.added, durations={**raw.added.durations, **read}))


def _with_additions(
    raw: RawDataset, root: Path, metadata: Path, audio: Path | str | None, categories: Sequence[str]
) -> RawDataset:
    """The dataset with what an earlier import added, the categories that are asked for, and durations read from its
    audio."""
    earlier = Additions.read(root / "dataset")
    known = {row.track_id for row in raw.rows}
    added = replace(
        raw.added,
        categories=tuple(categories) or raw.added.categories or earlier.categories,
        words=raw.added.words or earlier.words,
        words_before=raw.added.words_before or earlier.words_before,
        durations={key: value for key, value in earlier.durations.items() if key in known} | dict(raw.added.durations),
    )
    if unknown := set(added.categories) - {tag.partition("---")[0] for tag in raw.tags}:
        there = ", ".join(sorted({tag.partition("---")[0] for tag in raw.tags}))
        raise DatasetError(f"no tag is of the category {min(unknown)!r}; choose from {there}")
    folders = [Path(audio)] if audio is not None else [*_usual_places(metadata), root / "audio"]
    return with_read_durations(raw.with_additions(added), folders)


def _seconds(path: str, folders: Sequence[Path]) -> float | None:
    """Length of the audio file `path` below one of `folders`; None where it cannot be read."""
    for folder in folders:
        file = Workspace(folder.parent, "", "", False, folder, "").audio_path(path)
        if file.is_file():
            try:
                return round(read_sound(file, path).seconds, 3)
            except Exception as error:  # whatever one file raises is that file's result
                LOGGER.warning("%s: its duration cannot be read (%s: %s)", path, type(error).__name__, error)
    return None


def count_audio(workspace: Workspace, dataset: Dataset) -> int:
    """How many tracks have their audio file."""
    return sum(workspace.audio_path(path).is_file() for path in dataset.tracks["path"])


def _workspace_at(root: Path) -> Workspace | None:
    """The workspace that is there, or None: none, or one with a damaged description, which the import then mends."""
    try:
        return Workspace.open(root)
    except ArtifactError:
        return None


def _warn_of_lost_audio(workspace: Workspace, dataset: Dataset) -> None:
    """Where the audio lay elsewhere, only the workspace.json that was damaged knew where."""
    found = count_audio(workspace, dataset)
    if found < len(dataset):
        LOGGER.warning(
            "%s was rebuilt, without knowing the title and the audio folder it named: %d of %d tracks have their "
            "audio in %s; if it lies elsewhere, import the dataset again and name that audio folder",
            *(workspace.root / "workspace.json", found, len(dataset), workspace.audio_root),
        )


def _refuse_other_audio(root: Path, audio: Path, dataset: Dataset) -> None:
    if not count_audio(Workspace(root, "", "", False, audio, ""), dataset):
        example = dataset.tracks["path"].iloc[0] if len(dataset) else "48/948.mp3"
        raise DatasetError(
            f"{audio} holds the audio of no track of the dataset; it should hold files like {audio / example}"
        )


def _has_other_dataset(root: Path, files: DatasetFiles) -> bool:
    present, kind = root / "dataset", kind_of(root)
    if kind not in (None, DATASET):
        return True
    if not present.is_dir():
        return kind is not None
    tracks = present / files.tracks.name
    if tracks.is_file():
        return tracks.read_bytes() != files.tracks.read_bytes()
    rest = {
        path.relative_to(files.folder): path for path in _listed(files) if path != files.tracks
    }  # the tracks file is lost: is it this dataset's?
    return {path.relative_to(present) for path in present.rglob("*") if path.is_file()} != rest.keys() or any(
        (present / name).read_bytes() != path.read_bytes() for name, path in rest.items()
    )


def _listed(files: DatasetFiles) -> list[Path]:
    """Every file of a dataset that is copied."""
    splits = sorted((files.folder / "splits").glob(f"split-*/{files.tracks.stem}-*.tsv"))
    return [files.tracks, *splits, *filter(None, (files.tags, files.split_tags)), *files.names]


def _own_splits(folder: Path) -> tuple[Path, ...]:
    """The files of splits that training made for the dataset in `folder`."""
    return tuple(path for own in folder.glob(f"splits/split-*/{OWN}") for path in sorted(own.parent.iterdir()))


def _replace_folder(target: Path, files: DatasetFiles, kept: Sequence[Path] = ()) -> None:
    """Copy the files of a dataset, and those of `kept` in `target`, beside it, then put the copy in its place; a crash
    in between is mended by the next import."""
    fresh, old = target.with_name(".dataset.new.tmp"), target.with_name(OLD)
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        for path in _listed(files):
            write_bytes(fresh / path.relative_to(files.folder), read_regular(path, LARGEST_TEXT))
        for path in () if files.splits else kept:
            write_bytes(fresh / path.relative_to(target), read_regular(path, LARGEST_TEXT))
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _finish_interrupted_replacement(target: Path) -> None:
    old = target.with_name(OLD)
    if old.is_dir() and not target.exists():
        old.rename(target)
