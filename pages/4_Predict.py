"""Drop a song, see its moods, how far to trust them, when they happen and why."""

from functools import partial

import streamlit as st

from mer_core.app import chart, guard, inference, linked, loaders, open_page
from mer_core.app.teaching import correction_controls, track_of_file
from mer_core.app.views import predict as panel
from mer_core.audio.formats import SUFFIXES
from mer_core.figures.predict import waveform_figure
from mer_core.model import threshold_profiles

page = open_page("Predict", needs_workspace=False, heading="The moods of your music")


def main() -> None:
    model = loaders.model(page.workspace, page.model)
    profile = pick_profile()
    work_through([upload for upload in collect() if inference.key_of(page, upload) not in inference.results()])
    results = {key: panel.decided_by(page, result, profile) for key, result in inference.results().items()}
    if not results:
        st.caption(
            f"The model “{panel.plain(page.model)}” knows {len(model.moods)} moods. Nothing leaves this machine."
        )
        return
    key = list(results)[-1]
    if len(results) > 1:
        st.subheader(f"{len(results)} files", anchor=False)
        key = panel.show_all(results)
    show(key, results[key])
    if len(results) == 1:
        st.button("Forget this file", on_click=inference.forget_all, icon=":material/delete:")


def pick_profile() -> str | None:
    """Thresholds that somebody edited and saved on the diagnostics page."""
    names = threshold_profiles.profile_names(page.workspace.model_dir(page.model)) if page.workspace else []
    if not names:
        return None
    text = "Profiles are saved on the Diagnostics page."
    return linked(st.selectbox, "Thresholds", names, key="profile", placeholder="The model's own", help=text)


def collect() -> list[inference.Upload]:
    """The files dropped and recorded."""
    number = inference.upload_round()
    left, right = st.columns([3, 1])
    files = left.file_uploader(
        "Drop one or many audio files", type=SUFFIXES, accept_multiple_files=True, key=f"uploads-{number}"
    )
    recording = right.audio_input("Or record", key=f"recording-{number}")
    found = [(file.name, file) for file in files or []] + (
        [("recording.wav", recording)] if recording is not None else []
    )
    return [inference.take_upload(name, file) for name, file in found]


def work_through(uploads: list[inference.Upload]) -> None:
    """Predict what is new, one file after the other; a bad file never stops the others."""
    if not uploads:
        return
    with st.status(f"Predicting {len(uploads)} file" + "s" * (len(uploads) > 1), expanded=True) as status:
        places = [st.empty() for _ in uploads]
        for place, upload in zip(places, uploads, strict=True):
            panel.tell(place, upload.name, "waiting", 0.0)
        for place, upload in zip(places, uploads, strict=True):
            place.markdown(
                panel.outcome(inference.predict_upload(page, upload, partial(panel.tell, place, upload.name)))
            )
        status.update(label=f"{len(uploads)} done", state="complete", expanded=False)


def show(key: str, result: inference.Result) -> None:
    """Everything about one file."""
    st.subheader(panel.plain(result.name), anchor=False)
    if result.prediction is None:
        st.error(panel.plain(result.error or ""), icon=":material/error:")
        return
    prediction = result.prediction
    panel.tell_model(result)
    panel.tell_verdict(prediction)
    panel.show_player(result, key)
    if result.peaks is not None:
        chart(waveform_figure(result.peaks, prediction.duration), page, key=f"wave-{key}", alt="Waveform")
    with guard("the timeline"):
        panel.show_timeline(page, prediction, key)
    with guard("the moods"):
        panel.show_moods(page, prediction, key)
    with guard("the reasons"):
        st.subheader("Why", anchor=False)
        panel.tell_why(result)
    with guard("its place"):
        panel.show_place(page, result, key)
    panel.offer_downloads(prediction, key)
    correction_controls(page, track_of_file(page, result.name, result.data), key=f"correct-{key}")


with guard("the prediction"):
    main()
