"""From a track's moods to prompts for generative models, and to a seed for programs."""

import json

import streamlit as st

from mer_core.app import chart, guard, linked, open_page, page_link
from mer_core.app.views.generate import Song, ask_context, edit_template, nothing_yet, pick_song, show_stated
from mer_core.export.prompts import MusicContext, fill_template, load_templates, mood_seed, templates_path
from mer_core.figures.generate import palette_figure

page = open_page("Generate", needs_workspace=False)


def main() -> None:
    song = pick_song(page)
    if song is None:
        nothing_yet(page)
        page_link("pages/4_Predict.py", "Open Predict")
        return
    prediction = song.prediction
    show_stated(song)
    context = ask_context(song)
    prompts(song, context)
    st.header("For programs", anchor=False)
    seed = mood_seed(prediction, context)
    if seed["palette"]:
        chart(palette_figure(seed["palette"]), page, key="palette", alt="Colours of the song")
    text = json.dumps(seed, indent=1, ensure_ascii=False)
    st.download_button(
        "Download the mood seed (JSON)",
        text,
        "mood_seed.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )
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
