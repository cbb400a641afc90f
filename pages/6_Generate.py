"""From a track's moods to prompts for generative models, and to a seed for programs."""

import json

import streamlit as st

from mer_core.figures.generate import palette_figure
from mer_core.generate import MusicContext, fill_template, load_templates, mood_seed, stated_moods, templates_path
from mer_core.ui import chart, guard, linked, open_page, page_link, plain
from mer_core.ui.generate_panel import Song, ask_context, edit_template, pick_song

page = open_page("Generate", needs_workspace=False)


def main() -> None:
    song = pick_song(page)
    if song is None:
        st.info(
            "Prompts are made from the moods of a song: choose a track of the workspace, or drop a file of your own on the Predict page.",
            icon=":material/graphic_eq:",
        )
        page_link("pages/4_Predict.py", "Open Predict")
        return
    prediction = song.prediction
    stated = stated_moods(prediction)
    if stated:
        st.markdown("The prompt states " + ", ".join(f"**{plain(mood)}**" for mood in stated) + ": the surest of the moods that are decided and reliable.")
    else:
        why = f"{plain(prediction.out_of_domain)} " if prediction.out_of_domain else ""
        st.warning(f"{why}No mood of this song is sure enough to be stated, so the prompts name none.", icon=":material/sentiment_neutral:")
    context = ask_context(song)
    prompts(song, context)
    st.subheader("For programs", anchor=False)
    seed = mood_seed(prediction, context)
    if seed["palette"]:
        chart(palette_figure(seed["palette"]), page, key="palette", alt="Colours of the song")
    text = json.dumps(seed, indent=1, ensure_ascii=False)
    st.download_button("Download the mood seed (JSON)", text, "mood_seed.json", "application/json", icon=":material/download:", on_click="ignore")
    with st.expander("The seed"):
        st.json(seed, expanded=1)


def prompts(song: Song, context: MusicContext) -> None:
    """The prompt of a template, and the template to edit and keep."""
    templates = load_templates(templates_path())
    name = str(linked(st.selectbox, "Template", list(templates), key="template", default=next(iter(templates))))
    st.code(fill_template(templates[name], song.prediction, context), language=None, wrap_lines=True)
    with st.expander("Edit the template"):
        edit_template(name, templates[name])


with guard("the prompts"):
    main()
