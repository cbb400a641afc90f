"""A vocabulary of one's own: tags folded onto chosen words, before → after, and taken back.

The labels of a dataset are folded here. Music files are not written by the app: of a library it shows what would become
of the moods in their tags, and the command that writes it.
"""

from collections import Counter

import pandas as pd
import streamlit as st

from mer_core.app import loaders
from mer_core.app.messages import counted, guard
from mer_core.app.shell import PageContext
from mer_core.app.widgets import safe_table
from mer_core.cli.commands import command
from mer_core.datasets import vocabulary
from mer_core.datasets.mtg_jamendo.additions import Additions
from mer_core.datasets.mtg_jamendo.layout import RawDataset, find_files
from mer_core.errors import MerError
from mer_core.library.workspace import read_library
from mer_core.tags.vocabulary import Fold, folds_of, parse_synonyms
from mer_core.workspace.kinds import LIBRARY, RECORDS
from mer_core.workspace.layout import Workspace

SYNONYMS_FILE = "synonyms.tsv"
HEIGHT = 11
"""Rows shown before the table scrolls."""
_FAILED = "_fold_failed"


def show_folding(page: PageContext) -> None:
    """Choose words, see what every tag becomes, do it or take it back; nothing where there are no tags."""
    workspace = page.open_workspace
    of_files = workspace.kind == LIBRARY
    tags = _library_tags(workspace, loaders.stamp(workspace.dataset_dir / RECORDS)) if of_files else _labels(workspace)
    if not tags:
        return
    with st.expander("Fold tags onto chosen words", icon=":material/merge:"), guard("the vocabulary"):
        if of_files:
            st.caption(f"The moods in the tags of this library's own files: {counted(len(tags), 'spelling')}.")
        words, only, written = _ask(tags)
        synonyms = parse_synonyms(written.replace("=", "\t"), "synonyms")
        if of_files:
            folds = folds_of(tags, words, synonyms, only=only)
            _show(folds)
            _offer_command(workspace, words, only, written if synonyms else "")
        else:
            raw = _raw(workspace, loaders.dataset_key(workspace))
            folds = vocabulary.preview(raw, words, synonyms, only=only)
            _show(folds)
            _offer_folding(workspace, folds, bool(raw.added.words_before))


@st.cache_resource(max_entries=4, show_spinner=False)
def _library_tags(_workspace: Workspace, key: loaders.Stamp) -> Counter[str]:
    """How many tracks of a library have each mood in their file's tags."""
    return Counter(mood for moods in read_library(_workspace.root).file_moods().values() for mood in moods)


@st.cache_resource(max_entries=4, show_spinner=False)
def _raw(_workspace: Workspace, key: loaders.Stamp) -> RawDataset:
    return RawDataset.read(find_files(_workspace.dataset_dir))


def _labels(workspace: Workspace) -> Counter[str]:
    """How many tracks have each label, as folded so far."""
    dataset = loaders.dataset(workspace)
    return (
        Counter(dict(zip(dataset.moods, map(int, dataset.labels.sum(axis=0)), strict=True)))
        if len(dataset)
        else Counter()
    )


def _ask(tags: Counter[str]) -> tuple[list[str], bool, str]:
    """The chosen words, whether other tags are left out, and the synonyms as they were typed."""
    left, right = st.columns(2)
    with left:
        words = st.multiselect(
            "Chosen words",
            [tag for tag, _ in tags.most_common()],
            key="fold-words",
            accept_new_options=True,
            placeholder="Of spellings of one word, the commonest",
            help="Case, blanks, hyphens and underscores do not count. Type words that are not in the list, too.",
        )
        only = st.toggle("Leave out other tags", key="fold-only", disabled=not words)
    with right:
        written = st.text_area("Synonyms", key="fold-synonyms", placeholder="melancholy = sad", height=100)
    return list(words), bool(only and words), written


def _show(folds: list[Fold]) -> None:
    if not folds:
        st.caption("No tag would change.")
        return
    rows = pd.DataFrame(
        {
            "Tag": [fold.tag for fold in folds],
            "Tracks": [fold.tracks for fold in folds],
            "Becomes": [fold.word or "– (left out)" for fold in folds],
        }
    )
    safe_table(rows, key="folds", height=38 + 35 * min(len(rows), HEIGHT))


def _offer_folding(workspace: Workspace, folds: list[Fold], can_undo: bool) -> None:
    with st.container(horizontal=True):
        st.button(
            f"Fold {counted(len(folds), 'tag')}",
            key="fold-do",
            icon=":material/merge:",
            disabled=not folds,
            on_click=_change,
            args=(workspace, folds),
        )
        st.button(
            "Take the last folding back",
            key="fold-undo",
            icon=":material/undo:",
            disabled=not can_undo,
            on_click=_change,
            args=(workspace, None),
        )
    if failed := st.session_state.pop(_FAILED, ""):
        st.error(failed, icon=":material/error:")
    if folded := Additions.read(workspace.dataset_dir).words:
        st.caption(f"{counted(len(folded), 'tag')} folded now; the dataset's own files stay. Models keep their words.")


def _change(workspace: Workspace, folds: list[Fold] | None) -> None:
    """Keep the folds, or (None) take the last ones back; for callbacks."""
    try:
        with workspace.lock():
            if folds is None:
                vocabulary.undo(workspace.dataset_dir)
            else:
                vocabulary.fold(workspace.dataset_dir, folds)
    except MerError as error:
        st.session_state[_FAILED] = str(error)


def _offer_command(workspace: Workspace, words: list[str], only: bool, synonyms: str) -> None:
    """The command that writes the words into the files, and the file of synonyms that it needs."""
    options = [*(["--words", *words] if words else []), *(["--only"] if only else [])]
    if synonyms:
        lines = "".join(
            f"{word}\t{chosen}\n" for word, chosen in parse_synonyms(synonyms.replace("=", "\t"), "").items()
        )
        st.download_button(
            f"Download {SYNONYMS_FILE}", lines, SYNONYMS_FILE, "text/tab-separated-values", on_click="ignore"
        )
        options += ["--synonyms", SYNONYMS_FILE]
    st.caption("The app writes no music files. This command writes the words into them, and takes them back by --undo.")
    st.code(command("fold_tags", workspace.root, *options, "--write"), language=None, wrap_lines=True)
