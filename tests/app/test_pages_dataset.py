"""The dataset page under AppTest: every view in every state of a workspace, the filters, and the address."""

import re
from pathlib import Path

import pytest
from pages_common import (
    assert_sound,
    environment,
    in_address,
    make_library,
    make_workspaces,
    player_data,
    run_page,
    texts,
)

from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.io.files import write_json
from mer_core.library.scan import FileRecord
from mer_core.library.workspace import track_id

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


def test_problems_are_reported_in_full(real: Path) -> None:
    said = texts(run_page(PAGE, real, workspace="incompetech", view="problems"))
    assert "**1 problem**" in said and "validate_dataset.py" in said
    assert "82 in train" in said


def test_spoiled_dataset(root: Path) -> None:
    app = run_page(PAGE, root, workspace="spoiled")
    assert_sound(app)
    assert len(app.error) == 1 and any("validate_dataset" in code.value for code in app.code)


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


def test_moods_of_another_dataset_are_reported(root: Path) -> None:
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
    reported = player_data(app)
    assert reported["title"].startswith("Song 0") and reported["plays"] == 0


def test_titles_are_shown_as_they_are(root: Path) -> None:
    app = run_page(PAGE, root, workspace="full", view="tracks", track="track_0001000")
    assert "<b>*bold*" not in texts(app) and r"\*bold\*" in texts(app)


def test_link_to_jamendo_where_there_is_no_audio(real: Path) -> None:
    app = run_page(PAGE, real, workspace="jamendo", view="tracks", track="track_0000948")
    assert_sound(app)
    reported = player_data(app)
    assert (reported["link"], reported["src"]) == ("https://www.jamendo.com/track/948", "")
    assert [toggle.value for toggle in app.toggle if "jamendo.com" in toggle.label] == [False], "nothing is asked of it"


@pytest.mark.parametrize(("unknown", "reported"), [(47, "· 1 artist\n"), (48, "no artist known")])
def test_a_track_without_artist_is_by_nobody(root: Path, tmp_path: Path, unknown: int, reported: str) -> None:
    make_library(root / "full", tmp_path / "lib", unknown)
    app = run_page(PAGE, tmp_path, workspace="lib", view="artists")
    assert_sound(app)
    assert reported in texts(app)
    assert ("No artist is known" in texts(app)) == (unknown == 48) == (not app.dataframe)
    offered = [options for box in app.multiselect if box.label == "Artists" for options in box.options]
    assert len(offered) == 48 - unknown and "" not in offered
    for table in app.dataframe:
        assert (table.value["top_share"].dropna() < 100).all() and set(table.value["top_artist"].dropna()) <= {
            "Artist 11"
        }


def test_a_library_has_no_column_of_splits_and_no_dangling_dot(root: Path, tmp_path: Path) -> None:
    make_library(root / "full", tmp_path / "lib")
    app = run_page(PAGE, tmp_path, workspace="lib", view="tracks", track="track_0001000")
    assert_sound(app)
    assert (
        "split" not in app.dataframe[0].value
        and "split" in run_page(PAGE, root, workspace="full", view="tracks").dataframe[0].value
    )
    assert next(line for line in texts(app).splitlines() if line.startswith("**Song 0")).endswith("**")


def test_broken_cut_off_and_duplicate_files_of_a_library_are_listed(root: Path, tmp_path: Path) -> None:
    workspace = make_library(root / "full", tmp_path / "lib")
    assert "nothing wrong" in texts(run_page(PAGE, tmp_path, workspace="lib", view="problems"))
    whole, copy, cut = (
        FileRecord("a.mp3", 1, 1, sound="1" * 64),
        FileRecord("b.mp3", 1, 1, sound="1" * 64),
        FileRecord("c.mp3", 1, 1, sound="2", damage="3 of 9 s"),
    )
    records = [whole, copy, cut, FileRecord("d.mp3", 1, 1, error="it is empty")]
    files = {
        "tracks": {track_id(whole): "a.mp3", track_id(cut): "c.mp3"},
        "files": [record.to_dict() for record in records],
    }
    write_json(workspace.dataset_dir / "library.json", files)
    app = run_page(PAGE, tmp_path, workspace="lib", view="problems")
    assert_sound(app)
    assert (
        "**3 files**" in texts(app)
        and "1 broken (left out), 1 cut off" in texts(app)
        and "nothing else wrong" in texts(app)
    )
    rows = app.dataframe[0].value.to_numpy().tolist()
    assert rows == [
        ["broken", "d.mp3", "it is empty"],
        ["cut off", "c.mp3", "3 of 9 s"],
        ["duplicate", "b.mp3", "the same recording as a.mp3"],
    ]


def test_sizes_of_the_splits_are_as_exact_as_they_are_small(root: Path, real: Path) -> None:
    small = run_page(PAGE, root, workspace="full", view="splits").dataframe[0].value
    assert list(small.columns) == ["Part", "Tracks", "Artists", "Hours"] and list(small["Hours"]) == [
        "0.9",
        "0.5",
        "0.6",
    ]
    large = run_page(PAGE, real, workspace="jamendo", view="splits").dataframe[0].value
    assert large.iloc[0].tolist() == ["train", "9,949", "874", "611"]


def test_a_heat_map_is_as_wide_as_it_has_moods(root: Path, real: Path) -> None:
    widths = [
        run_page(PAGE, folder, workspace=name, view="together").get("html")
        for folder, name in ((root, "full"), (real, "jamendo"))
    ]
    few, many = (
        int(
            next(
                re.findall(r"--least-width: (\d+)px", str(html.proto))
                for html in found
                if "least-width: " in str(html.proto)
            )[0]
        )
        for found in widths
    )
    assert few < 350 < 700 < many


def test_choices_outlive_a_change_of_page(root: Path) -> None:
    app = run_page(PAGE, root, workspace="metadata", view="artists")
    with environment(MER_WORKSPACES=str(root)):
        app.switch_page("streamlit_app.py").run()
        assert in_address(app, "workspace") == ["metadata"]
        app.switch_page(PAGE).run()
    assert in_address(app, "workspace") == ["metadata"] and in_address(app, "view") == ["artists"]
