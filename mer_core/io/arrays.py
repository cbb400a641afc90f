"""Reading NPY, NPZ and Parquet files that may promise more than they hold: what they would take in memory is known
before it is taken.

A header of a hundred bytes can claim 10^12 numbers, and a text that stands once in a Parquet dictionary can be every
cell of a column. Whatever does not add up raises ValueError, for the caller to say which artifact is damaged and how it
is rebuilt.
"""

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from mer_core.io.files import check_regular
from mer_core.io.parquet_footer import ColumnChunk, column_chunks

if TYPE_CHECKING:  # who reads no table need not load them
    import pandas as pd
    import pyarrow as pa

LARGEST = 4 * 2**30
"""Bytes that one file may come to in memory; the pooled embeddings of a million tracks are less."""


def read_npy(source: Path | bytes | BinaryIO) -> np.ndarray:
    """The array of a .npy file; raises ValueError when it is none or its header does not fit what follows, OSError when
    it cannot be read."""
    if isinstance(source, bytes):
        return _read_array(io.BytesIO(source), len(source))
    if isinstance(source, Path):
        check_regular(source)
        with source.open("rb") as handle:
            return _read_array(handle, os.fstat(handle.fileno()).st_size)
    return _read_array(source, source.seek(0, io.SEEK_END))


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a .npz file by name; raises as `read_npy` does."""
    check_regular(path)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise ValueError(f"its arrays come to more than {LARGEST >> 30} GB")
            return {member.filename.removesuffix(".npy"): _member(archive, member) for member in archive.infolist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, MemoryError) as error:
        raise ValueError(f"it is no archive of arrays ({error})") from error


def read_table(path: Path) -> "pd.DataFrame":
    """The table of a Parquet file; raises ValueError when it is damaged or comes to more than LARGEST bytes, OSError
    when it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_regular(path)
    try:
        check_values(path)
        file = pq.ParquetFile(path)
        texts = [
            column.path
            for column in map(file.schema.column, range(len(file.schema)))
            if column.physical_type == "BYTE_ARRAY"
        ]
        if nested := set(texts) - set(file.schema_arrow.names):
            raise ValueError(f"the column {min(nested)!r} holds lists of texts")
        table = pq.ParquetFile(path, read_dictionary=texts).read()  # a text that stands once is held once
        if sum(_text_bytes(table[name]) for name in texts) > LARGEST:
            raise ValueError(f"its texts come to more than {LARGEST >> 30} GB")
        return table.cast(file.schema_arrow).to_pandas()
    except (pa.ArrowException, MemoryError) as error:
        raise ValueError(f"it is damaged ({' '.join(str(error).split())[:200]})") from error


def check_values(path: Path) -> list[ColumnChunk]:
    """The column chunks of a Parquet file; raises ValueError where its numbers come to more than LARGEST bytes, for a
    page can hold one number a billion times."""
    chunks = column_chunks(path)
    if sum(max(8 * chunk.n_values, chunk.n_bytes) for chunk in chunks) > 2 * LARGEST:
        raise ValueError(f"its columns come to more than {LARGEST >> 30} GB")
    return chunks


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as handle:
        return _read_array(handle, member.file_size)  # type: ignore[arg-type]


def _read_array(handle: BinaryIO, size: int) -> np.ndarray:
    """An array from a file of `size` bytes."""
    head = io.BytesIO(b"".join(_head(handle)))
    version = np.lib.format.read_magic(head)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read_header(head)
    count = int(np.prod(shape, dtype=object))
    if dtype.hasobject or count < 0:
        raise ValueError("it holds something else than numbers and texts")
    if head.tell() + count * dtype.itemsize != size:
        raise ValueError(
            f"its header claims {count:,} values of {dtype.itemsize} bytes, the file holds {size - head.tell():,} bytes"
        )
    if size > LARGEST:
        raise ValueError(f"it comes to more than {LARGEST >> 30} GB")
    values = head.read() + handle.read()
    return np.frombuffer(values, dtype, count).reshape(shape, order="F" if fortran else "C").copy(order="K")


def _head(handle: BinaryIO) -> Iterator[bytes]:
    if handle.seekable():
        handle.seek(0)
    yield handle.read(65_536)  # the longest header of version 1; NumPy refuses ones longer than 10,000 characters


def _text_bytes(column: "pa.ChunkedArray") -> int:
    """What the texts of a column come to when each cell has its own."""
    import pyarrow.compute as pc

    total = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary).to_numpy(zero_copy_only=False)
        rows = chunk.indices.drop_null().to_numpy(zero_copy_only=False)
        total += int(lengths[rows].sum(dtype=np.int64)) if len(rows) else 0
    return total
