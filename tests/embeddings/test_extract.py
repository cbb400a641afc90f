"""Audio → store: complete, resumable at any moment, and always the same bytes."""

import contextlib
import errno
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import audio_files
import numpy as np
import pytest
import small_dataset

from mer_core.cli import build_embeddings
from mer_core.embeddings.extract import AudioItem, EmbeddingProgress, ShardPart, extract, extract_parts, parts_of
from mer_core.embeddings.store import EmbeddingStore
from mer_core.encoders import load_encoder
from mer_core.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parents[2]


def write_audio(root: Path, numbers: Sequence[int], seconds: float = 3.0) -> list[AudioItem]:
    """One WAV of noise a number, at NN/number.mp3 (what a file holds is decided by its bytes)."""
    items = []
    for number in numbers:
        path = root / f"{number % 100:02d}" / f"{number}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = (
            np.random.default_rng(number).normal(0, 0.1, (1, round((seconds + number % 3) * 16000))).astype(np.float32)
        )
        path.write_bytes(audio_files.pcm(noise, 16000))
        items.append(AudioItem(f"track_{number:07d}", str(path.relative_to(root)), path))
    return items


def shard_bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("shard-*.parquet")}


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> list[AudioItem]:
    return write_audio(tmp_path_factory.mktemp("audio"), [1, 101, 201, 2, 102, 3])


@pytest.fixture(scope="module")
def whole(items: list[AudioItem], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("store")
    encoder = load_encoder("placeholder")
    summary = extract(items, encoder, EmbeddingStore.create(folder, encoder.identity()))
    assert (summary.embedded, summary.failed, summary.reused) == (6, 0, 0) and summary.x_realtime > 0
    assert summary.audio_hours * 3600 == pytest.approx(
        sum(3 + number % 3 for number in [1, 101, 201, 2, 102, 3]), abs=0.01
    )
    return shard_bytes_of(folder)


@pytest.fixture
def store(tmp_path: Path) -> EmbeddingStore:
    return EmbeddingStore.create(tmp_path / "store", load_encoder("placeholder").identity())


def run(items: Sequence[AudioItem], store: EmbeddingStore):
    return extract(items, load_encoder("placeholder"), EmbeddingStore.create(store.folder, store.identity), jobs=2)


def test_the_order_of_the_items_does_not_matter(
    items: list[AudioItem], whole: dict[str, bytes], store: EmbeddingStore
) -> None:
    run(items[::-1], store)
    assert shard_bytes_of(store.folder) == whole


def test_a_finished_store_is_left_alone(items: list[AudioItem], store: EmbeddingStore) -> None:
    run(items, store)
    before = {path: path.stat().st_mtime_ns for path in store.folder.glob("shard-*")}
    assert run(items, store).reused == 6
    assert {path: path.stat().st_mtime_ns for path in store.folder.glob("shard-*")} == before


def test_tracks_added_to_a_finished_shard_join_its_rows(
    items: list[AudioItem], whole: dict[str, bytes], store: EmbeddingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(items[::2], store)
    asked = []
    real = extract_parts
    monkeypatch.setattr(
        "mer_core.embeddings.extract.extract_parts",
        lambda parts, *rest, **options: real(asked.extend(parts) or parts, *rest, **options),
    )
    assert run(items, store).embedded == 3
    assert sorted(item.track_id for part in asked for item in part.items) == sorted(
        item.track_id for item in items[1::2]
    )
    assert shard_bytes_of(store.folder) == whole


def test_a_damaged_or_missing_shard_is_rebuilt(
    items: list[AudioItem], whole: dict[str, bytes], store: EmbeddingStore
) -> None:
    run(items, store)
    store.shard_path("02").unlink()
    store.shard_path("01").write_bytes(whole["shard-01.parquet"][:-100])
    assert run(items, store).embedded == 5
    assert shard_bytes_of(store.folder) == whole
    assert (store.folder / "_shard-01.parquet.damaged").exists()


def test_failures_are_recorded_and_tried_again(
    items: list[AudioItem], whole: dict[str, bytes], store: EmbeddingStore, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"not yet here")
    spoiled = [items[0]._replace(source=broken), *items[1:]]
    assert run(spoiled, store).failed == 1
    failures = EmbeddingStore.open(store.folder).failures()
    assert (
        failures[["track_id", "path"]].to_numpy().tolist() == [["track_0000001", "01/1.mp3"]]
        and "01/1.mp3" in failures["error"][0]
    )
    assert run(spoiled, store).failed == 1 and len(EmbeddingStore.open(store.folder).track_ids) == 5
    broken.write_bytes(items[0].source.read_bytes())
    assert run(spoiled, store).embedded == 1
    assert EmbeddingStore.open(store.folder).failures().empty and shard_bytes_of(store.folder) == whole


def test_progress_in_a_log_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    counted = EmbeddingProgress(1000, shown=True)
    for _ in range(1000):
        counted.count(embedded=1, audio_seconds=36.0)
    counted.finish()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) < 5 and lines[0].startswith("embedded: 0/1000") and lines[-1].startswith("embedded: 1000/1000")
    assert "10.00 h of audio" in lines[-1]


def test_parts_are_yielded_when_saved_and_may_arrive_late(
    items: list[AudioItem], whole: dict[str, bytes], store: EmbeddingStore
) -> None:
    def slowly():
        for part in parts_of(items):
            time.sleep(0.05)
            yield part
            yield ShardPart("99", [])

    saved = []
    for part in extract_parts(slowly(), load_encoder("placeholder"), store, jobs=1):
        assert store.shard_path(part.shard).exists()
        saved.append(part.shard)
    assert saved == ["01", "02", "03"] and shard_bytes_of(store.folder) == whole


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Forty tracks of half a minute in five shards."""
    root = tmp_path_factory.mktemp("workspace")
    numbers = [100 * position + shard for shard in range(5) for position in range(8)]
    small_dataset.write_dataset(root / "dataset", [small_dataset.track_line(number) for number in numbers])
    write_audio(root / "audio", numbers, seconds=30)
    return Workspace.create(root, title="noise", kind="mtg-jamendo")


def build(workspace: Workspace, *more: str) -> list[str]:
    return [
        sys.executable,
        str(ROOT / "scripts" / "build_embeddings.py"),
        str(workspace.root),
        "--encoder",
        "placeholder",
        *more,
    ]


def test_killed_at_random_moments_the_store_ends_up_the_same(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace.embeddings_dir("placeholder")
    assert build_embeddings.main([str(workspace.root), "--encoder", "placeholder", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["tracks"], result["failures"], result["encoder"]) == (40, 0, "placeholder")
    undisturbed = shard_bytes_of(folder)
    assert len(undisturbed) == 5
    for path in folder.iterdir():
        path.unlink()
    moments, interrupted = random.Random(5), 0
    for _ in range(6):
        process = subprocess.Popen(build(workspace), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while process.poll() is None and not (folder / "_manifest.json").exists():
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.6))
        process.send_signal(signal.SIGKILL)
        interrupted += process.wait() == -signal.SIGKILL
        assert all(undisturbed[name] == data for name, data in shard_bytes_of(folder).items())
    assert interrupted >= 1
    assert build_embeddings.main([str(workspace.root), "--encoder", "placeholder"]) == 0
    assert shard_bytes_of(folder) == undisturbed
    assert list(folder.glob(".*.tmp")) == []


def test_ctrl_c_is_reported_and_leaves_a_store_to_resume(workspace: Workspace) -> None:
    for path in workspace.embeddings_dir("placeholder").glob("*"):
        path.unlink()
    process = subprocess.Popen(
        build(workspace, "--jobs", "1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None and not list(workspace.embeddings_dir("placeholder").glob("shard-*")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    if process.returncode:  # else it had ended before the signal came
        assert process.returncode == 1 and "interrupted" in errors and "Traceback" not in errors
    assert subprocess.run(build(workspace), capture_output=True, timeout=60).returncode == 0
    assert len(EmbeddingStore.open(workspace.embeddings_dir("placeholder")).track_ids) == 40


def test_tracks_embedded_from_cut_off_audio_are_reported_by_every_run_until_they_are_mended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, arguments = tmp_path / "w", [str(tmp_path / "w"), "--encoder", "placeholder"]
    numbers = [1, 101, 201, 2, 102]
    small_dataset.write_dataset(root / "dataset", [small_dataset.track_line(number) for number in numbers])
    items = write_audio(root / "audio", numbers)
    workspace = Workspace.create(root, title="cut", kind="mtg-jamendo")
    whole = {item.path: (root / "audio" / item.path).read_bytes() for item in items}
    for path in ("01/1.mp3", "01/101.mp3", "01/201.mp3", "02/2.mp3"):
        (root / "audio" / path).write_bytes(whole[path][: len(whole[path]) // 2])
    for embedded in (5, 0):
        assert build_embeddings.main([*arguments, "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert (result["embedded"], result["failures"], result["warnings"]) == (embedded, 0, 4)
    warnings = EmbeddingStore.open(workspace.embeddings_dir("placeholder")).warnings().set_index("path")["warning"]
    assert (
        list(warnings.index) == ["01/1.mp3", "02/2.mp3", "01/101.mp3", "01/201.mp3"]
        and "01/1.mp3: the file is truncated" in warnings["01/1.mp3"]
    )
    assert build_embeddings.main(arguments) == 0
    out = capsys.readouterr().out
    assert (
        "4 tracks were cut off or damaged" in out
        and "01/1.mp3, 02/2.mp3, 01/101.mp3, …;" in out
        and "warnings.csv" in out
    )
    for path in ("01/1.mp3", "01/101.mp3", "01/201.mp3"):
        (root / "audio" / path).write_bytes(whole[path])
    (workspace.embeddings_dir("placeholder") / "shard-01.parquet").unlink()  # as it says
    assert build_embeddings.main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["embedded"], result["warnings"], result["warned"]) == (3, 1, ["02/2.mp3"])


def test_two_runs_at_once_do_not_mix(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with workspace.lock():
        assert subprocess.run(build(workspace), capture_output=True, text=True, timeout=60).returncode == 1
    assert build_embeddings.main([str(workspace.root), "--encoder", "placeholder", "--limit", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tracks"] == 3


def test_a_workspace_without_audio_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small_dataset.write_dataset(tmp_path / "dataset", [small_dataset.track_line(1)])
    Workspace.create(tmp_path, title="metadata alone", kind="mtg-jamendo")
    assert build_embeddings.main([str(tmp_path), "--encoder", "placeholder"]) == 1
    assert "download_dataset.py" in capsys.readouterr().err
    for wrong in (["--encoder", "mfcc"], ["--encoder", "placeholder", "--jobs", "0"], []):
        with pytest.raises(SystemExit) as exit_:
            build_embeddings.main([str(tmp_path), *wrong])
        assert exit_.value.code == 2


@pytest.mark.parametrize("full_at", range(9))
def test_a_disk_that_is_full_at_any_write_leaves_a_store_to_resume(
    items: list[AudioItem], whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_at: int
) -> None:
    writes = []

    def replace(self: Path, target: Path) -> Path:
        writes.append(target)
        if len(writes) == full_at + 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, target)

    real = Path.replace
    encoder = load_encoder("placeholder")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace)
        with contextlib.suppress(OSError):
            extract(items, encoder, EmbeddingStore.create(tmp_path / "store", encoder.identity()))
    assert len(writes) == full_at + 1 or full_at > 7
    summary = extract(items, encoder, EmbeddingStore.create(tmp_path / "store", encoder.identity()))
    assert summary.embedded + summary.reused == 6 and shard_bytes_of(tmp_path / "store") == whole
    assert list((tmp_path / "store").glob(".*.tmp")) == []
