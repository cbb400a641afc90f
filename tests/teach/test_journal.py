"""The journal of answers: nothing said is lost, whoever is killed and however many write; what is undone is gone."""

import json
import multiprocessing
import os
import signal
import sys
import time
import types
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.errors import ArtifactError, DatasetError
from mer_core.teach import journal as journals
from mer_core.teach.journal import Answer, Journal, tidy_mood


@pytest.fixture(autouse=True)
def plain_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that ran in this process before leaves itself as the main module, and new processes would run it."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))


def journal(folder: Path) -> Journal:
    """A journal that is not there yet."""
    return Journal(folder / "teach" / "answers.jsonl")


def answer_many(path: Path, name: str, count: int) -> None:
    """Give answers one after the other, as a person in a window does."""
    for number in range(count):
        Journal(path).add([Answer(f"{name}{number}", "rainy", True)])


def answer_for_ever(path: Path) -> None:
    """Give answers until the process is killed."""
    number = 0
    while True:
        Journal(path).add([Answer(f"t{number}", "rainy", bool(number % 2))])
        number += 1


def test_answers_are_read_as_they_were_given(tmp_path: Path) -> None:
    given_answers = [
        Answer("a", "Rainy  day", True, path="00/a.mp3", said=0.25, model="m"),
        Answer("b", "rainy day", None),
    ]
    kept = journal(tmp_path).add(given_answers)
    assert [a.mood for a in kept] == ["rainy day", "rainy day"]
    assert journal(tmp_path).read() == kept


def test_answers_are_taken_back_one_by_one_from_the_last(tmp_path: Path) -> None:
    first, second, third = journal(tmp_path).add([Answer(track, "rainy", True) for track in "abc"])
    assert journal(tmp_path).undo() == third
    assert journal(tmp_path).undo(first.id) == first
    assert journal(tmp_path).read() == [second]
    assert journal(tmp_path).undo(first.id) is None
    assert journal(tmp_path).undo() == second
    assert journal(tmp_path).undo() is None
    assert len(journal(tmp_path).path.read_text().splitlines()) == 6  # nothing is ever removed from the file


@pytest.mark.parametrize("torn", [b'{"track_id": "x", "mo', b"\xff\xfe", b"[1, 2]", b'{"mood": 3}', b'{"track_id": 5}'])
def test_a_torn_or_unknown_line_costs_no_other_answer(tmp_path: Path, torn: bytes) -> None:
    first = journal(tmp_path).add([Answer("a", "rainy", True)])
    with journal(tmp_path).path.open("ab") as handle:
        handle.write(torn)
    assert journal(tmp_path).read() == first
    second = journal(tmp_path).add([Answer("b", "rainy", False)])
    assert journal(tmp_path).read() == [*first, *second]


@given(st.integers(0, 600))
def test_a_file_cut_anywhere_keeps_all_whole_lines(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    book = journal(tmp_path_factory.mktemp("cut"))
    kept = book.add([Answer(track, "rainy", True) for track in "abc"])
    data = book.path.read_bytes()
    book.path.write_bytes(data[:length])
    whole = data[:length].count(b"\n")
    assert book.read()[:whole] == kept[:whole]
    assert len(book.read()) in (whole, whole + 1)  # the last line may lack only its line break


def test_two_windows_do_not_lose_each_others_answers(tmp_path: Path) -> None:
    path = journal(tmp_path).path
    context = multiprocessing.get_context("spawn")
    windows = [context.Process(target=answer_many, args=(path, name, 40)) for name in "ab"]
    for window in windows:
        window.start()
    for window in windows:
        window.join(60)
        assert window.exitcode == 0
    assert {a.track_id for a in Journal(path).read()} == {f"{name}{i}" for name in "ab" for i in range(40)}


def test_a_killed_writer_loses_at_most_the_answer_it_is_giving(tmp_path: Path) -> None:
    path = journal(tmp_path).path
    window = multiprocessing.get_context("spawn").Process(target=answer_for_ever, args=(path,))
    window.start()
    deadline = time.monotonic() + 60
    while (not path.exists() or path.stat().st_size < 5_000) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert window.pid
    os.kill(window.pid, signal.SIGKILL)
    window.join(60)
    said = [a.track_id for a in Journal(path).read()]
    assert len(said) > 10
    assert said == [f"t{number}" for number in range(len(said))]
    Journal(path).add([Answer("after", "rainy", True)])  # the lock of the dead does not last
    assert [a.track_id for a in Journal(path).read()] == [*said, "after"]


def test_a_writer_that_waits_in_vain_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    book = journal(tmp_path)
    book.add([Answer("a", "rainy", True)])
    monkeypatch.setattr(journals, "PATIENCE", 0.1)
    with filelock.FileLock(book.path.with_name(".lock")), pytest.raises(ArtifactError, match="another process"):
        book.add([Answer("b", "rainy", True)])


def test_keys_of_later_releases_are_left_out(tmp_path: Path) -> None:
    book = journal(tmp_path)
    (kept,) = book.add([Answer("a", "rainy", True)])
    line = json.loads(book.path.read_text())
    book.path.write_text(json.dumps({**line, "colour": "blue"}) + "\n")
    assert book.read() == [kept]


def test_a_journal_that_is_a_folder_is_reported(tmp_path: Path) -> None:
    journal(tmp_path).path.mkdir(parents=True)
    with pytest.raises(ArtifactError, match="cannot be read"):
        journal(tmp_path).read()


@pytest.mark.parametrize("name", ["", "   ", "a" * 61, "a;b", "<b>", "mood---x", "a\x00b"])
def test_what_cannot_name_a_mood_is_refused(name: str) -> None:
    with pytest.raises(DatasetError, match="cannot name a mood"):
        tidy_mood(name)


@given(st.text())
def test_tidying_a_name_twice_is_tidying_it_once(name: str) -> None:
    try:
        tidy = tidy_mood(name)
    except DatasetError:
        return
    assert tidy_mood(tidy) == tidy
