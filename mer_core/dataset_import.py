"""A folder in the MTG-Jamendo layout → a workspace: metadata is copied, audio stays where it is."""

import shutil
from pathlib import Path

from mer_core.dataset import Dataset
from mer_core.errors import ArtifactError, DatasetError
from mer_core.files import LARGEST_TEXT, read_regular, write_bytes
from mer_core.mtg_layout import DatasetFiles, find_files
from mer_core.workspace import Workspace

MADE_FROM_DATASET = ("embeddings", "models", "map")
OLD = ".dataset.old.tmp"


def import_dataset(root: Path | str, metadata: Path | str, audio: Path | str | None = None, *, title: str | None = None, force: bool = False) -> Workspace:
    """Make the workspace `root` from the dataset in `metadata`; audio is in `audio`, else in `metadata/audio`, else in `root/audio`.

    Running it again with the same dataset is harmless, and keeps title and audio folder unless others are named. `force`
    replaces another dataset, and deletes the embeddings, models and maps that were made from it.

    Raises DatasetError when the dataset has errors, the audio folder holds none of its tracks, or `root` has another dataset.
    """
    root, metadata = Path(root), Path(metadata)
    dataset = Dataset.load(metadata)
    files = find_files(metadata)
    _finish_interrupted_replacement(root / "dataset")
    replaced = _has_other_dataset(root, files)
    if replaced and not force:
        raise DatasetError(
            f"{root} holds another dataset, or another version of this one; name a new folder, or add --force to replace it and all made from it"
        )
    before = None if replaced else _workspace_at(root)
    if audio is not None:
        audio_root = Path(audio)
        _refuse_foreign_audio(root, audio_root, dataset)
    else:
        audio_root = before.audio_root if before else metadata / "audio" if (metadata / "audio").is_dir() else root / "audio"
    title = title or (before.title if before else dataset.name)
    root.mkdir(parents=True, exist_ok=True)
    workspace = Workspace(root, title, "mtg-jamendo", False, audio_root, "")
    with workspace.lock():
        if replaced:
            (root / "workspace.json").unlink(missing_ok=True)  # until the new one is complete this is no workspace
            for name in MADE_FROM_DATASET:
                shutil.rmtree(root / name, ignore_errors=True)
        _replace_folder(workspace.dataset_dir, files)
        elsewhere = None if audio_root.resolve() == (root / "audio").resolve() else audio_root
        return Workspace.create(root, title=title, kind=workspace.kind, audio_root=elsewhere)


def count_audio(workspace: Workspace, dataset: Dataset) -> int:
    """How many tracks have their audio file."""
    return sum(workspace.audio_path(path).is_file() for path in dataset.tracks["path"])


def _workspace_at(root: Path) -> Workspace | None:
    """The workspace that is there, or None: none, or one with a damaged description, which the import then mends."""
    try:
        return Workspace.open(root)
    except ArtifactError:
        return None


def _refuse_foreign_audio(root: Path, audio: Path, dataset: Dataset) -> None:
    if not count_audio(Workspace(root, "", "", False, audio, ""), dataset):
        example = dataset.tracks["path"].iloc[0] if len(dataset) else "48/948.mp3"
        raise DatasetError(f"{audio} holds the audio of no track of the dataset; it should hold files like {audio / example}")


def _has_other_dataset(root: Path, files: DatasetFiles) -> bool:
    present = root / "dataset"
    if not present.is_dir():
        return (root / "workspace.json").exists()
    same = present / files.tracks.name
    return not same.is_file() or same.read_bytes() != files.tracks.read_bytes()


def _replace_folder(target: Path, files: DatasetFiles) -> None:
    """Copy the files of a dataset beside `target`, then put the copy in its place; a crash in between is mended by the next import."""
    fresh, old = target.with_name(".dataset.new.tmp"), target.with_name(OLD)
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    splits = sorted((files.folder / "splits").glob(f"split-*/{files.tracks.stem}-*.tsv"))
    for path in (files.tracks, *splits, *filter(None, (files.tags, files.split_tags)), *files.names):
        write_bytes(fresh / path.relative_to(files.folder), read_regular(path, LARGEST_TEXT))
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _finish_interrupted_replacement(target: Path) -> None:
    old = target.with_name(OLD)
    if old.is_dir() and not target.exists():
        old.rename(target)
