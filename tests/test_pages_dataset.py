"""The dataset page under AppTest: every view in every state of a workspace, the filters, and the address."""

from pathlib import Path

import pytest
from pages_common import assert_sound, environment, in_address, make_workspaces, run_page, texts

from mer_core.dataset_import import import_dataset

PAGE = "pages/1_Dataset.py"
VIEWS = ("moods", "together", "splits", "artists", "tracks", "problems")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


@pytest.fixture(scope="module")
def real(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    import_dataset(folder / "jamendo", shared / "data" / "mtg-jamendo")
    import_dataset(folder / "incompetech", shared / "data" / "incompetech")
    return folder


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("workspace", ["full", "metadata", "broken"])
def test_views(root: Path, workspace: str, view: str) -> None:
    app = run_page(PAGE, root, workspace=workspace, view=view)
    assert_sound(app)
    assert not app.error
    assert "48 tracks" in texts(app)
    assert in_address(app, "view") == [view] and in_address(app, "workspace") == [workspace]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("workspace", ["jamendo", "incompetech"])
def test_views_on_real_metadata(real: Path, workspace: str, view: str) -> None:
    app = run_page(PAGE, real, workspace=workspace, view=view)
    assert_sound(app)
    assert not app.error
    assert ("18,486 tracks" if workspace == "jamendo" else "138 tracks") in texts(app)


def test_no_workspace(tmp_path: Path) -> None:
    app = run_page(PAGE, tmp_path)
    assert_sound(app)
    assert "make_demo.py" in texts(app)


def test_problems_are_told_in_full(real: Path) -> None:
    said = texts(run_page(PAGE, real, workspace="incompetech", view="problems"))
    assert "**1 problem**" in said and "validate_dataset.py" in said
    assert "82 in train" in said


def test_spoiled_dataset(root: Path) -> None:
    app = run_page(PAGE, root, workspace="spoiled")
    assert_sound(app)
    assert len(app.error) == 1 and "validate" in app.error[0].value


def test_filter_from_the_address(real: Path) -> None:
    app = run_page(PAGE, real, workspace="jamendo", view="tracks", moods=["corporate", "motivational"], match="all")  # type: ignore[arg-type]
    assert_sound(app)
    assert "**251 of 18,486 tracks**" in texts(app)
    assert len(app.dataframe[0].value) == 251
    assert sorted(in_address(app, "moods")) == ["corporate", "motivational"]


def test_pair_from_the_address(real: Path) -> None:
    app = run_page(PAGE, real, workspace="jamendo", view="together", mood="happy", **{"with": "positive"})
    assert_sound(app)
    assert "248 tracks" in texts(app)
    assert len(app.dataframe[0].value) == 248


def test_moods_of_another_dataset_are_told(root: Path) -> None:
    app = run_page(PAGE, root, workspace="full", view="tracks", moods="corporate")
    assert_sound(app)
    assert "Not here" in texts(app) and "48 tracks" in texts(app)


def test_filter_widgets(root: Path) -> None:
    app = run_page(PAGE, root, workspace="full", view="tracks")
    with environment(MER_WORKSPACES=str(root)):
        app.text_input(key="text").set_value("SONG artist_000003").run()
        assert "4 of 48 tracks" in texts(app)
        assert in_address(app, "text") == ["SONG artist_000003"]
        app.text_input(key="text").set_value("nothing like it").run()
        assert "No track matches" in texts(app)
        app.text_input(key="text").set_value("").run()
        assert in_address(app, "text") == []
        app.slider(key="length").set_value((30, 49)).run()
    assert "4 of 48 tracks" in texts(app)
    assert in_address(app, "length") == ["30-49"]


def test_track_in_the_address_has_its_player(root: Path) -> None:
    app = run_page(PAGE, root, workspace="full", view="tracks", track="track_0001000")
    assert_sound(app)
    assert "Song 0" in texts(app)
    assert len(app.get("audio")) == 1


def test_titles_are_shown_as_they_are(root: Path) -> None:
    app = run_page(PAGE, root, workspace="full", view="tracks", track="track_0001000")
    assert "<b>*bold*" not in texts(app) and r"\*bold\*" in texts(app)


def test_link_to_jamendo_where_there_is_no_audio(real: Path) -> None:
    app = run_page(PAGE, real, workspace="jamendo", view="tracks", track="track_0000948")
    assert_sound(app)
    assert [element.proto.url for element in app.get("link_button")] == ["https://www.jamendo.com/track/948"]


def test_choices_outlive_a_change_of_page(root: Path) -> None:
    app = run_page(PAGE, root, workspace="metadata", view="artists")
    with environment(MER_WORKSPACES=str(root)):
        app.switch_page("streamlit_app.py").run()
        assert in_address(app, "workspace") == ["metadata"]
        app.switch_page(PAGE).run()
    assert in_address(app, "workspace") == ["metadata"] and in_address(app, "view") == ["artists"]
