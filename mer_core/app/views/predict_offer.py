"""The predict page before anything was dropped."""

import streamlit as st

from mer_core.app import loaders
from mer_core.app.inference import ask_example
from mer_core.app.messages import plain
from mer_core.app.shell import PageContext


def offer(page: PageContext) -> None:
    """What to do where nothing has been dropped yet."""
    model = loaders.model(page.workspace, page.model)
    st.markdown("Drop a song: what it feels like will stand here, and the player below plays it.")
    st.button("Hear an example (synthetic)", on_click=ask_example, icon=":material/science:", type="primary")
    st.caption("The example was composed by a program. It shows the page, and says nothing about real music.")
    st.caption(f"The model “{plain(page.model)}” knows {len(model.moods)} moods. Nothing leaves this machine.")
