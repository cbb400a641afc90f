"""Words on the pages: lyrics from LRCLIB are fetched when asked for, hostile ones get a sentence, and the dataset's
filter and the export know what words say."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lyrics_server import Server, lyrics_server
from pages_common import assert_sound, environment, make_full, make_words, make_workspaces, run_page, texts
from streamlit.testing.v1 import AppTest

from mer_core.cli import export_moods, predict, predict_library
from mer_core.inference.words_kept import FINDINGS
from mer_core.workspace.layout import Workspace

LINES = """I am crying in the zyxxyland house tonight
you left me and the rain will never stop
my heart is broken and I have no hope
there is nobody who hears me when I call
goodbye my darling, goodbye to all our dreams
I remember everything that we have lost"""
HOSTILE = {
    "a line of ten megabytes": "[00:01.00]" + "x" * 10_000_000,
    "a million marks": "[00:01.00]" * 90_000 + "a",
    "a time before the song": "[-00:10.00]before",
    "a NUL": "[00:01.00]a\0b",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


@pytest.fixture
def server() -> Iterator[Server]:
    with lyrics_server() as running:
        yield running


@pytest.fixture
def heard(root: Path, tone_mp3: Path) -> AppTest:
    """The Predict page after a song without words."""
    app = run_page("pages/4_Predict.py", root, workspace="full", model="small")
    with environment(MER_WORKSPACES=str(root)):
        app.file_uploader(key="uploads-0").set_value([("tone.mp3", tone_mp3.read_bytes(), "audio/mpeg")]).run()
    assert_sound(app)
    return app


def widget(app: AppTest, kind: str, label: str) -> object:
    return next(part for part in getattr(app, kind) if label in part.label)


def test_lyrics_are_fetched_on_a_press_and_only_then(heard: AppTest, root: Path, server: Server) -> None:
    server.answers = [(404, b"{}"), (200, json.dumps({"plainLyrics": LINES}).encode())]
    with environment(MER_WORKSPACES=str(root), MER_LYRICS_SERVER=server.url):
        assert not [button for button in heard.button if button.label == "Send and fetch"]
        widget(heard, "toggle", "LRCLIB").set_value(True).run()  # type: ignore[attr-defined]
        assert "leave this machine" in texts(heard) and server.asked == []
        widget(heard, "text_input", "Title").set_value("Some Title").run()  # type: ignore[attr-defined]
        widget(heard, "text_input", "Artist").set_value("Some Artist").run()  # type: ignore[attr-defined]
        assert server.asked == []
        widget(heard, "button", "Send and fetch").click().run()  # type: ignore[attr-defined]
        assert "LRCLIB knows no lyrics of" in texts(heard)
        widget(heard, "text_input", "Title").set_value("Other Title").run()  # type: ignore[attr-defined]
        widget(heard, "button", "Send and fetch").click().run()  # type: ignore[attr-defined]
    assert_sound(heard)
    assert [asked["track_name"] for asked in server.asked] == [["Some Title"], ["Other Title"]]
    assert "English" in texts(heard) and "knows no lyrics" not in texts(heard)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lyrics_get_a_sentence_on_the_page(heard: AppTest, root: Path, name: str) -> None:
    with environment(MER_WORKSPACES=str(root)):
        widget(heard, "file_uploader", "Or a file of lyrics").set_value(  # type: ignore[attr-defined]
            [("song.lrc", HOSTILE[name].encode(), "text/plain")]
        ).run()
        widget(heard, "button", "Read the words").click().run()  # type: ignore[attr-defined]
    assert_sound(heard)
    assert [error.value.startswith("the lyrics") for error in heard.error] == [True]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lyrics_get_a_sentence_from_the_command(
    root: Path, tone_mp3: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lrc = tmp_path / "song.lrc"
    lrc.write_bytes(HOSTILE[name].encode())
    model = str(root / "full" / "models" / "small")
    assert predict.main([str(tone_mp3), "--model", model, "--lyrics", str(lrc), "--json"]) == 0
    out, err = capsys.readouterr()
    result = json.loads(out)["results"][0]
    assert result["error"] is None and result["lyrics"]["reason"].startswith("The lyrics were not read")
    assert len(result["lyrics"]["reason"]) < 400 and "Traceback" not in err


def test_the_filter_of_the_dataset_knows_what_words_say(tmp_path: Path) -> None:
    workspace = make_full(tmp_path / "full")
    app = run_page("pages/1_Dataset.py", tmp_path, workspace="full", model="small", view="tracks")
    assert "Sound and words" not in [group.label for group in app.pills]
    make_words(workspace)
    asked = {"workspace": "full", "model": "small", "view": "tracks"}
    listed = []
    for finding in FINDINGS:
        app = run_page("pages/1_Dataset.py", tmp_path, **asked, words=finding)
        assert_sound(app)
        tables = [table.value for table in app.dataframe if "track_id" in table.value]
        listed.append(set(tables[0]["track_id"]) if tables else set())
    assert not listed[0] & listed[1] and 0 < len(listed[0] | listed[1]) <= 24
    rows = [[int(track[-4:]) - 1000 for track in tracks] for tracks in listed]
    assert all(row % 2 == 1 for row in rows[0]) and all(row % 2 == 0 for row in rows[1]), "sad words, then glad ones"


def test_an_export_has_columns_of_the_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace: Workspace = make_full(tmp_path / "full")
    make_words(workspace)
    assert predict_library.main([str(workspace.root), "--model", "small"]) == 0
    out = tmp_path / "out"
    options = ["--kept", "--workspace", str(workspace.root), "--model", "small", "--format", "csv", "--out", str(out)]
    assert export_moods.main(options) == 0
    capsys.readouterr()
    (file,) = out.glob("*.csv")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert len(rows) == 48 and {"words_valence", "sound_valence", "finding", "words:sad"} <= set(rows[0])
    assert sum(row["words_valence"] != "" for row in rows) == 24
