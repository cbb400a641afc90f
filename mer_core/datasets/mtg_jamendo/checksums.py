"""The checksum lists that MTG-Jamendo publishes: one `<64 hexadecimal digits> <name>` a line."""

import re
from pathlib import Path

from mer_core.errors import DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular
from mer_core.workspace.kinds import restore_dataset

_LINE = re.compile(r"([0-9a-f]{64}) +\*?(\S.*)")


def read_checksums(path: Path) -> dict[str, str]:
    """Read a checksum list: file name → SHA-256 in hexadecimal.

    Raises DatasetError when the list is missing, a line is no checksum, or a name is repeated or leaves its folder.
    """
    try:
        lines = read_regular(path, LARGEST_TEXT).decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path} cannot be read as a checksum list ({error}); delete what is there and get it again",
            remedy=restore_dataset(path),
        ) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line.strip())
        if (
            not match
            or match[2] in found
            or match[2].startswith("/")
            or ".." in match[2].split("/")
            or "\\" in match[2]
        ):
            raise DatasetError(
                f"{path}:{number}: {line[:100]!r} is no checksum of a file of its own; delete the list",
                remedy=restore_dataset(path),
            )
        found[match[2]] = match[1]
    return found
