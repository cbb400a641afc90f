"""Extraction on a Dask cluster of separate processes on this machine: the same store, whoever dies on the way."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import small_dataset
from reported import reported
from test_extract import shard_bytes_of, write_audio

from mer_core.cli import build_embeddings
from mer_core.cli.commands import SCHEDULER, WORKER
from mer_core.embeddings.dask import driver as cluster
from mer_core.embeddings.dask.exchange import SLICE, Exchange
from mer_core.embeddings.dask.run import ClusterRun, collect, own_exchange
from mer_core.embeddings.dask.worker import SharedAudio, Task, run_task
from mer_core.embeddings.extract import audio_items, extract
from mer_core.embeddings.store import EmbeddingStore
from mer_core.encoders import load_encoder
from mer_core.errors import ClusterError
from mer_core.workspace.layout import Workspace

ROOT = Path(__file__).resolve().parents[2]
TRACKS_A_SHARD, SHARDS, SECONDS = 10, 4, 40.0
BROKEN = "track_0000103"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Forty tracks in four shards, one of them no audio."""
    root = tmp_path_factory.mktemp("workspace")
    numbers = [100 * position + shard for shard in range(SHARDS) for position in range(TRACKS_A_SHARD)]
    small_dataset.write_dataset(root / "dataset", [small_dataset.track_line(number) for number in numbers])
    write_audio(root / "audio", numbers, SECONDS)
    (root / "audio" / "03" / "103.mp3").write_bytes(b"no audio at all" * 100)
    return Workspace.create(root, title="noise", kind="mtg-jamendo")


@pytest.fixture(scope="module")
def tracks(workspace: Workspace) -> pd.DataFrame:
    numbers = [100 * position + shard for shard in range(SHARDS) for position in range(TRACKS_A_SHARD)]
    return pd.DataFrame(
        {
            "track_id": [f"track_{number:07d}" for number in numbers],
            "path": [f"{number % 100:02d}/{number}.mp3" for number in numbers],
        }
    )


@pytest.fixture(scope="module")
def local(workspace: Workspace, tracks: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    encoder = load_encoder("placeholder")
    store = EmbeddingStore.create(tmp_path_factory.mktemp("local"), encoder.identity())
    extract(audio_items(workspace, tracks), encoder, store)
    return shard_bytes_of(store.folder)


def start(command: str, *options: str, folder: Path = ROOT) -> subprocess.Popen:
    """Start a documented command with more `options`, in the project's folder unless said otherwise."""
    environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s"}
    environment.pop("PYTHONPATH", None)
    python, *words = shlex.split(command)
    assert python == "python"
    return subprocess.Popen(
        [sys.executable, *words, *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def scheduler() -> Iterator[str]:
    """The address of a scheduler in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = start(SCHEDULER.replace("8786", str(port)), "--host", "127.0.0.1", "--no-dashboard")
    yield f"tcp://127.0.0.1:{port}"
    process.kill()
    process.wait()


def start_worker(scheduler: str, tmp_path: Path, *options: str, folder: Path = ROOT) -> subprocess.Popen:
    here = ("--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(tmp_path / "dask"))
    return start(WORKER.format(scheduler=scheduler), *here, *options, folder=folder)


@pytest.fixture
def workers(scheduler: str, tmp_path: Path) -> Iterator[list[subprocess.Popen]]:
    """Two workers, each a process that is not restarted when it dies."""
    processes = [start_worker(scheduler, tmp_path, "--no-nanny") for _ in range(2)]
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def job(scheduler: str, workspace: Workspace, tmp_path: Path, **more) -> cluster.ClusterJob:
    options = {"slice_tracks": 3, "jobs": 1, **more}
    return cluster.ClusterJob(
        scheduler, Exchange(str(tmp_path / "exchange")), cluster.shared_audio(workspace), **options
    )


def test_a_killed_worker_costs_only_its_task(
    scheduler: str,
    workers: list[subprocess.Popen],
    workspace: Workspace,
    tracks: pd.DataFrame,
    local: dict[str, bytes],
    tmp_path: Path,
) -> None:
    folder, killed = tmp_path / "store", []

    class KillsAWorker(cluster.EmbeddingProgress):
        def count(self, **counts) -> None:
            super().count(**counts)
            if self.embedded >= 4 and not killed:
                workers[0].send_signal(signal.SIGKILL)
                killed.append(workers[0].wait())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "EmbeddingProgress", KillsAWorker)
        done = cluster.extract_on_cluster(tracks, "placeholder", folder, job(scheduler, workspace, tmp_path))
    assert killed == [-signal.SIGKILL] and workers[1].poll() is None
    assert (done.embedded, done.failed, done.reused) == (39, 1, 0)
    assert shard_bytes_of(folder) == local
    store = EmbeddingStore.open(folder)
    assert store.failures()["track_id"].tolist() == [BROKEN] and store.track_ids == [
        track for track in sorted(tracks["track_id"], key=by_shard) if track != BROKEN
    ]
    assert not (tmp_path / "exchange").exists()
    again = cluster.extract_on_cluster(tracks, "placeholder", folder, job(scheduler, workspace, tmp_path))
    assert (again.embedded, again.failed, again.reused) == (0, 1, 39)


def by_shard(track_id: str) -> tuple[str, str]:
    return track_id[-2:], track_id


def test_rows_left_by_an_interrupted_run_are_taken_in(
    workspace: Workspace, tracks: pd.DataFrame, tmp_path: Path
) -> None:
    plan = job("", workspace, tmp_path)
    tasks = cluster.slices(list(tracks.itertuples(index=False, name=None)), "placeholder", plan)
    assert [len(task.tracks) for task in tasks[:4]] == [3, 3, 3, 1] and len(tasks) == 16
    assert run_task(tasks[0]).n_rows == 3
    asked = [track_id for track_id, _ in tasks[0].tracks][:2]
    foreign = ["slice-00-of-something-else.parquet", "people.parquet", f"slice-00-{'0' * 16}.parquet"]
    for name in foreign:
        plan.exchange.put(name, b"somebody's own")
    store = EmbeddingStore.create(tmp_path / "store", load_encoder("placeholder").identity())
    collect(store, plan.exchange, asked)
    assert store.track_ids == asked
    assert sorted(path.name for path in (tmp_path / "exchange").iterdir()) == sorted(foreign)


def test_stores_that_share_an_exchange_keep_apart(tmp_path: Path) -> None:
    identity = load_encoder("placeholder").identity()
    stores = [
        EmbeddingStore.create(tmp_path / name, made_by)
        for name, made_by in (("a", identity), ("b", identity), ("c", {**identity, "version": "2"}))
    ]
    exchange = Exchange(str(tmp_path / "exchange"))
    assert len({own_exchange(exchange, store).location for store in stores}) == 3
    assert own_exchange(exchange, EmbeddingStore.open(tmp_path / "a")) == own_exchange(exchange, stores[0])


def test_a_file_that_kills_its_workers_is_found_by_halving(workspace: Workspace, tmp_path: Path) -> None:
    from distributed.scheduler import KilledWorker

    class Future:
        def __init__(self, task: Task) -> None:
            self.task = task

        def result(self):
            if any(track_id == "track_0000202" for track_id, _ in self.task.tracks):
                raise KilledWorker("task", None, 3)
            return run_task(self.task)

    store = EmbeddingStore.create(tmp_path / "store", load_encoder("placeholder").identity())
    plan = job("", workspace, tmp_path, slice_tracks=None)
    run = ClusterRun(None, store, plan, cluster.EmbeddingProgress(10, shown=False))
    waiting = cluster.slices(
        [(f"track_{number:07d}", f"02/{number}.mp3") for number in range(2, 1000, 100)], "placeholder", plan
    )
    assert len(waiting) == 1
    run.missing.update(["02"])
    while waiting:
        task = waiting.pop()
        waiting += run.finish(task, Future(task))
    assert run.arrived == {} and len(store.track_ids) == 9
    assert store.failures()[["track_id", "path"]].to_numpy().tolist() == [["track_0000202", "02/202.mp3"]]


def test_cut_off_audio_is_reported_by_the_store(tmp_path: Path) -> None:
    path = write_audio(tmp_path / "audio", [1, 101])[0].source
    Path(str(path)).write_bytes(Path(str(path)).read_bytes()[:50_000])
    plan = job("", Workspace.create(tmp_path, title="cut", kind="mtg-jamendo"), tmp_path)
    store = EmbeddingStore.create(tmp_path / "store", load_encoder("placeholder").identity())
    run = ClusterRun(None, store, plan, cluster.EmbeddingProgress(2, shown=False), missing=Counter(["01"]))
    task = cluster.slices([("track_0000001", "01/1.mp3"), ("track_0000101", "01/101.mp3")], "placeholder", plan)[0]
    assert run.finish(task, SimpleNamespace(result=lambda: run_task(task))) == []
    assert store.track_ids == ["track_0000001", "track_0000101"]
    assert store.warnings()[["track_id", "path"]].to_numpy().tolist() == [["track_0000001", "01/1.mp3"]]


def test_what_is_missing_is_reported(
    scheduler: str, workspace: Workspace, tracks: pd.DataFrame, tmp_path: Path
) -> None:
    with reported(ClusterError, r"no worker joined.*dask worker tcp://127"):
        cluster.extract_on_cluster(
            tracks, "placeholder", tmp_path / "store", job(scheduler, workspace, tmp_path, wait_seconds=8.0)
        )
    with pytest.raises(ClusterError, match="no Dask scheduler answers"):
        cluster.extract_on_cluster(
            tracks, "placeholder", tmp_path / "store", job("tcp://127.0.0.1:9", workspace, tmp_path, wait_seconds=1.0)
        )
    nowhere = Workspace.create(tmp_path / "elsewhere", title="none", kind="mtg-jamendo")
    with pytest.raises(ClusterError, match="a worker does not see the audio folder"):
        run_task(Task("00", (("a", "00/1.mp3"),), "placeholder", SharedAudio(nowhere), Exchange(str(tmp_path))))
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ClusterError, match="all machines share"):
        Exchange(str(tmp_path / "file" / "exchange")).put("a", b"")


@pytest.mark.parametrize(
    ("elsewhere", "options", "expected"),
    [
        (True, [], r"cannot import mer_core.*project's folder.*python -m dask scheduler"),
        (
            False,
            ["--memory-limit", "2GB"],
            r"may use only 2\.0 GB.*dask worker tcp://127\.\S+ --nthreads 1 --memory-limit 0",
        ),
    ],
    ids=["cannot import the package", "too little memory"],
)
def test_a_worker_that_will_not_do_is_reported(
    scheduler: str,
    workspace: Workspace,
    tracks: pd.DataFrame,
    tmp_path: Path,
    elsewhere: bool,
    options: list[str],
    expected: str,
) -> None:
    worker = start_worker(scheduler, tmp_path, "--no-nanny", *options, folder=tmp_path if elsewhere else ROOT)
    try:
        with reported(ClusterError, expected):
            cluster.extract_on_cluster(tracks, "placeholder", tmp_path / "store", job(scheduler, workspace, tmp_path))
    finally:
        worker.kill()
        worker.wait()


def test_the_documentation_has_the_commands() -> None:
    text = (ROOT / "docs" / "many-machines.md").read_text(encoding="utf-8")
    assert SCHEDULER in text and WORKER.format(scheduler="tcp://host:8786") in text


def test_a_worker_started_as_documented_works_under_its_nanny(
    scheduler: str, workspace: Workspace, tracks: pd.DataFrame, tmp_path: Path
) -> None:
    worker = start_worker(scheduler, tmp_path)
    try:
        assert (
            cluster.extract_on_cluster(
                tracks[:2], "placeholder", tmp_path / "store", job(scheduler, workspace, tmp_path)
            ).embedded
            == 2
        )
    finally:
        worker.terminate()
        worker.wait()


def test_an_exchange_may_be_a_url_of_fsspec(tmp_path: Path) -> None:
    exchange = Exchange("memory://mer-exchange")
    first, second = (SLICE.format(shard=shard, digest="0" * 16) for shard in ("00", "01"))
    exchange = exchange.below("mine")
    assert exchange.slices() == {}
    exchange.put(first, b"rows")
    exchange.put(second, b"more")
    assert exchange.slices() == {first: "00", second: "01"}
    assert exchange.fetch(second, tmp_path).read_bytes() == b"more"
    exchange.delete(first)
    exchange.delete(first)
    assert exchange.slices() == {second: "01"}
    with pytest.raises(ClusterError, match="cannot be fetched"):
        exchange.fetch(first, tmp_path)
    with pytest.raises(ClusterError, match="no-such-protocol"):
        Exchange("no-such-protocol://x").put("a", b"")


@pytest.mark.parametrize("location", ["file://{folder}/exchange", "exchange"])
def test_an_exchange_on_this_machine_is_an_absolute_path(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    exchange = Exchange(location.format(folder=tmp_path)).below("mine")
    monkeypatch.chdir("/")
    name = SLICE.format(shard="00", digest="0" * 16)
    exchange.put(name, b"rows")
    assert exchange.slices() == {name: "00"}
    assert exchange.fetch(name, tmp_path / "elsewhere") == tmp_path / "exchange/mine" / name
    exchange.delete(name)
    assert list((tmp_path / "exchange/mine").iterdir()) == []


def test_workers_are_given_absolute_paths(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.root)
    audio = cluster.shared_audio(Workspace.open("."))("00", ())
    assert isinstance(audio, SharedAudio)
    assert (audio.workspace.root, audio.workspace.audio_root) == (workspace.root, workspace.audio_root)


def test_workers_take_the_files_of_the_stores_type(tmp_path: Path) -> None:
    for name in ("1.mp3", "1.low.mp3"):
        (tmp_path / "audio/01").mkdir(parents=True, exist_ok=True)
        (tmp_path / "audio/01" / name).touch()
    audio = cluster.shared_audio(Workspace.create(tmp_path, title="both", kind="mtg-jamendo"), "audio-low")("01", ())
    with audio.items("01", (("track", "01/1.mp3"),)) as (items, _):
        assert [item.source for item in items] == [tmp_path / "audio/01/1.low.mp3"]


def test_without_the_option_nothing_of_dask_is_loaded() -> None:
    listing = "[name for name in sys.modules if name.split('.')[0] in ('dask', 'distributed', 'fsspec')]"
    code = f"import sys; sys.path[:0] = ['.', 'scripts']; import build_embeddings; print({listing})"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert found.strip() == "[]"


def test_the_script_runs_on_the_cluster(
    scheduler: str,
    workers: list[subprocess.Popen],
    workspace: Workspace,
    local: dict[str, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert (
        build_embeddings.main([str(workspace.root), "--encoder", "placeholder", "--scheduler", scheduler, "--json"])
        == 0
    )
    result = json.loads(capsys.readouterr().out)
    assert (result["encoder"], result["tracks"], result["embedded"], result["failures"]) == ("placeholder", 39, 39, 1)
    assert shard_bytes_of(workspace.embeddings_dir("placeholder")) == local
