"""A sample of the hostile corpus: moods or a sentence to act on, within the caps. `make stress` reads all of it."""

from pathlib import Path

import hostile
import pytest


def test_a_sample_of_a_large_corpus_gives_moods_or_a_typed_error_within_the_caps(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    corpus = {item.name: item for item in hostile.iterate_corpus(here)}
    assert len(corpus) >= 300
    assert {item.expectation for item in corpus.values()} == {hostile.AUDIO, hostile.ERROR, hostile.EITHER}
    results = hostile.run_corpus(tmp_path / "run", every=8, timeout=120)
    assert hostile.wrong(results) == []
    assert len(results) >= len(corpus) // 8
    assert {result["outcome"] for result in results} == {hostile.AUDIO, hostile.ERROR}
    assert {result["name"]: result["digest"] for result in results} == {
        result["name"]: hostile.digest(corpus[result["name"]]) for result in results
    }


def test_a_crash_a_wrong_answer_and_litter_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp" / "litter").touch()
    monkeypatch.setattr(Path, "mkdir", lambda *args, **kwargs: None)
    lines = (
        '{"name": "a", "expectation": "error"}\n{"name": "a", "expectation": "error", "outcome": '
        '"audio"}\n{"name": "b", "expectation": "either"}\n'
    )
    ends = iter([-11, 0])
    monkeypatch.setattr(
        hostile.subprocess,
        "run",
        lambda *args, **kwargs: hostile.subprocess.CompletedProcess(
            args, (end := next(ends)), lines if end else "", ""
        ),
    )
    results = hostile.run_corpus(tmp_path)
    assert [result["outcome"] for result in hostile.wrong(results)] == [
        "audio",
        "crashed with -11",
        "left files ['litter']",
    ]


def test_inputs_that_hang_are_too_slow_and_do_not_end_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = iter(
        [
            hostile.subprocess.CompletedProcess(
                [], -hostile.signal.SIGALRM, '{"name": "a", "expectation": "either"}\n', ""
            ),
            None,
        ]
    )

    def run(command: list[str], timeout: float, **how: object) -> object:
        if done := next(ends):
            return done
        raise hostile.subprocess.TimeoutExpired(command, timeout, b'{"name": "b", "expectation": "error"}\n')

    monkeypatch.setattr(hostile.subprocess, "run", run)
    results = hostile.run_corpus(tmp_path)
    assert hostile.wrong(results) == results
    assert [(result["name"], result["outcome"]) for result in results] == [("a", "too slow"), ("b", "too slow")]
