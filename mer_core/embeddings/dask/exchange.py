"""The folder where workers leave finished rows and the coordinator collects them: a shared path, or a URL that fsspec
opens (s3://…, gs://…).

A file is there whole or not at all: locally it is renamed into place, and object stores publish an upload when it is
complete.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer_core.errors import ClusterError
from mer_core.io.files import write_bytes

SLICE = "slice-{shard}-{digest}.parquet"
"""How a file of rows is called: its shard, and 16 hexadecimal digits of a hash over the work that made it."""
_OWN_NAME = re.compile(r"slice-(\d\d)-[0-9a-f]{16}\.parquet", re.ASCII)


@dataclass(frozen=True)
class Exchange:
    """`location` is the same on all machines: a URL, or a path, which is made absolute (workers run in other folders)
    and may be written as file://."""

    location: str

    def __post_init__(self) -> None:
        path = re.sub("^(file|local)://", "", self.location)
        if "://" not in path:
            object.__setattr__(self, "location", str(Path(path).absolute()))

    def below(self, name: str) -> "Exchange":
        """The exchange in the sub-folder `name` of this one."""
        return Exchange(self._path(name))

    def put(self, name: str, data: bytes) -> None:
        """Publish a file in one step; raises ClusterError when the location cannot be written."""
        try:
            if self._is_url:
                filesystem, path = self._opened(name)
                filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
                filesystem.pipe_file(path, data)
            else:
                write_bytes(Path(self._path(name)), data)
        except (OSError, ImportError, ValueError) as error:
            raise ClusterError(
                f"{self.location} cannot be written from a worker ({error}); it must be a path or URL that all "
                f"machines share"
            ) from error

    def slices(self) -> dict[str, str]:
        """The files of rows there, sorted, and the shard of each; others do not count. Raises ClusterError when the
        location cannot be listed."""
        try:
            found = self._listed() if self._is_url else [path.name for path in Path(self.location).iterdir()]
        except FileNotFoundError:
            return {}
        except (OSError, ImportError, ValueError) as error:
            raise ClusterError(
                f"{self.location} cannot be listed ({error}); check the address and its credentials"
            ) from error
        names = sorted(path.rstrip("/").rpartition("/")[2] for path in found)
        return {name: match[1] for name in names if (match := _OWN_NAME.fullmatch(name))}

    def fetch(self, name: str, folder: Path) -> Path:
        """A local path of the file `name`, copied into `folder` where it lies elsewhere; raises ClusterError when that
        fails."""
        if not self._is_url:
            return Path(self._path(name))
        try:
            filesystem, path = self._opened(name)
            filesystem.get_file(path, str(folder / name))
        except (OSError, ImportError, ValueError) as error:
            raise ClusterError(
                f"{name} cannot be fetched from {self.location} ({error}); run the same command to go on"
            ) from error
        return folder / name

    def delete(self, name: str) -> None:
        """Remove a file that has been collected; nothing happens when it is gone already."""
        try:
            if self._is_url:
                filesystem, path = self._opened(name)
                filesystem.rm_file(path)
            else:
                Path(self._path(name)).unlink(missing_ok=True)
        except FileNotFoundError:
            pass

    @property
    def is_there(self) -> bool:
        """Whether its folder exists on this machine."""
        return not self._is_url and Path(self.location).is_dir()

    def remove_if_empty(self) -> None:
        """Remove the folder once nothing is left in it; one of somebody else's files keeps it (object stores have no
        folders)."""
        if not self._is_url:
            with suppress(OSError):
                Path(self.location).rmdir()

    @property
    def _is_url(self) -> bool:
        return "://" in self.location

    def _path(self, name: str) -> str:
        return f"{self.location.rstrip('/')}/{name}".rstrip("/")

    def _listed(self) -> list[str]:
        filesystem, path = self._opened("")
        return list(filesystem.ls(path, detail=False))

    def _opened(self, name: str) -> tuple[Any, str]:
        """The file system of a URL, and what it calls the file `name`."""
        import fsspec

        filesystem, path = fsspec.url_to_fs(self._path(name))
        return filesystem, path
