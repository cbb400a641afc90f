"""The parts of the generate page: which song, what is known of it beside its moods, the template to edit."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from mer_core.app import inference, loaders, music
from mer_core.app import track_search as track_picker
from mer_core.app.messages import empty_state, guard, plain
from mer_core.app.next_steps import embed_command
from mer_core.app.shell import PageContext
from mer_core.app.teaching import said_of
from mer_core.app.url_state import ask_for, linked, recall, recall_all, warn_not_here
from mer_core.app.views.inspector import moods_of
from mer_core.audio.decode import decode
from mer_core.export.prompts import (
    LEAST_PR_AUC,
    MOST_STATED,
    TEMPLATES,
    MusicContext,
    check_template,
    estimate_tempo,
    save_template,
    stated_moods,
    sure_moods,
    templates_path,
)
from mer_core.inference.prediction import Prediction
from mer_core.inference.predictor import Predictor, Sound
from mer_core.metrics.trust_grade import LEAST_LIFT

UPLOAD = "upload:"
TEMPO_RATE = 22050
TEMPO_SECONDS = 120


class Song(NamedTuple):
    """What prompts are made from; `audio` is what the tempo can be estimated from, None where it is not here."""

    key: str
    name: str
    prediction: Prediction
    audio: bytes | Path | None = None
    genres: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """Moods that people labelled it with."""
    tempo: float | None = None


def pick_song(page: PageContext) -> Song | None:
    """Choose a file of this session or a track of the workspace that the page's model has heard; None until there is
    one."""
    uploads = {
        UPLOAD + key: result for key, result in reversed(inference.results().items()) if result.prediction is not None
    }
    tracks = _heard_tracks(page)
    found = track_picker.search(page, tracks, key="find", label="Find a track of the workspace") if tracks else []
    in_focus = [track for track in [recall("track")] if track and track in tracks]
    options = list(dict.fromkeys([*uploads, *in_focus, *found[: track_picker.MOST]]))
    if not options:
        warn_not_here(recall_all("track"))
        return None
    names = {key: result.name for key, result in uploads.items()}
    key = linked(
        st.selectbox,
        "Song",
        options,
        key="track",
        default=options[0],
        format_func=lambda key: names.get(key) or _track_name(page, key),
    )
    if key is None:
        return None
    result = uploads.get(key)
    if result is None or result.prediction is None:
        return _of_track(page, key)
    return Song(key, result.name, result.prediction, result.data)


def nothing_yet(page: PageContext) -> None:
    """What to do where there is no song to make prompts from."""
    workspace, text = page.workspace, "Prompts are made from the moods of a song"
    if workspace is None:
        st.info(f"{text}: drop a file of your own on the Predict page.", icon=":material/graphic_eq:")
    elif (encoder := str(loaders.model(workspace, page.model).encoder["name"])) in workspace.encoders():
        st.info(
            f"{text}: find a track of the workspace above, or drop a file of your own on the Predict page.",
            icon=":material/graphic_eq:",
        )
    else:
        why = (
            f"The model “{plain(page.model)}” hears them in the embeddings of the encoder {encoder}, of which "
            "this workspace has none."
        )
        text = f"{text}. {why} Make them, or drop a file of your own on the Predict page."
        empty_state("Nothing to make prompts from yet", text, embed_command(workspace, encoder))


def show_stated(song: Song) -> None:
    """Which moods the prompts state, by what rule, and which others are decided and reliable."""
    prediction, stated = song.prediction, list(song.labels) or stated_moods(song.prediction)
    if song.labels:
        st.markdown(f"The prompt states {_listed(stated[:MOST_STATED])}: people labelled the track so.")
    elif stated:
        st.markdown(
            f"The prompt states {_listed(stated)}: the surest (probability × lift), {MOST_STATED} at most, of the "
            f"moods that are decided, reliable and "
            f"found well enough, that is with a PR-AUC of at least {LEAST_PR_AUC:g} and at least {LEAST_LIFT:g} times "
            f"as often as by guessing (lift)."
        )
    else:
        why = f"{plain(prediction.out_of_domain)} " if prediction.out_of_domain else ""
        st.warning(
            f"{why}No mood of this song is sure enough to be stated, so the prompts name none.",
            icon=":material/sentiment_neutral:",
        )
    if others := [mood for mood in sure_moods(prediction) if mood not in stated]:
        st.caption(f"Decided and reliable, too, but not stated: {_listed(others)}.")


def ask_context(song: Song) -> MusicContext:
    """Tempo, genre and instruments: from the workspace's tags, estimated, or typed by the person."""
    left, middle, right = st.columns([1, 2, 2], vertical_alignment="bottom")
    known = st.session_state.get(f"{song.key}-tempo", song.tempo)
    with left:
        if (
            known is None
            and song.audio is not None
            and st.button("Estimate the tempo", help="Takes some seconds the first time")
        ):
            with st.spinner("Listening for the beat …"):
                waveform = decode(song.audio, TEMPO_RATE, name=song.name).waveform[: TEMPO_SECONDS * TEMPO_RATE]
                known = st.session_state[f"{song.key}-tempo"] = estimate_tempo(waveform, TEMPO_RATE)
        tempo = st.number_input(
            "Tempo (BPM)",
            20.0,
            300.0,
            known,
            step=1.0,
            format="%.0f",
            key=f"{song.key}-bpm-{known}",
            placeholder="unknown",
        )
    genres = middle.text_input(
        "Genre", ", ".join(song.genres), key=f"{song.key}-genre", placeholder="as ambient, cinematic", max_chars=100
    )
    instruments = right.text_input(
        "Instruments",
        ", ".join(song.instruments),
        key=f"{song.key}-instruments",
        placeholder="as piano, strings",
        max_chars=100,
    )
    return MusicContext(tempo, _words(genres), _words(instruments), song.labels)


def edit_template(name: str, template: str) -> None:
    """Edit a template and keep it, which then is the one chosen; delete one of one's own, or take back what was changed
    of a built-in one."""
    with st.form("template-form", border=False):
        st.caption("$moods, $energy, $tempo, $genre, $instruments, $colours are filled in; [parts] without them go.")
        new_name = st.text_input("Name", name, key=f"template-name-{name}", max_chars=60).strip() or name
        text = st.text_area("Template", template, key=f"template-text-{name}", max_chars=2000)
        if st.form_submit_button("Keep it", icon=":material/save:"):
            with guard("the template"):
                check_template(text)
                _save_and_choose(new_name, text, new_name)
    own = name not in TEMPLATES
    if (own or template != TEMPLATES[name]) and st.button(
        "Delete it" if own else "Back to the built-in one", icon=":material/delete:"
    ):
        with guard("the template"):
            _save_and_choose(name, "", next(iter(TEMPLATES)) if own else name)


def _save_and_choose(name: str, text: str, choice: str) -> None:
    save_template(templates_path(), name, text)
    for field in ("name", "text"):  # so that the form shows what is kept now, not what was typed
        st.session_state.pop(f"template-{field}-{name}", None)
    ask_for("template", choice)
    st.rerun()


def _heard_tracks(page: PageContext) -> dict[str, int]:
    """The embedded tracks of the workspace that the model can predict."""
    if page.workspace is None:
        return {}
    encoder = str(loaders.model(page.workspace, page.model).encoder["name"])
    return loaders.sound_space(page.workspace, encoder).row_of if encoder in page.workspace.encoders() else {}


def _track_name(page: PageContext, track_id: str) -> str:
    return loaders.track_names(page.open_workspace).of(track_id)


def _of_track(page: PageContext, track_id: str) -> Song:
    workspace = page.open_workspace
    model, dataset = loaders.model(workspace, page.model), loaders.dataset(workspace)
    track = dataset.tracks.loc[dataset.tracks["track_id"] == track_id].iloc[0]
    name, audio = _track_name(page, track_id), workspace.audio_path(track["path"])
    stored = loaders.store(workspace, str(model.encoder["name"])).read_track(track_id)
    prediction = Predictor(model).from_embedding(stored.frames, Sound(name, float(track["duration"]), stored.excerpts))
    tags = dataset.other_tags[dataset.other_tags["track_id"] == track_id]
    genres, instruments = (
        tuple(tags["tag"][tags["category"].str.startswith(kind)]) for kind in ("genre", "instrument")
    )
    labels = moods_of(dataset, loaders.row_of(workspace)[track_id])
    if labels:  # else predicted moods are stated
        said = said_of(page, track_id)
        labels = list(dict.fromkeys([*(mood for mood in said if said[mood]), *labels]))
        labels = [mood for mood in labels if said.get(mood.lower(), True)]
    tempo = music.of_track(workspace, track_id).tempo
    return Song(
        track_id,
        name,
        prediction,
        audio if audio.is_file() else None,
        genres,
        instruments,
        tuple(labels),
        tempo if tempo > 0 else None,
    )


def _listed(moods: Sequence[str]) -> str:
    return ", ".join(f"**{plain(mood)}**" for mood in moods)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))
