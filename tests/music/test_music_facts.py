"""What was measured of a workspace's tracks is kept, read again, reported, and continued."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from music_sounds import cadence
from pages_common import make_full, make_metadata

from mer_core.cli import measure_music
from mer_core.errors import ArtifactError
from mer_core.music.facts import FILE, facts_by_id, in_words, read_facts, write_facts
from mer_core.music.measure import HEARD, SKIPPED, excerpt, measure_all
from mer_core.music.tempo_key import RATE, TempoKey
from mer_core.workspace.layout import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """48 tracks, a cadence in C major at 100 beats a minute as the audio of the first."""
    made = make_full(tmp_path / "space")
    soundfile.write(made.audio_path("00/1000.mp3"), cadence(0, "major", 100, 20), RATE, format="MP3")
    return made


def test_command_measures_what_has_audio_and_keeps_it(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert measure_music.main([str(workspace.root), "--workers", "1", "--json"]) == 0
    reported = json.loads(capsys.readouterr().out)
    assert (reported["measured"], reported["failed"], reported["known"]) == (1, 0, 1)
    kept = read_facts(workspace)
    assert list(kept.index) == ["track_0001000"] and kept["key"].iloc[0] == "C major"
    assert kept["tempo"].iloc[0] == pytest.approx(100, rel=0.05) or kept["tempo"].iloc[0] == pytest.approx(50, rel=0.05)
    assert measure_music.main([str(workspace.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["measured"] == 0  # it is known already


def test_a_bad_file_is_told_and_the_rest_is_measured(
    workspace: Workspace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"no music")
    files = [("bad", bad), ("good", workspace.audio_path("00/1000.mp3"))]
    found = {track.track_id: track for track in measure_all(files, workers=1)}
    assert found["bad"].found is None and "bad.mp3" in found["bad"].error
    assert found["good"].found is not None and found["good"].found.key == "C major"


def test_without_audio_the_command_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = make_metadata(tmp_path / "bare")
    assert measure_music.main([str(bare.root)]) == 1
    reported = capsys.readouterr().err
    assert "there is no audio in" in reported and "download_dataset.py" in reported


def test_what_is_written_is_read_again(workspace: Workspace) -> None:
    facts = {"b": TempoKey(84.0, "A minor", 0.8), "a": TempoKey(np.nan, "", np.nan)}
    write_facts(workspace, facts)
    again = facts_by_id(read_facts(workspace))
    assert again["b"] == facts["b"] and again["a"].key == "" and np.isnan(again["a"].tempo)


def test_a_workspace_without_the_file_has_an_empty_table(workspace: Workspace) -> None:
    table = read_facts(workspace)
    assert table.empty and list(table.columns) == ["tempo", "key", "key_strength"]


@pytest.mark.parametrize("content", ["", "track_id,tempo\nx,1\n", "track_id,tempo,key,key_strength\nx,fast,C,1\n"])
def test_a_damaged_file_is_named_with_the_way_out(workspace: Workspace, content: str) -> None:
    (workspace.root / FILE).write_text(content)
    with pytest.raises(ArtifactError, match=r"music\.csv is damaged") as reported:
        read_facts(workspace)
    assert reported.value.remedies[0].job == "measure_music"


def test_excerpt_skips_the_introduction_of_a_long_file(tmp_path: Path) -> None:
    seconds = int(SKIPPED + HEARD + 15)
    level = np.repeat(np.linspace(0.1, 0.5, seconds), RATE)
    waveform = (level * np.sin(2 * np.pi * 440 * np.arange(len(level)) / RATE)).astype(np.float32)
    soundfile.write(tmp_path / "long.wav", waveform, RATE, subtype="FLOAT")
    heard = excerpt(tmp_path / "long.wav")
    assert len(heard) == HEARD * RATE
    assert heard[: RATE // 2].max() == pytest.approx(level[int(SKIPPED * RATE)], abs=0.01)


def test_words_leave_out_what_is_unknown() -> None:
    assert in_words(84.2, "A minor", "instrumental") == "84 BPM · A minor · instrumental"
    assert in_words(float("nan"), "", "voice") == "voice" and in_words(float("nan"), "") == ""
