"""Take the moods of audio files away: as JSON, CSV or JAMS, as a seed for programs, or as prompts for generative models."""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import _cli

from mer_core import exports
from mer_core.audio import decode
from mer_core.errors import ArtifactError, MerError
from mer_core.files import write_bytes
from mer_core.generate import MusicContext, estimate_tempo, fill_template, load_templates, mood_seed, templates_path
from mer_core.model_folder import resolve_model
from mer_core.predict import Prediction, open_predictor
from mer_core.workspace import default_root

TEMPO_RATE = 22050


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 also when single files failed (told in the result), 1 when all did."""
    parser = _cli.make_parser(__doc__ or "", "python scripts/export_moods.py song.mp3 --format jams seed --out moods/")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio files")
    parser.add_argument("--format", nargs="+", default=["json"], choices=sorted(_FORMATS), help="what to write beside each other (default: json)")
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for FILE.FORMAT (default: the present one)")
    parser.add_argument("--model", default="starter", help="starter, the name of a model of the workspace, or a model folder (default: %(default)s)")
    parser.add_argument("--workspace", type=Path, default=default_root(), help="where models are looked up by name (default: %(default)s)")
    parser.add_argument("--template", default="MusicGen", metavar="NAME", help="prompt template, built in or kept on the Generate page (default: %(default)s)")
    parser.add_argument("--tempo", action="store_true", help="estimate the tempo for seeds and prompts")
    parser.add_argument("--genre", nargs="+", default=[], metavar="WORD", help="genres for seeds and prompts")
    parser.add_argument("--instruments", nargs="+", default=[], metavar="WORD", help="instruments for seeds and prompts")
    return _cli.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Predict and write file by file; a bad one does not stop the others."""
    predictor = open_predictor(resolve_model(args.workspace, args.model))
    results: list[dict[str, Any]] = []
    for path in args.files:
        try:
            prediction = predictor.from_file(path)
            context = MusicContext(_tempo(path) if args.tempo else None, args.genre, args.instruments)
            results.append({"file": str(path), "written": [str(p) for p in _write(path, prediction, context, args)], "error": None})
        except MerError as error:
            results.append({"file": str(path), "written": [], "error": str(error)})
    if all(result["error"] for result in results):
        raise ArtifactError(results[0]["error"])
    return {"results": results}


def text(result: dict[str, Any]) -> str:
    """One line a file."""
    return "\n".join(f"{entry['file']}: {entry['error'] or ', '.join(entry['written'])}" for entry in result["results"])


def _tempo(path: Path) -> float | None:
    return estimate_tempo(decode(path, TEMPO_RATE).waveform[: 120 * TEMPO_RATE], TEMPO_RATE)


def _write(path: Path, prediction: Prediction, context: MusicContext, args: argparse.Namespace) -> list[Path]:
    args.out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in dict.fromkeys(args.format):
        suffix, make = _FORMATS[name]
        target = args.out / f"{path.name}.{suffix}"
        write_bytes(target, make(prediction, context, args).encode())
        written.append(target)
    return written


def _prompt(prediction: Prediction, context: MusicContext, args: argparse.Namespace) -> str:
    templates = load_templates(templates_path())
    if args.template not in templates:
        raise ArtifactError(f"there is no template {args.template!r}; there are {', '.join(templates)}")
    return fill_template(templates[args.template], prediction, context) + "\n"


_FORMATS: dict[str, tuple[str, Callable[[Prediction, MusicContext, argparse.Namespace], str]]] = {
    "json": ("json", lambda prediction, context, args: exports.to_json(prediction)),
    "csv": ("csv", lambda prediction, context, args: exports.to_csv([prediction])),
    "jams": ("jams", lambda prediction, context, args: exports.to_jams(prediction, title=prediction.file)),
    "seed": ("seed.json", lambda prediction, context, args: json.dumps(mood_seed(prediction, context), indent=1, ensure_ascii=False)),
    "prompt": ("prompt.txt", _prompt),
}


if __name__ == "__main__":
    raise SystemExit(main())
