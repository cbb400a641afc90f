"""File names that are no UTF-8 (as of old Windows or Linux systems) in files that must be: each byte that is no text is
written as `\\xe9`, and found again by it."""

import re
from pathlib import Path

_BYTE = re.compile(r"\\x([89a-f][0-9a-f])")


def written(path: str) -> str:
    """`path`, as the system gives it (bytes that are no text as lone surrogates), as text that any file may hold."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def meant(folder: Path, path: str) -> Path:
    """The file below `folder` that `path`, as `written` gives it, means; one that really has such a name is meant by
    it."""
    file = folder / path
    if not _BYTE.search(path) or file.exists():
        return file
    return folder / _BYTE.sub(lambda match: chr(0xDC00 + int(match[1], 16)), path)
