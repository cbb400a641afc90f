"""The teach page: a mood from nothing, one answer at a time; what was taught appears on the other pages."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pages_common import assert_sound, environment, make_workspaces, run_page, texts
from streamlit.testing.v1 import AppTest

from mer_core.teach.journal import Answer, Journal
from mer_core.workspace.layout import Workspace

PAGE = "pages/7_Teach.py"


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Workspaces in every state, of one's own to write in."""
    with environment(MER_WORKSPACES=str(make_workspaces(tmp_path))):
        yield tmp_path


def journal(root: Path, name: str = "full") -> Journal:
    """The journal of a workspace."""
    return Journal.of(Workspace.open(root / name))


def teach(root: Path, mood: str = "rainy", like: range = range(1000, 1004), unlike: range = range(1004, 1006)) -> None:
    """Say of some tracks that they have a mood, and of some that they have not."""
    said = [Answer(f"track_{i:07d}", mood, i in like, "examples") for i in (*like, *unlike)]
    journal(root).add(said)


def open_page(root: Path, file: str = PAGE, **words: str) -> AppTest:
    """A page on the full workspace with its model."""
    return run_page(file, root, workspace="full", model="small", **words)


@pytest.mark.parametrize("name", ["full", "metadata", "broken", "spoiled"])
def test_the_page_runs_in_every_state(root: Path, name: str) -> None:
    for words in ({}, {"teach": "rainy"}):
        assert_sound(run_page(PAGE, root, workspace=name, **words))


def test_without_embeddings_it_says_how_to_make_them(root: Path) -> None:
    assert "build_embeddings" in texts(run_page(PAGE, root, workspace="metadata"))


def test_answers_are_kept_one_by_one_and_taken_back(root: Path) -> None:
    app = open_page(root, teach="rainy")
    for label in ("Yes", "No", "Skip", "Yes"):
        app.button(key=f"teach-{label}").click().run()
        assert_sound(app)
    assert [a.value for a in journal(root).read()] == [True, False, None, True]
    assert len({a.track_id for a in journal(root).read()}) == 4
    app.button(key="teach-undo").click().run()
    assert [a.value for a in journal(root).read()] == [True, False, None]
    assert all(a.path and a.mood == "rainy" for a in journal(root).read())


def test_a_known_mood_is_corrected_with_what_the_model_had_said(root: Path) -> None:
    app = open_page(root, teach="calm")
    app.button(key="teach-No").click().run()
    (answer,) = journal(root).read()
    assert answer.model == "small" and answer.said is not None and 0 <= answer.said <= 1


def test_examples_are_found_by_name(root: Path) -> None:
    app = open_page(root, teach="rainy")
    app.text_input(key="teach-find").input("Song 1").run()
    options = app.multiselect(key="teach-examples").options
    assert any("Song 1 " in option for option in options)
    app.multiselect(key="teach-examples").select(options[0]).run()
    next(b for b in app.button if b.label == "These have the mood").click().run()
    assert_sound(app)
    assert [a.value for a in journal(root).read()] == [True]


def test_progress_and_the_list_are_shown(root: Path) -> None:
    teach(root)
    app = open_page(root, teach="rainy")
    assert_sound(app)
    assert {m.label: m.value for m in app.metric}["Examples"] == "4"
    assert "so far" in texts(app)


@pytest.mark.parametrize("page", ["1_Dataset", "2_Mood_map", "3_Diagnostics", "4_Predict", "5_Recommend", "6_Generate"])
def test_other_pages_run_with_a_mood_of_ones_own(root: Path, page: str) -> None:
    teach(root)
    assert_sound(open_page(root, f"pages/{page}.py"))


def test_a_mood_of_ones_own_colours_the_map_and_is_asked_for(root: Path) -> None:
    teach(root)
    for colour in ("one mood", "probability of the mood"):
        app = open_page(root, "pages/2_Mood_map.py", colour=colour, mood="rainy")
        assert_sound(app)
        assert app.selectbox(key="mood").value == "rainy"
    app = open_page(root, "pages/5_Recommend.py", by="a mood")
    assert any("rainy" in list(box.options) for box in app.multiselect)


def test_two_examples_are_no_mood_yet(root: Path) -> None:
    teach(root, like=range(1000, 1002))
    app = open_page(root, "pages/2_Mood_map.py", colour="one mood")
    assert "rainy" not in app.selectbox(key="mood").options


def test_a_thousand_answers_are_read_quickly_and_learned(root: Path) -> None:
    rng = np.random.default_rng(0)
    journal(root).add(
        [Answer(f"track_{1000 + i % 48:07d}", f"mood {i // 48}", bool(rng.random() < 0.4)) for i in range(1000)]
    )
    app = open_page(root, teach="mood 3")
    assert_sound(app)
    assert "so far" in texts(app)


@pytest.mark.parametrize("kind", ["wrong", "missing", "odd"])
def test_doubtful_labels_are_shown(root: Path, kind: str) -> None:
    app = open_page(root, "pages/1_Dataset.py", view="doubtful", doubt=kind)
    assert_sound(app)
    assert not app.error


def test_doubtful_labels_need_embeddings(root: Path) -> None:
    app = run_page("pages/1_Dataset.py", root, workspace="metadata", view="doubtful")
    assert_sound(app)
    assert "build_embeddings" in texts(app)


def test_a_track_is_corrected_from_the_dataset_page(root: Path) -> None:
    app = open_page(root, "pages/1_Dataset.py", view="tracks", track="track_0001003")
    keep = next(button for button in app.button if button.label == "Keep the correction")
    assert keep.disabled
    app.multiselect(key=keep.key.replace("-keep", "-has")).select("dark").run()
    app.multiselect(key=keep.key.replace("-keep", "-lacks")).select("calm").run()
    app.button(key=keep.key).click().run()
    assert_sound(app)
    said = [(a.track_id, a.mood, a.value, a.source) for a in journal(root).read()]
    assert said == [
        ("track_0001003", "dark", True, "correction"),
        ("track_0001003", "calm", False, "correction"),
    ]


def test_more_like_these_gives_an_example(root: Path) -> None:
    app = open_page(root, "pages/1_Dataset.py", view="tracks", track="track_0001003")
    key = next(button.key for button in app.button if button.label == "More like these")
    app.selectbox(key=key.replace("-teach-True", "-teach-mood")).set_value("dark").run()
    app.button(key=key).click().run()
    assert_sound(app)
    assert [(a.track_id, a.mood, a.value) for a in journal(root).read()] == [("track_0001003", "dark", True)]
