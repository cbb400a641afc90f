"""The folder where workers leave finished rows and the coordinator collects them: a shared path, or a URL that fsspec opens (s3://…, gs://…).

A file is there whole or not at all: locally it is renamed into place, and object stores publish an upload when it is complete.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mer_core.errors import ClusterError
from mer_core.files import write_bytes

SUFFIX = ".parquet"


@dataclass(frozen=True)
class Exchange:
    """`location` is the same on all machines."""

    location: str

    def put(self, name: str, data: bytes) -> None:
        """Publish a file in one step; raises ClusterError when the location cannot be written."""
        try:
            if self._is_url:
                self._filesystem().pipe_file(self._path(name), data)
            else:
                write_bytes(Path(self._path(name)), data)
        except (OSError, ImportError, ValueError) as error:
            raise ClusterError(f"{self.location} cannot be written from a worker ({error}); it must be a path or URL that all machines share") from error

    def names(self) -> list[str]:
        """The files there, sorted; raises ClusterError when the location cannot be listed."""
        try:
            found = self._filesystem().ls(self._path(""), detail=False) if self._is_url else [path.name for path in Path(self.location).iterdir()]
        except FileNotFoundError:
            return []
        except (OSError, ImportError, ValueError) as error:
            raise ClusterError(f"{self.location} cannot be listed ({error}); check the address and its credentials") from error
        return sorted(name for path in found if (name := path.rstrip("/").rpartition("/")[2]).endswith(SUFFIX))

    def fetch(self, name: str, folder: Path) -> Path:
        """A local path of the file `name`, copied into `folder` where it lies elsewhere; raises ClusterError when that fails."""
        if not self._is_url:
            return Path(self._path(name))
        try:
            self._filesystem().get_file(self._path(name), str(folder / name))
        except (OSError, ImportError, ValueError) as error:
            raise ClusterError(f"{name} cannot be fetched from {self.location} ({error}); run the same command to go on") from error
        return folder / name

    def delete(self, name: str) -> None:
        """Remove a file that has been collected; nothing happens when it is gone already."""
        try:
            if self._is_url:
                self._filesystem().rm_file(self._path(name))
            else:
                Path(self._path(name)).unlink(missing_ok=True)
        except FileNotFoundError:
            pass

    @property
    def _is_url(self) -> bool:
        return "://" in self.location

    def _path(self, name: str) -> str:
        return f"{self.location.rstrip('/')}/{name}".rstrip("/")

    def _filesystem(self) -> Any:
        import fsspec

        return fsspec.url_to_fs(self.location)[0]
