"""What all pages share: words of other people stay plain, failures stay polite, downloads stay safe."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_common import in_address, make_workspaces
from streamlit.testing.v1 import AppTest

from mer_core.app import widgets
from mer_core.app.messages import plain
from mer_core.app.widgets import on_jamendo, track_csv, track_m3u
from mer_core.datasets.dataset import Dataset
from mer_core.workspace.layout import Workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspaces(tmp_path_factory.mktemp("workspaces"))


@given(st.text())
def test_plain_leaves_no_mark_unescaped(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown and not shown.startswith(" ")
    position = 0
    while position < len(shown):
        if shown[position] == "\\":
            position += 2
            continue
        assert shown[position] not in "*_[]()<>!`#~$:|{}", shown
        position += 1


def test_plain_leaves_letters_of_any_script_alone() -> None:
    assert plain("Émile’s “Ночь” 夜\n  2") == "Émile’s “Ночь” 夜 2"


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://a/b.png)",
        "[click](javascript:alert(1))",
        "<script>alert(1)</script>",
        ":red[boo]",
        "$x$",
        "# Title",
    ],
)
def test_plain_shows_attempts_as_they_are(text: str) -> None:
    assert plain(text).replace("\\", "") == text.replace("\\", "")


def polite() -> None:
    import streamlit as st

    from mer_core.app.messages import guard
    from mer_core.errors import DatasetError

    with guard("the first part"):
        raise DatasetError("tags.tsv line 3 has *no* tab; add one")
    with guard("the second part"):
        raise ZeroDivisionError("secret detail")
    st.markdown("the third part goes on")


def test_guard_shows_our_errors_and_hides_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    app = AppTest.from_function(polite, default_timeout=30).run()
    assert not app.exception
    first, second = (error.value for error in app.error)
    assert first == r"tags\.tsv line 3 has \*no\* tab\; add one"
    assert "the second part" in second and "secret" not in second and "ZeroDivision" not in second
    assert "secret detail" in caplog.text
    assert app.markdown[-1].value == "the third part goes on"


def linked_widgets() -> None:
    import streamlit as st

    from mer_core.app import linked, linked_range, linked_text

    st.session_state["said"] = (
        linked(st.selectbox, "One", ["a", "b"], key="one", default="b"),
        linked(st.multiselect, "Many", ["x", "y", "z"], key="many"),
        linked_text("Text", key="words"),
        linked_range("Range", 0, 100, key="range"),
    )


@pytest.mark.parametrize(
    "address, said",
    [
        ({}, ("b", [], "", (0, 100))),
        ({"one": "a", "many": ["z", "x"], "words": "hé llo", "range": "10-20"}, ("a", ["z", "x"], "hé llo", (10, 20))),
        ({"one": "c", "many": ["q", "y"], "range": "20-10"}, ("b", ["y"], "", (10, 20))),
        ({"range": "-5-x"}, ("b", [], "", (0, 100))),
        ({"range": "90-1000"}, ("b", [], "", (90, 100))),
        ({"range": "9" * 400 + "-1"}, ("b", [], "", (0, 100))),
    ],
)
def test_linked_widgets_read_the_address(address: dict[str, str], said: tuple[object, ...]) -> None:
    app = AppTest.from_function(linked_widgets, default_timeout=30)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    assert app.session_state["said"] == said


def test_linked_widgets_write_the_address() -> None:
    app = AppTest.from_function(linked_widgets, default_timeout=30).run()
    app.selectbox(key="one").select("a").run()
    app.multiselect(key="many").select("y").run()
    app.text_input(key="words").set_value("blue").run()
    app.slider(key="range").set_range(5, 50).run()
    assert app.session_state["said"] == ("a", ["y"], "blue", (5, 50))
    assert {key: in_address(app, key) for key in ("one", "many", "words", "range")} == {
        "one": ["a"],
        "many": ["y"],
        "words": ["blue"],
        "range": ["5-50"],
    }
    app.multiselect(key="many").unselect("y").run()
    assert "many" not in app.query_params


def linked_numbers() -> None:
    import streamlit as st

    from mer_core.app.url_state import ask_for, linked, linked_number, linked_range

    if st.session_state.get("follow"):
        ask_for("one", "b")
    st.session_state["said"] = (
        linked_number("Share", 0.0, 1.0, 0.5, 0.05, key="share"),
        linked_number("Count", 5, 50, 15, 1, key="count"),
        linked_range("Range", 0, 100, key="range", default=(0, 15)),
        linked(st.selectbox, "One", ["a", "b"], key="one", default="a"),
    )


@pytest.mark.parametrize(
    "address, said",
    [
        ({}, (0.5, 15, (0, 15), "a")),
        ({"share": "0.35", "count": "30", "range": "0-100"}, (0.35, 30, (0, 100), "a")),
        ({"share": "-3", "count": "900", "range": "x"}, (0.0, 50, (0, 15), "a")),
        ({"share": "nan", "count": "1e999", "range": ""}, (0.5, 15, (0, 15), "a")),
        ({"share": "loud", "count": "7.9"}, (0.5, 7, (0, 15), "a")),
    ],
)
def test_linked_numbers_read_the_address(address: dict[str, str], said: tuple[object, ...]) -> None:
    app = AppTest.from_function(linked_numbers, default_timeout=30)
    for key, value in address.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    assert app.session_state["said"] == said


def test_linked_numbers_write_the_address_and_are_silent_about_what_is_usual() -> None:
    app = AppTest.from_function(linked_numbers, default_timeout=30).run()
    assert not any(key in app.query_params for key in ("share", "count", "range"))
    app.slider(key="share").set_value(0.1 + 0.2).run()
    app.slider(key="count").set_value(20).run()
    app.slider(key="range").set_range(0, 100).run()
    assert app.session_state["said"] == (0.3, 20, (0, 100), "a")
    assert {key: in_address(app, key) for key in ("share", "count", "range")} == {
        "share": ["0.3"],
        "count": ["20"],
        "range": ["0-100"],
    }
    app.slider(key="share").set_value(0.5).run()
    assert "share" not in app.query_params


def test_a_widget_takes_the_word_it_is_asked_for() -> None:
    app = AppTest.from_function(linked_numbers, default_timeout=30).run()
    app.session_state["follow"] = True
    app.run()
    app.session_state["follow"] = False
    app.run()
    assert app.session_state["said"][3] == "b"


def test_csv_is_safe_for_spreadsheets(root: Path) -> None:
    dataset = Dataset.load(root / "full" / "dataset")
    dataset.tracks.loc[0, "title"] = "=HYPERLINK(1)"
    rows = list(csv.DictReader(io.StringIO(track_csv(dataset))))
    assert len(rows) == 48
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["moods"].split(";") == [
        mood for mood, has in zip(dataset.moods, dataset.labels[0], strict=True) if has
    ]


def a_table() -> None:
    import pandas as pd

    from mer_core.app.widgets import safe_table

    safe_table(
        pd.DataFrame(
            {
                "Track": ["=HYPERLINK(1)", "-", "plain"],
                "Moods": [["@sad", "calm"], [], ["+1"]],
                "Length": [-1.5, 2.0, 3.0],
            }
        )
    )


def test_what_a_table_shows_is_safe_to_take_into_a_spreadsheet() -> None:
    """Its own download button gives the cells as they are."""
    shown = AppTest.from_function(a_table, default_timeout=30).run().dataframe[0].value
    assert list(shown["Track"]) == ["'=HYPERLINK(1)", "'-", "plain"]
    assert list(map(list, shown["Moods"])) == [["'@sad", "calm"], [], ["'+1"]]
    assert list(shown["Length"]) == [-1.5, 2.0, 3.0]


def test_every_table_is_made_by_the_one_helper() -> None:
    ui = Path(widgets.__file__).parent
    sources = [*ui.glob("*.py"), *(ui.parent.parent / "pages").glob("*.py"), ui.parent.parent / "streamlit_app.py"]
    assert {path.name: n for path in sources if (n := path.read_text().count("st.dataframe("))} == {"widgets.py": 1}


def test_m3u_names_files_here_and_pages_of_jamendo_elsewhere(root: Path) -> None:
    synthetic, real = Workspace.open(root / "full"), Workspace.open(root / "metadata")
    dataset = Dataset.load(synthetic.dataset_dir)
    assert on_jamendo(real, dataset) and not on_jamendo(synthetic, dataset)
    places = [line for line in track_m3u(synthetic, dataset).splitlines() if not line.startswith("#")]
    assert len(places) == 48
    assert Path(places[0]) == (synthetic.audio_root / "00" / "1000.mp3").resolve() and "jamendo.com" not in places[1]
    places = [line for line in track_m3u(real, dataset).splitlines() if not line.startswith("#")]
    assert places[1] == "https://www.jamendo.com/track/1001"
