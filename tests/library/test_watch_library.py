"""A watched folder: what comes is taken in when it is whole, one line a file, until Ctrl-C."""

from collections.abc import Iterator
from pathlib import Path

import audio_files
import numpy as np
import pytest
from pages_common import make_model

from mer_core.cli import import_library, watch_library
from mer_core.encoders import load_encoder
from mer_core.library.workspace import read_library
from mer_core.model.bundle import save_model


def song(seed: int) -> bytes:
    return audio_files.write(np.random.default_rng(seed).normal(0, 0.1, (2, 88200)).astype(np.float32), "mp3")


def test_songs_are_taken_in_as_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    music, root = tmp_path / "Music", tmp_path / "ws"
    music.mkdir()
    save_model(tmp_path / "model", make_model(load_encoder("placeholder").identity()))
    whole = song(1)

    def between_looks() -> Iterator[None]:
        (music / "a.mp3").write_bytes(song(0))
        yield  # it came between two looks: it waits
        (music / "b.mp3").write_bytes(whole[: len(whole) // 2])
        (music / "bad.mp3").write_bytes(b"this is text")
        yield  # a is still, and taken in
        assert [record.path for record in read_library(root).records] == ["a.mp3"]
        (music / "b.mp3").write_bytes(whole)
        yield  # bad is still, b has grown
        assert [record.path for record in read_library(root).records] == ["a.mp3", "bad.mp3"]
        yield
        assert [record.damage for record in read_library(root).tracks.values()] == ["", ""]
        (music / "a.mp3").unlink()
        yield
        yield  # nothing new: no line

    steps = between_looks()

    def pause(seconds: float) -> None:
        if next(steps, "end") == "end":
            raise KeyboardInterrupt

    monkeypatch.setattr(watch_library, "pause", pause)
    arguments = [str(root), "--audio-dir", str(music), "--model", str(tmp_path / "model"), "--watch"]
    assert import_library.main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines[:4]] == ["a.mp3", "bad.mp3", "b.mp3", "a.mp3"]
    moods = set(make_model(load_encoder("placeholder").identity()).moods) | {"no mood stands out"}
    assert set(lines[0].partition(": ")[2].split(", ")) <= moods and lines[3] == "a.mp3: gone"
    assert lines[4] == f"{root}: 1 tracks; no longer watched" and len(lines) == 6
    assert lines[5].startswith("the mood map does not show") and f"{root} --encoder placeholder" in lines[5]


def test_a_folder_that_shows_nothing_is_away() -> None:
    looks = iter([{"a": (1, 1)}, {"a": (1, 1)}, {}, {}, {"a": (1, 1)}, {"a": (1, 1)}])
    with pytest.raises(RuntimeError, match="StopIteration"):
        for count, moving in enumerate(watch_library.settled(lambda: next(looks), lambda: None)):
            assert (count, moving) == (0, frozenset())


def test_a_folder_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert import_library.main([str(tmp_path / "ws"), "--audio-dir", str(tmp_path / "no"), "--watch"]) == 1
    assert "is no folder" in capsys.readouterr().err
