"""Files that promise more than they hold are refused before the promise is believed."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from mer_core.io import arrays


def npy(shape: tuple[int, ...], values: bytes = b"") -> bytes:
    """A .npy file whose header claims `shape` of float64."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return head.getvalue() + values


@given(
    st.sampled_from(["<f4", "<f8", "<i8", "|b1", "<U3"]).flatmap(
        lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(min_dims=0, min_side=0, max_dims=3))
    ),
    st.booleans(),
)
def test_arrays_come_back_as_they_were_saved(array: np.ndarray, fortran: bool) -> None:
    saved = io.BytesIO()
    array = np.asfortranarray(array) if fortran else array
    np.save(saved, array)
    read = arrays.read_npy(saved.getvalue())
    assert read.dtype == array.dtype and read.shape == array.shape
    assert read.tobytes() == array.tobytes()


def test_archives_come_back_as_they_were_saved(tmp_path: Path) -> None:
    saved = {"a": np.arange(6.0).reshape(2, 3), "b": np.array(["x", "yz"])}
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **saved)
        read = arrays.read_npz(tmp_path / "a.npz")
        assert list(read) == list(saved) and all(np.array_equal(read[name], saved[name]) for name in saved)


@pytest.mark.parametrize("shape", [(10**12,), (10**6, 10**9), (2, 3), (0,)])
def test_a_header_that_claims_other_than_what_follows_is_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    claim = npy(shape, bytes(8))
    with pytest.raises(ValueError, match="its header claims"):
        arrays.read_npy(claim)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", claim)
    with pytest.raises(ValueError, match="its header claims"):
        arrays.read_npz(tmp_path / "a.npz")


def test_what_swells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "LARGEST", 10**6)
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10**6))
    with pytest.raises(ValueError, match="come to more than"):
        arrays.read_npz(tmp_path / "a.npz")
    text = pa.table({"track_id": pa.array(["a" * 10_000] * 1000).dictionary_encode()})
    pq.write_table(text, tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 40_000
    with pytest.raises(ValueError, match="its texts come to more than"):
        arrays.read_table(tmp_path / "a.parquet")
    pq.write_table(pa.table({"x": pa.array(np.zeros(10**6))}), tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="its columns come to more than"):
        arrays.read_table(tmp_path / "b.parquet")


@pytest.mark.parametrize(
    "data", [b"", b"junk" * 100, b"\x93NUMPY\x01\x00\xff\xff{", b"PK\3\4" + bytes(50), b"PAR1" + bytes(50)]
)
def test_what_is_damaged_is_a_value_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    for read in (arrays.read_npy, arrays.read_npz, arrays.read_table):
        with pytest.raises(ValueError, match=r"."):
            read(path)


def test_a_table_is_read_as_pandas_reads_it(tmp_path: Path) -> None:
    table = pd.DataFrame({"track_id": ["a", "b", "a"], "x": [1.0, 2.0, np.nan], "d:happy": [True, False, True]})
    table.to_parquet(tmp_path / "a.parquet", index=False)
    pd.testing.assert_frame_equal(arrays.read_table(tmp_path / "a.parquet"), pd.read_parquet(tmp_path / "a.parquet"))
