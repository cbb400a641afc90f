"""Take moods away: those of audio files as JSON, CSV or JAMS, as a seed for programs, or as prompts for generative
models; with --kept those that predict_library.py keeps of all tracks of a workspace, as one JSON or CSV.

A folder's files are written below --out as they lie in it; files of the same name are numbered, and nothing is
overwritten.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mer_core.audio.decode import decode
from mer_core.cli import common
from mer_core.errors import ArtifactError
from mer_core.export import formats as exports
from mer_core.export.prompts import (
    MusicContext,
    estimate_tempo,
    fill_template,
    load_templates,
    mood_seed,
    templates_path,
)
from mer_core.export.smart_playlist import SUFFIX, file_name, to_nsp
from mer_core.export.stored import decided_moods, kept_to_csv, kept_to_json
from mer_core.inference.batch import find_files
from mer_core.inference.predict import Prediction, Predictor
from mer_core.io.files import write_bytes
from mer_core.library.scan import read_names
from mer_core.workspace.layout import Workspace, default_root

TEMPO_RATE = 22050


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 also when single files failed (reported in the result), 1 when all did."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/export_moods.py song.mp3 --format jams seed --out moods/"
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="audio files, folders or glob patterns")
    parser.add_argument(
        "--kept",
        action="store_true",
        help="instead of files: the moods kept of all tracks of --workspace, as json, csv or nsp",
    )
    parser.add_argument(
        "--format",
        nargs="+",
        default=["json"],
        choices=sorted([*_FORMATS, NSP]),
        help="what to write beside each other (default: json); nsp, with --kept: a smart playlist of Navidrome for "
        "each mood, by the files' mood tags",
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="DIR", help="folder for FILE.FORMAT (default: the present one)"
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files that are there already (default: leave them, and say so)",
    )
    parser.add_argument(
        "--model",
        default="starter",
        help="starter, the name of a model of the workspace, or a model folder (default: %(default)s)",
    )
    parser.add_argument(
        "--workspace",
        type=Path,
        default=default_root(),
        help="where models are looked up by name, and for --kept (default: %(default)s)",
    )
    _add_writing_options(parser)

    def body(args: argparse.Namespace) -> dict[str, Any]:
        allowed = {*_KEPT, NSP} if args.kept else set(_FORMATS)
        if bool(args.files) == args.kept or set(args.format) - allowed:
            parser.error(
                "name files, or --kept without any; what is kept is exported as json, csv and nsp only, "
                "nsp only of what is kept"
            )
        return work_kept(args) if args.kept else work(args)

    return common.run(parser, argv, body, text)


def _add_writing_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--template",
        default="MusicGen",
        metavar="NAME",
        help="prompt template, built in or kept on the Generate page (default: %(default)s)",
    )
    parser.add_argument("--tempo", action="store_true", help="estimate the tempo for seeds and prompts")
    parser.add_argument("--genre", nargs="+", default=[], metavar="WORD", help="genres for seeds and prompts")
    parser.add_argument(
        "--instruments", nargs="+", default=[], metavar="WORD", help="instruments for seeds and prompts"
    )

    parser.add_argument(
        "--joined", action="store_true", help="for nsp: a file's moods are one text, as tag_files.py --joined writes"
    )


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Predict and write file by file; a bad one does not stop the others."""
    predictor = Predictor(common.load_model_of(args.workspace, args.model))
    results: list[dict[str, Any]] = []
    passed_over: Counter[str] = Counter()
    for path, place in _places(args.files, passed_over).items():
        try:
            targets = _targets(place, args.format, args)
            prediction = predictor.from_file(path)
            context = MusicContext(_tempo(path) if args.tempo else None, args.genre, args.instruments)
            for name, target in targets.items():
                write_bytes(target, _FORMATS[name][1](prediction, context, args).encode())
            results.append({"file": str(path), "written": [str(target) for target in targets.values()], "error": None})
        except Exception as error:  # whatever one file raises is that file's result
            message = common.failure(error, f"{path} could not be exported")
            results.append({"file": str(path), "written": [], "error": message})
    if not results:
        raise ArtifactError(
            f"there is no audio file in {', '.join(args.files)}; name files, or a folder that holds some"
        )
    if all(result["error"] for result in results):
        raise ArtifactError("\n".join(common.one_line(result["error"]) for result in results))
    common.report_passed_over(passed_over)
    return {"results": results, "passed_over": dict(passed_over)}


def work_kept(args: argparse.Namespace) -> dict[str, Any]:
    """Write what the workspace keeps of all its tracks."""
    workspace = Workspace.open(args.workspace)
    model = common.load_model_of(workspace.root, args.model)
    tables = [name for name in args.format if name != NSP]
    targets = _targets(Path(workspace.root.resolve().name), tables, args)
    texts = {target: _KEPT[name](workspace, model) for name, target in targets.items()}
    if NSP in args.format:
        moods = decided_moods(workspace, model)
        rules = {mood: args.out / file_name(mood) for mood in moods}
        _check_free(rules.values(), args)
        texts |= {path: to_nsp(mood.capitalize(), [mood], joined=args.joined) for mood, path in rules.items()}
    for target, content in texts.items():
        write_bytes(target, content.encode())
    return {"results": [{"file": str(workspace.root), "written": [str(target) for target in texts], "error": None}]}


def text(result: dict[str, Any]) -> str:
    """One line a file."""
    return "\n".join(
        common.one_line(f"{entry['file']}: {entry['error'] or ', '.join(entry['written'])}")
        for entry in result["results"]
    )


def _tempo(path: Path) -> float | None:
    return estimate_tempo(decode(path, TEMPO_RATE).waveform[: 120 * TEMPO_RATE], TEMPO_RATE)


def _places(names: Iterable[str], passed_over: Counter[str]) -> dict[Path, Path]:
    """Every file with its place below --out: as it lies in the folder that was named, else its name alone, numbered
    where that is taken. How many others are passed over is added to `passed_over`."""
    places: dict[Path, Path] = {}
    taken: set[str] = set()
    for name in names:
        for path in find_files([name], passed_over, parts=True):
            if path in places:
                continue
            place = wanted = (
                Path(name).resolve().name / path.relative_to(name) if Path(name).is_dir() else Path(path.name)
            )
            number = 1
            while str(place).casefold() in taken:
                number += 1
                place = wanted.with_stem(f"{wanted.stem} ({number})")
            taken.add(str(place).casefold())
            places[path] = place
    return places


def _targets(place: Path, formats: Iterable[str], args: argparse.Namespace) -> dict[str, Path]:
    """By format: the file to write. Raises ArtifactError when one is there and must not be replaced."""
    targets = {name: args.out / place.with_name(f"{place.name}.{_FORMATS[name][0]}") for name in dict.fromkeys(formats)}
    _check_free(targets.values(), args)
    return targets


def _check_free(targets: Iterable[Path], args: argparse.Namespace) -> None:
    there = [target for target in targets if target.exists()]
    if there and not args.overwrite:
        raise ArtifactError(
            f"{there[0]} exists already; add --overwrite to replace it, or name another folder with --out"
        )


def _plain(
    write: Callable[[Prediction], str], prediction: Prediction, context: MusicContext, args: argparse.Namespace
) -> str:
    return write(prediction)


def _jams(prediction: Prediction, context: MusicContext, args: argparse.Namespace) -> str:
    names = read_names(Path(prediction.file))
    return exports.to_jams(prediction, title=names.get("title", ""), artist=names.get("artist", ""))


def _prompt(prediction: Prediction, context: MusicContext, args: argparse.Namespace) -> str:
    templates = load_templates(templates_path())
    if args.template not in templates:
        raise ArtifactError(f"there is no template {args.template!r}; there are {', '.join(templates)}")
    return fill_template(templates[args.template], prediction, context) + "\n"


_FORMATS: dict[str, tuple[str, Callable[[Prediction, MusicContext, argparse.Namespace], str]]] = {
    **{name: (form.suffix, partial(_plain, form.write)) for name, form in exports.FORMATS.items()},
    "jams": ("jams", _jams),
    "seed": (
        "seed.json",
        lambda prediction, context, args: json.dumps(mood_seed(prediction, context), indent=1, ensure_ascii=False),
    ),
    "prompt": ("prompt.txt", _prompt),
}
_KEPT = {"json": kept_to_json, "csv": kept_to_csv}
NSP = SUFFIX.removeprefix(".")


if __name__ == "__main__":
    raise SystemExit(main())
