"""Songs of similar mood: by tracks, by a section, by a mood profile, or along a path."""

import streamlit as st

from mer_core.recommend import Catalogue
from mer_core.ui import empty_state, guard, linked, loaders, open_page
from mer_core.ui import recommend_panel as panel

page = open_page("Recommend")


def main() -> None:
    catalogue = loaders.catalogue(page.open_workspace, page.model)
    if catalogue is None:
        no_embeddings()
        return
    st.caption(f"Chosen among {len(catalogue.tracks):,} tracks by how they sound and by the moods the model “{page.model}” predicts for them.")
    way = str(linked(st.segmented_control, "Recommend by", panel.WAYS, key="by", default=panel.WAYS[0], required=True))
    if way == "a path":
        path = panel.ask_path(page, catalogue)
        if path is None:
            st.info("Choose where the path begins and where it ends.", icon=":material/route:")
        else:
            panel.show(page, path, "A path of moods")
        return
    by_query(way, catalogue)


def by_query(way: str, catalogue: Catalogue) -> None:
    """Ask, weigh, answer."""
    ask = {"tracks": panel.ask_tracks, "a section": panel.ask_section}
    query = ask[way](page, catalogue) if way in ask else panel.ask_mood(catalogue)
    if query is None:
        hints = {"tracks": "Choose one or more tracks.", "a section": "Choose a track, then some seconds of it.", "a mood": "Move a slider."}
        st.info(hints[way], icon=":material/tune:")
        return
    query, count = panel.ask_weighing(query, catalogue)
    seed = query.excluded[0] if len(query.excluded) == 1 else None
    panel.show(page, panel.answer(page, catalogue, query, count, seed), "Songs of similar mood", count)


def no_embeddings() -> None:
    """What to do where nothing can be compared yet."""
    root = page.open_workspace.root
    encoder = loaders.model(page.open_workspace, page.model).encoder["name"]
    text = f"Songs are compared by their embeddings, and the model “{page.model}” reads those of the encoder {encoder}. This workspace has none."
    empty_state("Nothing to recommend from yet", text, f"python scripts/build_embeddings.py {root} --encoder {encoder}")


with guard("the recommendations"):
    main()
