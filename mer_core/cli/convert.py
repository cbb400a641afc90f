"""Convert audio files of any common format to WAV at their own rate and channels, sample for sample.

The first step of the recipe MP3 → WAV → embedding. Embeddings made here need no WAV: they stream from the file itself.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mer_core.audio.wav import to_wav
from mer_core.cli import common
from mer_core.errors import ArtifactError
from mer_core.io.files import write_bytes


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 also when single files failed (their result says why), 1 when all did."""
    parser = common.make_parser(__doc__ or "", "python scripts/convert.py song.mp3 --to wav --out wavs/")
    parser.add_argument("files", nargs="+", metavar="FILE", help="audio files, folders or glob patterns")
    parser.add_argument("--to", choices=["wav"], default="wav", help="what to make (default: %(default)s)")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the WAV files (default: beside each original)"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there already")
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> common.Result:
    """Convert file by file; a bad one does not stop the others."""
    from mer_core.inference.batch import find_files  # here: --help need not wait for it

    results: list[common.Result] = []
    written: set[Path] = set()
    passed_over: Counter[str] = Counter()
    for path in find_files(args.files, passed_over):
        target = (args.out or path.parent) / f"{path.stem}.wav"
        try:
            if target in written or (target.exists() and not args.overwrite) or target.resolve() == path.resolve():
                raise ArtifactError(f"{target} is there already; name a folder with --out, or add --overwrite")
            data = to_wav(path)
            write_bytes(target, data)
            written.add(target)
            results.append({"file": path, "written": target, "bytes": len(data), "error": None})
        except Exception as error:  # whatever one file raises is that file's result
            message = common.failure(error, f"{path} could not be converted")
            results.append({"file": path, "written": None, "bytes": 0, "error": message})
    if not results:
        raise ArtifactError(f"there is no audio file in {', '.join(args.files)}; name files, or a folder of them")
    if all(result["error"] for result in results):
        raise ArtifactError("\n".join(common.one_line(result["error"]) for result in results))
    common.report_passed_over(passed_over)
    return {"results": results, "passed_over": dict(passed_over)}


def text(result: common.Result) -> str:
    """One line a file."""
    return "\n".join(
        common.one_line(f"{entry['file']}: {entry['error'] or entry['written']}") for entry in result["results"]
    )


if __name__ == "__main__":
    raise SystemExit(main())
