"""All answers of a workspace on the teach page: taken back one by one, exported, imported."""

from importlib.util import find_spec

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mer_core.app import loaders
from mer_core.app.shell import PageContext
from mer_core.app.teaching import keep, show_kept, undo
from mer_core.app.widgets import safe_table


def show_answers(page: PageContext) -> None:
    """Everything that was said in this workspace: take back one by one, export, import."""
    answers = loaders.answers(page.open_workspace)
    with st.expander(f"All answers of this workspace ({len(answers):,})"):
        if answers:
            _answers_table(page)
            _exports(page)
        file = st.file_uploader("Import answers (CSV or JAMS)", type=["csv", "jams", "json"], key="teach-import")
        show_kept("teach-import")
        if file is not None:
            st.button("Import", icon=":material/upload:", on_click=_import, args=(page, file))


def _import(page: PageContext, file: UploadedFile) -> None:
    from mer_core.teach.exchange import from_csv, from_jams

    read = from_csv if file.name.lower().endswith(".csv") else from_jams
    keep("teach-import", lambda: read(file.getvalue().decode("utf-8-sig", "replace"), file.name), page)


def _answers_table(page: PageContext) -> None:
    from mer_core.teach.corrections import answers_table

    table = answers_table(loaders.answers(page.open_workspace), loaders.dataset(page.open_workspace).tracks)
    words = table["value"].map({True: "yes", False: "no"}).fillna("skip")
    named = table["title"].where(table["title"] != "", table["track_id"])
    shown = pd.DataFrame({"When": table["when"].str[:16], "Track": named, "Mood": table["mood"], "Said": words})
    shown = shown.assign(By=table["source"], Model=table["model"], Before=table["said"].astype(float)).head(1000)
    columns = {
        "By": st.column_config.TextColumn("Where"),
        "Before": st.column_config.NumberColumn("The model said", format="%.2f"),
    }
    event = safe_table(
        shown, key="teach-answers", height=250, column_config=columns, on_select="rerun", selection_mode="single-row"
    )
    if rows := event["selection"]["rows"]:
        st.button(
            "Take this answer back", on_click=undo, args=(page, str(table["id"].iloc[rows[0]])), icon=":material/undo:"
        )


def _exports(page: PageContext) -> None:
    from mer_core.teach import exchange

    answers, tracks = loaders.answers(page.open_workspace), loaders.dataset(page.open_workspace).tracks
    durations = dict(zip(tracks["track_id"], tracks["duration"], strict=True))
    titles = dict(zip(tracks["track_id"], tracks["title"], strict=True))
    with st.container(horizontal=True):
        for label, make, name, mime in (
            ("CSV", lambda: exchange.to_csv(answers), "answers.csv", "text/csv"),
            *(
                [("JAMS", lambda: exchange.to_jams(answers, durations, titles), "answers.jams", "application/json")]
                if find_spec("jams")
                else []
            ),
        ):
            st.download_button(
                f"Download {label}",
                make,
                name,
                mime,
                key=f"teach-{label}",
                icon=":material/download:",
                on_click="ignore",
            )
