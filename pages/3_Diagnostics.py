"""What a model gets right and wrong, mood by mood."""

import streamlit as st

from mer_core.app import empty_state, guard, linked, loaders, open_page
from mer_core.app.next_steps import embed_command
from mer_core.app.views import diagnostics as panel
from mer_core.app.views import diagnostics_cases as evaluating
from mer_core.app.views.diagnostics_moods import show_moods
from mer_core.app.views.diagnostics_own import own_cases, own_table, show_own_summary
from mer_core.cli.commands import command_line
from mer_core.errors import Remedy

page = open_page("Diagnostics")


def main() -> None:
    with st.container(horizontal=True):
        source = evaluating.pick_source(page)
        may_evaluate = source == evaluating.SOURCES[1] or evaluating.can_evaluate(page)
        cases = [evaluating.pick_part(page)] if source == evaluating.SOURCES[0] and may_evaluate else []
    if source == evaluating.OWN:
        own = own_cases(page)
        show_own_summary(own)
        if own:
            show_moods(page, own_table(own), own)
        return
    if not may_evaluate:
        nothing_to_evaluate()
        return
    if not cases and not (cases := evaluating.pick_files(page)):
        st.info("Choose a ground truth and a prediction file to evaluate.", icon=":material/upload_file:")
        return
    case = cases[0]
    table = panel.mood_table(case)
    panel.show_summary(case, table)
    show_moods(page, table, dict.fromkeys(case.evaluated.moods, case))
    with guard("the comparison"):
        compare(cases)


def compare(cases: list[evaluating.Case]) -> None:
    """A second prediction file, or another model of the workspace, beside the first."""
    st.header("Compare", anchor=False)
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
        panel.show_comparison(page, case, evaluating.of_model(page, str(other), case.key[0]))


def nothing_to_evaluate() -> None:
    """What to do where no model can be compared with labels."""
    if not loaders.dataset(page.open_workspace).labels.any():
        text = (
            "A model is evaluated by what people said of the same tracks, and nobody labelled these. Choose a "
            "labelled workspace, or evaluate prediction files."
        )
        empty_state("Nothing to evaluate by", text)
        return
    empty_state(
        "No model of this workspace yet",
        "A model is trained on the workspace's embeddings and labels. Prediction files of any other program can be "
        "evaluated too.",
        embed_command(page.open_workspace, "musicnn"),
        command_line(Remedy("train_classifier", page.open_workspace.root, "musicnn")),
    )


with guard("the diagnostics"):
    main()
