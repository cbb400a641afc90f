"""Files whose names are no UTF-8, as old systems wrote them, are tracks as any other, in every entry."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from mer_core.inference.batch import find_files
from mer_core.io.names import meant, written
from mer_core.library.workspace import import_library

CAFE = os.fsdecode(b"caf\xe9.wav")


@given(st.binary(min_size=1, max_size=20))
def test_every_name_is_text_when_written(name: bytes) -> None:
    text = written(os.fsdecode(name))
    text.encode("utf-8")
    assert meant(Path("/nowhere/at/all"), text) == Path("/nowhere/at/all", os.fsdecode(name)) or "\\x" in os.fsdecode(
        name
    )


def test_a_library_and_a_prediction_take_it(tmp_path: Path) -> None:
    music = tmp_path / "music"
    music.mkdir()
    try:
        soundfile.write((music / "a.wav").open("wb"), np.sin(np.arange(80_000) / 9), 16000, format="WAV")
        (music / "a.wav").rename(music / CAFE)
    except OSError:
        pytest.skip("this file system has no such names")
    made = import_library(tmp_path / "ws", music)
    assert not made.library.broken and len(made.library.tracks) == 1
    path = next(iter(made.library.tracks.values())).path
    assert path == r"caf\xe9.wav" and made.workspace.audio_path(path) == music.resolve() / CAFE
    assert made.workspace.audio_path(path).is_file() and list(find_files([str(music)])) == [music / CAFE]
    again = import_library(tmp_path / "ws", music)
    assert (again.added, again.removed, again.unchanged) == (0, 0, 1)


def test_a_name_that_looks_like_one_is_itself(tmp_path: Path) -> None:
    (tmp_path / r"a\xe9.mp3").write_bytes(b"x")
    assert meant(tmp_path, r"a\xe9.mp3") == tmp_path / r"a\xe9.mp3"
