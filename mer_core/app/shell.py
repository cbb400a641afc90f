"""The one call that every page begins with: page settings, navigation, the pickers, light or dark.

The pages are run by Streamlit's automatic `pages/` mechanism, so each is complete in itself: the first request to a
fresh server may be for any of them.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from mer_core.app import accessible, frame, loaders, player, results
from mer_core.app.jamendo import offer_stream, on_jamendo
from mer_core.app.messages import empty_state, guard, plain, show_error
from mer_core.app.url_state import enter, linked
from mer_core.cli.commands import command_line
from mer_core.errors import MerError, Remedy
from mer_core.model.bundle import STARTER
from mer_core.workspace.layout import APP_ROOT, Workspace, default_root, known_workspaces, workspaces_root

APP_NAME = "Music Emotion Recognition"

NAVIGATION = (
    ("streamlit_app.py", "Overview", ":material/home:"),
    ("pages/1_Dataset.py", "Dataset", ":material/library_music:"),
    ("pages/2_Mood_map.py", "Mood map", ":material/scatter_plot:"),
    ("pages/3_Diagnostics.py", "Diagnostics", ":material/query_stats:"),
    ("pages/4_Predict.py", "Predict", ":material/graphic_eq:"),
    ("pages/5_Recommend.py", "Recommend", ":material/queue_music:"),
    ("pages/6_Generate.py", "Generate", ":material/auto_awesome:"),
    ("pages/7_Teach.py", "Teach", ":material/school:"),
)
"""File, title and icon of every page, in the order of the sidebar; one that has no file (yet) is left out."""

ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#3d5a98"/>'
    '<path d="M5 10v4M8.5 7v10M12 4.5v15M15.5 8v8M19 10.5v3" stroke="#fff" stroke-width="2" '
    'stroke-linecap="round"/></svg>'
)
"""The browser tab's picture. Streamlit's own symbols would be fetched from another machine, and nothing leaves this
one."""

_KEPT = "_model_kept"


@dataclass(frozen=True)
class PageContext:
    """The workspace, the model and the rest of what every page works on."""

    title: str
    dark: bool
    workspace: Workspace | None
    """The workspace picked; None only on pages opened with `needs_workspace=False`."""
    model: str
    """Name of the model picked: a model of the workspace, or "starter"."""

    @property
    def open_workspace(self) -> Workspace:
        """The workspace, for pages that need one."""
        if self.workspace is None:
            raise RuntimeError("this page was opened with needs_workspace=False and there is no workspace")
        return self.workspace


def open_page(title: str, *, needs_workspace: bool = True, heading: str | None = None) -> PageContext:
    """Set the page up, draw the sidebar and the heading; every page calls this first.

    title: as in NAVIGATION. heading: text of the page's first heading (default: the title). Where no workspace exists
    or it is damaged, and the page needs one, the page ends here with what to do about it.
    """
    st.set_page_config(page_title=f"{title} · {APP_NAME}", page_icon=ICON, layout="wide")
    enter(title)
    st.html(frame.STYLE)
    with guard("the results"):
        results.publish()
    with st.sidebar:
        st.markdown(f":material/graphic_eq: **{APP_NAME}**")
        links = st.container(gap="xxsmall")
        st.divider()
        workspace: Workspace | None = None
        problem: MerError | None = MerError("The workspaces could not be read; the program's log has the details")
        model = STARTER
        with guard("the workspace"):
            workspace, problem = _pick_workspace()
        with guard("the choice of models"):
            model = _pick_model(title, workspace)
        with links, guard("the list of pages"):
            _navigation(title, workspace, model)
        with guard("the choice of players"), suppress(MerError):  # the page itself says what is damaged
            _offer_jamendo(workspace)
        accessible.mend()
    with guard("the player"), suppress(MerError):
        player.show(workspace, model)
    st.title(heading or title, anchor=False)
    if workspace is None and needs_workspace:
        _no_workspace(problem)
        st.stop()
    return PageContext(title, st.context.theme.type == "dark", workspace, model)


def page_link(file: str, label: str, **words: str) -> None:
    """A link to another page of the app that keeps workspace and model; `words` are more of the address
    (mood="happy")."""
    kept = {key: st.query_params[key] for key in ("workspace", "model") if key in st.query_params}
    if (APP_ROOT / file).exists():
        st.page_link(file, label=label, query_params={**kept, **words})


def _pick_workspace() -> tuple[Workspace | None, MerError | None]:
    known = known_workspaces()
    if not known:
        return None, None
    name = linked(st.selectbox, "Workspace", list(known), key="workspace", default=next(iter(known)))
    try:
        workspace = Workspace.open(known[name])
    except MerError as error:
        return None, error
    st.caption(
        plain(workspace.title)
        + (" · synthetic" if workspace.synthetic and "synthetic" not in workspace.title.lower() else "")
    )
    return workspace, None


def _pick_model(title: str, workspace: Workspace | None) -> str:
    models = [*(workspace.models() if workspace else []), STARTER]
    default = _default_model(title, workspace)
    return str(
        linked(
            st.selectbox,
            "Model",
            models,
            key="model",
            default=default,
            help="Used by every page that shows predictions.",
        )
    )


def _offer_jamendo(workspace: Workspace | None) -> None:
    """The switch for playing from Jamendo, where tracks are Jamendo's and their audio is not here."""
    if workspace is not None and on_jamendo(workspace, loaders.dataset(workspace)) and not loaders.has_audio(workspace):
        offer_stream()


def keep_model() -> None:
    """From now on in this session the page's model goes along to every page, to Predict too."""
    st.session_state[_KEPT] = True


def _default_model(title: str, workspace: Workspace | None) -> str:
    """The first model of the workspace. One trained on synthetic music knows no other, so people's own files are heard
    by the starter there."""
    models = workspace.models() if workspace else []
    own_files = title == "Predict" and not st.session_state.get(_KEPT)
    return STARTER if not models or (own_files and workspace is not None and workspace.synthetic) else models[0]


def _navigation(title: str, workspace: Workspace | None, model: str) -> None:
    for file, name, icon in NAVIGATION:
        if (APP_ROOT / file).exists():
            taken = model if model != _default_model(title, workspace) else _default_model(name, workspace)
            address = {"workspace": workspace.root.name, "model": taken} if workspace else {"model": taken}
            st.page_link(file, label=name, icon=icon, query_params=address, width="stretch")


def _no_workspace(problem: MerError | None) -> None:
    if problem:
        show_error(problem)
        return
    root = workspaces_root()
    metadata, music = (("metadata", "PATH_TO_MTG_JAMENDO"),), (("audio_dir", Path.home() / "Music"),)
    empty_state(
        "Nothing to show yet",
        f"A workspace holds one music collection and everything made from it. There is none in "
        f"`{Path(workspaces_root())}`. "
        "Make one: the demo (a few minutes, works offline), a dataset in the MTG-Jamendo layout, or your own music.",
        command_line(Remedy("make_demo", default_root())),
        command_line(Remedy("import_dataset", root / "jamendo", options=metadata)),
        command_line(Remedy("import_library", root / "my-music", options=music)),
    )
