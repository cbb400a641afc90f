"""The footer of a Parquet file: its numbers are the library's, and whatever is damaged is a ValueError."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.io.parquet_footer import column_chunks


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two row groups of a number, a text that repeats and a list of floats."""
    path = tmp_path_factory.mktemp("parquet") / "table.parquet"
    lists = [np.arange(3, dtype=np.float32)] * 10
    table = pa.table({"n": range(10), "text": ["a", "b"] * 5, "frames": pa.array(lists, pa.list_(pa.float32()))})
    pq.write_table(table, path, row_group_size=5, use_dictionary=["text"])
    return path


def test_the_numbers_are_those_of_the_library(written: Path) -> None:
    metadata = pq.ParquetFile(written).metadata
    chunks = [metadata.row_group(group).column(k) for group in range(2) for k in range(3)]
    wanted = [(c.num_values, c.total_uncompressed_size, "RLE_DICTIONARY" in c.encodings) for c in chunks]
    assert [tuple(chunk) for chunk in column_chunks(written)] == wanted
    assert [by_dictionary for *_, by_dictionary in wanted] == [False, True, False] * 2


@given(st.data())
def test_flipped_bits_and_cut_files_are_reported(written: Path, tmp_path_factory: pytest.TempPathFactory, data) -> None:
    content = bytearray(written.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.parquet"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        chunks = column_chunks(path)
    except ValueError:
        return
    assert all(isinstance(chunk.n_values, int) for chunk in chunks)
