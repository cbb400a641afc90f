"""Drop a song, see its moods, how far to trust them, when they happen and why."""

from functools import partial

import streamlit as st

from mer_core.app import frame, guard, inference, open_page, player, profiles
from mer_core.app.passed_over import only_music
from mer_core.app.views import predict as panel
from mer_core.app.views import predict_words as words
from mer_core.app.views.predict_correct import show_corrections
from mer_core.app.views.predict_offer import offer
from mer_core.app.views.predict_tabs import show_tabs

page = open_page("Predict", needs_workspace=False, heading="The moods of your music")


def main() -> None:
    with st.container(key="answer-first"):
        left, right = frame.beside(1, 3)
    with left:
        profiles.pick(page.workspace, page.model)
        uploads = [*inference.example(), *collect()]
        listing, work = st.container(), st.container()
    with work:
        work_through([upload for upload in uploads if inference.key_of(page, upload) not in inference.results()])
    results = profiles.decided_all(page.workspace, page.model)
    with right:
        if not results:
            offer(page)
            return
        key = panel.in_focus(results)
        show(key, results[key])
    with listing:
        if len(results) > 1:
            panel.show_all(results)
        label = "Forget this file" if len(results) == 1 else "Forget all files"
        st.button(label, on_click=inference.forget_all, icon=":material/delete:")


def collect() -> list[inference.Upload]:
    """The files dropped and recorded."""
    number = inference.upload_round()
    key = f"uploads-{number}"
    files = only_music(st.file_uploader("Drop one or many audio files", accept_multiple_files=True, key=key), key)
    recording = st.audio_input("Or record", key=f"recording-{number}")
    found = [(file.name, file) for file in files] + ([("recording.wav", recording)] if recording is not None else [])
    return [inference.take_upload(name, file) for name, file in found]


def work_through(uploads: list[inference.Upload]) -> None:
    """Predict what is new, one file after the other; a bad file never stops the others. Then the page is redrawn,
    with the last of them in focus."""
    if not uploads:
        return
    places = [panel.show_step(st.empty(), upload.name, "waiting", 0.0) for upload in uploads]
    for place, upload in zip(places, uploads, strict=True):
        if inference.predict_upload(page, upload, partial(panel.show_step, place, upload.name)).prediction:
            player.choose(player.UPLOAD + inference.key_of(page, upload))
        place.empty()
    st.rerun()


def show(key: str, result: inference.Result) -> None:
    """Everything about one file: the answer first, the rest in tabs."""
    st.header(panel.plain(result.name), anchor=False)
    prediction = result.prediction
    if prediction is None:
        st.error(panel.plain(result.error or ""), icon=":material/error:")
        return
    with st.container(), guard("the answer"):  # one element, whatever it says, so that the tab below stays open
        panel.show_answer(page, result, key)
        words.show_finding(prediction)
        show_corrections(page, result, key)
    show_tabs(page, result, key)


with guard("the prediction"):
    main()
