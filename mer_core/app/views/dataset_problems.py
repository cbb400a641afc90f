"""The view of the dataset page that shows what is wrong: files of a library, and what validation finds."""

import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, plain
from mer_core.app.shell import PageContext
from mer_core.app.views.dataset_copies import show_copies
from mer_core.app.views.dataset_filter import Shown
from mer_core.app.views.dataset_fold import show_folding
from mer_core.app.widgets import safe_table
from mer_core.cli.commands import command_line
from mer_core.errors import Remedy
from mer_core.library.workspace import read_library
from mer_core.workspace.kinds import RECORDS
from mer_core.workspace.layout import Workspace

PROBLEMS_IN_FULL = 20

WHAT_BECAME = {
    "broken": "left out",
    "cut off": "taken in as far as it can be read",
    "duplicate": "each recording is taken in once",
}
"""What can be wrong with a file of a library, and what the import did about it."""


def problems(page: PageContext, shown: Shown) -> None:
    """What is wrong in the whole dataset, whatever the filter."""
    workspace = page.open_workspace
    files = _file_problems(workspace, loaders.stamp(workspace.dataset_dir / RECORDS))
    if len(files):
        _show_files(files)
    show_copies(page)
    show_folding(page)
    _show_validation(page, "nothing else wrong" if len(files) else "nothing wrong")


@st.cache_resource(max_entries=4, show_spinner=False)
def _file_problems(_workspace: Workspace, key: loaders.Stamp) -> pd.DataFrame:
    """One row for each file of a library that is broken, cut off or a duplicate: columns Problem, File, Details; none
    for another kind of workspace."""
    library = read_library(_workspace.root)
    rows = [
        *(("broken", record.path, record.error) for record in library.broken),
        *(("cut off", record.path, record.damage) for record in library.damaged),
        *(("duplicate", copy.path, f"the same recording as {first.path}") for copy, first in library.duplicates),
    ]
    return pd.DataFrame(rows, columns=["Problem", "File", "Details"])


def _show_files(files: pd.DataFrame) -> None:
    number = files["Problem"].value_counts()
    by_kind = [f"{number[problem]:,} {problem} ({what})" for problem, what in WHAT_BECAME.items() if problem in number]
    st.markdown(f"The last import found **{counted(len(files), 'file')}** with a problem: {', '.join(by_kind)}.")
    columns = {"Problem": st.column_config.TextColumn(width=80), "File": st.column_config.TextColumn(width="medium")}
    safe_table(files, key="files", column_config=columns, height=min(420, 38 + 35 * len(files)))


def _show_validation(page: PageContext, nothing: str) -> None:
    found = loaders.problems(page.open_workspace)
    if not found:
        st.success(
            f"Validation found {nothing}: ids, tags, paths, durations and splits are sound.", icon=":material/verified:"
        )
        return
    table = pd.DataFrame(found, columns=["Kind", "Where", "Message", "Severity"])
    counts = (
        table.groupby(["Severity", "Kind"])
        .size()
        .rename("Times")
        .reset_index()
        .sort_values(["Severity", "Times"], ascending=[True, False])
    )
    st.markdown(
        f"Validation found **{counted(len(table), 'problem')}** in the whole dataset. Errors must be mended; warnings "
        f"say that figures may mislead."
    )
    safe_table(counts)
    for problem in found[:PROBLEMS_IN_FULL]:
        st.markdown(f"- **{problem.severity}**, {plain(problem.where)}: {plain(problem.message)}")
    if len(found) > PROBLEMS_IN_FULL:
        st.caption(f"These are the first {PROBLEMS_IN_FULL}. All of them:")
    st.code(command_line(Remedy("validate_dataset", page.open_workspace.dataset_dir)), language=None, wrap_lines=True)
