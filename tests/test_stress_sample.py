"""A fast sample of every part of the stress test (`make stress` runs all of it)."""

from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from unittest import mock

import pytest
from stress import artifacts, audio, crashes, mutations, people, strangers, writers
from stress.__main__ import PARTS, main
from stress.damage import Damage
from stress.endings import Ending
from stress.report import Clock, Report, table
from stress.small_workspace import MODEL

from mer_core.workspace.layout import Workspace

TIME = 600.0
"""Seconds, never needed: the samples end by their number."""

WRITE_HELD = writers.write_held


def assert_good(report: Report) -> None:
    assert not report.failed, table([report])


def write_without_lock(name: str, root: Path, metadata: Path, held_at: int) -> tuple[int, str]:
    """A first writer that takes no lock."""
    with mock.patch.object(Workspace, "lock", lambda self: nullcontext()):
        return WRITE_HELD(name, root, metadata, held_at)


def read_badly(name: str, folder: Path, seed: int) -> None:
    """A reader with a fault."""
    raise KeyError(name)


def test_hostile_audio(tmp_path: Path) -> None:
    report = audio.run(tmp_path, Clock(TIME), every=60)
    assert_good(report)
    assert report.tried >= 5 and set(report.errors) == {"AudioError", "moods"}


def test_other_peoples_files(tmp_path: Path) -> None:
    report = strangers.run(tmp_path, Clock(TIME), every=7, flood=6_000_000, upload=False)
    assert_good(report)
    assert report.tried == report.errors.total() == 6  # of 37


def test_mutated_files(tmp_path: Path) -> None:
    report = mutations.run(tmp_path, Clock(TIME), batches=4)
    assert_good(report)
    assert report.tried == report.errors.total() == 4 * mutations.BATCH and set(report.errors) == {"read", "reported"}


def test_a_reader_that_fails_in_another_way_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mutations, "read_batch", read_badly)
    report = mutations.run(tmp_path, Clock(TIME), batches=2)
    assert ["KeyError" in wrong for wrong in report.wrong] == [True, True]


@pytest.mark.parametrize("job", ["extraction", "training", "map", "import", "library", "tagging"])
def test_killed_and_without_disk(tmp_path: Path, job: str) -> None:
    report = crashes.run(tmp_path, Clock(TIME), kills=3, full_disks=1, jobs=(job,))
    assert_good(report)
    assert report.crashes == report.errors[crashes.KILLED] + report.errors[crashes.REPORTED] == 4


def test_a_run_that_nothing_disturbed_is_no_crash_survived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crashes, "_kill", lambda *point: (Ending(), None))
    report = crashes.run(tmp_path, Clock(TIME), kills=1, full_disks=0, jobs=("import",))
    assert (report.tried, report.crashes) == (crashes.DRAWS, 0) and report.errors == {crashes.MISSED: crashes.DRAWS}
    assert "import: 0 of 1 kills, 0 of 0 full disks" in report.notes


def test_damaged_files(tmp_path: Path) -> None:
    report = artifacts.run(tmp_path, Clock(TIME), every=40)
    assert_good(report)
    assert report.tried >= 4 and report.errors["reported"] and report.errors["harmless"]


@pytest.mark.parametrize(
    ("message", "enough"),
    [
        ("/ws/models/small/model.json is damaged; rebuild it with: python scripts/train_classifier.py", True),
        ("those in /ws/models/small have another name; train with: python scripts/train_classifier.py", True),
        ("/ws is damaged; rebuild it with: python scripts/train_classifier.py", False),
        ("/ws/models/small/model.json is damaged", False),
    ],
)
def test_a_message_must_name_the_damaged_file_and_a_remedy(message: str, enough: bool) -> None:
    assert artifacts.says_what(message, Damage("models/small/model.json", "empty", b""), Path("/ws")) is enough


def test_two_writers(tmp_path: Path) -> None:
    report = writers.run(tmp_path, Clock(TIME), rounds=(1,), scripts=("embeddings", "map"))
    assert_good(report)
    assert report.tried == 3 == report.errors["refused"] + report.errors["waited"]


def test_writers_that_are_not_kept_apart_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(writers, "write_held", write_without_lock)
    report = writers.run(tmp_path, Clock(TIME), rounds=(1,), scripts=("map",))
    assert (
        report.tried == 1
        and "map beside map, held before change 1: was neither refused nor waited, but ended with 0" in report.wrong[0]
    )


def test_some_people_at_once(tmp_path: Path) -> None:
    report = people.run(tmp_path, Clock(TIME), sessions=3, seconds=0, model=MODEL)
    assert_good(report)
    assert (report.sessions, report.tried) == (3, 6)
    assert report.errors == {"moods": 4, "an error": 2}


def test_memory_that_grows_steadily_is_no_plateau() -> None:
    memory = people.Memory()
    memory.megabytes, memory.settled = [500.0] * 200, 500.0
    assert memory.leaks() == []
    memory.megabytes = [400.0 + second for second in range(200)]
    assert "rise over the second half +99 MB" in memory.leaks()[0]
    memory.megabytes = [500.0] * 150 + [620.0] * 50
    assert memory.leaks()


def test_wrong_answers_and_leaks_fail_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = Report("bad", tried=2, errors=Counter({"reported": 1}), wrong=["another's file"])
    monkeypatch.setitem(PARTS, "writers", (lambda folder, clock: bad, 1.0))
    assert main(["--parts", "writers", "--keep", str(tmp_path)]) == 1
    assert "| bad | 2 | reported 1 | – | – | 1 | 0 |" in (reported := capsys.readouterr().out)
    assert "WRONG, bad: another's file" in reported
    bad.wrong.clear()
    assert main(["--parts", "writers", "--keep", str(tmp_path)]) == 0
    bad.leaks.append("a file")
    assert main(["--parts", "writers", "--keep", str(tmp_path)]) == 1
    assert Report("nothing tried").failed
