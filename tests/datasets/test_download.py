"""Downloads from a mirror that misbehaves: the file arrives whole and verified, or the reason is reported and nothing
is lost."""

import errno
import hashlib
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from mirror_server import Mirror, checksum_list, jamendo_files, serve, tar_of
from small_dataset import TAGS, healthy, track_line, write_dataset

from mer_core.cli import download_dataset
from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.checksums import read_checksums
from mer_core.datasets.mtg_jamendo.download import Downloader, download
from mer_core.datasets.mtg_jamendo.source import JamendoSource, parse_parts
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io import disk_space as disk_room
from mer_core.io import http as mirror
from mer_core.io.disk_space import DiskFull
from mer_core.io.http import CHUNK, MirrorError, Patience, Transfer, TransferStopped
from mer_core.io.tar import unpack
from mer_core.workspace.layout import Workspace, write_lock

CONTENT = bytes(range(256)) * 3000
HALF = len(CONTENT) // 2 // CHUNK * CHUNK
"""What is kept of a transfer cut in the middle: whole pieces."""
QUICK = Patience(attempts=3, first_pause=0.001, longest_pause=0.01, timeout=(2, 2))
TRACKS = {
    f"{number % 100:02d}/{number}.low.mp3": bytes([number % 256]) * (5000 + number)
    for number in (1, 2, 3, 104, 204, 304)
}
TAR = "autotagging_moodtheme/audio-low/autotagging_moodtheme_audio-low-{:02d}.tar".format


@pytest.fixture
def mirrored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    """A mirror of a small dataset: parts 01, 02, 03 of one track each and part 04 of three."""
    metadata = healthy(tmp_path_factory.mktemp("metadata"))
    for split in range(1, 5):
        (metadata / "splits" / f"split-{split}").symlink_to(metadata / "splits" / "split-0")
    files = jamendo_files(metadata, TRACKS)
    for split in range(1, 5):
        files |= {
            name.replace("split-0", f"split-{split}"): data for name, data in list(files.items()) if "split-0" in name
        }
    with serve(files) as mirror_server:
        yield mirror_server


def source_of(mirrored: Mirror, **options: Any) -> JamendoSource:
    return JamendoSource(mirror=mirrored.url, metadata_mirror=f"{mirrored.url}data/", patience=QUICK, **options)


@pytest.fixture
def one_file() -> Iterator[Mirror]:
    with serve({"f": CONTENT}) as mirror_server:
        yield mirror_server


def transfer(server: Mirror, folder: Path, **options: Any) -> Transfer:
    return Transfer(
        f"{server.url}f",
        folder / "f.part",
        next(iter(options.pop("sha", [checksum_list({"f": CONTENT}).split()[0].decode()]))),
        **{"patience": QUICK, **options},
    )


# --- one file


@pytest.mark.parametrize(
    ("faults", "starts"),
    [
        ([], [0]),
        (["503", "502", "429"][:2], [0, 0, 0]),
        (["cut"], [0, HALF]),
        (["cut"] * 5, None),
        (["cut", "no range"], [0, HALF]),
        (["cut", "bad range"], [0, HALF, 0]),
        (["wrong"], [0, 0]),
        (["cut, no length", "cut, no length"], [0, len(CONTENT) // 2, len(CONTENT) * 3 // 4]),
        (["no length"], [0]),
        (["cut, no length", "416"], [0, len(CONTENT) // 2, 0]),
        (["cut", "503", "cut", "503"], None),
        (["slow"], [0]),
        (["packed"], [0]),
        (["cut", "packed", "packed"], [0, HALF, 0]),
        (["cut", "packed"], [0, HALF, 0]),
    ],
)
def test_a_file_arrives_in_spite_of(
    one_file: Mirror, tmp_path: Path, faults: list[str], starts: list[int] | None
) -> None:
    one_file.faults["f"] = list(faults)
    job = transfer(one_file, tmp_path)
    assert job.run() >= len(CONTENT)
    assert job.path.read_bytes() == CONTENT
    if starts is None:  # every request goes on where the last one ended
        assert one_file.starts("f") == sorted(one_file.starts("f"))
        assert job.received == len(CONTENT)
    else:
        assert one_file.starts("f") == starts


def test_what_is_there_is_not_fetched_again(one_file: Mirror, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(CONTENT[:1000])
    assert transfer(one_file, tmp_path).run() == len(CONTENT) - 1000
    assert transfer(one_file, tmp_path).run() == 0  # complete: the mirror says so by status 416
    assert one_file.starts("f") == [1000, len(CONTENT)]


def test_a_wrong_beginning_is_thrown_away(one_file: Mirror, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"something else" * 100)
    transfer(one_file, tmp_path).run()
    (tmp_path / "f.part").write_bytes(CONTENT + b"too long")
    assert transfer(one_file, tmp_path).run() == len(CONTENT)
    assert (tmp_path / "f.part").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("faults", "requests", "message"),
    [
        (["503"] * 9, 3, "status 503"),
        (["cut", "503", "503", "503", "503"], 4, "status 503"),  # attempts count again after one that brought something
        (["404"], 1, "is not there .status 404."),
        (["wrong"] * 9, 2, "not the published file"),
        (["endless"], 1, "larger than"),
        (["cut, no length", "416"] * 2, 4, "not the published file"),
        (["redirects"] * 99, 31, "a circle of redirects"),
        (["packed badly"], 1, "cannot be unpacked"),
    ],
)
def test_giving_up_names_the_reason(
    one_file: Mirror, tmp_path: Path, faults: list[str], requests: int, message: str
) -> None:
    one_file.faults["f"] = list(faults)
    with pytest.raises(MirrorError, match=message):
        transfer(one_file, tmp_path, largest=2 * len(CONTENT)).run()
    assert len(one_file.starts("f")) == requests


def test_a_small_answer_does_not_swell_to_gigabytes(one_file: Mirror, tmp_path: Path) -> None:
    one_file.faults["f"] = ["bomb"]
    with pytest.raises(MirrorError, match="swells to more than 20 times what was sent"):
        transfer(one_file, tmp_path, largest=10**10).run()
    assert (tmp_path / "f.part").stat().st_size < 10_000_000


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/f", "ftp://127.0.0.1/f", "no address", "http://"])
def test_mirrors_that_are_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(MirrorError, match=r"(another|correct) mirror"):
        Transfer(url, tmp_path / "f.part", patience=QUICK).run()


def test_a_silent_mirror_is_left(tmp_path: Path, one_file: Mirror) -> None:
    one_file.faults["f"] = ["silent", "silent"]
    patience = Patience(attempts=2, first_pause=0.001, longest_pause=0.01, timeout=(1, 0.05))
    with pytest.raises(MirrorError, match=r"[Tt]imed out"):
        transfer(one_file, tmp_path, patience=patience).run()


def test_a_transfer_can_be_called_off(one_file: Mirror, tmp_path: Path) -> None:
    stop = threading.Event()
    job = transfer(one_file, tmp_path, on_bytes=lambda _: stop.set(), stop=stop)
    with pytest.raises(TransferStopped):
        job.run()
    assert 0 < job.path.stat().st_size < len(CONTENT)
    assert transfer(one_file, tmp_path).run() < len(CONTENT)


def test_pauses_double_up_to_a_limit_and_heed_the_server(tmp_path: Path) -> None:
    job = Transfer("u", tmp_path / "f", patience=Patience(first_pause=1, longest_pause=10))

    pauses = []
    for failures in (1, 2, 3, 10):
        job._fruitless = failures
        pauses.append(job._pause(SimpleNamespace(outcome=None)))  # type: ignore[arg-type]
    assert [round(pause) for pause in pauses[:1]] == [1] and pauses == sorted(pauses) and pauses[-1] == 10


def test_an_outage_of_hours_is_outlasted_and_reported(
    one_file: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    patience = Patience()
    assert (
        sum(min(patience.first_pause * 2.0**number, patience.longest_pause) for number in range(patience.attempts - 1))
        > 3 * 3600
    )
    monkeypatch.setattr(mirror, "REPORTED_FROM", 0.0)
    one_file.faults["f"] = ["503", "503"]
    transfer(one_file, tmp_path).run()
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert "does not come (status 503); attempt 3 of 3 in 0 s" in caplog.text


def test_the_length_is_asked_again_after_an_outage(
    one_file: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head, outages = requests.head, iter([True, True])

    def sometimes(*args: Any, **options: Any) -> requests.Response:
        if next(outages, False):
            raise requests.ConnectionError("no route")
        return head(*args, **options)

    monkeypatch.setattr(requests, "head", sometimes)
    assert transfer(one_file, tmp_path).length() == len(CONTENT)
    one_file.files.clear()
    with pytest.raises(MirrorError, match="404"):
        transfer(one_file, tmp_path).length()


def test_a_full_disk_is_reported_before_and_during(
    one_file: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        disk_room.shutil, "disk_usage", lambda _: SimpleNamespace(free=disk_room.RESERVE + len(CONTENT) - 1)
    )
    with pytest.raises(DiskFull, match="GB free"):
        transfer(one_file, tmp_path).run()
    monkeypatch.undo()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mirror.Transfer, "_check_size", full)
    with pytest.raises(DiskFull, match="what has arrived is kept"):
        transfer(one_file, tmp_path).run()


# --- the dataset


def test_metadata_alone_makes_a_workspace(mirrored: Mirror, tmp_path: Path) -> None:
    tally = download(tmp_path / "w", source_of(mirrored), ())
    assert (tally.files, tally.failures) == (20, {})
    workspace = Workspace.open(tmp_path / "w")
    assert (workspace.kind, len(Dataset.load(workspace.dataset_dir))) == ("mtg-jamendo", 4)
    again = download(tmp_path / "w", source_of(mirrored), ())
    assert (again.files, again.bytes, again.skipped) == (0, 0, 20)  # raw.meta.tsv is asked for again, in vain


@pytest.mark.parametrize("address", ["no address", "gone/"])
def test_a_wrong_metadata_mirror_is_called_by_its_option(mirrored: Mirror, tmp_path: Path, address: str) -> None:
    wrong = JamendoSource(
        mirror=mirrored.url, metadata_mirror=address if " " in address else mirrored.url + address, patience=QUICK
    )
    with pytest.raises(MirrorError, match=r"(another|correct) metadata mirror") as reported:
        download(tmp_path / "w", wrong, ())
    assert "another mirror" not in str(reported.value)


def test_real_metadata(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data/mtg-jamendo/data"
    with serve(
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    ) as server:
        tally = download(tmp_path / "w", JamendoSource(metadata_mirror=server.url, patience=QUICK), ())
    dataset = Dataset.load(tmp_path / "w")
    assert (len(dataset), len(dataset.split_moods), tally.failures) == (18486, 56, {})
    assert len(Downloader(tmp_path / "w", JamendoSource()).tracks) == 18486


def test_titles_come_along_where_there_are_any(mirrored: Mirror, tmp_path: Path) -> None:
    mirrored.files["data/raw.meta.tsv"] = b"TRACK_ID\tTRACK_NAME\tARTIST_NAME\ntrack_0000001\tOne\tWho\n"
    download(tmp_path / "w", source_of(mirrored), ())
    assert Dataset.load(tmp_path / "w").tracks["title"][0] == "One"


def test_audio_arrives_verified_and_leaves_nothing_behind(mirrored: Mirror, tmp_path: Path) -> None:
    tally = download(tmp_path / "w", source_of(mirrored), (1, 4))
    workspace = Workspace.open(tmp_path / "w")
    got = {
        path.relative_to(workspace.audio_root).as_posix(): path.read_bytes()
        for path in workspace.audio_root.rglob("*")
        if path.is_file()
    }
    assert got == {name: data for name, data in TRACKS.items() if name[:2] in ("01", "04")}
    assert (tally.files, tally.verified, tally.failures) == (22, 2 + 4, {})
    assert list((tmp_path / "w" / "downloads").iterdir()) == []
    assert workspace.audio_path("04/304.mp3").is_file()
    before = len(mirrored.requests)
    again = download(tmp_path / "w", source_of(mirrored), (1, 4))
    assert (again.files, again.skipped) == (0, 22) and len(mirrored.requests) == before + 1


def test_tracks_that_are_there_are_verified_again_where_asked(
    mirrored: Mirror, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    download(tmp_path / "w", source_of(mirrored), (1, 4))
    cut = tmp_path / "w/audio/04/204.low.mp3"
    cut.write_bytes(cut.read_bytes()[:100])
    assert download(tmp_path / "w", source_of(mirrored), (1, 4)).files == 0 and cut.stat().st_size == 100
    tally = download(tmp_path / "w", source_of(mirrored), (1, 4), verify=True)
    assert (tally.files, tally.verified, tally.failures) == (1, 1 + 1 + 3, {}) and cut.read_bytes() == TRACKS[
        "04/204.low.mp3"
    ]
    assert f"{cut} is not the published file" in caplog.text
    assert download(tmp_path / "w", source_of(mirrored), (1, 4), verify=True).verified == 1 + 3


def test_a_part_that_fails_does_not_stop_the_others(mirrored: Mirror, tmp_path: Path) -> None:
    mirrored.faults[TAR(2)] = ["503"] * 99
    tally = download(tmp_path / "w", source_of(mirrored), (1, 2, 3, 77))
    assert set(tally.failures) == {Path(TAR(2)).name, Path(TAR(77)).name}
    assert "cannot be verified" in tally.failures[Path(TAR(77)).name]
    mirrored.faults.clear()
    tally = download(tmp_path / "w", source_of(mirrored), (1, 2, 3))
    assert (tally.files, tally.failures) == (1, {})


def test_a_mirror_that_is_down_is_not_asked_for_every_part(mirrored: Mirror, tmp_path: Path) -> None:
    for part in (1, 2, 3):
        mirrored.faults[TAR(part)] = ["503"] * 99
    tally = download(tmp_path / "w", source_of(mirrored), (1, 2, 3, 4))
    assert len(tally.failures) == 4 and "not tried" in tally.failures[Path(TAR(4)).name] and not mirrored.starts(TAR(4))


def test_a_track_with_wrong_bytes_is_left_out_and_reported(mirrored: Mirror, tmp_path: Path) -> None:
    wrong = {name: data for name, data in TRACKS.items() if name != "04/204.low.mp3"} | {"04/204.low.mp3": b"other"}
    mirrored.files["data/download/autotagging_moodtheme_audio-low_sha256_tracks.txt"] = checksum_list(
        {**wrong, "01/901.low.mp3": b"absent"}
    )
    tally = download(tmp_path / "w", source_of(mirrored), (1, 4))
    assert set(tally.failures) == {"04/204.low.mp3", "01/901.low.mp3"}
    assert "SHA-256" in tally.failures["04/204.low.mp3"] and "does not hold it" in tally.failures["01/901.low.mp3"]
    assert sorted(path.name for path in (tmp_path / "w/audio/04").iterdir()) == ["104.low.mp3", "304.low.mp3"]


def hostile(kind: str) -> bytes:
    info = tarfile.TarInfo("01/1.low.mp3")
    data = TRACKS["01/1.low.mp3"]
    good = [(info, data)]
    bad = tarfile.TarInfo("01/evil.mp3")
    if kind in ("symbolic link", "hard link"):
        bad.type, bad.linkname = (
            (tarfile.SYMTYPE if kind == "symbolic link" else tarfile.LNKTYPE),
            "../../../etc/passwd",
        )
    elif kind == "link within":
        bad.type, bad.linkname = tarfile.SYMTYPE, "1.low.mp3"
    elif kind == "device":
        bad.type = tarfile.CHRTYPE
    elif kind == "pipe":
        bad.type, bad.name = tarfile.FIFOTYPE, "02/2.low.mp3"
    elif kind == "sparse":
        bad.type, bad.name, bad.size = tarfile.GNUTYPE_SPARSE, "02/2.low.mp3", 512
        return tar_of([*good, (bad, bytes(512))])
    elif kind == "twice":
        bad = tarfile.TarInfo("./01/1.low.mp3")
    else:
        bad.name = {
            "outside": "../outside.mp3",
            "absolute": "/tmp/outside.mp3",
            "unexpected name": "01/evil.mp3",
            "script": "01/run.sh",
        }[kind]
    return tar_of([*good, (bad, b"x" if bad.isreg() else b"")])


@pytest.mark.parametrize(
    "kind",
    [
        "symbolic link",
        "hard link",
        "link within",
        "device",
        "pipe",
        "sparse",
        "twice",
        "outside",
        "absolute",
        "unexpected name",
        "script",
        "no tar",
        "cut short",
    ],
)
def test_a_hostile_tar_writes_nothing(mirrored: Mirror, tmp_path: Path, kind: str) -> None:
    whole = mirrored.files[TAR(4)]
    tar = {"no tar": b"no tar at all" * 100, "cut short": whole[: len(whole) // 2]}.get(kind) or hostile(kind)
    mirrored.files[TAR(1)] = tar
    mirrored.files["data/download/autotagging_moodtheme_audio-low_sha256_tars.txt"] = checksum_list(
        {Path(TAR(1)).name: tar}
    )
    tally = download(tmp_path / "w", source_of(mirrored), (1,))
    assert list(tally.failures) == [Path(TAR(1)).name]
    assert [path for path in (tmp_path / "w").rglob("*") if path.is_file() and "mp3" in path.name] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w"]
    assert list((tmp_path / "w/downloads").iterdir()) == []


def special(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A header that describes the next one, which may lie about its size."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = kind, len(content) if size is None else size
    head = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    if size is not None and size < 0:
        head[124:136] = b"\xff" * 4 + (2**64 + size).to_bytes(8, "big")
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + content + bytes(-len(content) % 512)


def pax(**records: str) -> bytes:
    """A PAX header of these records."""
    content = b""
    for name, value in records.items():
        body = f" {name.replace('__', '.')}={value}\n".encode()
        content += str(len(body) + len(str(len(body) + 3))).encode() + body
    return special(tarfile.XHDTYPE, content)


MALFORMED = {
    "negative PAX size": pax(size="-1000000"),
    "negative header of PAX": special(tarfile.XHDTYPE, b"", -512),
    "negative long name": special(tarfile.GNUTYPE_LONGNAME, b"", -512),
    "PAX sparse 0.0": pax(GNU__sparse__offset="x", GNU__sparse__numbytes="y", GNU__sparse__size="z"),
    "PAX sparse 0.1": pax(GNU__sparse__map="1,2,x", GNU__sparse__size="9"),
    "PAX sparse 1.0": pax(GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__realsize="9"),
    "nested PAX": pax(path="a") * 2000,
    "nested long link": special(tarfile.GNUTYPE_LONGLINK, b"a\0") * 2000,
    "huge PAX": special(tarfile.XHDTYPE, bytes(3_000_000)),
    "PAX that ends early": special(tarfile.XHDTYPE, b"99999 path=a\n"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_tar_is_reported_and_deleted(kind: str, tmp_path: Path) -> None:
    track = {"01/1.low.mp3": b"sound" * 200}
    tar = tmp_path / "part.tar"
    tar.write_bytes(MALFORMED[kind] + tar_of([(tarfile.TarInfo(name), data) for name, data in track.items()]))
    checksums = {name: hashlib.sha256(data).hexdigest() for name, data in track.items()}
    with pytest.raises(DatasetError, match="has been deleted"):
        unpack(tar, tmp_path / "audio", checksums)
    assert list(tmp_path.rglob("*")) == []


def test_unpacking_needs_no_second_room_and_resumes(
    mirrored: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two tracks, what is left of the tar is a prefix that the download completes."""
    downloader = Downloader(tmp_path / "w", source_of(mirrored))
    workspace = downloader.fetch_metadata()
    sizes = []

    class StopAfterOne(threading.Event):
        def is_set(self) -> bool:
            part = tmp_path / "w" / "downloads" / f"{Path(TAR(4)).name}.part"
            held = [path.stat().st_size for path in workspace.audio_root.rglob("*.mp3")]
            sizes.append((part.stat().st_size if part.exists() else 0) + sum(held))
            return bool(held)

    downloader.stop = StopAfterOne()
    with pytest.raises(TransferStopped):
        downloader.fetch_part(4, workspace.audio_root)
    assert max(sizes) <= len(mirrored.files[TAR(4)])
    left = (tmp_path / "w" / "downloads" / f"{Path(TAR(4)).name}.part").read_bytes()
    assert mirrored.files[TAR(4)].startswith(left) and len(left) < len(mirrored.files[TAR(4)])
    (workspace.audio_root / "04" / ".204.low.mp3.1.tmp").touch()  # as a killed run leaves it
    Downloader(tmp_path / "w", source_of(mirrored)).fetch_part(4, workspace.audio_root)
    assert mirrored.starts(TAR(4)) == [0, len(left)]
    assert sorted(path.name for path in (workspace.audio_root / "04").iterdir()) == [
        "104.low.mp3",
        "204.low.mp3",
        "304.low.mp3",
    ]


def test_only_what_is_wanted_comes_out(mirrored: Mirror, tmp_path: Path) -> None:
    downloader = Downloader(tmp_path / "w", source_of(mirrored))
    downloader.fetch_metadata()
    assert downloader.fetch_part(4, tmp_path / "some", {"04/204.low.mp3"}).verified == ["04/204.low.mp3"]
    assert [path.name for path in (tmp_path / "some/04").iterdir()] == ["204.low.mp3"]


def test_another_dataset_is_not_overwritten(mirrored: Mirror, tmp_path: Path) -> None:
    write_dataset(tmp_path / "a" / "dataset", [track_line(1)], tags=TAGS)
    (tmp_path / "a/dataset/autotagging_moodtheme.tsv").rename(tmp_path / "a/dataset/mine.tsv")
    Workspace.create(tmp_path / "b", title="Mine", kind="library")
    for root, words in ((tmp_path / "a", "mine.tsv"), (tmp_path / "b", "library")):
        with pytest.raises(DatasetError, match=words):
            download(root, source_of(mirrored), ())
    assert mirrored.requests == []


def test_a_second_download_of_a_new_workspace_is_refused_before_it_begins(mirrored: Mirror, tmp_path: Path) -> None:
    with write_lock(tmp_path / "w"), pytest.raises(ArtifactError, match="another process is writing"):
        download(tmp_path / "w", source_of(mirrored), ())
    assert mirrored.requests == []


@pytest.mark.parametrize(
    "name",
    [
        "autotagging_moodtheme.tsv",
        "splits/split-3/autotagging_moodtheme-test.tsv",
        "tags/moodtheme.txt",
        "download/autotagging_moodtheme_audio-low_sha256_tars.txt",
        "download/autotagging_moodtheme_audio-low_sha256_tracks.txt",
    ],
)
@pytest.mark.parametrize("sent", [b"<html>hello</html>", b""])
def test_metadata_that_is_none_is_reported_and_not_kept(
    mirrored: Mirror, tmp_path: Path, name: str, sent: bytes
) -> None:
    published, mirrored.files[f"data/{name}"] = mirrored.files[f"data/{name}"], sent
    with pytest.raises(MirrorError, match=rf"{name} sent something else .*metadata mirror"):
        download(tmp_path / "w", source_of(mirrored), (1,))
    assert not (tmp_path / "w" / "workspace.json").exists() and not (tmp_path / "w/dataset" / name).exists()
    mirrored.files[f"data/{name}"] = published
    assert download(tmp_path / "w", source_of(mirrored), (1,)).failures == {}  # the same command helps


def test_metadata_whose_files_contradict_each_other_is_reported(mirrored: Mirror, tmp_path: Path) -> None:
    mirrored.files["data/tags/moodtheme.txt"] = b"mood/theme---other\n"
    with pytest.raises(DatasetError, match=r"delete .*dataset"):
        download(tmp_path / "w", source_of(mirrored), ())
    assert not (tmp_path / "w" / "workspace.json").exists()


def test_titles_that_cannot_be_had_do_not_hold_up_later_runs(
    mirrored: Mirror, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    download(tmp_path / "w", source_of(mirrored), ())
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "titles and artists" in caplog.text
    mirrored.faults["data/raw.meta.tsv"] = ["503"] * 9
    before = len(mirrored.requests)
    caplog.clear()
    download(tmp_path / "w", source_of(mirrored), ())
    assert len(mirrored.requests) == before + 1 and caplog.records == []


@pytest.mark.parametrize(
    "text", ["abc def\n", f"{'0' * 64} ../x\n", f"{'0' * 64} /x\n", f"{'0' * 63}\n", f"{'0' * 64} a\n" * 2]
)
def test_checksum_lists_with_junk_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "list.txt").write_text(text)
    with pytest.raises(DatasetError, match=r"list\.txt:[12]"):
        read_checksums(tmp_path / "list.txt")


# --- the script


def run(root: Path, mirrored: Mirror, *options: str) -> int:
    return download_dataset.main(
        [str(root), "--mirror", mirrored.url, "--metadata-mirror", f"{mirrored.url}data", "--json", *options]
    )


def test_the_script(mirrored: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "w", mirrored, "--metadata-only") == 0
    assert {"files": 20, "failed": 0}.items() <= json.loads(capsys.readouterr().out).items()
    assert run(tmp_path / "w", mirrored, "--parts", "1-2,4") == 0
    out, err = capsys.readouterr()
    assert {"files": 3, "verified": 3 + 5, "failed": 0, "failures": []}.items() <= json.loads(out).items()
    assert "autotagging_moodtheme_audio-low-04.tar" in err and "B/s" in err  # progress, in bytes and time
    (tmp_path / "w/audio/01/1.low.mp3").write_bytes(b"cut off")
    assert run(tmp_path / "w", mirrored, "--parts", "1-2", "--verify") == 0
    assert {"files": 1, "verified": 2 + 1, "skipped": 21}.items() <= json.loads(capsys.readouterr().out).items()
    assert run(tmp_path / "w", mirrored, "--parts", "1,55") == 1
    out, err = capsys.readouterr()
    result = json.loads(out)
    assert (result["failed"], result["failures"][0]["file"]) == (1, "autotagging_moodtheme_audio-low-55.tar")
    assert "1 files failed" in err


@pytest.mark.parametrize("parts", ["x", "1-", "5-2", "100", "0-100", "-3", ""])
def test_wrong_parts_are_wrong_arguments(tmp_path: Path, parts: str) -> None:
    with pytest.raises(SystemExit) as stop:
        download_dataset.main([str(tmp_path), f"--parts={parts}"])
    assert stop.value.code == 2


@pytest.mark.parametrize("option", ["--mirror", "--metadata-mirror"])
@pytest.mark.parametrize("address", ["/tmp/x", "ftp://host/folder", "host/folder", "http://", "http://[::1"])
def test_wrong_addresses_are_wrong_arguments(
    tmp_path: Path, option: str, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        download_dataset.main([str(tmp_path / "w"), option, address])
    assert stop.value.code == 2 and f"argument {option}:" in capsys.readouterr().err and not (tmp_path / "w").exists()


@given(st.sets(st.integers(0, 99), min_size=1))
def test_parts_are_read_back(numbers: set[int]) -> None:
    assert parse_parts(",".join(map(str, numbers))) == tuple(sorted(numbers))
    assert parse_parts(f"{min(numbers)}-{max(numbers)}") == tuple(range(min(numbers), max(numbers) + 1))


@pytest.mark.parametrize(
    ("limit", "words"), [("LARGEST_TRACK", "larger than"), ("MOST_MEMBERS", "more than 2 members")]
)
def test_sizes_are_capped(
    mirrored: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, words: str
) -> None:
    monkeypatch.setattr(f"mer_core.io.tar.{limit}", 2)
    (reason,) = download(tmp_path / "w", source_of(mirrored), (4,)).failures.values()
    assert words in reason
    assert not list((tmp_path / "w/audio").rglob("*.mp3"))
