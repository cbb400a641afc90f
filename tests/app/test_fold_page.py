"""Folding tags on the dataset page, what an uploader passes over, and a playlist made longer."""

from pathlib import Path

import pytest
from audio_files import pcm, tones
from pages_common import assert_sound, environment, make_full, make_library, run_page, texts
from small_dataset import track_line, write_dataset

from mer_core.datasets.dataset import Dataset
from mer_core.io.files import write_json
from mer_core.library.scan import FileRecord
from mer_core.library.workspace import RECORDS
from mer_core.workspace.layout import Workspace

PAGE = "pages/1_Dataset.py"


@pytest.fixture
def messy(tmp_path: Path) -> Workspace:
    """A dataset with three spellings of one mood, and one with a synonym."""
    tags = ("Happy", "happy", "happy", "HAPPY", "glad")
    lines = [track_line(n, [f"mood/theme---{tag}"]) for n, tag in enumerate(tags, 1)]
    write_dataset(tmp_path / "messy" / "dataset", lines, tags=None)
    return Workspace.create(tmp_path / "messy", title="Messy", kind="mtg-jamendo")


def test_tags_are_folded_and_taken_back(messy: Workspace) -> None:
    app = run_page(PAGE, messy.root.parent, workspace="messy", view="problems")
    with environment(MER_WORKSPACES=str(messy.root.parent)):
        table = next(table.value for table in app.dataframe if "Becomes" in table.value)
        assert dict(zip(table["Tag"], table["Becomes"], strict=True)) == {
            "mood/theme---Happy": "happy",
            "mood/theme---HAPPY": "happy",
        }
        assert app.button(key="fold-undo").disabled
        app.text_area(key="fold-synonyms").set_value("glad = happy").run()
        app.button(key="fold-do").click().run()
        assert_sound(app)
        assert "3 tags folded now" in texts(app) and "No tag would change" in texts(app)
        assert Dataset.load(messy.dataset_dir).moods == ("happy",)
        app.button(key="fold-undo").click().run()
    assert_sound(app)
    assert len(Dataset.load(messy.dataset_dir).moods) == 4 and app.button(key="fold-undo").disabled


def test_synonyms_that_are_none_are_told(messy: Workspace) -> None:
    app = run_page(PAGE, messy.root.parent, workspace="messy", view="problems")
    with environment(MER_WORKSPACES=str(messy.root.parent)):
        app.text_area(key="fold-synonyms").set_value("glad happy").run()
    assert "is no synonym" in texts(app)


def test_a_library_shows_the_command_that_folds_its_files(tmp_path: Path) -> None:
    make_full(tmp_path / "full")
    workspace = make_library(tmp_path / "full", tmp_path / "home" / "mine")
    workspace = Workspace.create(workspace.root, title="Mine", kind="library", audio_root=tmp_path)
    records = [
        FileRecord(f"{n}.mp3", 1, 1, sound=f"{n:064x}", duration=2.0, moods=(mood,))
        for n, mood in enumerate(("Sad", "sad", "sad"))
    ]
    stored = {"tracks": {f"t{n}": record.path for n, record in enumerate(records)}}
    write_json(workspace.dataset_dir / RECORDS, {**stored, "files": [record.to_dict() for record in records]})
    app = run_page(PAGE, tmp_path / "home", workspace="mine", view="problems")
    with environment(MER_WORKSPACES=str(tmp_path / "home")):
        app.text_area(key="fold-synonyms").set_value("melancholy = sad").run()
    assert_sound(app)
    assert "2 spellings" in texts(app)
    command = next(code.value for code in app.code if "fold_tags" in code.value or "fold-tags" in code.value)
    assert command.endswith("--synonyms synonyms.tsv --write")


def test_what_is_no_music_is_passed_over_and_counted(tmp_path: Path) -> None:
    app = run_page("pages/4_Predict.py", tmp_path)
    song = pcm(tones(3.0, 16000), 16000)
    with environment(MER_WORKSPACES=str(tmp_path)):
        files = [("cover.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"), ("list.txt", b"words", "text/plain")]
        files += [("b.TXT", b"words", "text/plain"), ("song", song, "audio/wav")]
        app.file_uploader(key="uploads-0").set_value(files).run()
        assert_sound(app)
        assert "3 files (2 .txt, 1 .jpg)" in texts(app).replace("\\", "")
        assert [header.value for header in app.header if "song" in header.value] == ["song"]
        app.run()
        assert "3 files (2 .txt, 1 .jpg)" in texts(app).replace("\\", ""), "they stay counted"


def test_a_playlist_made_longer_is_downloaded_whole_or_not(tmp_path: Path) -> None:
    make_full(tmp_path / "full")
    app = run_page("pages/5_Recommend.py", tmp_path, workspace="full", model="small")
    listed = b"#EXTM3U\n/elsewhere/00/1000.mp3\nC:\\music\\01\\1001.mp3\n"
    with environment(MER_WORKSPACES=str(tmp_path)):
        uploader = next(one for one in app.file_uploader if one.label == "M3U or M3U8")
        uploader.set_value([("mine.m3u8", listed, "audio/x-mpegurl")]).run()
        assert_sound(app)
        whole = app.toggle(key="whole-playlist")
        assert whole.value and whole.label.endswith("own 2 tracks in front")
        whole.set_value(False).run()
    assert_sound(app)
