"""Atomic writes and bundles: the old version or the new one, never half of either."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_common import make_full, make_unreadable

from mer_core.cli import recommend
from mer_core.errors import ArtifactError, Remedy
from mer_core.io.files import (
    SCHEMA_VERSION,
    atomic_path,
    read_bundle,
    read_json,
    read_regular,
    safe_cells,
    write_bundle,
    write_json,
)

MAKE = Remedy("build_map")


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(tmp_path: Path) -> None:
    path = tmp_path / "value.json"
    write_json(path, {"a": 1})
    with pytest.raises(RuntimeError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert read_json(path, MAKE) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)))
def test_json_comes_back_as_written(tmp_path_factory: pytest.TempPathFactory, value: dict) -> None:
    value.pop("schema_version", None)
    path = tmp_path_factory.mktemp("json") / "value.json"
    write_json(path, value)
    assert read_json(path, MAKE) == value


@given(st.binary(max_size=200))
def test_any_bytes_in_place_of_json_give_a_value_or_an_artifact_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("json") / "value.json"
    path.write_bytes(data)
    try:
        assert isinstance(read_json(path, MAKE), dict)
    except ArtifactError as error:
        assert str(path) in str(error) and error.remedies == (MAKE,)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "value.json", {"schema_version": SCHEMA_VERSION + 1})
    with pytest.raises(ArtifactError, match="schema version"):
        read_json(tmp_path / "value.json", MAKE)


def test_a_bundle_comes_back_and_a_new_version_removes_the_old_files(tmp_path: Path) -> None:
    write_bundle(tmp_path, "m.json", {"kind": "x"}, {"weights.bin": b"one", "same.txt": b"same"})
    write_bundle(tmp_path, "m.json", {"kind": "x"}, {"weights.bin": b"two", "same.txt": b"same"})
    bundle = read_bundle(tmp_path, "m.json", MAKE)
    assert bundle.manifest["kind"] == "x"
    assert bundle.files["weights.bin"].read_bytes() == b"two"
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("damage", ["missing", "flipped", "empty", "truncated"])
def test_a_damaged_file_of_a_bundle_is_named(tmp_path: Path, damage: str) -> None:
    write_bundle(tmp_path, "m.json", {}, {"weights.bin": b"weights"})
    path = read_bundle(tmp_path, "m.json", MAKE).files["weights.bin"]
    changed = {"flipped": b"weightt", "empty": b"", "truncated": b"wei"}
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(changed[damage])
    with pytest.raises(ArtifactError, match=path.name) as caught:
        read_bundle(tmp_path, "m.json", MAKE)
    assert caught.value.remedies == (MAKE,)


@pytest.mark.parametrize("stored", ["../outside", "/etc/hostname", "..", "", None, 3])
def test_a_manifest_cannot_point_outside_its_folder(tmp_path: Path, stored: object) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"files": {"weights.bin": {"file": stored, "sha256": "0" * 64}}}))
    with pytest.raises(ArtifactError, match="bad entry"):
        read_bundle(tmp_path, "m.json", MAKE)


def test_what_a_killed_process_left_is_removed_by_the_next_write_but_not_what_a_living_one_writes(
    tmp_path: Path,
) -> None:
    path = tmp_path / ("n" * 251 + ".txt")  # as long as a name may be
    killed = _ended_pid()
    with atomic_path(path) as temporary:
        temporary.write_text("mine")
        left = temporary.with_name(re.sub(r"-\d+-(\d+\.tmp)$", rf"-{killed}-\1", temporary.name))
        others = temporary.with_name(re.sub(r"-(\d+\.tmp)$", r"-1\1", temporary.name))
    for file in (left, others):
        file.write_text("half")
    write_json(tmp_path / "another", {})
    assert sorted(tmp_path.iterdir()) == sorted([path, others, tmp_path / "another"])


def test_a_disk_that_is_full_is_reported_with_the_file_that_was_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"\[Errno 28\] .*model\.json"), atomic_path(tmp_path / "model.json"):
        raise OSError(28, "No space left on device")
    with pytest.raises(OSError, match=r"\[Errno 5\] .*song\.mp3"), atomic_path(tmp_path / "model.json"):
        raise OSError(5, "Input/output error", "song.mp3")  # it was not the writing that failed


def _ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_changed_manifest_is_damaged_and_files_of_a_killed_write_go(tmp_path: Path) -> None:
    stray = tmp_path / f"a-{'0' * 12}.bin"
    stray.write_bytes(b"of a run that was killed before its manifest")
    write_bundle(tmp_path, "m.json", {"threshold": 0.25}, {"a.bin": b"a"})
    assert not stray.exists()
    manifest = tmp_path / "m.json"
    manifest.write_text(manifest.read_text().replace("0.25", "0.35"))
    with pytest.raises(ArtifactError, match=r"m\.json is damaged"):
        read_bundle(tmp_path, "m.json", MAKE)
    written = json.loads(manifest.read_text())
    del written["sha256"]  # as the first release wrote it
    write_json(manifest, written)
    assert read_bundle(tmp_path, "m.json", MAKE).manifest["threshold"] == 0.35


@pytest.mark.parametrize(
    "kind, said",
    [
        ("nested", "deep"),
        ("closed", "deep"),
        ("pipe", "no regular"),
        ("endless", "no regular"),
        ("folder", "no regular"),
    ],
)
def test_json_without_an_end_is_refused(tmp_path: Path, kind: str, said: str) -> None:
    make_unreadable(tmp_path / "value.json", kind)
    with pytest.raises(ArtifactError, match=said) as caught:
        read_json(tmp_path / "value.json", MAKE)
    assert caught.value.remedies == (MAKE,)


def test_a_file_of_more_bytes_than_a_text_may_have_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"12345")
    assert read_regular(tmp_path / "data", 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        read_regular(tmp_path / "data", 4)


@pytest.mark.parametrize("kind", ["nested", "closed", "pipe", "endless"])
@pytest.mark.parametrize(
    "name",
    [
        "workspace.json",
        "dataset/autotagging_moodtheme.tsv",
        "embeddings/placeholder/_manifest.json",
        "models/small/model.json",
    ],
)
def test_no_script_hangs_on_or_falls_over_such_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    workspace = make_full(tmp_path / "full")
    make_unreadable(workspace.root / name, kind)
    assert recommend.main([str(workspace.root), "--model", "small", "--like", "track_0001000"]) == 1
    assert Path(name).name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\t=1+1", "x\t'=1+1"),
        ("x\n@a", "x\n'@a"),
        ("  =1", "  '=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff0b1", "'\uff0b1"),
        ("\t=1", "'\t'=1"),
        ("lo-fi; 80 % - more", "lo-fi; 80 % - more"),
        ("a=b", "a=b"),
    ],
)
def test_what_a_spreadsheet_would_run_is_defused_wherever_a_cell_may_begin(cell: str, safe: str) -> None:
    assert safe_cells(pd.DataFrame({cell: [cell, [cell]]})).to_dict("list") == {safe: [safe, [safe]]}
