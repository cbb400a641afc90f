"""Playlists as lists of files: M3U and M3U8 as players write them.

A playlist is UTF-8, with or without a byte order mark, UTF-16 with one, or else in Windows' code page 1252; its lines
end in LF or CRLF; paths are relative to its folder, absolute, or file addresses, with slashes or backslashes, also
percent-encoded.
Lines that begin with "#" hold what is not needed here. Addresses of the web are passed over. A line that names another
playlist stands for the files of that one, each list once, so that lists in a circle end.
"""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mer_core.errors import AudioError
from mer_core.io.files import LARGEST_TEXT, players_text, read_regular

SUFFIXES = (".m3u", ".m3u8")


OTHER_SUFFIXES = (".pls", ".xspf", ".wpl", ".zpl", ".asx")
"""Playlists of other kinds, which are refused by name."""
DEEPEST = 8
"""Playlists in playlists beyond which none is opened."""


def refuse_other_playlist(path: Path) -> None:
    """Raise AudioError for a playlist of a kind that is not read."""
    if path.suffix.lower() in OTHER_SUFFIXES:
        raise AudioError(
            f"{path} is a playlist of a kind that is not read; .m3u and .m3u8 are, so save it as one of these"
        )


def is_playlist_name(name: str) -> bool:
    """Whether a file of this name is read as a playlist."""
    return name.lower().endswith(SUFFIXES)


def read_playlist(path: Path) -> list[Path]:
    """The files that the playlist at `path`, and playlists that it names, hold, in their order; one that is not there
    is named as it stands.

    Raises AudioError when it cannot be read, or names no file.
    """
    files = list(_files_in(path, set(), DEEPEST))
    if not files:
        raise AudioError(f"the playlist {path} names no file; is it empty, or of addresses on the web only?")
    return files


def _files_in(path: Path, seen: set[Path], depth: int) -> Iterator[Path]:
    """`seen`: the playlists that are open or were; one that is not there stands for itself."""
    named = _named_in(path)
    seen.add(path.resolve())
    for file in named:
        if not (is_playlist_name(file.name) and file.is_file()):
            yield file
        elif file.resolve() not in seen and depth:
            yield from _files_in(file, seen, depth - 1)


def _named_in(path: Path) -> list[Path]:
    try:
        data = read_regular(path, LARGEST_TEXT)
    except OSError as error:
        raise AudioError(
            f"the playlist {path} cannot be read ({error.strerror or error}); check its name and its permissions"
        ) from error
    return [_file(entry, path.parent) for entry in playlist_entries(data)]


def playlist_entries(data: bytes) -> list[str]:
    """The paths and file addresses in the bytes of a playlist, as they stand there, in its order."""
    entries = (entry.strip() for entry in players_text(data).splitlines())
    return [entry for entry in entries if _is_file_entry(entry)]


def _is_file_entry(entry: str) -> bool:
    scheme = entry.partition("://")[0] if "://" in entry else ""
    return bool(entry) and not entry.startswith("#") and scheme.lower() in ("", "file")


def _file(entry: str, folder: Path) -> Path:
    if entry.lower().startswith("file://"):
        entry = unquote(urlsplit(entry).path)
    candidates = list(_spellings(entry, folder))
    return next((path for path in candidates if path.exists()), candidates[0])


def _spellings(entry: str, folder: Path) -> Iterator[Path]:
    """The path as it stands, with backslashes as slashes, without percent-encoding, and with composed and decomposed
    letters."""
    for spelling in dict.fromkeys((entry, entry.replace("\\", "/"), unquote(entry), unquote(entry.replace("\\", "/")))):
        for form in ("", "NFC", "NFD"):
            yield folder / (unicodedata.normalize(form, spelling) if form else spelling)  # type: ignore[arg-type]
