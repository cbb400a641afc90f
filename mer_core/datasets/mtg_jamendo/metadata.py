"""Whether a file that came from the metadata mirror is what its name promises: some mirrors send a page of HTML, with
status 200, when they have nothing."""

from pathlib import Path

from mer_core.datasets.mtg_jamendo.checksums import read_checksums
from mer_core.datasets.mtg_jamendo.tsv import read_names, read_tag_list, read_tracks
from mer_core.errors import DatasetError


def check_metadata(name: str, path: Path) -> None:
    """Read `path` as the file `name` (a path below the metadata mirror); raises DatasetError when it is something else,
    or empty."""
    if name.startswith("download/"):
        if not read_checksums(path):
            raise DatasetError(f"{path} holds no checksum; fetch it again")
    elif name.startswith("tags/"):
        read_tag_list(path)
    elif name.endswith(".meta.tsv"):
        read_names(path)
    else:
        read_tracks(path)
