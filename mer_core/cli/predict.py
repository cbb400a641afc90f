"""Predict the moods of files, folders, glob patterns, or of the names on standard input (-); a bad file does not stop
the others."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mer_core.cli import common
from mer_core.cli import predict_text as text
from mer_core.cli.lyrics_options import add_lyrics_options, words_reader
from mer_core.errors import ArtifactError, Remedy
from mer_core.model import STARTER
from mer_core.workspace.layout import default_root

if TYPE_CHECKING:
    from mer_core.inference.reference import ReferenceSet
    from mer_core.model.trained import Model


def work(args: argparse.Namespace) -> common.Result:
    """Predict file by file, and show or append each result as it comes."""
    # Here, and not at the top: what hears a song takes longer to import than --help may take.
    from mer_core.inference.batch import predict_files
    from mer_core.inference.predict import Predictor
    from mer_core.inference.predictor import caveats

    root = args.workspace or default_root()
    model = common.load_model_of(root, args.model)
    predictor = Predictor(model, reference_set=_reference_set(root, model) if args.nearest else None)
    paths: Iterable[Path] = _wanted(args, model)
    alone = False
    if "-" not in args.files:  # else they are worked on as they come
        paths = list(paths)
        alone = len(paths) == 1
    results = []
    words = words_reader(args)
    for result in predict_files(predictor, paths, timeline=args.timeline, jobs=args.jobs, words=words):
        _show(result, args, in_full=alone)
        results.append(result if args.json else {"error": result["error"]})  # all of a large library need not be held
    if not alone:
        common.report("\n".join(caveats(model)))
    return {"model": model.name, "results": results}


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 also when single files failed (their result says why), 1 when all did."""
    parser = common.make_parser(__doc__, "python scripts/predict.py song.mp3 ~/Music --timeline --json")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="audio file, folder, glob pattern, playlist (.m3u, .m3u8), CUE sheet, or - to read names from standard "
        "input, one a line",
    )
    parser.add_argument(
        "--model",
        default=STARTER,
        help="starter, the name of a model of the workspace, or a model folder (default: %(default)s)",
    )
    parser.add_argument(
        "--workspace",
        type=Path,
        help="where models are looked up by name, and tracks for --nearest (default: MER_WORKSPACE, else the demo)",
    )
    parser.add_argument(
        "--timeline", action="store_true", help="also the moods over time, and the seconds that drive each mood"
    )
    parser.add_argument(
        "--nearest", action="store_true", help="also the nearest tracks of the workspace and the place on its map"
    )
    add_lyrics_options(parser)
    parser.add_argument("--jsonl", action="store_true", help="print one JSON object a file, as it goes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="append one JSON object a file to FILE, as it goes")
    parser.add_argument(
        "--resume", action="store_true", help="skip what FILE of --out has already, files that failed, too"
    )
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: try the files that failed again")
    parser.add_argument(
        "--jobs",
        type=common.positive,
        default=os.cpu_count() or 1,
        metavar="N",
        help="files worked on at a time (default: the processor's cores)",
    )
    outcome: list[common.Result] = []

    def body(args: argparse.Namespace) -> common.Result:
        if (args.json and args.jsonl) or (args.resume and not args.out) or (args.retry_failed and not args.resume):
            parser.error(
                "--json and --jsonl exclude each other, --resume needs --out, and --retry-failed needs --resume"
            )
        result = work(args)
        outcome.extend(result["results"])
        return result

    code = common.run(parser, argv, body, lambda result: "")
    return code or int(bool(outcome) and all(result["error"] for result in outcome))


def _wanted(args: argparse.Namespace, model: "Model") -> Iterator[Path]:
    from mer_core.inference.batch import Finished, file_key, find_files, finished_files

    if args.out and args.out.exists() and not args.resume:
        raise ArtifactError(f"{args.out} exists already; add --resume to go on with it, or name another file")
    finished = (
        finished_files(args.out, model.name, forget_failed=args.retry_failed) if args.resume else Finished(set(), set())
    )
    found = known_failures = 0
    passed_over: Counter[str] = Counter()
    for path in find_files(_names(args.files), passed_over, parts=True):
        found += 1
        known_failures += (key := file_key(path)) in finished.failed
        if key not in finished.done | finished.failed:
            yield path
    if not found:
        raise ArtifactError(
            f"there is no audio file in {', '.join(args.files)}; name files, or a folder that holds some"
        )
    common.report_passed_over(passed_over)
    if known_failures:
        common.report(
            f"passed over because they failed before, as {args.out} says: {known_failures}; add --retry-failed to try "
            f"again"
        )


def _names(given: Sequence[str]) -> Iterator[str]:
    """The names given, "-" replaced by those on standard input as they come, in whatever bytes the file system has
    them."""
    for name in given:
        if name != "-":
            yield name
            continue
        with open(sys.stdin.fileno(), "rb", closefd=False) as lines:
            yield from filter(None, (os.fsdecode(line.rstrip(b"\r\n")) for line in lines))


def _reference_set(root: Path, model: "Model") -> "ReferenceSet":
    from mer_core.inference.reference import load_reference_set

    found = load_reference_set(root, model)
    if found is None:
        raise ArtifactError(
            f"{root} has no embeddings by {model.encoder['name']}",
            remedy=Remedy("build_embeddings", root, str(model.encoder["name"])),
        )
    return found


def _show(result: common.Result, args: argparse.Namespace, *, in_full: bool) -> None:
    line = common.to_json(result)
    if args.out:
        with args.out.open("a", encoding="utf-8") as handle:
            handle.write(line + "\n")
    if args.jsonl:
        print(line, flush=True)
    elif result["error"]:
        common.report(result["error"])
    elif not args.json:
        print(common.fit(text.in_full(result) if in_full else text.summary(result)), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
