"""What may be given as audio, a path, bytes or an open file, as a binary file object; and what messages call it."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from mer_core.errors import AudioError

Source = str | os.PathLike[str] | bytes | BinaryIO
"""An audio file: its path, its bytes, or a binary file object (read from its beginning and left open)."""


@contextmanager
def open_bytes(source: Source, shown: str) -> Iterator[BinaryIO]:
    """`source`, called `shown`, at its beginning; closed at the end unless it was open before.

    Raises AudioError when it is missing, empty, or nothing that bytes can be read from, also while the body reads it.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        handle: BinaryIO = io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        handle = _open_path(Path(source), shown)
    else:
        _check_open_file(source, shown)
        handle = source
    try:
        if handle.seekable():
            if handle.seek(0, io.SEEK_END) == 0:
                raise AudioError(f"{shown} is empty (0 bytes); was its copy or upload cut off?")
            handle.seek(0)
        yield handle
    except OSError as error:
        raise AudioError(
            f"{shown} cannot be read ({error.strerror or error}); is it a whole file, and its drive connected?"
        ) from error
    finally:
        if handle is not source:
            handle.close()


def can_be_read_again(source: Source) -> bool:
    """Whether `source` can be read twice from its beginning."""
    return not hasattr(source, "seekable") or (not getattr(source, "closed", False) and source.seekable())


def printable(name: str) -> str:
    """`name` fit for a message: control and direction characters and broken text replaced by "�", so that no terminal
    or page is misled."""
    return "".join(character if character.isprintable() else "�" for character in name)


def name_of(source: Source) -> str:
    """What messages call `source`: its path, or that of the open file."""
    name = source if isinstance(source, str | os.PathLike) else getattr(source, "name", None)
    return printable(str(name)) if isinstance(name, str | os.PathLike) else "the audio data"


def _open_path(path: Path, shown: str) -> BinaryIO:
    try:
        if path.exists() and not path.is_file():
            raise AudioError(f"{shown} is not a file; name an audio file")
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise AudioError(
            f"{shown} cannot be opened ({getattr(error, 'strerror', None) or error}); check its name and its "
            f"permissions"
        ) from error


def _check_open_file(source: object, shown: str) -> None:
    if isinstance(source, io.TextIOBase):
        raise AudioError(f"{shown} is open as text, sound is bytes; open the file in binary mode, open(name, 'rb')")
    if not all(hasattr(source, method) for method in ("read", "seek", "seekable")):
        raise AudioError(
            f"{shown} is {type(source).__name__}, no audio file; give a path, the file's bytes, or a file opened in "
            f"binary mode"
        )
    if getattr(source, "closed", False):
        raise AudioError(f"{shown} is a file that was closed; open it again, or give its path")
