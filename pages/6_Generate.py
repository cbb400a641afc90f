"""From a track's moods to prompts for generative models, and to a seed for programs."""

import json

import streamlit as st

from mer_core.figures.generate import palette_figure
from mer_core.generate import MusicContext, fill_template, load_templates, mood_seed, save_template, sure_moods, templates_path
from mer_core.ui import chart, guard, linked, open_page, page_link, plain
from mer_core.ui.generate_panel import Song, ask_context, pick_song

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
    sure = sure_moods(prediction)
    if sure:
        st.markdown("The prompt states " + ", ".join(f"**{plain(mood)}**" for mood in sure) + ": the moods that are decided and reliable.")
    else:
        st.warning("No mood of this song is sure enough to be stated, so the prompts name none.", icon=":material/sentiment_neutral:")
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
    path = templates_path()
    templates = load_templates(path)
    name = str(linked(st.selectbox, "Template", list(templates), key="template", default=next(iter(templates))))
    st.code(fill_template(templates[name], song.prediction, context), language=None, wrap_lines=True)
    with st.expander("Edit the template"), st.form("template-form", border=False):
        st.caption("$moods, $energy, $tempo, $genre, $instruments and $colours are filled in; a part in [square brackets] goes where its field is unknown.")
        new_name = st.text_input("Name", name, key=f"template-name-{name}", max_chars=60)
        text = st.text_area("Template", templates[name], key=f"template-text-{name}", max_chars=2000)
        if st.form_submit_button("Keep it", icon=":material/save:"):
            with guard("the template"):
                save_template(path, new_name.strip() or name, text)
                st.rerun()


with guard("the prompts"):
    main()
