"""What brings back a lost or damaged file of a workspace: that depends on its kind, which what is left of it shows.

A demo's files are all composed, a library's are found in its music folder; a dataset was downloaded or imported from
a folder.
"""

from pathlib import Path
from typing import Any

from mer_core.errors import Remedies, Remedy, Value
from mer_core.io.files import LARGEST_TEXT, parse_json, read_regular

DATASET, LIBRARY, DEMO = KINDS = ("mtg-jamendo", "library", "demo")
RECORDS = "library.json"
"""Of a library: where in `dataset/` its files are recorded."""
DEMO_MANIFEST = "demo.json"
"""Of a demo: the file that says how it was made."""
DEMO_TRACKS = "autotagging_moodtheme.tsv"
"""Of a demo: its tracks file."""
LABELS = "labels"
"""What the files are called that an import of labels in another layout writes."""


def kind_of(root: Path) -> str | None:
    """The kind of the workspace in `root`, by its workspace.json, else by what lies beside it; None where nothing
    does."""
    recorded = _value(root / "workspace.json", "kind")
    if recorded in KINDS:
        return str(recorded)
    if (root / "dataset" / RECORDS).exists():
        return LIBRARY
    if (root / DEMO_MANIFEST).exists():
        return DEMO
    return DATASET if any((root / "dataset").glob("*.tsv")) else None


def restore_workspace(root: Path) -> Remedies:
    """What rewrites workspace.json, or (alternatives) what makes a workspace in a folder that says nothing."""
    kind = kind_of(root)
    if kind is None:
        return (
            Remedy("make_demo", root, makes="a demo"),
            Remedy("import_dataset", root, options=(("metadata", None),), makes="a dataset"),
            Remedy("import_library", root, options=(("audio_dir", None),), makes="your music"),
        )
    if kind == DATASET and not _checksum_lists(root):
        return Remedy("import_dataset", root, options=(("metadata", root / "dataset"),))
    return restore_dataset(root)


def restore_dataset(path: Path) -> Remedy:
    """What brings back files of a dataset; `path` is its workspace, its folder or a file in it."""
    root = _workspace_of(path)
    kind = kind_of(root)
    if kind == DEMO:
        clips = demo_clips(root)
        return Remedy("make_demo", root, options=(("clips", clips),) if clips else ())
    if kind == LIBRARY:
        return Remedy("import_library", root, options=(("audio_dir", _music_folder(root)),))
    source = _value(root / "workspace.json", "metadata")
    if kind == DATASET and isinstance(source, str) and any((root / "dataset").glob(f"{LABELS}.*tsv")):
        audio = _value(root / "workspace.json", "audio_root")
        return Remedy("import_labels", root, options=(("labels", source), ("audio", str(audio) if audio else None)))
    if kind == DATASET and not _checksum_lists(root):
        return Remedy("import_dataset", root, options=(("metadata", source if isinstance(source, str) else None),))
    every_track = any(name.startswith("raw_30s") for name in _checksum_lists(root))
    all_tracks: tuple[tuple[str, Value], ...] = (("dataset", "raw_30s"),) if every_track else ()
    return Remedy("download_dataset", root, options=(*all_tracks, ("metadata_only", True)))


def is_made_here(path: Path) -> bool:
    """Whether this program made the dataset that `path` belongs to, so that nobody corrects it by hand."""
    root = _workspace_of(path)
    return kind_of(root) in (DEMO, LIBRARY)


def demo_clips(root: Path) -> int | None:
    """How many clips a demo has, by demo.json, else by the lines of its tracks file; None where neither says."""
    clips = _value(root / DEMO_MANIFEST, "clips")
    if isinstance(clips, int) and clips > 0:
        return clips
    try:
        lines = read_regular(root / "dataset" / DEMO_TRACKS, LARGEST_TEXT).count(b"\n")
    except OSError:
        return None
    return lines - 1 if lines > 1 else None


def _workspace_of(path: Path) -> Path:
    """The workspace of a dataset's folder or of a file in it; `path` itself where it lies in none."""
    return next((place.parent for place in (path, *path.parents) if place.name == "dataset"), path)


def _music_folder(root: Path) -> str | None:
    places = (_value(root / "workspace.json", "audio_root"), _value(root / "dataset" / RECORDS, "audio_root"))
    return next((place for place in places if isinstance(place, str)), None)


def _checksum_lists(root: Path) -> list[str]:
    """Names of the lists of SHA-256 that a download of MTG-Jamendo leaves, and an import does not."""
    return [path.name for path in (root / "dataset" / "download").glob("*_sha256_*.txt")]


def _value(path: Path, key: str) -> Any:
    """A value of a JSON file that may be damaged; None where it has none."""
    try:
        return parse_json(read_regular(path, LARGEST_TEXT))[key]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
