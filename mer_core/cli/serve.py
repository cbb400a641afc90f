"""Serve a small HTTP API on this machine: predict files, find music of a workspace by description, track or mood.

On another address than this machine's own it wants a token, from the environment variable MER_TOKEN.
"""

import argparse
import contextlib
import os
import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mer_core.cli import common
from mer_core.cli.commands import sentence
from mer_core.errors import ArtifactError
from mer_core.io.extras import need
from mer_core.workspace.layout import Workspace, default_root

if TYPE_CHECKING:
    from mer_core.serving.api import Service

TOKEN = "MER_TOKEN"
LEAST_TOKEN = 16
"""Characters of a token; fewer can be guessed."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; exit 1 when the address cannot be used or the model is missing."""
    parser = common.make_parser(__doc__ or "", "python scripts/serve.py workspaces/my-music --port 8502")
    common.add_workspace(parser)
    parser.add_argument("--model", default="starter", help="model that hears moods (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8502, help="0: any free one (default: %(default)s)")
    parser.add_argument(
        "--name",
        nargs="+",
        default=[],
        metavar="HOST",
        help="host names under which it may be asked, beside 127.0.0.1 and localhost (a proxy's)",
    )
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> common.Result:
    """Listen, serve, and say at the end where it was."""
    need("serve", "fastapi", "uvicorn")
    import uvicorn

    from mer_core.serving.api import LOCAL, make_api

    token = _token(args.host, LOCAL)
    listening = _listen(args.host, args.port)
    try:
        host, port = listening.getsockname()[:2]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        service = _service(args, token, (*LOCAL, args.host, *args.name))
        common.report(f"listening on {url}, documentation on {url}/docs; Ctrl+C ends it")
        config = uvicorn.Config(make_api(service), log_level="info" if args.verbose else "warning", server_header=False)
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn has ended in good order and passes it on
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
    return {"url": url, "model": service.predictor.model.name, "workspace": args.workspace, "token": token is not None}


def text(result: common.Result) -> str:
    """Where it was."""
    return "{url} is closed".format(**result)


def _token(host: str, local: Sequence[str]) -> str | None:
    token = os.environ.get(TOKEN) or None
    if token is not None and len(token) < LEAST_TOKEN:
        raise ArtifactError(f"{TOKEN} has {len(token)} characters and could be guessed; set {LEAST_TOKEN} or more")
    if token is None and host not in local:
        raise ArtifactError(
            f"{host} can be reached from other machines, so a token is needed; set the environment variable {TOKEN} to "
            f"{LEAST_TOKEN} random characters or more, or listen on 127.0.0.1"
        )
    return token


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except (OSError, OverflowError) as error:
        raise ArtifactError(f"cannot listen on {host}, port {port} ({error}); choose another with --port") from error
    return listening


def _service(args: argparse.Namespace, token: str | None, hosts: tuple[str, ...]) -> "Service":
    from mer_core.inference.predictor import Predictor
    from mer_core.serving.api import Service
    from mer_core.serving.library import ServedLibrary

    there = (args.workspace / "workspace.json").exists()
    workspace = Workspace.open(args.workspace) if there or args.workspace != default_root() else None
    if workspace is None:
        common.report(f"there is no workspace in {args.workspace}, so only files can be predicted")
    model = common.load_model_of(args.workspace, args.model)
    library = ServedLibrary(workspace, model) if workspace else None
    return Service(Predictor(model), library, token, hosts, sentence)


if __name__ == "__main__":
    raise SystemExit(main())
