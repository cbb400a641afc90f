"""Every page but the dataset's and the overview under AppTest, in every state of a workspace."""

from pathlib import Path

import numpy as np
import pytest
from pages_common import assert_sound, environment, make_workspaces, run_page, texts
from streamlit.testing.v1 import AppTest

PAGES = ("pages/2_Mood_map.py", "pages/3_Diagnostics.py", "pages/4_Predict.py", "pages/5_Recommend.py", "pages/6_Generate.py")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("workspace", ["full", "metadata", "broken", "spoiled"])
def test_every_state(root: Path, workspace: str, page: str) -> None:
    assert_sound(run_page(page, root, workspace=workspace))


@pytest.mark.parametrize("page", PAGES)
def test_no_workspace_at_all(tmp_path: Path, page: str) -> None:
    assert_sound(run_page(page, tmp_path))


def test_the_map_selects_tells_and_finds(root: Path) -> None:
    app = run_page(PAGES[0], root, workspace="full", colour="split", mood="happy")
    assert_sound(app)
    assert "Trustworthiness of this map: 0.87" in texts(app)
    with environment(MER_WORKSPACES=str(root)):
        app.text_input(key="find").set_value("Song 7").run()
    assert_sound(app)
    assert "Sounds most like" in texts(app)


@pytest.mark.parametrize("colour", ["families of moods", "one mood", "probability of the mood", "hits and misses of the mood", "split", "valence", "arousal"])
def test_every_colouring(root: Path, colour: str) -> None:
    app = run_page(PAGES[0], root, workspace="full", colour=colour, mood="calm")
    assert_sound(app)
    assert not app.error


def test_a_threshold_is_edited_and_saved_as_a_profile(root: Path) -> None:
    app = run_page(PAGES[1], root, workspace="full", part="all", mood="happy")
    assert_sound(app)
    assert "48 tracks, 6 moods" in texts(app)
    with environment(MER_WORKSPACES=str(root)):
        slider = next(slider for slider in app.slider if slider.label == "Threshold of happy")
        slider.set_value(slider.max * 0.9).run()
        app.text_input(key="profile-name").set_value("strict")
        next(button for button in app.button if button.label == "Save profile").click().run()
        assert_sound(app)
        assert "Saved “strict”" in texts(app)
        predict = run_page(PAGES[2], root, workspace="full", model="small")
    assert "strict" in [option for box in predict.selectbox if box.label == "Thresholds" for option in box.options]


def test_uploads_good_and_broken(root: Path, tone_mp3: Path) -> None:
    app = run_page(PAGES[2], root, workspace="full", model="small")
    with environment(MER_WORKSPACES=str(root)):
        app.file_uploader(key="uploads-0").set_value([("tone.mp3", tone_mp3.read_bytes(), "audio/mpeg"), ("words.mp3", b"no music at all", "audio/mpeg")]).run()
    assert_sound(app)
    assert "2 files" in texts(app)
    table = app.dataframe[0].value
    assert list(table["State"]) == ["done", "failed"]
    assert np.isfinite(table["Length"][0]) and "words.mp3" in table["Moods"][1]


@pytest.mark.parametrize(
    ("words", "hint"), [({"by": "a path"}, "Choose where the path begins"), ({"by": "a mood"}, "Move a slider"), ({"by": "a section"}, "Choose a track")]
)
def test_recommend_says_what_it_waits_for(root: Path, words: dict[str, str], hint: str) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small", **words)
    assert_sound(app)
    assert hint in texts(app)


@pytest.mark.parametrize(
    "words",
    [
        {"by": "tracks", "like": "track_0001003"},
        {"by": "a section", "track": "track_0001003"},
        {"by": "a mood", "more": "happy"},
        {"by": "a path", "from": "sad", "to": "happy"},
    ],
)
def test_recommend_answers(root: Path, words: dict[str, str]) -> None:
    app = run_page(PAGES[3], root, workspace="full", model="small", **words)
    assert_sound(app)
    assert not app.error
    found: AppTest = app
    table = found.dataframe[0].value
    assert len(table) >= 5 and table["Why"].str.len().min() > 0
