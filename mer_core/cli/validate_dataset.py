"""Read a dataset folder and report what it holds and everything that is wrong with it."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mer_core.cli import common
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.importer import with_read_durations
from mer_core.datasets.mtg_jamendo.layout import RawDataset, find_files
from mer_core.datasets.validation import check, summarise
from mer_core.training.own_split import training_plan
from mer_core.workspace.layout import Workspace

SHOWN = 10


def work(args: argparse.Namespace) -> common.Result:
    """The counts of the dataset's usable lines, and its problems."""
    raw = RawDataset.read(find_files(args.folder, args.split, args.name))
    audio = args.audio or _audio_folder(args.folder)
    raw = with_read_durations(raw, [audio] if audio else [])
    problems = check(raw, audio)
    dataset = Dataset.from_raw(raw)
    summary = {**summarise(dataset), "training": training_plan(dataset, raw.files.folder)}
    return {**summary, "problems": [problem._asdict() for problem in problems]}


def _audio_folder(folder: Path) -> Path | None:
    """Where the audio of the dataset should be, or None where there is none to check."""
    root = next((place for place in (folder, folder.parent) if (place / "workspace.json").exists()), None)
    audio = Workspace.open(root).audio_root if root else folder / "audio"
    return audio if audio.is_dir() else None


def text(result: common.Result) -> str:
    """The result for people: one line a count, then the first problems of each kind."""
    lines = [f"{key.replace('_', ' ')}: {_show(value)}" for key, value in result.items() if key != "problems"]
    kinds = Counter(problem["kind"] for problem in result["problems"])
    for kind, count in kinds.items():
        lines.append(f"{kind}: {count}")
        lines += [
            f"  {problem['where']}: {problem['message']}" for problem in result["problems"] if problem["kind"] == kind
        ][:SHOWN]
        lines += [f"  … and {count - SHOWN} more (--json lists all)"] if count > SHOWN else []
    return "\n".join(lines if kinds else [*lines, "no problems"])


def _show(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number}" for key, number in value.items())
    if isinstance(value, list):
        return ", ".join(f"{first}–{second} {count}" for first, second, count in value)
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the folder is sound, warnings aside; 1 when it has errors, which are reported whole, or cannot be
    read at all."""
    parser = common.make_parser(
        f"{__doc__}\n\nExits 1 when there are errors, not for warnings alone.",
        "python scripts/validate_dataset.py workspaces/jamendo --json",
    )
    parser.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="workspace, its dataset/ folder, a clone of MTG's repository, or a flat folder",
    )
    parser.add_argument(
        "--audio",
        type=Path,
        metavar="DIR",
        help="check that the audio files are in this folder (default: the workspace's, else audio/ in DIR, where there "
        "is one)",
    )
    parser.add_argument("--split", type=int, default=0, help="which of the splits to check (default: %(default)s)")
    parser.add_argument("--name", help="which tracks file to read where there are several, as autotagging_genre")
    errors: list[dict[str, Any]] = []

    def work_and_note(args: argparse.Namespace) -> common.Result:
        result = work(args)
        errors.extend(problem for problem in result["problems"] if problem["severity"] == "error")
        return result

    code = common.run(parser, argv, work_and_note, text)
    if errors:
        count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        common.report(
            f"{parser.prog}: the dataset has {count}, the first at {errors[0]['where']}: {errors[0]['message']}"
        )
        return 1
    return code


if __name__ == "__main__":
    raise SystemExit(main())
