"""List the encoders and published heads with their licences and what is installed, or fetch one (`models get NAME`)."""

import argparse
from collections.abc import Sequence

from mer_core.cli import common
from mer_core.encoders.published_file import PublishedFile
from mer_core.encoders.registry import ENTRIES
from mer_core.errors import EncoderError, Remedy
from mer_core.io.progress import progress_bar
from mer_core.model.published_heads import HEADS


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when listed or fetched, 1 when a file cannot be had, is another one, or its licence is not accepted."""
    parser = common.make_parser(__doc__ or "", "python scripts/models.py get discogs-effnet --accept-licence")
    parser.add_argument("action", nargs="?", choices=["list", "get"], default="list", help="default: %(default)s")
    parser.add_argument("name", nargs="?", metavar="NAME", help="of `get`: the encoder or head to fetch")
    parser.add_argument(
        "--accept-licence", action="store_true", help="accept a licence that does not allow every use (it is listed)"
    )

    def body(args: argparse.Namespace) -> common.Result:
        if (args.action == "get") != bool(args.name):
            parser.error("`get` takes the name of an encoder or head, and nothing else does")
        return get(args) if args.name else listing()

    return common.run(parser, argv, body, text)


def listing() -> common.Result:
    """All of them; `bytes` is null where nothing is on this machine, `published` the publishers' own figures."""
    encoders = [
        _row(entry.name, "encoder", entry.licence, entry.installed, entry.file)
        | {"dim": entry.dim, "hop_seconds": entry.hop_seconds, "weights": entry.weights, "runs_on": entry.needs}
        for entry in ENTRIES.values()
        if entry.name != "placeholder"
    ]
    heads = [
        _row(head.name, f"head of {head.encoder}", head.file.licence, head.file.installed, head.file)
        | {"gives": head.gives, "published": head.published}
        for head in HEADS.values()
    ]
    return {"models": [*encoders, *heads]}


def get(args: argparse.Namespace) -> common.Result:
    """Fetch and verify one."""
    known = {name: entry.file for name, entry in ENTRIES.items() if name != "placeholder"}
    files = known | {name: head.file for name, head in HEADS.items()}
    if args.name not in files:
        raise EncoderError(f"there is no encoder or head {args.name!r}; there are {', '.join(files)}")
    file = files[args.name]
    if file is None:
        raise _fetched_otherwise(args.name)
    file.consent(args.accept_licence)
    with progress_bar(None, args.name, "B") as shown:
        digest = file.fetch(args.accept_licence, shown.update)
    return {"name": args.name, "bytes": file.path.stat().st_size, "sha256": digest, "path": file.path}


def _fetched_otherwise(name: str) -> EncoderError:
    """Why `get` has nothing to fetch, and what does: MusiCNN's weights have a command of their own, those of TensorFlow
    Hub come when they are first used."""
    said = f"{name} is not one published file; it comes from {ENTRIES[name].weights}"
    if name == "musicnn":
        return EncoderError(said, remedy=Remedy("fetch_weights"))
    return EncoderError(f"{said}, and is fetched the first time that embeddings are made by it")


def text(result: common.Result) -> str:
    """A table, or what was fetched."""
    if "sha256" in result:
        return f"{result['name']}: {result['bytes']:,} bytes in {result['path']}, SHA-256 {result['sha256']}"
    lines = [f"{'name':<42}{'kind':<24}{'installed':<11}{'licence':<18}published"]
    for row in result["models"]:
        figures = ", ".join(f"{name} {value:g}" for name, value in row["published"].items())
        lines.append(
            f"{row['name']:<42}{row['kind']:<24}{'yes' if row['installed'] else 'no':<11}{row['licence']:<18}{figures}"
        )
    return "\n".join(line.rstrip() for line in lines)


def _row(name: str, kind: str, licence: str, installed: bool, file: PublishedFile | None) -> common.Result:
    size = file.path.stat().st_size if file and file.installed else None
    return {"name": name, "kind": kind, "licence": licence, "installed": installed, "bytes": size, "published": {}}


if __name__ == "__main__":
    raise SystemExit(main())
