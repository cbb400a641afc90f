"""Finding VGGish's SavedModel: a local folder, TensorFlow Hub's cache, or the network."""

import hashlib
import os
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mer_core.encoders.cache import cache_folder
from mer_core.errors import EncoderError
from mer_core.tensorflow_runtime import import_tensorflow

HANDLE = "https://tfhub.dev/google/vggish/1"
NETWORK_TIMEOUT = 30.0
"""Seconds without an answer after which the network counts as unreachable."""


def find_model(source: str | Path | None = None) -> Path:
    """The folder of the SavedModel named by `source`, else MER_VGGISH, else the published one: a folder or a hub
    handle.

    A handle is looked up in TFHUB_CACHE_DIR (default: `tfhub` in this package's cache folder) and downloaded to it
    where
    absent; TensorFlow Hub unpacks beside its place and renames, so that an interrupted download leaves nothing behind.

    Raises EncoderError naming the ways out when it can be had nowhere.
    """
    wanted = str(source or os.environ.get("MER_VGGISH") or HANDLE)
    folder = _resolve(wanted) if "://" in wanted else Path(wanted)
    if not (folder / "saved_model.pb").is_file():
        raise EncoderError(
            f"{folder} holds no SavedModel (no saved_model.pb); name VGGish's folder in MER_VGGISH, or remove this one "
            f"to download it again"
        )
    return folder


def installed() -> bool:
    """Whether the SavedModel is on this machine, so that no network is needed."""
    wanted = os.environ.get("MER_VGGISH") or HANDLE
    cached = (
        Path(os.environ.get("TFHUB_CACHE_DIR") or cache_folder() / "tfhub") / hashlib.sha1(wanted.encode()).hexdigest()
    )
    return ((cached if "://" in wanted else Path(wanted)) / "saved_model.pb").is_file()


def digest(folder: Path) -> str:
    """Eight hexadecimal digits that stand for the weights of a SavedModel: of the SHA-256 of its variables' files."""
    total = hashlib.sha256()
    for path in sorted((folder / "variables").glob("variables.data-*")):
        with path.open("rb") as handle:
            total.update(hashlib.file_digest(handle, "sha256").digest())
    return total.hexdigest()[:8]


def _resolve(handle: str) -> Path:
    tf = import_tensorflow()
    os.environ.setdefault(
        "TFHUB_CACHE_DIR", str(cache_folder() / "tfhub")
    )  # the hub's own default is lost at a restart
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "pkg_resources is deprecated", UserWarning
        )  # the hub's own import, of no concern to its users
        import tensorflow_hub

    try:
        with _timeout(NETWORK_TIMEOUT):
            return Path(tensorflow_hub.resolve(handle))
    except (OSError, ValueError, RuntimeError, tf.errors.OpError) as error:
        raise EncoderError(
            f"VGGish cannot be fetched from {handle} ({error}); connect this machine to the network, or put the "
            f"SavedModel's folder there yourself "
            f"(MER_VGGISH=FOLDER, or the hub's cache {os.environ['TFHUB_CACHE_DIR']} set by TFHUB_CACHE_DIR), or use "
            f"the offline encoder, musicnn"
        ) from error


@contextmanager
def _timeout(seconds: float) -> Iterator[None]:
    """New sockets give up after `seconds`; the hub's downloader takes no time-out of its own."""
    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(previous)
