"""Songs of similar mood: by tracks, by a section, by a mood profile, or along a path."""

import streamlit as st

from mer_core.app import empty_state, frame, guard, linked, loaders, open_page, plain
from mer_core.app.next_steps import embed_command
from mer_core.app.views import recommend_query as ask
from mer_core.app.views import recommend_results as panel
from mer_core.app.views.recommend_compare import ask_compared
from mer_core.app.views.recommend_words import ask_described

page = open_page("Recommend")


HINTS = {
    "tracks": "Search and choose one or more tracks, or drop your own file on the Predict page first.",
    "a section": "Choose a track, then some seconds of it.",
    "a mood": "Choose moods, or move a slider.",
    "a description": "Say in your own words, in any of eight languages, what the music should be like.",
    "a path": "Choose where the path begins and where it ends.",
}


def main() -> None:
    catalogue = loaders.catalogue(page.open_workspace, page.model)
    if catalogue is None:
        no_embeddings()
        return
    st.caption(
        f"Chosen among {len(catalogue.tracks):,} tracks by how they sound and by the moods the model "
        f"“{plain(page.model)}” predicts for them."
    )
    shop = ask.Shop(page, catalogue)
    left, right = frame.beside(1, 3)
    with left:
        way = str(linked(st.segmented_control, "Recommend by", ask.WAYS, key="by", default=ask.WAYS[0], required=True))
        if way == "tracks":
            shop = ask_compared(shop)
        if way == "a path":
            path = panel.ask_path(shop)
        else:
            ways = {"tracks": ask.ask_tracks, "a section": ask.ask_section, "a mood": ask.ask_mood}
            asked = {**ways, "a description": ask_described}[way](shop)
            query, count = ask.ask_weighing(shop, asked.query) if asked else (None, 0)
    with right:
        if way == "a path" and path is not None:
            panel.show(shop, path, "A path of moods")
        elif way != "a path" and asked and query:
            found = panel.answer(shop, query, count, asked.seed)
            panel.show(shop, found, "Songs of similar mood", query, count)
        else:
            st.info(HINTS[way], icon=":material/tune:")


def no_embeddings() -> None:
    """What to do where nothing can be compared yet."""
    encoder = loaders.model(page.open_workspace, page.model).encoder["name"]
    text = (
        f"Songs are compared by their embeddings, and the model “{page.model}” reads those of the encoder "
        f"{encoder}. This workspace has none."
    )
    empty_state(
        "Nothing to recommend from yet",
        text,
        embed_command(page.open_workspace, encoder),
    )


with guard("the recommendations"):
    main()
