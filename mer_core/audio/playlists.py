"""Playlists as lists of files: M3U and M3U8 as players write them.

A playlist is UTF-8, with or without a byte order mark, or else in Windows' code page 1252; its lines end in LF or CRLF;
paths are relative to its folder, absolute, or file addresses, with slashes or backslashes. Lines that begin with "#"
hold what is not needed here. Addresses of the web are passed over.
"""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mer_core.errors import AudioError
from mer_core.io.files import LARGEST_TEXT, read_regular

SUFFIXES = (".m3u", ".m3u8")


def is_playlist_name(name: str) -> bool:
    """Whether a file of this name is read as a playlist."""
    return name.lower().endswith(SUFFIXES)


def read_playlist(path: Path) -> list[Path]:
    """The files that the playlist at `path` names, in its order; one that is not there is named as it stands.

    Raises AudioError when it cannot be read, or names no file.
    """
    try:
        data = read_regular(path, LARGEST_TEXT)
    except OSError as error:
        raise AudioError(
            f"the playlist {path} cannot be read ({error.strerror or error}); check its name and its permissions"
        ) from error
    files = [_file(entry, path.parent) for entry in playlist_entries(data)]
    if not files:
        raise AudioError(f"the playlist {path} names no file; is it empty, or of addresses on the web only?")
    return files


def playlist_entries(data: bytes) -> list[str]:
    """The paths and file addresses in the bytes of a playlist, as they stand there, in its order."""
    entries = (entry.strip() for entry in _text(data).splitlines())
    return [entry for entry in entries if _is_file_entry(entry)]


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _is_file_entry(entry: str) -> bool:
    scheme = entry.partition("://")[0] if "://" in entry else ""
    return bool(entry) and not entry.startswith("#") and scheme.lower() in ("", "file")


def _file(entry: str, folder: Path) -> Path:
    if entry.lower().startswith("file://"):
        entry = unquote(urlsplit(entry).path)
    candidates = list(_spellings(entry, folder))
    return next((path for path in candidates if path.exists()), candidates[0])


def _spellings(entry: str, folder: Path) -> Iterator[Path]:
    """The path as it stands, with backslashes as slashes, and with composed and decomposed letters."""
    for spelling in dict.fromkeys((entry, entry.replace("\\", "/"))):
        for form in ("", "NFC", "NFD"):
            yield folder / (unicodedata.normalize(form, spelling) if form else spelling)  # type: ignore[arg-type]
