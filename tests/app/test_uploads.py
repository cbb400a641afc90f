"""Files given to an uploader outlive it, until they are taken back or forgotten, or where they are too large to
keep."""

import pytest
from pages_common import texts
from streamlit.testing.v1 import AppTest

from mer_core.app import uploads as kept_files


def page() -> None:
    import streamlit as st

    from mer_core.app import uploads as kept_files

    if st.checkbox("Here", value=True, key="here"):
        files = kept_files.uploader("Predictions", "npy", key="scores", most=2)
        st.button("Forget", on_click=kept_files.forget_all, key="forget")
        st.code(" ".join(file.name for file in files))


def give(app: AppTest, *names: str) -> None:
    app.file_uploader[0].set_value([(name, name.encode(), "application/octet-stream") for name in names]).run()


def away_and_back(app: AppTest) -> None:
    app.checkbox(key="here").uncheck().run()
    app.checkbox(key="here").check().run()


def test_files_outlive_their_uploader_and_the_newest_win() -> None:
    app = AppTest.from_function(page).run()
    give(app, "a.npy", "b.npy")
    away_and_back(app)
    assert app.code[0].value == "a.npy b.npy" and "Still here: a\\.npy, b\\.npy" in texts(app)
    give(app, "c.npy")
    assert app.code[0].value == "b.npy c.npy"
    app.button(key="forget").click().run()
    assert app.code[0].value == "" and not app.file_uploader[0].value


def test_a_file_taken_back_is_kept_no_longer() -> None:
    app = AppTest.from_function(page).run()
    give(app, "a.npy")
    away_and_back(app)
    give(app, "b.npy")
    give(app)
    assert app.code[0].value == "a.npy"


def test_what_is_too_large_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "KEPT_BYTES", 4)
    app = AppTest.from_function(page).run()
    give(app, "a.npy")
    assert app.code[0].value == "a.npy"
    away_and_back(app)
    assert app.code[0].value == ""
