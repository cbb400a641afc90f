"""What the footer of a Parquet file promises of its columns, read without the Parquet library.

The library ends the whole process where some bits of a footer are flipped and one asks it for a column's sizes, so a
damaged file must not get that far. The footer is a struct of Thrift's compact protocol; only the numbers wanted here
are given names (https://parquet.apache.org/docs/file-format/metadata/).
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

MAGIC = b"PAR1"
LARGEST_FOOTER = 64 * 2**20
DEEPEST = 20
DICTIONARY_ENCODINGS = {2, 8}
ROW_GROUPS, COLUMNS, METADATA, ENCODINGS, VALUES, BYTES = 4, 1, 3, 2, 5, 6
"""Numbers of the fields: in FileMetaData, RowGroup, ColumnChunk, and the last three in ColumnMetaData."""


class ColumnChunk(NamedTuple):
    """One column of one row group."""

    n_values: int
    n_bytes: int
    """Uncompressed."""
    by_dictionary: bool
    """Whether a value may stand once for many."""


def column_chunks(path: Path) -> list[ColumnChunk]:
    """The column chunks of a Parquet file; raises ValueError where its footer is damaged, OSError as `open` does."""
    with Path(path).open("rb") as handle:
        footer = _footer(handle)
    try:
        groups = _Reader(footer).struct()[ROW_GROUPS]
        chunks = [chunk[METADATA] for group in groups for chunk in group[COLUMNS]]
        return [
            ColumnChunk(int(chunk[VALUES]), int(chunk[BYTES]), bool(DICTIONARY_ENCODINGS & set(chunk[ENCODINGS])))
            for chunk in chunks
        ]
    except (KeyError, IndexError, TypeError, struct.error) as error:
        raise ValueError(f"its footer is damaged ({type(error).__name__})") from error


def _footer(handle: BinaryIO) -> bytes:
    size = handle.seek(0, 2)
    if size < 12:
        raise ValueError("it is no Parquet file")
    handle.seek(size - 8)
    length, magic = struct.unpack("<I4s", handle.read(8))
    if magic != MAGIC or length > min(LARGEST_FOOTER, size - 12):
        raise ValueError("it is no Parquet file, or cut off")
    handle.seek(size - 8 - length)
    return handle.read(length)


class _Reader:
    """Values of Thrift's compact protocol, one after the other; a struct is a dict by the numbers of its fields."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > DEEPEST:
            raise ValueError("its footer is nested too deep")
        fields: dict[int, Any] = {}
        number = 0
        while kind := (head := self._byte()) & 15:
            number = number + (head >> 4) if head >> 4 else self._signed()
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2, 3):
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return struct.unpack("<d", self._bytes(8))[0]
        if kind == 8:
            return self._bytes(self._unsigned())
        if kind in (9, 10):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._unsigned()
            return [self._value(head & 15, depth + 1) for _ in range(self._counted(count))]
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError(f"its footer holds something of the unknown kind {kind}")

    def _counted(self, count: int) -> int:
        if count > len(self._data) - self._at:  # each item takes a byte at least
            raise ValueError("its footer promises more than it holds")
        return count

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _bytes(self, count: int) -> bytes:
        start, self._at = self._at, self._at + self._counted(count)
        return self._data[start : self._at]

    def _unsigned(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 128:
            value, shift = value | (byte & 127) << shift, shift + 7
            if shift > 63:
                raise ValueError("its footer holds an endless number")
        return value | byte << shift

    def _signed(self) -> int:
        value = self._unsigned()
        return value >> 1 ^ -(value & 1)
