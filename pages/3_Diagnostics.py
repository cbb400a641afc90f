"""What a model gets right and wrong, mood by mood."""

import streamlit as st

from mer_core.app import chart, empty_state, guard, linked, loaders, mood_picker, open_page
from mer_core.app.views import diagnostics as panel
from mer_core.app.views import diagnostics_cases as judging
from mer_core.cli.commands import command_line
from mer_core.errors import Remedy
from mer_core.figures.diagnostics import mood_bars_figure

page = open_page("Diagnostics")


def main() -> None:
    if judging.pick_source() == judging.SOURCES[1]:
        cases = judging.pick_files(page)
        if not cases:
            st.info("Choose a ground truth and a prediction file to judge.", icon=":material/upload_file:")
            return
    elif judging.can_judge(page):
        cases = [judging.pick_part(page)]
    else:
        nothing_to_judge()
        return
    case = cases[0]
    table = panel.mood_table(case)
    panel.tell_summary(case, table)
    st.caption("Click a row to see that mood below. Intervals: 95 %, resampled by artist where artists are known.")
    if clicked := panel.show_table(table):
        st.session_state["mood"] = clicked  # the picker below then stands on it, and so does the address
    with st.container(height=440, border=False):
        chart(
            mood_bars_figure(table), page, key="bars", alt="PR-AUC of every mood with its interval and the chance line"
        )
    mood = mood_picker(case.judged.moods, default=str(table.index[0])) or str(table.index[0])
    st.subheader(mood.capitalize(), anchor=False)
    with guard("this mood"):
        panel.show_mood(page, case, mood)
        panel.save_thresholds(page, case)
    st.subheader("Most wrong", anchor=False)
    with guard("the worst tracks"):
        panel.show_worst(page, case.judged, mood)
    with guard("the comparison"):
        compare(cases)


def compare(cases: list[judging.Case]) -> None:
    """A second prediction file, or another model of the workspace, beside the first."""
    st.subheader("Compare", anchor=False)
    case = cases[0]
    if case.from_file:
        if len(cases) > 1:
            panel.show_comparison(page, case, cases[1])
        else:
            st.caption("Drop a second prediction file above to compare the two mood by mood.")
        return
    others = [name for name in [*page.open_workspace.models(), "starter"] if name != page.model]
    other = linked(st.selectbox, "With the model", others, key="with-model", placeholder="Choose a model")
    if other:
        panel.show_comparison(page, case, judging.of_model(page, str(other), case.key[0]))


def nothing_to_judge() -> None:
    """What to do where no model can be compared with labels."""
    root = page.open_workspace.root
    if not loaders.dataset(page.open_workspace).labels.any():
        text = (
            "A model is judged by what people said of the same tracks, and nobody labelled these. Choose a "
            "labelled workspace, or judge prediction files."
        )
        empty_state("Nothing to judge by", text)
        return
    empty_state(
        "No model of this workspace yet",
        "A model is trained on the workspace's embeddings and labels. Prediction files of any other program can be "
        "judged too.",
        command_line(Remedy("build_embeddings", root, "musicnn")),
        command_line(Remedy("train_classifier", root, "musicnn")),
    )


with guard("the diagnostics"):
    main()
