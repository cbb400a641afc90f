"""Download MTG-Jamendo into a workspace: metadata, then audio; everything is verified, and an interrupted download
resumed."""

import argparse
from collections.abc import Sequence
from urllib.parse import urlsplit

from tqdm.contrib.logging import logging_redirect_tqdm

from mer_core.cli import common
from mer_core.datasets.mtg_jamendo.download import download
from mer_core.datasets.mtg_jamendo.source import (
    ALL_PARTS,
    AUDIO_MIRRORS,
    KINDS,
    METADATA_MIRROR,
    TRACKS_FILES,
    JamendoSource,
    parse_parts,
)


def parts(text: str) -> tuple[int, ...]:
    """`--parts` as numbers; anything else is a wrong argument."""
    try:
        return parse_parts(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def web_address(text: str) -> str:
    """`--mirror` and `--metadata-mirror` as they stand; what is no address of a web server is a wrong argument."""
    parsed = urlsplit(text)
    if parsed.scheme not in ("http", "https") or not parsed.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is no web address; write one as https://host/folder/")
    return text


def add_source(parser: argparse._ActionsContainer) -> None:
    """Add the arguments that say what of MTG-Jamendo to get, and from where."""
    parser.add_argument(
        "--dataset",
        choices=list(TRACKS_FILES),
        default=JamendoSource.dataset,
        help="tracks with moods, or all tracks (default: %(default)s)",
    )
    parser.add_argument(
        "--type",
        choices=KINDS,
        default=JamendoSource.kind,
        help="audio-low: mono, 46 GB; audio: 320 kbit/s, 152 GB (default: %(default)s)",
    )
    parser.add_argument(
        "--parts", type=parts, default=tuple(ALL_PARTS), metavar="0-9,42", help="which of the 100 tars (default: all)"
    )
    parser.add_argument(
        "--mirror",
        type=web_address,
        default=AUDIO_MIRRORS[0],
        metavar="URL",
        help=f"folder of the tars (default: %(default)s; slower: {AUDIO_MIRRORS[1]})",
    )
    parser.add_argument(
        "--metadata-mirror",
        type=web_address,
        default=METADATA_MIRROR,
        metavar="URL",
        help="folder of the metadata (default: %(default)s)",
    )


def source_of(args: argparse.Namespace) -> JamendoSource:
    """The source that the arguments of `add_source` name."""
    return JamendoSource(args.dataset, args.type, args.mirror, args.metadata_mirror)


def work(args: argparse.Namespace) -> common.Result:
    """Download, and count."""
    with logging_redirect_tqdm():
        tally = download(
            args.workspace, source_of(args), () if args.metadata_only else args.parts, verify=args.verify, progress=True
        )
    return {
        "workspace": args.workspace,
        "files": tally.files,
        "bytes": tally.bytes,
        "verified": tally.verified,
        "skipped": tally.skipped,
        "failed": len(tally.failures),
        "failures": [{"file": name, "reason": reason} for name, reason in tally.failures.items()],
    }


def text(result: common.Result) -> str:
    """The result for people."""
    counts = (
        "{files} files downloaded ({bytes:,} bytes), {verified} verified, {skipped} there before, {failed} failed"
    ).format(**result)
    return "\n".join(
        [
            f"{result['workspace']}: {counts}",
            *(common.one_line(f"  {failure['file']}: {failure['reason']}") for failure in result["failures"]),
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when all is there, 1 when something failed; the same command then fetches what is missing."""
    parser = common.make_parser(
        __doc__, "python scripts/download_dataset.py workspaces/jamendo --type audio-low --parts 0-9,42"
    )
    common.add_workspace(parser)
    add_source(parser)
    audio = parser.add_mutually_exclusive_group()
    audio.add_argument(
        "--verify",
        action="store_true",
        help="verify tracks that are there already, too, and fetch the part again where one is not as published",
    )
    audio.add_argument(
        "--metadata-only", action="store_true", help="no audio: about 10 MB, enough for the dataset page"
    )
    failed = 0

    def count_failures(args: argparse.Namespace) -> common.Result:
        nonlocal failed
        result = work(args)
        failed = result["failed"]
        return result

    code = common.run(parser, argv, count_failures, text)
    if failed:
        common.report(
            f"{parser.prog}: {failed} files failed; run the same command to try them again, or name another --mirror"
        )
    return code or int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
