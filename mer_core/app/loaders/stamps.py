"""What a cache of something on disk is keyed on."""

from pathlib import Path

from mer_core.io.names import written

Stamp = tuple[str, ...]


def stamp(*paths: Path) -> Stamp:
    """What a cache is keyed on: name, size and modification time (ns) of each file, and of each file directly in a
    folder."""
    files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return tuple(
        f"{written(str(file))} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files if file.is_file()
    )
