"""Audio streamed from a mirror into a store: the same bytes as from local files, on a bounded disk, whatever goes
wrong."""

import argparse
import io
import json
import os
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from mirror_server import Mirror, jamendo_files, serve
from small_dataset import TAGS, track_line, write_dataset

from mer_core.cli import build_embeddings
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.download import Downloader
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.datasets.mtg_jamendo.source import JamendoSource
from mer_core.datasets.subset import choose_subset
from mer_core.embeddings.disk_budget import DiskBudget, parse_size
from mer_core.embeddings.extract import audio_items, extract
from mer_core.embeddings.store import EmbeddingStore
from mer_core.embeddings.stream import AudioStream, extract_from_mirror
from mer_core.encoders import load_encoder
from mer_core.errors import DatasetError
from mer_core.io import disk_space as disk_room
from mer_core.io.disk_space import DiskFull
from mer_core.io.http import Patience, TransferStopped
from mer_core.workspace.layout import Workspace, write_lock

QUICK = Patience(attempts=3, first_pause=0.001, longest_pause=0.01, timeout=(2, 2))
NUMBERS = [101, 201, 301, 102, 202, 302, 103, 203, 104, 204]
"""Four parts: 01 and 02 of three tracks, 03 and 04 of two."""
TAR = "autotagging_moodtheme/audio-low/autotagging_moodtheme_audio-low-{:02d}.tar".format


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with real MP3 files, one of them broken."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [track_line(number, TAGS[: 1 + index % 3]) for index, number in enumerate(NUMBERS)]
    write_dataset(folder, lines, {"train": lines[:6], "validation": lines[6:8], "test": lines[8:]})
    for split in range(1, 5):
        (folder / "splits" / f"split-{split}").symlink_to(folder / "splits" / "split-0")
    (folder / "tags" / "moodtheme_split.txt").write_text((folder / "tags" / "moodtheme.txt").read_text())
    for index, number in enumerate(NUMBERS):
        path = folder / "audio" / f"{number % 100:02d}" / f"{number}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        time_axis = np.arange(int((4 + index % 3) * 16000)) / 16000
        soundfile.write(
            path, (0.3 * np.sin(2 * np.pi * (200 + 50 * index) * time_axis)).astype(np.float32), 16000, format="MP3"
        )
    (folder / "audio" / "02" / "302.mp3").write_bytes(b"this is no audio")
    return folder


@pytest.fixture(scope="module")
def local(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The store made from local files: shard name → bytes."""
    workspace = import_dataset(tmp_path_factory.mktemp("local"), corpus)
    encoder = load_encoder("placeholder")
    store = EmbeddingStore.create(workspace.embeddings_dir("placeholder"), encoder.identity())
    extract(audio_items(workspace, Dataset.load(workspace.dataset_dir).tracks), encoder, store)
    return shards(workspace)


@pytest.fixture
def mirrored(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    tracks = {
        f"{number % 100:02d}/{number}.low.mp3": (
            corpus / "audio" / f"{number % 100:02d}" / f"{number}.mp3"
        ).read_bytes()
        for number in NUMBERS
    }
    files = jamendo_files(corpus, tracks)
    split_0 = {name: data for name, data in files.items() if "split-0" in name}
    for split in range(1, 5):
        files |= {name.replace("split-0", f"split-{split}"): data for name, data in split_0.items()}
    with serve(files) as server:
        yield server


def shards(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in workspace.embeddings_dir("placeholder").glob("shard-*.parquet")}


def stream_of(mirrored: Mirror, root: Path, **options: Any) -> AudioStream:
    downloader = Downloader(
        root, JamendoSource(mirror=mirrored.url, metadata_mirror=f"{mirrored.url}data/", patience=QUICK)
    )
    return AudioStream(downloader, downloader.fetch_metadata(), **options)


def run(stream: AudioStream, **options: Any) -> Any:
    encoder = load_encoder("placeholder")
    store = EmbeddingStore.create(stream.workspace.embeddings_dir("placeholder"), encoder.identity())
    return extract_from_mirror(Dataset.load(stream.workspace.dataset_dir).tracks, stream, encoder, store, **options)


def bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(
        folder, topdown=False
    ):  # unpacked tracks before the tar they come from: none counts twice
        for name in names:
            with suppress(FileNotFoundError):  # deleted meanwhile
                total += (Path(place) / name).stat().st_size
    return total


class Watch(threading.Thread):
    """Notes the most bytes that a folder held."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder, self.most, self._done = folder, 0, threading.Event()

    def run(self) -> None:
        while not self._done.is_set():
            self.most = max(self.most, bytes_in(self.folder))
            time.sleep(0.001)

    def __enter__(self) -> "Watch":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()


def test_the_streamed_store_is_the_local_one(mirrored: Mirror, tmp_path: Path, local: dict[str, bytes]) -> None:
    stream = stream_of(mirrored, tmp_path)
    sizes = sorted(len(mirrored.files[TAR(part)]) for part in (1, 2, 3, 4))
    with Watch(tmp_path / "downloads") as watch:
        done = run(stream)
    assert shards(stream.workspace) == local
    assert (done.embedded, done.failed, done.reused, stream.failed_parts) == (9, 1, 0, {})
    assert 0 < watch.most <= sizes[-1] + sizes[-2]  # never more than two parts
    assert [path for path in tmp_path.rglob("*") if path.suffix in (".mp3", ".part")] == []
    requests = len(mirrored.requests)
    again = run(stream_of(mirrored, tmp_path))
    assert (again.embedded, again.reused, again.failed, again.failed_before) == (0, 9, 0, 1)
    assert not [request for request in mirrored.requests[requests:] if request.path.endswith(".tar")]


def test_the_next_part_comes_while_one_is_embedded(mirrored: Mirror, tmp_path: Path) -> None:
    stream = stream_of(mirrored, tmp_path)
    asked = []
    with closing(stream.parts(Dataset.load(stream.workspace.dataset_dir).tracks)) as parts:
        for part in parts:
            deadline = time.monotonic() + 5
            while part.number < 4 and not mirrored.starts(TAR(part.number + 1)) and time.monotonic() < deadline:
                time.sleep(0.005)
            asked.append([number for number in (1, 2, 3, 4) if mirrored.starts(TAR(number))])
    assert asked == [[1, 2], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4]]  # one ahead, never two


@pytest.mark.parametrize("interrupted_after", [1, 4, 8])
def test_an_interrupted_stream_goes_on(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, interrupted_after: int
) -> None:
    seen = 0

    def interrupt(self: Any, outcome: object) -> None:
        nonlocal seen
        seen += 1
        if seen == interrupted_after:
            raise KeyboardInterrupt

    monkeypatch.setattr("mer_core.embeddings.extract.EmbeddingProgress.add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(stream_of(mirrored, tmp_path))
    monkeypatch.undo()
    stream = stream_of(mirrored, tmp_path)
    with Watch(tmp_path / "downloads") as watch:
        run(stream)
    assert shards(stream.workspace) == local
    sizes = sorted(len(mirrored.files[TAR(part)]) for part in (1, 2, 3, 4))
    assert watch.most <= sizes[-1] + sizes[-2]
    assert bytes_in(tmp_path / "downloads") == 0


def test_closing_does_not_wait_for_a_mirror_that_hangs(mirrored: Mirror, tmp_path: Path) -> None:
    mirrored.faults[TAR(2)] = ["hangs"]
    source = JamendoSource(
        mirror=mirrored.url, metadata_mirror=f"{mirrored.url}data/", patience=replace(QUICK, timeout=(30, 30))
    )
    downloader = Downloader(tmp_path, source)
    stream = AudioStream(downloader, downloader.fetch_metadata())
    parts = stream.parts(Dataset.load(stream.workspace.dataset_dir).tracks)
    assert next(parts).number == 1
    while not mirrored.starts(TAR(2)):
        time.sleep(0.01)
    start = time.monotonic()
    parts.close()
    assert time.monotonic() - start < 10


def test_cut_connections_and_wrong_bytes_change_nothing(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes]
) -> None:
    for part, faults in {1: ["cut", "503"], 2: ["wrong"], 3: ["no range", "cut"], 4: ["slow"]}.items():
        mirrored.faults[TAR(part)] = faults
    stream = stream_of(mirrored, tmp_path)
    run(stream)
    assert (shards(stream.workspace), stream.failed_parts) == (local, {})


def test_a_part_that_cannot_be_had_is_left_for_the_next_run(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes]
) -> None:
    mirrored.faults[TAR(2)] = ["503"] * 3
    stream = stream_of(mirrored, tmp_path)
    (tmp_path / "downloads" / f"{Path(TAR(2)).name}.part").write_bytes(mirrored.files[TAR(2)][:1000])
    run(stream)
    assert list(stream.failed_parts) == [2]
    assert shards(stream.workspace) == {name: data for name, data in local.items() if name != "shard-02.parquet"}
    assert bytes_in(tmp_path / "downloads") == 1000
    run(stream_of(mirrored, tmp_path))
    assert shards(stream.workspace) == local
    assert mirrored.starts(TAR(2)) == [1000] * 4 and bytes_in(tmp_path / "downloads") == 0


def test_a_mirror_that_is_down_ends_the_run(mirrored: Mirror, tmp_path: Path) -> None:
    stream = stream_of(mirrored, tmp_path)
    for part in (1, 2, 3, 4):
        mirrored.faults[TAR(part)] = ["503"] * 99
    with pytest.raises(DatasetError, match="3 parts in a row"):
        run(stream)


def test_tracks_the_mirror_does_not_have_are_tried_again(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes]
) -> None:
    stream = stream_of(mirrored, tmp_path)
    listed = stream.workspace.dataset_dir / "download/autotagging_moodtheme_audio-low_sha256_tracks.txt"
    listed.write_text(
        listed.read_text().replace(listed.read_text()[:64], "0" * 64)
    )  # the first track's bytes are not the published ones
    done = run(stream)
    store = EmbeddingStore.open(stream.workspace.embeddings_dir("placeholder"))
    assert done.failed == 2
    assert "SHA-256" in store.failures().set_index("track_id").loc["track_0000101", "error"]
    listed.unlink()
    again = run(stream_of(mirrored, tmp_path))  # with the right list
    assert (again.embedded, again.failed, again.failed_before) == (1, 0, 1) and shards(stream.workspace) == local


@pytest.mark.parametrize("factor", [1.0, 2.1, 9])
def test_max_disk_is_kept(mirrored: Mirror, tmp_path: Path, local: dict[str, bytes], factor: float) -> None:
    limit = int(factor * max(len(mirrored.files[TAR(part)]) for part in (1, 2, 3, 4)))
    stream = stream_of(mirrored, tmp_path, max_disk=limit)
    with Watch(tmp_path / "downloads") as watch:
        run(stream)
    assert shards(stream.workspace) == local
    assert 0 < watch.most <= limit


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_max_disk_is_kept_beside_what_a_killed_run_left(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes], factor: float
) -> None:
    stream = stream_of(
        mirrored, tmp_path, max_disk=int(factor * max(len(mirrored.files[TAR(part)]) for part in (1, 2, 3, 4)))
    )
    downloads, audio = tmp_path / "downloads", tmp_path / "downloads" / "audio"
    whole = mirrored.files[TAR(1)]
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        last = tar.getmembers()[-1]
        (audio / "01").mkdir(parents=True)
        (audio / last.name).write_bytes(tar.extractfile(last).read())  # type: ignore[union-attr]
    (downloads / f"{Path(TAR(1)).name}.part").write_bytes(whole[: last.offset])
    (downloads / f"{Path(TAR(3)).name}.part").write_bytes(mirrored.files[TAR(3)][:1000])
    for leftover in (audio / "77" / "77.low.mp3", downloads / "raw_30s_audio-07.tar.part"):
        leftover.parent.mkdir(exist_ok=True)
        leftover.touch()
    assert bytes_in(downloads) <= stream.max_disk  # type: ignore[operator]
    with Watch(downloads) as watch:
        run(stream)
    assert shards(stream.workspace) == local
    assert 0 < watch.most <= stream.max_disk  # type: ignore[operator]
    assert mirrored.starts(TAR(1)) == [last.offset] and mirrored.starts(TAR(3)) == [0 if factor == 1.0 else 1000]
    assert [path for path in downloads.rglob("*") if path.is_file()] == []


def test_the_next_part_waits_for_the_disk(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = disk_room.RESERVE + int(1.1 * max(len(mirrored.files[TAR(part)]) for part in (1, 2, 3, 4)))
    stream = stream_of(mirrored, tmp_path)
    monkeypatch.setattr(
        disk_room.shutil, "disk_usage", lambda _: SimpleNamespace(free=room - bytes_in(tmp_path / "downloads"))
    )
    run(stream)
    assert shards(stream.workspace) == local
    room = disk_room.RESERVE
    with pytest.raises(DiskFull, match=r"0\.20 GB in reserve"):
        run(stream_of(mirrored, tmp_path), retry_failed=True)


def test_too_small_a_disk_is_reported(mirrored: Mirror, tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"alone needs .* that are allowed"):
        run(stream_of(mirrored, tmp_path, max_disk=1000))
    budget = DiskBudget(100, threading.Event(), lambda _: None)
    with pytest.raises(DiskFull, match="does not say how large"):
        budget.acquire(1, lambda: None)


def test_waiting_for_room_can_be_called_off() -> None:
    stop = threading.Event()
    budget = DiskBudget(None, stop, lambda _: None)
    budget.acquire(1, lambda: None)
    budget.acquire(2, lambda: None)
    stop.set()
    with pytest.raises(TransferStopped):
        budget.acquire(3, lambda: None)


def test_room_on_a_full_disk_comes_from_parts_deleted_meanwhile_or_from_beginnings() -> None:
    thrown_away: list[int] = []
    budget = DiskBudget(None, threading.Event(), thrown_away.append)
    budget.acquire(1, lambda: None)
    budget.acquire(2, lambda: None)
    others = budget.others(2)
    budget.release(1)
    budget.make_room(2, others)  # does not wait: part 1 is gone
    budget.keep(3, 1000)
    budget.make_room(2, budget.others(2))
    assert (others, thrown_away, budget.others(2)) == ({1}, [3], set())


def test_kept_audio_and_audio_at_home(mirrored: Mirror, tmp_path: Path, local: dict[str, bytes]) -> None:
    stream = stream_of(mirrored, tmp_path, keep_audio=True)
    (tmp_path / "downloads" / "audio" / "01").mkdir(parents=True)  # of a run that was not to keep it
    run(stream)
    assert (
        len(list((tmp_path / "audio").rglob("*.low.mp3"))) == 10
        and list((tmp_path / "downloads" / "audio").iterdir()) == []
    )
    for path in (tmp_path / "embeddings").rglob("*"):
        path.unlink() if path.is_file() else None
    before = len(mirrored.requests)
    again = stream_of(mirrored, tmp_path)
    run(again)  # everything is here: nothing is fetched, and nothing deleted
    assert shards(again.workspace) == local
    assert not [request for request in mirrored.requests[before:] if request.path.endswith(".tar")]
    assert len(list((tmp_path / "audio").rglob("*.low.mp3"))) == 10


def test_a_dataset_that_is_not_on_the_mirror_is_reported(mirrored: Mirror, tmp_path: Path) -> None:
    stream = stream_of(mirrored, tmp_path)
    tracks = Dataset.load(stream.workspace.dataset_dir).tracks.assign(path="song.mp3")
    with pytest.raises(DatasetError, match="not on the mirror"):
        next(stream.parts(tracks))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("3GB", 3 * 10**9),
        ("1.5 MB", 1_500_000),
        ("1e9", 10**9),
        ("7", 7),
        ("2T", 2 * 10**12),
        ("2GiB", 2**31),
        ("5 Mi", 5 * 2**20),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "x", "-1GB", "0", "3 parts", "nan", "1e", "1i", "1kiB", "1e999", "0.5"])
def test_sizes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="no size"):
        parse_size(text)


# --- the script


def build(root: Path, mirrored: Mirror, *options: str) -> int:
    mirror = ["--from-mirror", "--mirror", mirrored.url, "--metadata-mirror", f"{mirrored.url}data/"]
    return build_embeddings.main([str(root), "--encoder", "placeholder", "--json", *mirror, *options])


def test_one_command_from_nothing(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(tmp_path / "w", mirrored, "--parts", "1-2", "--max-disk", "1GB") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["tracks"], result["failures"], result["parts"], result["failed_parts"]) == (5, 1, ["01", "02"], {})
    assert build(tmp_path / "w", mirrored) == 0
    assert shards(Workspace.open(tmp_path / "w")) == local
    result = json.loads(capsys.readouterr().out)
    assert (result["tracks"], result["reused"], result["failed_before"], result["failures"]) == (9, 5, 1, 0)
    assert build(tmp_path / "w", mirrored, "--retry-failed") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["reused"], result["failed_before"], result["failures"]) == (9, 0, 1)
    assert "2 failed earlier: try them again with --retry-failed" in build_embeddings.text(
        {**result, "store": tmp_path, "failed_before": 2}
    )


def test_a_second_run_on_a_new_workspace_is_refused_before_it_begins(
    mirrored: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with write_lock(tmp_path / "w"):
        assert build(tmp_path / "w", mirrored) == 1
    assert "another process is writing" in capsys.readouterr().err and mirrored.requests == []


@pytest.mark.parametrize(("options", "numbers"), [([], [3, 101, 202]), (["--from-mirror"], [101, 202, 1])])
def test_a_limit_takes_the_first_parts_from_the_mirror(tmp_path: Path, options: list[str], numbers: list[int]) -> None:
    dataset = Dataset.load(write_dataset(tmp_path, [track_line(number) for number in (3, 101, 202, 103, 1)]))
    parser = argparse.ArgumentParser()
    build_embeddings.add_arguments(parser)
    tracks = build_embeddings._chosen_tracks(
        dataset, parser.parse_args(["--encoder", "placeholder", "--limit", "3", *options])
    )
    assert tracks["track_id"].tolist() == [f"track_{number:07d}" for number in numbers]


def test_parts_that_failed_are_reported_by_the_exit_code(
    mirrored: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirrored.files.pop(TAR(3))
    assert build(tmp_path / "w", mirrored) == 1
    out, err = capsys.readouterr()
    assert list(json.loads(out)["failed_parts"]) == ["03"]
    assert "the parts 03 could not be had" in err


def test_a_run_in_which_all_fails_is_a_failure(
    mirrored: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "w"
    write_dataset(root / "dataset", [track_line(1), track_line(2)])
    Workspace.create(root, title="broken", kind="mtg-jamendo")
    for name in ("01/1.mp3", "02/2.mp3"):
        (root / "audio" / name).parent.mkdir(parents=True)
        (root / "audio" / name).write_bytes(b"this is no audio")
    assert build_embeddings.main([str(root), "--encoder", "placeholder", "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["failures"] == 2 and "all 2 tracks failed" in err and "failures.csv" in err
    assert build_embeddings.main([str(root), "--encoder", "placeholder", "--parts", "7"]) == 1
    assert "no track of" in capsys.readouterr().err


def test_tracks_whose_files_were_not_there_come_from_the_mirror(
    mirrored: Mirror, corpus: Path, tmp_path: Path, local: dict[str, bytes]
) -> None:
    low = tmp_path / "w/audio/01/101.low.mp3"
    low.parent.mkdir(parents=True)
    low.write_bytes((corpus / "audio/01/101.mp3").read_bytes())
    workspace = import_dataset(tmp_path / "w", corpus, audio=tmp_path / "w/audio")
    assert build_embeddings.main([str(workspace.root), "--encoder", "placeholder"]) == 0
    assert len(EmbeddingStore.open(workspace.embeddings_dir("placeholder")).failures()) == 9
    assert build(workspace.root, mirrored) == 0
    assert shards(workspace) == local


def test_a_run_that_tries_nothing_again_names_the_option_that_does(
    mirrored: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirrored.files |= jamendo_files(
        tmp_path, {f"02/{number}.low.mp3": b"this is no audio" for number in (102, 202, 302)}
    )
    for asked_again in ("run the same command again\n", "run the same command again with --retry-failed\n"):
        assert build(tmp_path / "w", mirrored, "--parts", "2") == 1
        assert asked_again in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        ["--from-mirror", "--keep-audio", "--max-disk", "1GB"],
        ["--from-mirror", "--max-disk", "lots"],
        ["--keep-audio"],
        ["--max-disk", "1GB"],
        ["--mirror", "http://127.0.0.1:9/"],
        ["--metadata-mirror", "http://127.0.0.1:9/"],
        ["--dataset", "raw_30s"],
        ["--type", "audio-low"],  # although it is the default
        ["--from-mirror", "--scheduler", "tcp://127.0.0.1:9", "--keep-audio"],
        ["--from-mirror", "--scheduler", "tcp://127.0.0.1:9", "--max-disk", "1GB"],
        ["--exchange", "somewhere"],
    ],
)
def test_options_that_would_be_ignored_are_wrong_arguments(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        build_embeddings.main([str(tmp_path), "--encoder", "placeholder", *options])
    assert stop.value.code == 2
    assert options[-2 if options[-1][0] != "-" else -1] in capsys.readouterr().err


def test_a_subset_by_command(
    mirrored: Mirror, tmp_path: Path, local: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    assert build(tmp_path / "w", mirrored, "--subset", "2") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["tracks"] + result["failures"] == 2
    listed = pd.read_csv(result["subset"]["file"], dtype=str)
    assert (list(listed), len(listed), sorted(set(listed["part"]))) == (
        ["track_id", "part", "split"],
        2,
        result["subset"]["parts"],
    )
    assert result["subset"]["splits"] == listed["split"].value_counts().to_dict()
    reported = build_embeddings.text({**result, "store": tmp_path})
    assert "the subset is 2 tracks (" in reported and "subset.csv lists them" in reported
    assert build(tmp_path / "w", mirrored) == 0  # later the rest
    assert shards(Workspace.open(tmp_path / "w")) == local


def test_types_of_audio_are_not_mixed(
    mirrored: Mirror, corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = {
        f"{number % 100:02d}/{number}.mp3": (corpus / "audio" / f"{number % 100:02d}" / f"{number}.mp3").read_bytes()
        for number in NUMBERS
    }
    mirrored.files |= jamendo_files(corpus, tracks, kind="audio")
    assert build(tmp_path / "w", mirrored, "--parts", "1") == 0
    store = EmbeddingStore.open(tmp_path / "w/embeddings/placeholder")
    assert store.manifest["audio_type"] == "audio-low"
    capsys.readouterr()
    assert build(tmp_path / "w", mirrored, "--parts", "1-2", "--type", "audio") == 1
    assert "begun with audio of the type audio-low" in capsys.readouterr().err
    assert import_dataset(tmp_path / "w", corpus, audio=corpus / "audio").audio_root == corpus / "audio"
    assert (
        build_embeddings.main([str(tmp_path / "w"), "--encoder", "placeholder"]) == 1
    )  # nor with the files as published
    assert "--type audio-low" in capsys.readouterr().err
    del store.manifest["audio_type"]  # as an older release wrote it
    store.set_damaged_aside()
    assert build(tmp_path / "w", mirrored, "--parts", "1-2", "--type", "audio") == 0
    assert "audio_type" not in EmbeddingStore.open(store.folder).manifest


def test_a_store_of_one_type_takes_the_files_of_that_type(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audio = tmp_path / "w/audio"

    def put(kind: str, *numbers: int) -> None:
        for number in numbers:
            path = audio / f"{number % 100:02d}" / f"{number}{kind}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((corpus / "audio" / path.parent.name / f"{number}.mp3").read_bytes())

    def embed(*options: str) -> int:
        return build_embeddings.main([str(tmp_path / "w"), "--encoder", "placeholder", *options])

    put(".low.mp3", 101, 201, 301)
    put(".mp3", 103, 203)
    import_dataset(tmp_path / "w", corpus, audio=audio)
    assert embed() == 1  # a new store would have both
    assert "3 only as audio-low" in capsys.readouterr().err
    assert embed("--parts", "1") == 0
    assert embed() == 1
    assert (
        "2 only as audio and 3 only as audio-low" in (reported := capsys.readouterr().err)
        and "was begun with" in reported
        and "--type audio-low" in reported
    )
    put(".low.mp3", 103, 203)
    (audio / "03/103.mp3").write_bytes(b"not the file to take")
    assert embed("--parts", "1,3") == 0
    store = EmbeddingStore.open(tmp_path / "w/embeddings/placeholder")
    assert (len(store.track_ids), len(store.failures()), store.manifest["audio_type"]) == (5, 0, "audio-low")


# --- the subset


def test_a_subset_of_the_real_dataset_looks_like_the_whole(shared: Path) -> None:
    dataset = Dataset.load(shared / "data/mtg-jamendo")
    rows = choose_subset(dataset, 1000)
    part, whole = dataset.subset(rows), dataset.split_view()
    assert (len(set(rows)), sorted(rows)) == (1000, list(rows))
    assert np.array_equal(rows, choose_subset(dataset, 1000))
    assert len(set(part.tracks["path"].str[:2])) <= 12
    shares = [(data.tracks["split"].value_counts(normalize=True)).to_dict() for data in (part, whole)]
    assert all(abs(shares[0][name] - shares[1][name]) < 0.01 for name in shares[1])
    prevalence = [data.with_moods(whole.moods).labels.mean(axis=0) for data in (part, whole)]
    assert np.abs(prevalence[0] - prevalence[1]).max() < 0.007  # the standard deviation of a random choice
    assert abs(part.with_moods(whole.moods).labels.sum(axis=1).mean() - whole.labels.sum(axis=1).mean()) < 0.1


def test_subsets_of_small_datasets(tmp_path: Path) -> None:
    dataset = Dataset.load(write_dataset(tmp_path, [track_line(number) for number in range(5)]))
    assert list(choose_subset(dataset, 99)) == [0, 1, 2, 3, 4]
    assert list(choose_subset(dataset, 2)) == [0, 1]
    assert len(choose_subset(dataset.subset([]), 3)) == 0
