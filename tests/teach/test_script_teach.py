"""scripts/teach.py: what was taught, a playlist of it, answers out of one workspace and into another."""

import json
from pathlib import Path

import pytest
from pages_common import make_full

from mer_core.cli import teach


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, object]:
    """The JSON object of a run that ends well."""
    assert teach.main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_answers_go_from_one_workspace_to_another_and_make_a_playlist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "other"):
        make_full(tmp_path / name)
    answers = tmp_path / "answers.csv"
    rows = [f"track_{1000 + i:07d},rainy,{'yes' if i < 4 else 'no'}" for i in range(8)]
    answers.write_text("\n".join(["track_id,mood,value", *rows]) + "\n")
    model = ("--model", tmp_path / "one" / "models" / "small")
    reported = run(capsys, tmp_path / "one", *model, "--import", answers, "--export", tmp_path / "out.jams")
    assert reported["imported"] == 8
    assert reported["moods"] == {"rainy": {"yes": 4, "no": 4, "learned": True}}
    reported = run(capsys, tmp_path / "other", *model, "--import", tmp_path / "out.jams")
    assert reported["moods"] == {"rainy": {"yes": 4, "no": 4, "learned": True}}
    playlist = tmp_path / "rainy.m3u8"
    reported = run(capsys, tmp_path / "other", *model, "--mood", "Rainy", "--playlist", playlist, "-n", 6)
    tracks = [track["track_id"] for track in reported["tracks"]]  # type: ignore[attr-defined]
    assert len(tracks) == 6 and not {f"track_{1000 + i:07d}" for i in range(4, 8)} & set(tracks)
    assert playlist.read_text().count("#EXTINF") == 6


@pytest.mark.parametrize(
    "wrong", [["--mood", "rainy"], ["--playlist", "x.m3u8"], ["--export", "answers.txt"], ["--import", "gone.csv"]]
)
def test_what_cannot_be_done_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    make_full(tmp_path / "one")
    arguments = [str(tmp_path / "one"), "--model", str(tmp_path / "one" / "models" / "small"), *wrong]
    assert teach.main(arguments) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
