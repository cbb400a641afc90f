"""The embedding store: what goes in comes out, and damage of any file is reported, never returned as data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reported import reported

from mer_core.embeddings.pooling import pool
from mer_core.embeddings.precision import store_precision
from mer_core.embeddings.shard import ROWS_PER_GROUP, shard_bytes
from mer_core.embeddings.store import AudioWarning, EmbeddingStore, Failure, TrackEmbedding, shard_name
from mer_core.encoders import load_encoder
from mer_core.errors import ArtifactError

IDENTITY = {
    "name": "placeholder",
    "version": "1",
    "sample_rate": 16000,
    "frame_seconds": 1.0,
    "hop_seconds": 0.5,
    "dim": 3,
}


def embedding(track_id: str, n_frames: int = 4) -> TrackEmbedding:
    seed = sum(map(ord, track_id))
    return TrackEmbedding(
        track_id, n_frames * 0.5, np.random.default_rng(seed).normal(size=(n_frames, 3)).astype(np.float32)
    )


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    store = EmbeddingStore.create(tmp_path / "embeddings" / "placeholder", IDENTITY)
    store.write_shard("07", [embedding("track_0000107"), embedding("track_0000007", 9)])
    store.write_shard("01", [embedding(f"track_{number:07d}", 2) for number in range(1, 7001, 100)])
    return store


def test_a_round_trip_is_exact(store: EmbeddingStore) -> None:
    again = EmbeddingStore.open(store.folder, IDENTITY)
    assert again.shards() == ["01", "07"]
    assert again.track_ids[-2:] == ["track_0000007", "track_0000107"] and len(again.track_ids) == 72
    np.testing.assert_array_equal(again.read_frames("track_0000007"), embedding("track_0000007", 9).frames)
    np.testing.assert_array_equal(again.read_frames("track_0006001"), embedding("track_0006001", 2).frames)
    assert again.read_rows("07")[1].duration == 2.0 and again.read_rows("55") == []


@pytest.mark.parametrize("pooling", ["mean", "mean+std", "mean+std+max"])
def test_pooled_vectors_are_those_of_the_frames(store: EmbeddingStore, pooling: str) -> None:
    track_ids, pooled = store.read_pooled(pooling)
    assert pooled.dtype == np.float32
    np.testing.assert_array_equal(pooled, [pool(store.read_frames(track_id), pooling) for track_id in track_ids])


def test_pandas_alone_reads_a_shard(store: EmbeddingStore) -> None:
    table = pd.read_parquet(store.shard_path("07"))
    assert list(table.columns) == ["track_id", "duration", "frames", "mean", "std", "excerpts"]
    np.testing.assert_array_equal(np.stack(table["frames"][0]), embedding("track_0000007", 9).frames)


def test_excerpts_are_kept_and_unknown_where_an_older_shard_lacks_them(store: EmbeddingStore) -> None:
    heard = np.arange(10, dtype=np.float32).reshape(2, 5)
    older = pq.read_table(store.shard_path("07")).drop_columns("excerpts")
    pq.write_table(older, store.shard_path("07"), write_page_checksum=True, use_dictionary=False)
    assert store.read_excerpts() == [None] * 72 and store.read_rows("07")[0].excerpts is None
    rows = [
        *store.read_rows("07"),
        replace(embedding("track_0000207"), excerpts=heard),
        replace(embedding("track_0000307"), excerpts=heard[:0]),
    ]
    store.write_shard("07", rows)
    *unknown, some, none = store.read_excerpts()
    assert unknown == [None] * 72 and none is not None and none.shape == (0, 5)
    np.testing.assert_array_equal(some, heard)
    np.testing.assert_array_equal(store.read_rows("07")[2].excerpts, heard)


def test_the_bytes_of_a_shard_follow_from_its_rows(store: EmbeddingStore) -> None:
    rows = store.read_rows("01")
    assert len(rows) > ROWS_PER_GROUP
    assert shard_bytes(rows[::-1], IDENTITY) == store.shard_path("01").read_bytes()


def test_rows_that_are_no_embeddings_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        shard_bytes([], IDENTITY)
    with pytest.raises(ValueError, match="repeat a track id"):
        shard_bytes([embedding("a"), embedding("a")], IDENTITY)
    with pytest.raises(ValueError, match=r"shape \(4, 2\)"):
        shard_bytes([TrackEmbedding("a", 2.0, np.zeros((4, 2), np.float32))], IDENTITY)


def test_embeddings_that_are_no_numbers_are_not_kept(store: EmbeddingStore) -> None:
    bad = TrackEmbedding("track_7", 1.0, np.full((2, 3), np.nan, np.float32))
    with pytest.raises(ArtifactError, match="track_7 holds NaN or infinite numbers"):
        store.write_shard("07", [bad])
    assert len(store.read_rows("07")) == 2


def test_shard_names_come_from_the_folder_or_the_id() -> None:
    assert shard_name("track_0000948", "48/948.mp3") == "48"
    assert shard_name("track_0000948", "48/948.low.mp3") == "48"
    for odd in ["948.mp3", "Artist/Album/song.mp3", "../x.mp3", "٤٢/x.mp3", "a/../../b.mp3"]:
        name = shard_name("track_1", odd)
        assert name == shard_name("track_1", "elsewhere.flac") and len(name) == 2 and name.isascii() and name.isdigit()


def test_another_encoder_or_version_is_refused_with_the_reason(store: EmbeddingStore) -> None:
    with reported(ArtifactError, r"version '1', not '2'.*build_embeddings"):
        EmbeddingStore.create(store.folder, {**IDENTITY, "version": "2"})
    other = EmbeddingStore.create(store.folder.parent / "other", {**IDENTITY, "name": "vggish"})
    other.shard_path("07").write_bytes(store.shard_path("07").read_bytes())
    with reported(
        ArtifactError,
        r"shard-07.parquet was made by another encoder.*name 'placeholder', not 'vggish'.*build_embeddings",
    ):
        other.read_pooled()


def test_a_measured_check_of_the_weights_does_not_decide(tmp_path: Path) -> None:
    EmbeddingStore.create(tmp_path, {**IDENTITY, "weights_check": {"mean": -0.0333}})
    again = EmbeddingStore.create(tmp_path, {**IDENTITY, "weights_check": {"mean": -0.0334}})
    assert again.identity == IDENTITY and again.manifest["encoder"]["weights_check"] == {"mean": -0.0333}


def damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif how == "other table":
        pq.write_table(pa.table({"track_id": ["a"], "vector": [[1.0]]}), path)
    else:
        path.write_bytes(b"import os; os.system('true')")


@pytest.mark.parametrize("how", ["missing", "empty", "truncated", "other table", "text"])
def test_a_damaged_shard_is_named_set_aside_and_rebuilt(store: EmbeddingStore, how: str) -> None:
    damage(store.shard_path("07"), how)
    reading = EmbeddingStore.open(store.folder)
    for read in (reading.read_pooled, lambda: reading.read_frames("track_0000007"), lambda: reading.track_ids):
        with reported(ArtifactError, r"shard-07\.parquet.*python scripts/build_embeddings\.py"):
            read()
    resumed = EmbeddingStore.create(store.folder, IDENTITY)
    assert resumed.set_damaged_aside() == ["07"]
    assert EmbeddingStore.open(store.folder).shards() == ["01"] and len(resumed.track_ids) == 70


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_flipped_bit_is_noticed_or_harmless(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    rows = [embedding(f"track_{number}") for number in range(3)]
    whole = shard_bytes(rows, IDENTITY)
    position = data.draw(st.integers(0, len(whole) - 1))
    store = EmbeddingStore.create(tmp_path_factory.mktemp("store"), IDENTITY)
    flipped = bytearray(whole)
    flipped[position] ^= 1 << data.draw(st.integers(0, 7))
    store.shard_path("00").write_bytes(bytes(flipped))
    try:
        found = store.read_rows("00")
        pooled = store.read_pooled()[1]
    except ArtifactError:
        return
    assert [row.track_id for row in found] == [row.track_id for row in rows]
    for left, right in zip(found, rows, strict=True):
        np.testing.assert_array_equal(left.frames, right.frames)
    np.testing.assert_array_equal(pooled, [pool(row.frames) for row in rows])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"shards": []}', '{"schema_version": 99}', '{"encoder": {"name": "x"}, "shards": []}']
)
def test_a_damaged_manifest_is_reported(store: EmbeddingStore, text: str) -> None:
    (store.folder / "_manifest.json").write_text(text)
    with reported(ArtifactError, r"manifest\.json.*(build_embeddings|update)"):
        EmbeddingStore.open(store.folder)


def test_an_unreadable_manifest_is_rebuilt_by_the_next_build(store: EmbeddingStore) -> None:
    (store.folder / "_manifest.json").write_text('{"enco')
    (store.folder / ".shard-08.parquet.123.tmp").write_text("half")
    resumed = EmbeddingStore.create(store.folder, IDENTITY)
    assert resumed.set_damaged_aside() == [] and len(resumed.track_ids) == 72
    assert json.loads((store.folder / "_manifest.json").read_text())["shards"] == ["01", "07"]
    assert list(store.folder.glob(".*.tmp")) == []


def test_failures_are_kept_replaced_and_harmless_in_a_spreadsheet(store: EmbeddingStore) -> None:
    store.record(
        ["b", "a"],
        [Failure("b", "=cmd|' /C calc'!A0.mp3", "not audio"), Failure("a", "a.mp3", 'empty, "really"\nempty')],
    )
    assert "'=cmd" in (store.folder / "_failures.csv").read_text()
    assert store.failures()["track_id"].tolist() == ["a", "b"]
    assert store.failures()["path"].tolist() == ["a.mp3", "=cmd|' /C calc'!A0.mp3"]
    store.record(["b", "c"], [Failure("c", "c.mp3", "gone")])
    assert store.failures()["track_id"].tolist() == ["a", "c"]
    (store.folder / "_failures.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ArtifactError, match=r"failures\.csv is damaged"):
        store.failures()
    store.record(["d"], [Failure("d", "d.mp3", "gone")])
    assert store.failures()["track_id"].tolist() == ["d"]


def test_a_track_in_two_shards_counts_once(store: EmbeddingStore) -> None:
    store.write_shard("09", [embedding("track_0000007", 2), embedding("track_0000009")])
    track_ids, pooled = store.read_pooled()
    assert len(track_ids) == len(set(track_ids)) == len(pooled) == 73
    np.testing.assert_array_equal(store.read_frames("track_0000007"), embedding("track_0000007", 9).frames)


def test_retain_drops_what_left_the_dataset(store: EmbeddingStore) -> None:
    untouched = store.shard_path("01").stat().st_mtime_ns
    assert not (store.folder / "_warnings.csv").exists()  # nothing to tell
    store.record(["x", "y"], [Failure("x", "x.mp3", "gone")], [AudioWarning("y", "y.mp3", "cut off")])
    assert store.warnings()["track_id"].tolist() == ["y"]
    kept = [track_id for track_id in store.track_ids if track_id != "track_0000107"]
    assert store.retain(kept) == 1
    assert store.track_ids == kept and store.failures().empty and store.warnings().empty
    assert store.shard_path("01").stat().st_mtime_ns == untouched
    store.retain([])
    assert store.shards() == [] and store.read_pooled()[1].shape == (0, 6)


def test_a_track_without_embedding_is_reported(store: EmbeddingStore) -> None:
    with reported(ArtifactError, r"track_5.*failures\.csv.*build_embeddings"):
        store.read_frames("track_5")


@pytest.mark.parametrize("shards", [[1, None], ["../../elsewhere"], ["a/b"], [""], "00", None])
def test_a_manifest_that_lists_no_names_of_shards_is_damaged(tmp_path: Path, shards: object) -> None:
    EmbeddingStore.create(tmp_path / "e", IDENTITY)
    manifest = tmp_path / "e" / "_manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"shards": shards}))
    with reported(ArtifactError, r"manifest\.json does not describe .*build_embeddings"):
        EmbeddingStore.open(tmp_path / "e")


def test_a_store_is_continued_in_the_precision_it_was_begun_in(tmp_path: Path) -> None:
    identity = {**load_encoder("placeholder").identity(), "precision": "bfloat16"}
    assert store_precision(tmp_path / "store") is None
    EmbeddingStore.create(tmp_path / "store", identity)
    assert store_precision(tmp_path / "store") == "bfloat16"
    assert EmbeddingStore.create(tmp_path / "store", identity).identity["name"] == "placeholder"
    with pytest.raises(ArtifactError, match="MER_PRECISION=bfloat16"):
        EmbeddingStore.create(tmp_path / "store", {**identity, "precision": "float32"})


def test_a_store_continues_under_the_names_it_was_begun_with(store: EmbeddingStore) -> None:
    """An earlier release kept manifest and lists under plain names."""
    (store.folder / "_manifest.json").rename(store.folder / "manifest.json")
    earlier = EmbeddingStore.create(store.folder, IDENTITY)
    earlier.write_shard("08", [embedding("track_0000108")])
    earlier.record(["x"], [Failure("x", "x.mp3", "gone")], [AudioWarning("x", "x.mp3", "cut off")])
    assert {path.name for path in store.folder.iterdir() if path.suffix != ".parquet"} == {
        "manifest.json",
        "failures.csv",
        "warnings.csv",
    }
    again = EmbeddingStore.open(store.folder)
    assert again.shards() == ["01", "07", "08"] and len(again.failures()) == len(again.warnings()) == 1
    (store.folder / "manifest.json").unlink()  # lost: the lists are still found
    assert len(EmbeddingStore.create(store.folder, IDENTITY).failures()) == 1


def test_other_programs_read_the_folder(store: EmbeddingStore) -> None:
    """With everything beside the shards that a store may have."""
    store.record(["x"], [Failure("x", "x.mp3", "gone")], [AudioWarning("x", "x.mp3", "cut off")])
    store.write_shard("09", [embedding("track_0000009")])
    store.shard_path("09").write_bytes(b"PAR1 damaged")
    assert store.set_damaged_aside() == ["09"]
    ids = sorted(store.track_ids)
    table = pd.read_parquet(store.folder).sort_values("track_id")
    assert table["track_id"].tolist() == ids
    assert np.stack(table["mean"]).shape == (72, 3) and table["duration"].gt(0).all()
    polars, duckdb = pytest.importorskip("polars"), pytest.importorskip("duckdb")
    frame = polars.read_parquet(store.folder / "*.parquet")
    assert sorted(frame["track_id"]) == ids
    found = duckdb.sql(f"SELECT track_id, len(frames) FROM '{store.folder}/*.parquet' ORDER BY track_id").fetchall()
    assert [row[0] for row in found] == ids and dict(found)["track_0000007"] == 9
