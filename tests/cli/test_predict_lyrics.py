"""`predict --lyrics`: what is read, said and left out; no text of the lyrics is written anywhere."""

import json
from pathlib import Path

import mutagen
import pytest
from audio_files import tones, write
from prediction_models import make_model

from mer_core.cli import predict as script
from mer_core.model.bundle import save_model

LINES = [
    "I am crying in the zyxxyland house tonight",
    "you left me and the rain will never stop",
    "my heart is broken and I have no hope",
    "there is nobody who hears me when I call",
    "goodbye my darling, goodbye to all our dreams",
    "I remember everything that we have lost",
]
LRC = "\n".join(f"[00:0{row}.50]{line}" for row, line in enumerate(LINES))


@pytest.fixture
def song(tmp_path: Path) -> Path:
    (tmp_path / "a.mp3").write_bytes(write(tones(8.0), "mp3"))
    save_model(tmp_path / "model", make_model())
    return tmp_path / "a.mp3"


def run(song: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    assert script.main([str(song), "--model", str(song.parent / "model"), "--json", *options]) == 0
    out, err = capsys.readouterr()
    assert "zyxxyland" not in out + err
    result = json.loads(out)["results"][0]
    assert result["error"] is None
    return dict(result)


def test_lyrics_beside_a_file_and_given_ones_are_read(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(song, capsys)["lyrics"] is None
    given = song.parent / "words" / "a.lrc"
    given.parent.mkdir()
    given.write_text(LRC)
    by_file, by_folder = (run(song, capsys, "--lyrics", str(path)) for path in (given, given.parent))
    assert by_file == by_folder
    lyrics = by_file["lyrics"]
    assert isinstance(lyrics, dict)
    assert (lyrics["language"], lyrics["counted"], lyrics["source"]) == ("en", True, "file")
    assert lyrics["valence"] < 0
    assert lyrics["timeline"]["starts"] == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]
    (song.parent / "a.lrc").write_text(LRC)
    assert run(song, capsys) == by_file
    assert run(song, capsys, "--no-lyrics")["lyrics"] is None


def test_synced_lyrics_in_a_tag_are_read(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flac = song.with_suffix(".flac")
    flac.write_bytes(write(tones(8.0), "flac"))
    audio = mutagen.File(flac)
    audio["LYRICS"] = LRC
    audio.save()
    lyrics = run(flac, capsys)["lyrics"]
    assert isinstance(lyrics, dict)
    assert lyrics["source"] == "tag"


def test_bad_lyrics_do_not_keep_the_sound_from_being_reported(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = run(song, capsys, "--no-lyrics")
    (song.parent / "a.lrc").write_bytes(b"[00:01.00]" + b"x" * 2_000_000)
    reported = run(song, capsys)
    lyrics = reported["lyrics"]
    assert isinstance(lyrics, dict)
    assert "more than" in lyrics["reason"]
    assert {**reported, "lyrics": None} == alone


def test_missing_lyrics_and_options_that_exclude_each_other(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(song.parent / "model")
    assert script.main([str(song), "--model", model, "--lyrics", str(song.parent / "none")]) == 1
    assert "no lyrics at" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        script.main([str(song), "--model", model, "--no-lyrics", "--fetch-lyrics"])
    assert stopped.value.code == 2


def test_text_output_names_the_words(song: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (song.parent / "a.lrc").write_text(LRC)
    assert script.main([str(song), "--model", str(song.parent / "model")]) == 0
    out = capsys.readouterr().out
    assert "words (" in out
    assert "sad" in out
    assert "zyxxyland" not in out
