"""Drop a song, see its moods, how far to trust them, when they happen and why."""

from functools import partial

import streamlit as st

from mer_core import threshold_profiles
from mer_core.figures.predict import waveform_figure
from mer_core.ui import chart, guard, inference, linked, loaders, open_page
from mer_core.ui import predict_panel as panel

page = open_page("Predict", needs_workspace=False, heading="The moods of your music")


def main() -> None:
    model = loaders.model(page.workspace, page.model)
    profile = pick_profile()
    uploads = collect()
    work_through([(name, data) for name, data in uploads if inference.key_of(page, data) not in inference.results()])
    results = inference.results()
    if not results:
        st.caption(f"The model “{page.model}” knows {len(model.moods)} moods. Nothing leaves this machine.")
        return
    if len(results) > 1:
        st.subheader(f"{len(results)} files", anchor=False)
        panel.show_all(results)
        st.button("Forget all files", on_click=results.clear, icon=":material/delete:")
    newest = list(results)[-1]
    key = st.selectbox("File", list(results), index=len(results) - 1, format_func=lambda k: results[k].name) if len(results) > 1 else newest
    show(key, profile)


def pick_profile() -> str | None:
    """Thresholds that somebody edited and saved on the diagnostics page."""
    if page.workspace is None:
        return None
    names = threshold_profiles.profile_names(page.workspace.model_dir(page.model))
    return (
        linked(st.selectbox, "Thresholds", names, key="profile", placeholder="The model's own", help="Profiles are saved on the Diagnostics page.")
        if names
        else None
    )


def collect() -> list[tuple[str, bytes]]:
    """The files dropped and recorded, as (name, bytes)."""
    left, right = st.columns([3, 1])
    files = left.file_uploader("Drop one or many audio files", type=panel.TYPES, accept_multiple_files=True, key="uploads")
    recording = right.audio_input("Or record", key="recording")
    found = [(file.name, file.getvalue()) for file in files or []]
    return found + ([("recording.wav", recording.getvalue())] if recording is not None else [])


def work_through(uploads: list[tuple[str, bytes]]) -> None:
    """Predict what is new, one file after the other; a bad file never stops the others."""
    if not uploads:
        return
    bar = st.progress(0.0)
    with st.status(f"Predicting {len(uploads)} file" + "s" * (len(uploads) > 1), expanded=True) as status:
        for done, (name, data) in enumerate(uploads):
            result = inference.predict_upload(page, name, data, partial(panel.tell, bar, done, len(uploads)))
            st.write(f":material/error: {panel.plain(result.error)}" if result.error else f":material/check: {panel.plain(name)}")
        status.update(label=f"{len(uploads)} done", state="complete", expanded=False)
    bar.empty()


def show(key: str, profile: str | None) -> None:
    """Everything about one file."""
    result = inference.results()[key]
    st.subheader(panel.plain(result.name), anchor=False)
    if result.prediction is None:
        st.error(panel.plain(result.error or ""), icon=":material/error:")
        return
    prediction = result.prediction
    model = loaders.model(page.workspace, prediction.model_name)
    if profile and page.workspace is not None and prediction.model_name == page.model:
        saved = threshold_profiles.load_profile(page.workspace.model_dir(page.model), profile, model)
        prediction = prediction.decided_by(dict(zip(model.moods, saved, strict=True)))
    panel.tell_verdict(prediction)
    panel.show_player(result, key)
    if result.peaks is not None:
        chart(waveform_figure(result.peaks, prediction.duration), page, key=f"{key}-wave", alt="Waveform")
    with guard("the timeline"):
        panel.show_timeline(page, prediction, key)
    with guard("the moods"):
        panel.show_moods(page, prediction, key)
    with guard("the reasons"):
        st.subheader("Why", anchor=False)
        panel.tell_why(prediction)
    with guard("its place"):
        panel.show_place(page, prediction, str(model.encoder["name"]), key)
    panel.offer_downloads(prediction, key)


with guard("the prediction"):
    main()
